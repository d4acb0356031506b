"""What differs between a source and the vendored document and means nothing, for people who wonder."""

from __future__ import annotations

import json
from collections.abc import Iterator

from scripts.generate.document import GRAMMAR
from scripts.generate.meaning import Json, references

from .alignment import header_names, kin


def noise(vendored: Json, source: Json) -> Iterator[str]:
    """What of a source is of its build alone, a line each."""
    known, came = _components(vendored), _components(source)
    for name in sorted(came - known):
        if namesakes := sorted(each for each in known - came if kin(each) == kin(name)):
            yield f"component {name} for {namesakes[0]}"
    ours, theirs = len(set(references(vendored))), len(set(references(source)))
    if theirs < ours and not came:
        yield "schemas in place of references"
    case = {name.lower(): name for name in header_names(vendored)}
    for name in sorted({each for each in header_names(source) if case.get(each.lower(), each) != each}):
        yield f"header {name} for {case[name.lower()]}"
    same = json.dumps(vendored, sort_keys=True) == json.dumps(source, sort_keys=True)
    if same and json.dumps(vendored) != json.dumps(source):
        yield "another order of keys"


def _components(document: Json) -> set[str]:
    components = document.get("components") or {}
    return {name for section in GRAMMAR["components"] for name in components.get(section) or {}}

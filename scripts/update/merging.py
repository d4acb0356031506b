"""Sources become one document: operations united, equal components shared, contradictions refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from scripts.generate.document import GRAMMAR, DocumentError
from scripts.generate.meaning import Json, Meaning, check_references, routes
from scripts.generate.overlay import apply_overlay

from .alignment import align, known_first
from .changes import changes
from .layout import write
from .selection import Selection, prune, select
from .sources import Source


class Merged(NamedTuple):
    """The document that the sources amount to."""

    document: Json
    text: bytes
    """Its file."""
    origins: list[dict[str, Any]]
    left_out: dict[str, int]
    """How many operations of each source are not ours."""
    keeps_others: bool
    """Whether some of the vendored operations stand although no source speaks of them."""


def merge(vendored: Json | None, text: bytes, sources: Sequence[Source], settings: tuple[Selection, Any]) -> Merged:
    """Merge sources over the vendored document, or raise DocumentError; without one, the first source leads."""
    selection, overlay = settings
    selected = [(source, select(source.document, selection)) for source in sources]
    for source, document in selected:
        if not routes(document):
            raise DocumentError(
                f"{source.name}: none of its operations is ours: openapi/operations.yaml says which are"
            )
    known = routes(vendored) if vendored else {}
    selected.sort(key=lambda pair: not any(route in known for route in routes(pair[1])))
    base: Json = vendored if vendored is not None else selected[0][1]
    united = _united(base, [(source.name, document) for source, document in selected], overlay)
    pages_only = all(source.is_page for source in sources)
    keeps_others = pages_only and not set(known) <= set(routes(united))
    if vendored is not None and pages_only:
        _keep_the_rest(united, vendored)
    result = _in_vendored_words(vendored, united, overlay) if vendored is not None else united
    check_references(result, "the merged document")
    return Merged(
        document=result,
        text=_text(result, text, [source for source, _ in selected]),
        origins=[source.origin for source in sources],
        left_out={source.name: len(routes(source.document)) - len(routes(document)) for source, document in selected},
        keeps_others=keeps_others,
    )


def means_the_same(first: Json, second: Json, overlay: Any) -> bool:
    """Whether two documents mean the same once our overlay is over them: then one package comes from both."""
    one, other = overlaid(first, overlay), overlaid(second, overlay)
    return Meaning(one).digest(one, "document") == Meaning(other).digest(other, "document")


def overlaid(document: Json, overlay: Any) -> Json:
    """The document with what the overlay adds to it, where that finds its target.

    What the overlay removes, the version header for example, still says something: it stays.
    """
    result = document
    for action in [action for action in (overlay or {}).get("actions") or [] if not action.get("remove")]:
        try:
            result = apply_overlay(result, {"actions": [action]})
        except DocumentError as error:
            if "matches nothing" not in str(error):
                raise
    return result


def _united(base: Json, documents: Sequence[tuple[str, Json]], overlay: Any) -> Json:
    (first, leading), *others = documents
    result = align(base, leading)
    for name, document in others:
        spoken = copy.deepcopy(result)
        _keep_the_rest(spoken, base)
        aligned = align(spoken, document)
        for change in changes(overlaid(result, overlay), overlaid(aligned, overlay)):
            if not change.what.startswith("operation ") and change.keys[0] in {"paths", "components"}:
                raise DocumentError(
                    f"{first} and {name} contradict each other at {change.pointer}: "
                    f"{_short(change.old)} against {_short(change.new)}; leave one of them out"
                )
        result["servers"] = aligned.get("servers") or []
        for path, item in aligned["paths"].items():
            mine = result["paths"].setdefault(path, {})
            mine.update({key: value for key, value in item.items() if key not in mine})
        for section, members in (aligned.get("components") or {}).items():
            mine = result.setdefault("components", {}).setdefault(section, {})
            mine.update({key: value for key, value in members.items() if key not in mine})
        first = f"{first}, {name}"
    return result


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _keep_the_rest(united: Json, vendored: Json) -> None:
    """Pages speak of their own operations: those of which none speaks stay as they are."""
    for path, item in vendored["paths"].items():
        mine = united["paths"].setdefault(path, {})
        mine.update({key: copy.deepcopy(value) for key, value in item.items() if key not in mine})
        united["paths"][path] = {key: mine[key] for key in known_first(item, mine)}
    united["paths"] = {path: united["paths"][path] for path in known_first(vendored["paths"], united["paths"])}
    for section, members in (vendored.get("components") or {}).items():
        mine = united.setdefault("components", {}).setdefault(section, {})
        mine.update({name: copy.deepcopy(content) for name, content in members.items() if name not in mine})
        united["components"][section] = {name: mine[name] for name in known_first(members, mine)}
    prune(united)


def _in_vendored_words(vendored: Json, document: Json, overlay: Any) -> Json:
    """Take from the vendored document what the overlay says of both: `line2` is none of our changes, in or out."""
    if means_the_same(vendored, document, overlay):
        return copy.deepcopy(vendored)
    before, after = overlaid(vendored, overlay), overlaid(document, overlay)
    old, new = Meaning(before), Meaning(after)
    result = copy.deepcopy(document)
    for section, kind in GRAMMAR["components"].items():
        for name in list((result.get("components") or {}).get(section) or {}):
            mine = ((before.get("components") or {}).get(section) or {}).get(name)
            theirs = after["components"][section][name]
            if mine is not None and old.digest(mine, kind[:-1]) == new.digest(theirs, kind[:-1]):
                result["components"][section][name] = copy.deepcopy(vendored["components"][section][name])
    return result


def _text(document: Json, vendored: bytes, sources: Sequence[Source]) -> bytes:
    """The file: the source's own bytes where it is one and says exactly this; else in the vendor's layout."""
    same = [source for source in sources if json.dumps(source.document) == json.dumps(document)]
    if len(sources) == 1 and same and same[0].content.lstrip()[:1] not in {b"{", b"["}:
        return same[0].content
    tail = "\n" if vendored.endswith(b"\n\n") else ""
    return (write(document) + tail).encode()

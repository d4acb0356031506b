"""Sources become one document: operations united, equal components shared, contradictions refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from openapi_python_client.strings import ClassName

from scripts.generate.document import METHODS, DocumentError
from scripts.generate.overlay import apply_overlay

from .alignment import align, known_first
from .layout import write
from .meaning import GRAMMAR, Difference, Json, Meaning, check_references, escape, routes
from .selection import Selection, prune, select
from .sources import Source

ROOT_KEYS_THAT_MAY_DIFFER = {"info", "tags", "externalDocs", "openapi"}
"""Pages of one API have titles of their own; nothing is made of them."""


class Settings(NamedTuple):
    """What of the checkout decides how sources are read."""

    selection: Selection
    overlay: Any
    overrides: Json
    """The public names that generator-config.yaml chooses, by component."""


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


def merge(vendored: Json | None, text: bytes, sources: Sequence[Source], settings: Settings) -> Merged:
    """Merge sources over the vendored document, or raise DocumentError; without one, the first source leads."""
    selected = [(source, select(source.document, settings.selection)) for source in sources]
    for source, document in selected:
        if not routes(document):
            raise DocumentError(
                f"{source.name}: none of its operations is ours: openapi/operations.yaml says which are"
            )
    known = routes(vendored) if vendored else {}
    selected.sort(key=lambda pair: not any(route in known for route in routes(pair[1])))
    base: Json = vendored if vendored is not None else selected[0][1]
    aligned = [
        (source.name, align(base, document, chosen=settings.overrides, name=source.name))
        for source, document in selected
    ]
    united = _united(aligned, settings.overlay)
    pages_only = all(source.is_page for source in sources)
    keeps_others = pages_only and not set(known) <= set(routes(united))
    if vendored is not None and pages_only:
        _keep_the_rest(united, vendored)
    result = _in_vendored_words(vendored, united, settings.overlay) if vendored is not None else united
    check_references(result, "the merged document")
    _refuse_collisions(result, settings.overrides)
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


def _united(aligned: Sequence[tuple[str, Json]], overlay: Any) -> Json:
    (first, leading), *others = aligned
    result = copy.deepcopy(leading)
    named = [(first, leading)]
    for name, document in others:
        for earlier, known in named:
            _refuse_contradiction((earlier, overlaid(known, overlay)), (name, overlaid(document, overlay)))
        for path, item in document["paths"].items():
            mine = result["paths"].setdefault(path, {})
            mine.update({key: value for key, value in copy.deepcopy(item).items() if key not in mine})
        for section, members in (document.get("components") or {}).items():
            mine = result.setdefault("components", {}).setdefault(section, {})
            mine.update({key: value for key, value in copy.deepcopy(members).items() if key not in mine})
        named.append((name, document))
    return result


def _refuse_contradiction(first: tuple[str, Json], second: tuple[str, Json]) -> None:
    (one, ours), (other, theirs) = first, second
    difference = Difference(Meaning(ours), Meaning(theirs))
    for pointer, kind, mine, others in _shared(ours, theirs):
        if found := difference.find(mine, others, kind, pointer):
            place, here, there = found
            raise DocumentError(
                f"{one} and {other} contradict each other at {place}: {_short(here)} against {_short(there)}"
            )


def _shared(ours: Json, theirs: Json) -> list[tuple[str, str, Any, Any]]:
    """What two documents both have: place, kind, and the node of either."""
    found: list[tuple[str, str, Any, Any]] = []
    for section, kind in GRAMMAR["components"].items():
        mine, others = ((each.get("components") or {}).get(section) or {} for each in (ours, theirs))
        names = [name for name in mine if name in others]
        found += [
            (f"#/components/{section}/{escape(name)}", kind.removesuffix("*"), mine[name], others[name])
            for name in names
        ]
    for path in [path for path in ours["paths"] if path in theirs["paths"]]:
        mine, others = ours["paths"][path], theirs["paths"][path]
        for key in [key for key in mine if key in others]:
            kind = "operation" if key in METHODS else GRAMMAR["item"].get(key, "data")
            found.append((f"#/paths/{escape(path)}/{key}", kind, mine[key], others[key]))
    keys = [key for key in ours if key in theirs and key not in {"paths", "components", *ROOT_KEYS_THAT_MAY_DIFFER}]
    return [*found, *((f"#/{key}", "data", ours[key], theirs[key]) for key in keys)]


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _keep_the_rest(united: Json, vendored: Json) -> None:
    """Pages speak of their own operations: those of which none speaks stay as they are."""
    spoken = routes(united)
    if not set(spoken) & set(routes(vendored)):
        united["info"] = copy.deepcopy(vendored["info"])
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


def class_of(component: str, overrides: Json) -> str:
    """The public name of a component."""
    return str((overrides.get(component) or {}).get("class_name") or ClassName(component, "field_"))


def _refuse_collisions(document: Json, overrides: Json) -> None:
    named: dict[str, str] = {}
    for component in (document.get("components") or {}).get("schemas") or {}:
        name = class_of(component, overrides)
        other = named.setdefault(name, component)
        if other != component:
            unnamed = component if component not in overrides else other
            raise DocumentError(
                f"{other} and {component} would both be the model {name}; choose a name in generator-config.yaml, "
                f"under class_overrides: `{unnamed}: {{class_name: …}}`"
            )


def _text(document: Json, vendored: bytes, sources: Sequence[Source]) -> bytes:
    """The file: the source's own bytes where it is one and says exactly this; else in the vendor's layout."""
    same = [source for source in sources if json.dumps(source.document) == json.dumps(document)]
    if len(sources) == 1 and same and same[0].content.lstrip()[:1] not in {b"{", b"["}:
        return same[0].content
    tail = "\n" if vendored.endswith(b"\n\n") else ""
    return (write(document) + tail).encode()

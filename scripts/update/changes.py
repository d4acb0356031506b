"""What changed between two documents of the same names and order, each change once, where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from scripts.generate.grammar import METHODS, child_kind
from scripts.generate.meaning import UNSAID, Json, escape, is_default, name_of

_WORDS: Final = {"description", "summary", "title", "example", "examples", "externalDocs", "info", "termsOfService"}
"""What is read by people alone."""

_NOUNS: Final = {
    "schema*": "field",
    "schema[]": "choice",
    "response*": "answer",
    "parameter*": "header",
    "parameter[]": "parameter",
    "media*": "media type",
}


class Change(NamedTuple):
    """One change of the document."""

    pointer: str
    what: str
    old: Any = None
    new: Any = None

    @property
    def keys(self) -> list[str]:
        """The parts of the pointer."""
        return [part.replace("~1", "/").replace("~0", "~") for part in self.pointer.split("/")[1:]]


def changes(old: Json, new: Json) -> list[Change]:
    """Every change, in the order of the new document."""
    return list(_node(old, new, "document", "#"))


def _node(old: Any, new: Any, kind: str, pointer: str) -> Iterator[Change]:
    if old == new:
        return
    if kind == "schema" and _reference(old) != _reference(new):
        yield Change(pointer, "type changed", old, new)
    elif kind == "data" or not isinstance(old, dict | list) or type(old) is not type(new):
        yield Change(pointer, "changed", old, new)
    else:
        yield from _parts(_named(old, kind), _named(new, kind), kind, pointer)


def _reference(node: Any) -> Any:
    return node.get("$ref") if isinstance(node, dict) else None


def _named(node: Any, kind: str) -> dict[str, tuple[str, Any]]:
    """The parts of a node: what tells each from the others, its key or index, and itself."""
    if isinstance(node, dict):
        return {key: (escape(key), value) for key, value in node.items()}
    names = [str(index) for index in range(len(node))]
    if kind == "parameter[]":
        names = [each["$ref"] if "$ref" in each else "/".join(name_of(each)) for each in node]
    return {name: (str(index), value) for index, (name, value) in enumerate(zip(names, node, strict=True))}


def _parts(
    old: dict[str, tuple[str, Any]], new: dict[str, tuple[str, Any]], kind: str, pointer: str
) -> Iterator[Change]:
    fields = [old, new] if kind == "schema*" else [{}, {}]
    gone, came = ({key: each[key][1] for key in each if key not in other} for each, other in (fields, fields[::-1]))
    twins = {key: [each for each, former in gone.items() if former == value] for key, value in came.items()}
    renamed = {found[0]: key for key, found in twins.items() if len(found) == 1}
    for key in [*new, *(key for key in old if key not in new and key not in renamed)]:
        index, _ = new.get(key) or old[key]
        place = f"{pointer}/{index}"
        before, after = (side[key][1] if key in side else None for side in (old, new))
        how = "changed" if key in old and key in new else "added" if key in new else "removed"
        if not kind.endswith("*") and key in _WORDS:
            if before != after:
                yield Change(place, f"words {how}", before, after)
        elif kind == "schema" and key == "enum" and before and after:
            yield from _values(before, after, place)
        elif kind == "schema" and key == "required":
            yield from _required(old, new, place)
        elif key in renamed.values():
            yield Change(place, "field renamed", twins[key][0], key)
        elif how == "changed":
            if not (kind == "operation" and key in UNSAID):
                inner = kind.removesuffix("[]")
                yield from _node(before, after, child_kind(kind, key) if inner == kind else inner, place)
        elif kind == "item*":
            for method in [each for each in METHODS if each in (after or before or ())]:
                yield Change(f"{place}/{method}", f"operation {how}", before, after)
        elif not is_default(key, after if key in new else before) and not _is_component(place):
            what = "operation" if kind == "item" and key in METHODS else _NOUNS.get(kind, key)
            yield Change(place, f"{what} {how}", before, after)


def _is_component(place: str) -> bool:
    """Components matter where they are used."""
    return place.startswith("#/components/") and place.count("/") <= 3


def _values(old: list[Any], new: list[Any], place: str) -> Iterator[Change]:
    if removed := [value for value in old if value not in new]:
        yield Change(place, "values removed", removed, None)
    if added := [value for value in new if value not in old]:
        yield Change(place, "values added", None, added)


def _required(old: Any, new: Any, place: str) -> Iterator[Change]:
    """Fields that both have, and that must be there in one only."""
    before, after = (set((side.get("required") or ("", None))[1] or ()) for side in (old, new))
    known = [(side.get("properties") or ("", None))[1] or {} for side in (old, new)]
    for key in [key for key in known[1] if key in known[0] and (key in before) != (key in after)]:
        yield Change(place, "field required" if key in after else "field not required", key, key)

"""What changed between two documents of the same names and order, each change once, where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from scripts.generate.document import METHODS, child_kind
from scripts.generate.meaning import UNSAID, Json, escape, is_default, name_of

WORDS: Final = {"description", "summary", "title", "example", "examples", "externalDocs", "info", "termsOfService"}
"""What is read by people alone."""


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

    @property
    def is_words(self) -> bool:
        """Whether only people read it."""
        return self.what.startswith("words ")


def changes(old: Json, new: Json) -> list[Change]:
    """Every change, in the order of the new document."""
    return list(_object(old, new, "document", "#"))


def _node(old: Any, new: Any, kind: str, pointer: str) -> Iterator[Change]:
    if old == new:
        return
    if kind != "data" and isinstance(old, dict) and isinstance(new, dict):
        yield from _object(old, new, kind, pointer)
    elif kind != "data" and isinstance(old, list) and isinstance(new, list):
        listed = _parameters(old, new, pointer) if kind == "parameter[]" else _list(old, new, kind, pointer)
        yield from listed
    else:
        yield Change(pointer, "changed", old, new)


def _object(old: Json, new: Json, kind: str, pointer: str) -> Iterator[Change]:
    if old.get("$ref") != new.get("$ref") and kind == "schema":
        yield Change(pointer, "type changed", old, new)
        return
    for key in [*new, *(key for key in old if key not in new)]:
        place = f"{pointer}/{escape(key)}"
        inner = child_kind(kind, key)
        if kind.endswith("*") or (key not in WORDS and key not in {"enum", "required"}) or kind == "data":
            if key not in old or key not in new:
                yield from _one_sided(old, new, key, kind, place)
            elif not (kind == "operation" and key in UNSAID):
                yield from _node(old[key], new[key], inner, place)
        elif key in WORDS:
            if old.get(key) != new.get(key):
                how = "added" if key not in old else "removed" if key not in new else "changed"
                yield Change(place, f"words {how}", old.get(key), new.get(key))
        elif kind == "schema" and key == "enum":
            yield from _enum(old.get(key), new.get(key), place)
        elif kind == "schema":
            yield from _required(old, new, place)
        elif bool(old.get(key)) != bool(new.get(key)):
            yield Change(place, "required" if new.get(key) else "not required", old.get(key), new.get(key))


_NAMES: Final = {
    "item*": "path",
    "schema*": "field",
    "response*": "answer",
    "parameter*": "header",
    "media*": "media type",
}


def _one_sided(old: Json, new: Json, key: str, kind: str, place: str) -> Iterator[Change]:
    how = "added" if key in new else "removed"
    if kind == "item*" or (kind == "item" and key in METHODS):
        node = (new if key in new else old)[key]
        found = {f"{place}/{method}": each for method, each in node.items() if method in METHODS}
        for pointer, each in (found if kind == "item*" else {place: node}).items():
            yield Change(pointer, f"operation {how}", *((None, each) if key in new else (each, None)))
    elif not _is_component_map(place) and not is_default(key, (new if key in new else old)[key]):
        what = _NAMES.get(kind, "body" if key == "requestBody" else f"{key}")
        yield Change(place, f"{what} {how}", old.get(key), new.get(key))


def _is_component_map(place: str) -> bool:
    """Components matter where they are used."""
    return place.startswith("#/components/") and place.count("/") <= 3


def _parameters(old: list[Any], new: list[Any], pointer: str) -> Iterator[Change]:
    def by_name(parameters: list[Any]) -> dict[tuple[str, str], tuple[int, Any]]:
        return {
            (("$ref", each["$ref"]) if "$ref" in each else name_of(each)): (index, each)
            for index, each in enumerate(parameters)
        }

    before, after = by_name(old), by_name(new)
    for name, (index, parameter) in after.items():
        if name in before:
            yield from _node(before[name][1], parameter, "parameter", f"{pointer}/{index}")
        else:
            yield Change(f"{pointer}/{index}", "parameter added", None, parameter)
    for name, (index, parameter) in before.items():
        if name not in after:
            yield Change(f"{pointer}/{index}", "parameter removed", parameter, None)


def _list(old: list[Any], new: list[Any], kind: str, pointer: str) -> Iterator[Change]:
    for index in range(max(len(old), len(new))):
        if index < len(old) and index < len(new):
            yield from _node(old[index], new[index], kind.removesuffix("[]"), f"{pointer}/{index}")
        else:
            how = "added" if index < len(new) else "removed"
            yield Change(
                f"{pointer}/{index}", f"choice {how}", *((None, new[index]) if how == "added" else (old[index],))
            )


def _enum(old: Any, new: Any, place: str) -> Iterator[Change]:
    before, after = old or [], new or []
    if not before or not after:
        yield Change(place, "enum " + ("added" if after else "removed"), old, new)
        return
    if removed := [value for value in before if value not in after]:
        yield Change(place, "values removed", removed, None)
    if added := [value for value in after if value not in before]:
        yield Change(place, "values added", None, added)


def _required(old: Json, new: Json, place: str) -> Iterator[Change]:
    """Fields that both have, and that must be there in one only."""
    shared = [key for key in new.get("properties") or {} if key in (old.get("properties") or {})]
    before, after = (set(each.get("required") or []) for each in (old, new))
    for key in shared:
        if (key in before) != (key in after):
            what = "field required" if key in after else "field not required"
            yield Change(place, what, key if key in before else None, key if key in after else None)

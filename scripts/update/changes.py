"""What changed between two documents, and the newer one in the words of the older: one walk tells both.

The vendor's builds name components as they please, `Address` today and `Address1` tomorrow, and write schemas in place
or by reference. Both documents are walked side by side, from the operations that they share: where a node means the
same, the older one stands; where it does not, the newer content stands under the older name, in its order, and what is
different is told, once, where it stands.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache, lru_cache
from itertools import chain, count
from typing import Any, Final, NamedTuple

from scripts.generate.document import DocumentError, resolve
from scripts.generate.grammar import GRAMMAR, LEAVES, MAP, METHODS, child_kind
from scripts.generate.meaning import UNSAID, Json, Meaning, escape, is_default, name_of, named, reachable, routes
from scripts.generate.naming import stem
from scripts.generate.overlay import apply_overlay

_REFERENCE: Final = re.compile(r"#/components/([A-Za-z]+)/([^/]+)")
_WORDS: Final = {"description", "summary", "title", "example", "examples", "externalDocs"}
"""What is read by people alone."""

_NOUNS: Final = {"schema*": "field", "schema[]": "choice", "response*": "answer", "media*": "media type"} | {
    "parameter*": "header",
    "parameter[]": "parameter",
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


def changes(old: Json, new: Json, overlay: Any = None) -> list[Change]:
    """Every change, each once."""
    return Alignment(old, new, overlay).changes


def overlaid(document: Json, overlay: Any) -> Json:
    """The document with what the overlay adds to it; what it removes, as the version header, still says something."""
    found: Json = json.loads(_overlaid(json.dumps(document), json.dumps(overlay)))
    return found


# An update asks for the same few documents again and again, and looking for targets is what it spends its time on.
@lru_cache(maxsize=8)
def _overlaid(text: str, overlay_text: str) -> str:
    document, overlay = json.loads(text), json.loads(overlay_text)
    for action in [action for action in (overlay or {}).get("actions") or [] if not action.get("remove")]:
        with suppress(DocumentError):  # where it is wrong, and does not just match nothing here, the generator says so
            document = apply_overlay(document, {"actions": [action]})
    return json.dumps(document)


class _Overlaid(Meaning):
    """A document whose nodes mean what the overlay makes of them: `line2` is none of its changes, in or out."""

    def __init__(self, document: Json, overlay: Any) -> None:
        super().__init__(overlaid(document, overlay))
        self._twins = dict(_twins(document, self.document))

    def children(self, node: Any, kind: str) -> Iterator[tuple[str, Any, str]]:
        return super().children(self._twins.get(id(node), node), kind)


def _twins(node: Any, twin: Any) -> Iterator[tuple[int, Any]]:
    """Every object and list of a document, by its identity, as it is in another that has all of it."""
    if isinstance(node, dict | list) and type(node) is type(twin):
        yield id(node), twin
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from _twins(node[key], twin[key])


class Alignment:
    """Two documents side by side."""

    def __init__(self, old: Json, new: Json, overlay: Any = None) -> None:
        self._old, self._new = Meaning(old), Meaning(new)
        self._before, self._after = (_Overlaid(each, overlay).digest for each in (old, new))
        self._known, self._came = _components(old), _components(new)
        self._claims: dict[str, str] = {}
        """What each component of the result means."""
        self._components: Json = {}
        """The result's components, by reference."""
        self.placed: dict[str, str] = {}
        """Where the components of the newer document stand in the result."""
        self.changes: list[Change] = []
        ours, came = routes(old), routes(new)
        for route in [each for each in ours if each in came]:  # what both have is first to claim its names
            self._node(ours[route], came[route], "operation", "")
        paths = self._parts(old["paths"], new["paths"], "item*", "#/paths")
        if old.get("servers") != new.get("servers"):
            self._tell("#/servers", "changed", old.get("servers"), new.get("servers"))
        known = old.get("components") or {}
        sections = {section: {} if section in GRAMMAR["components"] else known[section] for section in known}
        for pointer in [each for each in {**self._known, **self._components} if each in self._components]:
            section, name = _split(pointer)
            sections.setdefault(section, {})[name] = self._components[pointer]
        self.document: Json = {**old, "paths": paths, "components": sections}
        """The newer document in the names and the order of the older one."""

    def _node(self, old: Any, new: Any, kind: str, place: str) -> Any:
        """The newer node in the older words; `old` is what stands in its place, or None; no place tells of nothing."""
        if old is not None and self._before(old, kind) == self._after(new, kind) and self._keep(old, kind):
            return old
        if kind in LEAVES or not isinstance(new, dict | list):
            return _data(old, new, kind)
        if type(old) is not type(new):
            old, place = type(new)(), ""
        was, now = _reference(old, kind), _reference(new, kind)
        if old and now and not was and _alike(self._old.plain(old, kind), plain := self._new.plain(new, kind)):
            return self._node(old, plain, kind, place)
        return (self._component if was or now else self._parts)(old, new, kind, place)

    def _parts(self, old: Any, new: Any, kind: str, place: str) -> Any:
        before, after = named(old, kind, self._old.document), named(new, kind, self._new.document)
        if before and (kind == "operation" or (kind == "parameter" and name_of(old) == name_of(new))):
            unsaid = UNSAID if kind == "operation" else {"name"}
            kept = {key: each for key, each in before.items() if key in unsaid}
            after = {key: each for key, each in after.items() if key not in unsaid} | kept
        renamed = self._renamed(before, after) if kind == "schema*" else {}
        keys = in_order(before, after)
        at = _places(place, old, before) | _places(place, new, keys)
        result = {
            key: self._node(before.get(renamed.get(key, key)), after[key], child_kind(kind, key), at.get(key, ""))
            for key in keys
        }
        for key in at:
            if key in renamed:
                self._tell(at[key], "field renamed", renamed[key], key)
            elif key not in renamed.values() and before.get(key, ...) != result.get(key, ...):
                self._tell_part(before, result, kind, key, at[key])
        return result if isinstance(new, dict) else list(result.values())

    def _renamed(self, before: Json, after: Json) -> dict[str, str]:
        """The former names of fields that have another, and are the same otherwise."""
        gone = {key: self._before(each) for key, each in before.items() if key not in after}
        came = {key: self._after(each) for key, each in after.items() if key not in before}
        digests = [*gone.values(), *came.values()]
        alike = ((key, former) for key in came for former in gone if came[key] == gone[former])
        return {key: former for key, former in alike if digests.count(came[key]) == 2}

    # --- What is told

    def _tell(self, place: str, what: str, old: Any = None, new: Any = None) -> None:
        if place:
            self.changes.append(Change(place, what, old, new))

    def _tell_part(self, before: Json, after: Json, kind: str, key: str, place: str) -> None:
        """Tell how a part is another; but what has parts of its own, and is on both sides, tells of them."""
        old, new = before.get(key), after.get(key)
        how = "changed" if key in before and key in after else "added" if key in after else "removed"
        if not kind.endswith(MAP) and key in _WORDS:
            self._tell(place, f"words {how}", old, new)
        elif (kind, key) == ("schema", "enum") and old and new:
            if removed := [value for value in old if value not in new]:
                self._tell(place, "values removed", removed)
            if added := [value for value in new if value not in old]:
                self._tell(place, "values added", None, added)
        elif (kind, key) == ("schema", "required"):
            for name in sorted({*(old or ())} ^ {*(new or ())}):
                if all(name in (side.get("properties") or ()) for side in (before, after)):
                    self._tell(place, f"field {'' if name in (new or ()) else 'not '}required", name, name)
        elif how == "changed":
            if child_kind(kind, key) in LEAVES or not isinstance(new, dict | list) or type(old) is not type(new):
                self._tell(place, "changed", old, new)
        elif kind == "item*":
            for method in [method for method in METHODS if method in (new or old or ())]:
                self._tell(f"{place}/{method}", f"operation {how}", old, new)
        elif not is_default(key, new if key in after else old):
            what = "operation" if kind == "item" and key in METHODS else _NOUNS.get(kind, key)
            self._tell(place, f"{what} {how}", old, new)

    # --- Components

    def _keep(self, old: Any, kind: str) -> bool:
        """Claim all that an older node leads to as it is; or say that some of it is something else by now."""
        kinds = {each: GRAMMAR["components"][_split(each)[0]] for each in reachable(self._old.document, old, kind)}
        claims = {each: self._before({"$ref": each}, kind.removesuffix(MAP)) for each, kind in kinds.items()}
        if any(self._claims.get(pointer, digest) != digest for pointer, digest in claims.items()):
            return False
        self._claims |= claims
        for pointer in claims:
            self._components.setdefault(pointer, self._known[pointer])
        return True

    def _component(self, old: Any, new: Any, kind: str, place: str) -> Any:
        """A reference to where the content stands that either document has by reference here, and the words beside."""
        was, now = _reference(old, kind), _reference(new, kind)
        if now:
            target = resolve(self._new.document, {"$ref": now})
        else:
            inherited = resolve(self._old.document, {"$ref": was})
            target = {key: value for key, value in new.items() if key not in old}
            target |= {key: inherited[key] for key in old if key in inherited}
        digest = self._after(target, kind)
        pointer = self.placed.get(now) or self._place(was, now, target, digest)
        if pointer != was:
            self._tell(place, "type changed", old, new)
            place = ""
        if not pointer:
            return self._parts({}, new, kind, place)
        if now:
            self.placed[now] = pointer
        if pointer not in self._claims:  # from here on, it is known by its meaning
            self._claims[pointer], self._components[pointer] = digest, None
            self._components[pointer] = self._node(self._known.get(pointer), target, kind, pointer)
        beside = {key: value for key, value in new.items() if key != "$ref" and (now or key in old)}
        return self._parts(old, {"$ref": pointer, **beside}, kind, place)

    def _place(self, was: str, now: str, target: Json, digest: str) -> str:
        """Where a component of the newer document stands, or what is in place of one of the older: or nowhere."""
        known = (each for each in self._known if now and _kin(each) == _kin(now))
        likely = sorted(known, key=lambda each: (each != now, each))
        # It has a name that is new, or none. While the old name is still about, what has another is something new too.
        if was and (was in likely or not now or not (likely or _kin(was) in map(_kin, self._came))):
            likely.insert(0, was)
        # In the end the name that says no number, where nothing else has it, or had it.
        free = chain((stem(now), now), (f"{stem(now)}{number}" for number in count(1)))
        for each in chain(likely, free if now else ()):
            if each in self._claims:
                fits = self._claims[each] == digest
            else:
                fits = each not in self._known or (each in likely and _alike(self._known[each], target))
            if fits:
                return each
        return ""


def _components(document: Json) -> Json:
    """The components of a document, by reference."""
    sections = document.get("components") or {}
    members = ((section, sections[section] or {}) for section in GRAMMAR["components"] if section in sections)
    return {f"#/components/{section}/{name}": each for section, known in members for name, each in known.items()}


def in_order(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """What is in the second, in the order of the first; what is new stands after what it follows in the second."""
    wanted, former = dict.fromkeys(second), None
    result = [value for value in dict.fromkeys(first) if value in wanted]
    for value in wanted:
        if value not in result:
            result.insert(0 if former is None else result.index(former) + 1, value)
        former = value
    return result


def _places(place: str, node: Any, keys: Iterable[str]) -> dict[str, str]:
    """Where the parts of a node stand; nowhere, where nothing is told."""
    by_key = isinstance(node, dict)
    return {key: f"{place}/{escape(key) if by_key else index}" for index, key in enumerate(keys) if place}


@cache
def _kin(pointer: str) -> str:
    """What the names of a component share from build to build; a date tells it from the one that has none."""
    return f"{stem(pointer)}@" if re.search(r"\d{8}$", pointer) else stem(pointer)


def _data(old: Any, new: Any, kind: str) -> Any:
    """Examples, words, values, and all else that is no structure, in the older order."""
    if kind == "unordered" and isinstance(old, list) and all(isinstance(each, str) for each in [*old, *new]):
        return sorted(set(new)) if old == sorted(old) else in_order(old, new)
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: _data(old.get(key), new[key], "data") for key in in_order(old, new)}
    return new


def _split(pointer: str) -> tuple[str, str]:
    found = _REFERENCE.fullmatch(pointer)
    if not found:
        raise DocumentError(f"{pointer}: only references to components are supported; mend the source")
    return found[1], found[2]


def _reference(node: Any, kind: str) -> str:
    """The reference that a node is, or nothing."""
    is_one = isinstance(node, dict) and isinstance(node.get("$ref"), str) and not kind.endswith(MAP)
    return str(node["$ref"]) if is_one else ""


def _alike(old: Any, new: Any) -> bool:
    """Whether one schema can be a later state of the other, rather than something else in its place."""
    if "properties" in old and "properties" in new:
        return not old["properties"] or bool(set(old["properties"]) & set(new["properties"]))
    return all((key in old) == (key in new) for key in ("enum", "properties")) and old.get("type") == new.get("type")

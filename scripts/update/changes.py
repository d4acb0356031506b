"""A newer document in the words of an older one, and what changed between the two.

The vendor's builds name components as they please, `Address` today and `Address1` tomorrow, and write schemas in place
or by reference. Both documents are walked side by side, from the operations that they share: where a node means the
same, the older one stands; where it does not, the newer content stands under the older name, in its order. After that
what differs is what changed, and is told once, where it stands.
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

_WORDS: Final = {"description", "summary", "title", "example", "examples", "externalDocs"}  # read by people alone
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
    """Every change from a document to one in its words, each once; what the overlay settles, as `line2`, is none."""
    sides = [overlaid(each, overlay) for each in (old, new)]
    known, came = map(_components, sides)
    before, after = ({**each, "components": {}} for each in sides)
    found = [*_between(sides, before, after, "document", "#")]
    for pointer in [each for each in known if each in came]:
        found += _between(sides, known[pointer], came[pointer], _kind(pointer), pointer)
    return found


def overlaid(document: Json, overlay: Any) -> Json:
    """The document with what the overlay adds to it; what it removes, as the version header, still says something."""
    return dict(json.loads(_overlaid(json.dumps(document), json.dumps(overlay))))


# An update asks for the same few documents again and again, and looking for targets is what it spends its time on.
@lru_cache(maxsize=8)
def _overlaid(text: str, overlay_text: str) -> str:
    document, overlay = json.loads(text), json.loads(overlay_text)
    for action in [action for action in (overlay or {}).get("actions") or [] if not action.get("remove")]:
        with suppress(DocumentError):  # where it is wrong, and does not just match nothing here, the generator says so
            document = apply_overlay(document, {"actions": [action]})
    return json.dumps(document)


def _between(sides: list[Json], old: Any, new: Any, kind: str, place: str) -> Iterator[Change]:
    """What changed from one node to another."""
    if _reference(old, kind) != _reference(new, kind):
        yield Change(place, "type changed", old, new)
        return
    before, after = named(old, kind, sides[0]), named(new, kind, sides[1])
    renamed = _renamed(before, after) if kind == "schema*" else {}
    for key in [key for key in {**before, **after} if key not in renamed.values()]:
        part = key if isinstance(new, dict) else str([*(after if key in after else before)].index(key))
        at, inner, was, now = f"{place}/{escape(part)}", child_kind(kind, key), before.get(key), after.get(key)
        if key in renamed:
            yield Change(at, "field renamed", renamed[key], key)
        elif inner not in LEAVES and isinstance(now, dict | list) and type(was) is type(now):
            yield from _between(sides, was, now, inner, at)
        elif before.get(key, ...) != after.get(key, ...):
            yield from _part(before, after, kind, key, at)


def _renamed(before: Json, after: Json) -> dict[str, str]:
    """The former names of fields that have another, and are the same otherwise."""
    gone, came = before.keys() - after.keys(), after.keys() - before.keys()
    schemas = [*(before[key] for key in gone), *(after[key] for key in came)]
    alike = ((key, former) for key in came for former in gone if after[key] == before[former])
    return {key: former for key, former in alike if schemas.count(after[key]) == 2}


def _part(before: Json, after: Json, kind: str, key: str, place: str) -> Iterator[Change]:
    """How a part became another that has no parts of its own, came or went."""
    old, new = before.get(key), after.get(key)
    how = "changed" if key in before and key in after else "added" if key in after else "removed"
    if not kind.endswith(MAP) and key in _WORDS:
        yield Change(place, f"words {how}", old, new)
    elif (kind, key) == ("schema", "enum") and old and new:
        if removed := [value for value in old if value not in new]:
            yield Change(place, "values removed", removed)
        if added := [value for value in new if value not in old]:
            yield Change(place, "values added", None, added)
    elif (kind, key) == ("schema", "required"):
        for name in sorted({*(old or ())} ^ {*(new or ())}):
            was, now = (name in (side.get("properties") or ()) for side in (before, after))
            if was == now:  # else the field is told, whose name it is; in neither it is that of a part, or of any
                yield Change(place, f"field {'' if name in (new or ()) else 'not '}required", name, name)
    elif how == "changed":
        yield Change(place, how, old, new)
    elif kind == "item*":
        for method in [method for method in METHODS if method in (new or old or ())]:
            yield Change(f"{place}/{method}", f"operation {how}", old, new)
    elif kind.endswith(MAP) or not is_default(key, new if key in after else old):
        what = "operation" if kind == "item" and key in METHODS else _NOUNS.get(kind, key)
        yield Change(place, f"{what} {how}", old, new)


class Alignment:
    """The newer of two documents in the names and the order of the older one."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = Meaning(old), Meaning(new)
        self._known, self._came = _components(old), _components(new)
        self._claims: dict[str, tuple[str, Any]] = {}
        """What each component of the result means, and is."""
        self.placed: dict[str, str] = {}
        """Where the components of the newer document stand in the result."""
        ours, came = routes(old), routes(new)
        for route in [each for each in ours if each in came]:  # what both have is first to claim its names
            self._node(ours[route], came[route], "operation")
        paths = self._parts(old["paths"], new["paths"], "item*")
        known = old.get("components") or {}
        sections = {section: {} if section in GRAMMAR["components"] else known[section] for section in known}
        for pointer in [each for each in {**self._known, **self._claims} if each in self._claims]:
            _, _, section, name = pointer.split("/")
            sections.setdefault(section, {})[name] = self._claims[pointer][1]
        self.document: Json = {**old, "paths": paths, "components": sections}

    def _node(self, old: Any, new: Any, kind: str) -> Any:
        """The newer node in the older words; `old` is what stands in its place, or None."""
        if old is not None and self._old.digest(old, kind) == self._new.digest(new, kind) and self._keep(old, kind):
            return old
        if kind == "unordered" and isinstance(old, list) and all(isinstance(each, str) for each in [*old, *new]):
            return sorted(set(new)) if old == sorted(old) else in_order(old, new)
        if kind in LEAVES or not isinstance(new, dict | list):
            return new
        old = old if type(old) is type(new) else type(new)()
        was, now = _reference(old, kind), _reference(new, kind)
        if old and now and not was and _alike(self._old.plain(old, kind), plain := self._new.plain(new, kind)):
            return self._node(old, plain, kind)
        return (self._component if was or now else self._parts)(old, new, kind)

    def _parts(self, old: Any, new: Any, kind: str) -> Any:
        before, after = named(old, kind, self._old.document), named(new, kind, self._new.document)
        if before and (kind == "operation" or (kind == "parameter" and name_of(old) == name_of(new))):
            unsaid = UNSAID if kind == "operation" else {"name"}
            kept = {key: each for key, each in before.items() if key in unsaid}
            after = {key: each for key, each in after.items() if key not in unsaid} | kept
        keys = in_order(before, after)
        result = {key: self._node(before.get(key), after[key], child_kind(kind, key)) for key in keys}
        return result if isinstance(new, dict) else list(result.values())

    def _keep(self, old: Any, kind: str) -> bool:
        """Claim all that an older node leads to as it is; or say that some of it is something else by now."""
        needed = reachable(self._old.document, old, kind)
        claims = {each: (self._old.digest({"$ref": each}, _kind(each)), self._known[each]) for each in needed}
        if any(self._claims.get(pointer, claim)[0] != claim[0] for pointer, claim in claims.items()):
            return False
        for pointer, claim in claims.items():
            self._claims.setdefault(pointer, claim)
        return True

    def _component(self, old: Any, new: Any, kind: str) -> Any:
        """A reference to where the content stands that either document has by reference here, and the words beside."""
        was, now = _reference(old, kind), _reference(new, kind)
        if now:
            target = resolve(self._new.document, {"$ref": now})
        else:
            inherited = resolve(self._old.document, {"$ref": was})
            target = {key: value for key, value in new.items() if key not in old}
            target |= {key: inherited[key] for key in old if key in inherited}
        digest = self._new.digest(target, kind)
        pointer = self.placed.get(now) or self._place(was, now, target, digest)
        if not pointer:
            return self._parts({}, new, kind)
        if now:
            self.placed[now] = pointer
        if pointer not in self._claims:  # from here on, it is known by its meaning
            self._claims[pointer] = digest, None
            self._claims[pointer] = digest, self._node(self._known.get(pointer), target, kind)
        beside = {key: value for key, value in new.items() if key != "$ref" and (now or key in old)}
        return self._parts(old, {"$ref": pointer, **beside}, kind)

    def _place(self, was: str, now: str, target: Json, digest: str) -> str:
        """Where a component of the newer document stands, or what is in place of one of the older: or nowhere."""
        known = (each for each in self._known if now and _kin(each) == _kin(now))
        likely = sorted(known, key=lambda each: (each != now, each))
        # It has a name that is new, or none. While the old name is still about, what has another is something new too.
        if was and (was in likely or not now or not (likely or _kin(was) in map(_kin, self._came))):
            likely.insert(0, was)
        # In the end the name that says no number, where nothing else has it, or had it.
        free = chain((stem(now), now), (f"{stem(now)}{number}" for number in count(1)))

        def fits(pointer: str) -> bool:
            if pointer in self._claims:
                return self._claims[pointer][0] == digest
            return pointer not in self._known or (pointer in likely and _alike(self._known[pointer], target))

        return next(filter(fits, chain(likely, free if now else ())), "")


def _components(document: Json) -> Json:
    """The components of a document, by reference."""
    sections = document.get("components") or {}
    members = ((section, sections[section] or {}) for section in GRAMMAR["components"] if section in sections)
    return {f"#/components/{section}/{name}": each for section, known in members for name, each in known.items()}


def in_order(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """What is in the second, in the order of the first; what is new stands after what it follows in the second."""
    wanted, place = dict.fromkeys(second), 0
    result = [value for value in dict.fromkeys(first) if value in wanted]
    for value in wanted:
        if value not in result:
            result.insert(place, value)
        place = result.index(value) + 1
    return result


@cache
def _kin(pointer: str) -> str:
    """What the names of a component share from build to build; a date tells it from the one that has none."""
    return f"{stem(pointer)}@" if re.search(r"\d{8}$", pointer) else stem(pointer)


def _kind(pointer: str) -> str:
    """What kind of node a component is."""
    found = re.fullmatch(r"#/components/([A-Za-z]+)/[^/]+", pointer)
    if not found:
        raise DocumentError(f"{pointer}: only references to components are supported; mend the source")
    return child_kind(GRAMMAR["components"][found[1]], "")


def _reference(node: Any, kind: str) -> str:
    """The reference that a node is, or nothing."""
    is_one = isinstance(node, dict) and isinstance(node.get("$ref"), str) and not kind.endswith(MAP)
    return str(node["$ref"]) if is_one else ""


def _alike(old: Any, new: Any) -> bool:
    """Whether one schema can be a later state of the other, rather than something else in its place."""
    if "properties" in old and "properties" in new:
        return not old["properties"] or bool(set(old["properties"]) & set(new["properties"]))
    return all((key in old) == (key in new) for key in ("enum", "properties")) and old.get("type") == new.get("type")

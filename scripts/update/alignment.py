"""A source in the words of the vendored document: what means the same is said the same, down to names and order.

The vendor's builds name components as they please, `Address` today and `Address1` tomorrow, and write schemas in place
or by reference. Both documents are walked side by side, from the operations that they share: where a node means the
same, the vendored one stands; where it does not, the source's content stands under the vendored name, in its order.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from itertools import chain, count
from typing import Any, Final

from scripts.generate.class_names import stem
from scripts.generate.document import DocumentError
from scripts.generate.grammar import GRAMMAR, child_kind
from scripts.generate.meaning import LEAVES, UNSAID, Json, Meaning, name_of, reachable, routes

_REFERENCE: Final = re.compile(r"#/components/([A-Za-z]+)/([^/]+)")


def align(vendored: Json, source: Json) -> tuple[Json, dict[str, str]]:
    """The source's document in the names and the order of the vendored one, and where its components stand there."""
    alignment = _Alignment(vendored, source)
    return alignment.align(), alignment.placed


def in_order(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """What is in the second, in the order of the first; what is new stands after what it follows in the second."""
    wanted = list(dict.fromkeys(second))
    result = [value for value in dict.fromkeys(first) if value in set(wanted)]
    known = set(result)
    for position, value in enumerate(wanted):
        if value not in known:
            result.insert(result.index(wanted[position - 1]) + 1 if position else 0, value)
            known.add(value)
    return result


def _kin(name: str) -> str:
    """What the names of a component share from build to build; a date tells it from the one that has none."""
    return f"{stem(name)}@" if re.search(r"\d{8}$", name) else stem(name)


class _Alignment:
    def __init__(self, vendored: Json, source: Json) -> None:
        self._old, self._new = Meaning(vendored), Meaning(source)
        self._claims: dict[str, str] = {}
        """What each component of the result means."""
        self._components: dict[str, Any] = {}
        """The result's components, by reference."""
        self.placed: dict[str, str] = {}
        """Where the components of the source stand in the result."""

    def align(self) -> Json:
        old, new = self._old.document, self._new.document
        known, came = routes(old), routes(new)
        for route in [each for each in known if each in came]:  # what both have is first to claim its names
            self._node(known[route], came[route], "operation")
        paths = self._object(old["paths"], new["paths"], "item*")
        result = {key: copy.deepcopy(value) for key, value in old.items() if key != "components"} | {"paths": paths}
        if components := self._sections(old.get("components") or {}):
            result["components"] = components
        return result

    def _sections(self, old: Json) -> Json:
        """The components, the vendored ones first and in their order."""
        sections: Json = {section: each for section, each in old.items() if section not in GRAMMAR["components"]}
        for pointer, content in self._components.items():
            section, name = _split(pointer)
            sections.setdefault(section, {})[name] = content
        return {
            section: {name: members[name] for name in {**(old.get(section) or {}), **members} if name in members}
            for section, members in ((section, sections[section]) for section in in_order(old, sections))
        }

    def _node(self, old: Any, new: Any, kind: str) -> Any:
        """The source's node in vendored words; `old` is what stands in its place there, or None."""
        if old is not None and self._old.digest(old, kind) == self._new.digest(new, kind) and self._keep(old, kind):
            return copy.deepcopy(old)
        if kind in LEAVES or not isinstance(new, dict | list):
            return _data(old, new, kind)
        if _reference(new, kind) and not _reference(old, kind) and isinstance(old, dict):
            plain = self._new.plain(new, kind)
            if _alike(self._old.plain(old, kind), plain):
                return self._node(old, plain, kind)
        if isinstance(new, dict) and (_reference(new, kind) or _reference(old, kind)):
            return self._component(old if isinstance(old, dict) else {}, new, kind)
        old = old if type(old) is type(new) else type(new)()
        return self._object(old, new, kind) if isinstance(new, dict) else self._list(old, new, kind)

    def _object(self, old: Json, new: Json, kind: str) -> Json:
        result = {}
        for key in in_order(old, new):
            unordered = kind == "schema" and key in {"enum", "required", "type"}
            same_name = kind == "parameter" and key == "name" and name_of(old) == name_of(new)
            if key in old and (same_name or (kind == "operation" and key in UNSAID)):
                result[key] = copy.deepcopy(old[key])
            else:
                result[key] = self._node(old.get(key), new[key], "unordered" if unordered else child_kind(kind, key))
        return result

    def _list(self, old: list[Any], new: list[Any], kind: str) -> list[Any]:
        inner = kind.removesuffix("[]")
        if inner == "parameter":
            before = {"/".join(name_of(self._old.plain(each, inner))): each for each in old}
            after = {"/".join(name_of(self._new.plain(each, inner))): each for each in new}
            return list(self._object(before, after, f"{inner}*").values())
        return [self._node(old[index] if index < len(old) else None, each, inner) for index, each in enumerate(new)]

    # --- Components

    def _keep(self, old: Any, kind: str) -> bool:
        """Claim all that a vendored node leads to as it is; or say that some of it is something else by now."""
        claims = {
            pointer: self._old.digest({"$ref": pointer}, _kind(pointer))
            for pointer in reachable(self._old.document, old, kind)
        }
        if any(self._claims.get(pointer, digest) != digest for pointer, digest in claims.items()):
            return False
        self._claims |= claims
        for pointer in claims:
            self._components.setdefault(pointer, copy.deepcopy(self._old.target(pointer)))
        return True

    def _component(self, old: Json, new: Json, kind: str) -> Json:
        """A reference to where the content stands that either document has by reference here, and the words beside."""
        was, now = _reference(old, kind), _reference(new, kind)
        beside = {key: value for key, value in new.items() if key != "$ref" and (now or key in old)}
        if now:
            target = self._new.target(now)
            self.placed[now] = pointer = self.placed.get(now) or self._place(was, now, target, kind)
        else:
            inherited = self._old.target(was)
            target = {key: value for key, value in new.items() if key not in old}
            target |= {key: inherited[key] for key in old if key in inherited}
            if not self._fits(was, target, self._new.digest(target, kind)):
                return self._object({}, new, kind)
            pointer = was
        self._claim(pointer, target, kind)
        words = {key: _data(old.get(key), value, "data") for key, value in beside.items()}
        return {key: pointer if key == "$ref" else words[key] for key in in_order(old, ["$ref", *words])}

    def _place(self, was: str, now: str, target: Json, kind: str) -> str:
        """What a component of the source is called, that stands where the vendored document has another, or none."""
        section, name = _split(now)
        known = (self._old.document.get("components") or {}).get(section) or {}
        likely = sorted((each for each in known if _kin(each) == _kin(name)), key=lambda each: (each != name, each))
        if was and (former := _split(was)[1]) not in likely[:1]:
            # It has a name that is new. While the old name is still about, it is something new too.
            about = {_kin(each) for each in (self._new.document.get("components") or {}).get(section) or {}}
            if former in likely or not (likely or _kin(former) in about):
                likely.insert(0, former)
        digest = self._new.digest(target, kind)
        for each in likely:
            if self._fits(f"#/components/{section}/{each}", target, digest):
                return f"#/components/{section}/{each}"
        # The name that says no number, where nothing else has it, or had it.
        names = chain((stem(name), name), (f"{stem(name)}{number}" for number in count(1)))
        free = (f"#/components/{section}/{each}" for each in names)
        return next(
            each
            for each in free
            if self._claims.get(each, digest) == digest and (each in self._claims or _split(each)[1] not in known)
        )

    def _fits(self, pointer: str, target: Json, digest: str) -> bool:
        """Whether a vendored component can be what the source says, and nothing else."""
        if pointer in self._claims:
            return self._claims[pointer] == digest
        return _alike(self._old.target(pointer), target)

    def _claim(self, pointer: str, target: Json, kind: str) -> None:
        """Give a component of the result its content, which is known by its meaning from then on."""
        if pointer not in self._claims:
            section, name = _split(pointer)
            self._claims[pointer] = self._new.digest(target, kind)
            self._components[pointer] = None
            known = (self._old.document.get("components") or {}).get(section) or {}
            self._components[pointer] = self._node(known.get(name), target, kind)


def _data(old: Any, new: Any, kind: str) -> Any:
    """Examples, words, values, and all else that is no structure, in the vendored order."""
    if kind == "unordered" and all(
        isinstance(each, list) and all(isinstance(v, str) for v in each) for each in (old, new)
    ):
        return sorted(set(new)) if old == sorted(old) else in_order(old, new)
    if old == new:
        return copy.deepcopy(old)
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: _data(old.get(key), new[key], "data") for key in in_order(old, new)}
    return copy.deepcopy(new)


def _kind(pointer: str) -> str:
    return GRAMMAR["components"].get(_split(pointer)[0], "data").removesuffix("*")


def _split(pointer: str) -> tuple[str, str]:
    found = _REFERENCE.fullmatch(pointer)
    if not found:
        raise DocumentError(f"{pointer}: only references to components are supported; mend the source")
    return found[1], found[2]


def _reference(node: Any, kind: str) -> str:
    """The reference that a node is, or nothing."""
    here = (
        isinstance(node, dict) and isinstance(node.get("$ref"), str) and not kind.endswith("*") and kind not in LEAVES
    )
    return str(node["$ref"]) if here else ""


def _alike(old: Any, new: Any) -> bool:
    """Whether one schema can be a later state of the other, rather than something else in its place."""
    if "properties" in old and "properties" in new:
        return not old["properties"] or bool(set(old["properties"]) & set(new["properties"]))
    return all((key in old) == (key in new) for key in ("enum", "properties")) and old.get("type") == new.get("type")

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

from scripts.generate.document import GRAMMAR, METHODS, DocumentError, child_kind
from scripts.generate.facts import is_environment
from scripts.generate.meaning import LEAVES, UNSAID, Json, Meaning, name_of, reachable, routes
from scripts.generate.naming import environment_name

_NUMBERED: Final = re.compile(r"(?<=[A-Za-z])_?\d{1,3}$")
_DATED: Final = re.compile(r"(?<=[A-Za-z])_?\d{8}$")
_PREFIX: Final = "#/components/"


def align(vendored: Json, source: Json) -> Json:
    """The source's document, in the names and the order of the vendored one."""
    return _Alignment(vendored, source).align()


def with_servers(old: Json, new: Json) -> list[Json]:
    """The vendored servers, moved where the source names another URL, and its new ones; none is ever dropped."""
    servers = copy.deepcopy(old.get("servers") or [])
    for server in new.get("servers") or []:
        name = environment_name(server.get("description") or "")
        same = [each for each in servers if each["url"].rstrip("/") == server["url"].rstrip("/")]
        moved = [each for each in servers if environment_name(each.get("description") or "") == name]
        if same or not is_environment(server):
            continue
        if moved:
            moved[0]["url"] = server["url"]
        else:
            servers.append(copy.deepcopy(server))
    return servers


def _version(old: Json, new: Json) -> str:
    """A patch of OpenAPI says nothing; a minor version has other words."""
    versions = [str(each["openapi"]) for each in (old, new)]
    return versions[0] if versions[0].rpartition(".")[0] == versions[1].rpartition(".")[0] else versions[1]


def stem(name: str) -> str:
    """The name of a component without the number or the date that a build adds to it."""
    return _DATED.sub("", _NUMBERED.sub("", name))


def kin(name: str) -> str:
    """What the names of a component share from build to build; a date tells it from the one that has none."""
    return _DATED.sub("@", _NUMBERED.sub("", name))


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


def known_first(first: Iterable[str] | None, second: Iterable[str]) -> list[str]:
    """What is in the second: in the order of the first what is there too, and then the rest."""
    rest = list(second)
    known = [value for value in first or () if value in rest]
    return [*known, *(value for value in rest if value not in known)]


class _Alignment:
    def __init__(self, vendored: Json, source: Json) -> None:
        self._old, self._new = Meaning(vendored), Meaning(source)
        self._claims: dict[str, str] = {}
        """What each component of the result means."""
        self._components: dict[str, Any] = {}
        """The result's components, by reference."""
        self._placed: dict[str, str] = {}
        """Where the components of the source stand in the result."""

    def align(self) -> Json:
        old, new = self._old.document, self._new.document
        shared = [route for route in routes(old) if route in routes(new)]
        done = {route: self._node(routes(old)[route], routes(new)[route], "operation") for route in shared}
        paths: Json = {}
        for path in in_order(old["paths"], new["paths"]):
            before, after = old["paths"].get(path) or {}, new["paths"][path]
            paths[path] = {
                key: done[path, key] if (path, key) in done else self._item(before.get(key), after[key], key)
                for key in in_order(before, after)
            }
        result = {key: copy.deepcopy(value) for key, value in old.items() if key != "components"}
        result |= {"openapi": _version(old, new), "paths": paths}
        if servers := with_servers(old, new):
            result["servers"] = servers
        if components := self._sections():
            result["components"] = components
        return result

    def _item(self, old: Any, new: Any, key: str) -> Any:
        kind = child_kind("item", key)
        return self._node(old, new, kind) if old is not None and key not in METHODS else self._adopted(new, kind)

    def _sections(self) -> Json:
        """The components, the vendored ones first and in their order."""
        old = self._old.document.get("components") or {}
        sections: Json = {section: each for section, each in old.items() if section not in GRAMMAR["components"]}
        for pointer, content in self._components.items():
            section, name = _split(pointer)
            sections.setdefault(section, {})[name] = content
        return {
            section: {name: sections[section][name] for name in known_first(old.get(section), sections[section])}
            for section in in_order(old, sections)
        }

    # --- What both have

    def _node(self, old: Any, new: Any, kind: str) -> Any:
        if self._old.digest(old, kind) == self._new.digest(new, kind) and self._keep(old, kind):
            return copy.deepcopy(old)
        if kind in {"data", "examples"}:
            return self._data(old, new)
        if kind == "unordered":
            return self._values(old, new)
        if _is_reference(old, kind):
            return self._reference(old, new, kind)
        if _is_reference(new, kind):
            plain = self._new.plain(new, kind)
            if not _is_reference(old, kind) and not _alike(self._old.plain(old, kind), plain):
                return self._adopted(new, kind)
            new = plain
        if isinstance(old, dict) and isinstance(new, dict):
            return self._object(old, new, kind)
        if isinstance(old, list) and isinstance(new, list):
            return self._list(old, new, kind)
        return self._adopted(new, kind)

    def _object(self, old: Json, new: Json, kind: str) -> Json:
        unordered = {"enum", "required", "type"} if kind == "schema" else set()
        result = {}
        for key in in_order(old, new):
            inner = "unordered" if key in unordered else child_kind(kind, key)
            if key in old and kind == "operation" and key in UNSAID:
                result[key] = copy.deepcopy(old[key])
                continue
            if kind == "parameter" and key == "name" and name_of(old) == name_of(new):
                result[key] = old[key]
                continue
            result[key] = self._node(old[key], new[key], inner) if key in old else self._adopted(new[key], inner)
        return result

    def _list(self, old: list[Any], new: list[Any], kind: str) -> list[Any]:
        inner = kind.removesuffix("[]")
        if inner == "parameter":
            before = {"/".join(name_of(self._old.plain(each, inner))): each for each in old}
            after = {"/".join(name_of(self._new.plain(each, inner))): each for each in new}
            merged = self._object(before, after, f"{inner}*")
            return list(merged.values())
        return [
            self._node(old[index], each, inner) if index < len(old) else self._adopted(each, inner)
            for index, each in enumerate(new)
        ]

    def _data(self, old: Any, new: Any) -> Any:
        """Examples, words, and all else that is no structure."""
        if old == new:
            return copy.deepcopy(old)
        if isinstance(old, dict) and isinstance(new, dict):
            return {key: self._data(old.get(key), new[key]) for key in in_order(old, new)}
        return copy.deepcopy(new)

    @staticmethod
    def _values(old: Any, new: Any) -> Any:
        if (
            not isinstance(old, list)
            or not isinstance(new, list)
            or not all(isinstance(each, str) for each in old + new)
        ):
            return copy.deepcopy(new)
        if old == sorted(old):
            return sorted(dict.fromkeys(new)) if set(old) != set(new) else list(old)
        return in_order(old, new)

    # --- Components

    def _keep(self, old: Any, kind: str) -> bool:
        """Claim all that a vendored node leads to as it is; or say that some of it is something else by now."""
        claims = {pointer: self._meaning_of(self._old, pointer) for pointer in reachable(self._old.document, old, kind)}
        if any(self._claims.get(pointer, digest) != digest for pointer, digest in claims.items()):
            return False
        for pointer, digest in claims.items():
            self._claims[pointer] = digest
            self._components.setdefault(pointer, copy.deepcopy(self._old.target(pointer)))
        return True

    def _reference(self, old: Json, new: Any, kind: str) -> Any:
        """Where the vendored document has a reference: the same one, and the change in what it stands for."""
        pointer = str(old["$ref"])
        siblings = {key: value for key, value in new.items() if key != "$ref"} if isinstance(new, dict) else {}
        if _is_reference(new, kind):
            pointer = self._counterpart(pointer, str(new["$ref"]))
            target: Any = self._new.target(new["$ref"])
            if pointer not in self._claims and not self._exists(pointer):
                return self._adopted(new, kind)
        else:
            inherited = self._old.target(pointer)
            target = {key: value for key, value in siblings.items() if key not in old}
            target |= {key: inherited[key] for key in old if key != "$ref" and key in inherited}
            siblings = {key: siblings[key] for key in old if key in siblings}
            if not self._exists(pointer):
                return self._adopted(new, kind)
        if not _alike(self._old.target(pointer), target) or not self._claim(pointer, target, kind):
            return self._adopted(new, kind)
        if _is_reference(new, kind):
            self._placed[str(new["$ref"])] = pointer
        words = {key: self._data(old.get(key), value) for key, value in siblings.items()}
        return {key: pointer if key == "$ref" else words[key] for key in in_order(old, ["$ref", *words])}

    def _counterpart(self, old: str, new: str) -> str:
        """Which component a reference of the source means where the vendored document has another."""
        if new in self._placed:
            return self._placed[new]
        (section, was), (_, now) = _split(old), _split(new)
        if kin(was) == kin(now):
            return old
        for name in self._namesakes(section, now):
            return f"{_PREFIX}{section}/{name}"
        # It has a name that is new. While the old name is still about, it is something new too.
        others = (self._new.document.get("components") or {}).get(section) or {}
        return new if any(kin(name) == kin(was) for name in others) else old

    def _namesakes(self, section: str, name: str) -> list[str]:
        """The vendored components that a component of the source may be, by its name; the best first."""
        known = (self._old.document.get("components") or {}).get(section) or {}
        return sorted((each for each in known if kin(each) == kin(name)), key=lambda each: (each != name, each))

    def _exists(self, pointer: str) -> bool:
        section, name = _split(pointer)
        return name in ((self._old.document.get("components") or {}).get(section) or {})

    def _claim(self, pointer: str, target: Json, kind: str) -> bool:
        """Give a vendored component the source's content; or say that it has another already."""
        digest = self._new.digest(target, kind)
        if pointer in self._claims:
            return self._claims[pointer] == digest
        self._claims[pointer] = digest
        self._components[pointer] = None
        self._components[pointer] = self._node(self._old.target(pointer), target, kind)
        return True

    def _adopted(self, new: Any, kind: str) -> Any:
        """What the source alone has, its references led to where their targets stand in the result."""
        if kind in LEAVES or not isinstance(new, dict | list):
            return copy.deepcopy(new)
        if isinstance(new, list):
            return [self._adopted(each, kind.removesuffix("[]")) for each in new]
        result = {}
        for key, value in new.items():
            if key == "$ref" and _is_reference(new, kind):
                result[key] = self._place(str(value), kind)
            else:
                result[key] = self._adopted(value, child_kind(kind, key))
        return result

    def _place(self, pointer: str, kind: str) -> str:
        if pointer in self._placed:
            return self._placed[pointer]
        section, name = _split(pointer)
        target = self._new.target(pointer)
        digest = self._new.digest(target, kind)
        for namesake in self._namesakes(section, name):
            candidate = f"{_PREFIX}{section}/{namesake}"
            if self._claims.get(candidate) == digest or (
                candidate not in self._claims and _alike(self._old.target(candidate), target)
            ):
                self._placed[pointer] = candidate
                self._claim(candidate, target, kind)
                return candidate
        # The name that says no number, where nothing else has it.
        base = f"{_PREFIX}{section}/"
        numbered = (f"{base}{stem(name)}{number}" for number in count(1))
        result = next(each for each in chain((base + stem(name), base + name), numbered) if self._is_free(each, digest))
        self._placed[pointer] = result
        if result not in self._claims:
            self._claims[result] = digest
            self._components[result] = None
            self._components[result] = self._adopted(target, kind)
        return result

    def _is_free(self, pointer: str, digest: str) -> bool:
        """Whether a component of that meaning may have the name: nothing else has it, or had it."""
        known = self._claims.get(pointer)
        return known == digest or (known is None and not self._exists(pointer))

    @staticmethod
    def _meaning_of(meaning: Meaning, pointer: str) -> str:
        section, _ = _split(pointer)
        return meaning.digest(meaning.target(pointer), GRAMMAR["components"].get(section, "data").removesuffix("*"))


def _split(pointer: str) -> tuple[str, str]:
    if not re.fullmatch(r"#/components/[A-Za-z]+/[^/]+", pointer):
        raise DocumentError(f"{pointer}: only references to components are supported")
    _, _, section, name = pointer.split("/")
    return section, name


def _is_reference(node: Any, kind: str) -> bool:
    return (
        isinstance(node, dict) and isinstance(node.get("$ref"), str) and not kind.endswith("*") and kind not in LEAVES
    )


def _alike(old: Any, new: Any) -> bool:
    """Whether one schema can be a later state of the other, rather than something else in its place."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    if "properties" in old and "properties" in new:
        return not old["properties"] or bool(set(old["properties"]) & set(new["properties"]))
    return ("enum" in old, "properties" in old, old.get("type")) == (
        "enum" in new,
        "properties" in new,
        new.get("type"),
    )


def header_names(document: Json) -> Iterable[str]:
    """Every header that a document speaks of, in its case."""
    for holder in _objects(document):
        if holder.get("in") == "header" and isinstance(holder.get("name"), str):
            yield holder["name"]
        if isinstance(holder.get("headers"), dict) and "description" in holder:
            yield from holder["headers"]


def _objects(node: Any) -> Iterable[Json]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)

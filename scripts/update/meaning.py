"""What a document says, whatever its build: two nodes that mean the same have the same digest.

None of this counts: the order of keys, of parameters, of required fields and of enum values; the names of components,
and whether a schema is referenced or written in place; the case of header names; operation ids and tags, from which
nothing is made; and what is spelled out although it is the default.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from scripts.generate.document import METHODS, DocumentError, operations, resolve

Json = dict[str, Any]

DEPTH: Final = 40
"""How many levels below a node still count. Schemas may contain themselves, so that there must be an end."""

_MAP, _LIST = "*", "[]"

GRAMMAR: Final[dict[str, dict[str, str]]] = {
    "document": {"paths": "item*", "components": "components"},
    "components": {
        "schemas": "schema*",
        "parameters": "parameter*",
        "headers": "parameter*",
        "requestBodies": "body*",
        "responses": "response*",
    },
    "item": {"parameters": "parameter[]", **dict.fromkeys(METHODS, "operation")},
    "operation": {"parameters": "parameter[]", "requestBody": "body", "responses": "response*"},
    "parameter": {"schema": "schema", "content": "media*"},
    "body": {"content": "media*"},
    "response": {"content": "media*", "headers": "parameter*"},
    "media": {"schema": "schema", "examples": "examples"},
    "schema": {
        "properties": "schema*",
        "items": "schema",
        "additionalProperties": "schema",
        "not": "schema",
        "allOf": "schema[]",
        "oneOf": "schema[]",
        "anyOf": "schema[]",
    },
}
"""What stands where: the kind of each child, of maps (*) and of lists ([]) too. All else is data."""

LEAVES: Final = {"data", "examples", "unordered"}
"""The kinds of nodes that hold no others."""

UNSAID: Final = {"operationId", "tags"}
_UNORDERED: Final = {("schema", "enum"), ("schema", "required"), ("schema", "type")}
_DEFAULTS: Final = {"required", "deprecated", "nullable", "readOnly", "writeOnly", "explode", "allowEmptyValue"}
_MAY_BE_EMPTY: Final = {"parameters", "servers", "required", "content", "headers", "tags"}


def child_kind(kind: str, key: str) -> str:
    """What kind of node stands under a key of a node of some kind."""
    if kind.endswith(_MAP):
        return kind.removesuffix(_MAP)
    return GRAMMAR.get(kind, {}).get(key, "data")


def is_default(key: str, value: Any) -> bool:
    """Whether a part of a node says no more than its absence would."""
    return (key in _MAY_BE_EMPTY and not value) or (key in _DEFAULTS and value is False)


def name_of(parameter: Json) -> tuple[str, str]:
    """What tells a parameter from the others: where it goes, and its name; for headers in any case."""
    where, name = str(parameter.get("in")), str(parameter.get("name"))
    return where, name.lower() if where == "header" else name


class Meaning:
    """A document, and what its nodes mean."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self._digests: dict[tuple[str, str, int], str] = {}

    def target(self, reference: str) -> Json:
        """What a reference stands for."""
        return resolve(self.document, {"$ref": reference})

    def plain(self, node: Any, kind: str) -> Any:
        """A node without the references and single `allOf` around it."""
        while isinstance(node, dict) and kind not in {"item", *LEAVES} and not kind.endswith((_MAP, _LIST)):
            if isinstance(node.get("$ref"), str):
                node = self.target(node["$ref"]) | {key: value for key, value in node.items() if key != "$ref"}
            elif kind == "schema" and len(node.get("allOf") or []) == 1 and "properties" not in node:
                node = {**node["allOf"][0], **{key: value for key, value in node.items() if key != "allOf"}}
            else:
                break
        return node

    def children(self, node: Any, kind: str) -> Iterator[tuple[str, Any, str]]:
        """What a plain node says, part by part: key, value, and kind."""
        if isinstance(node, list):
            inner = kind.removesuffix(_LIST)
            if inner == "parameter":
                named = {"/".join(name_of(self.plain(each, inner))): each for each in node}
                yield from ((name, each, inner) for name, each in sorted(named.items()))
            else:
                yield from ((str(index), each, inner) for index, each in enumerate(node))
            return
        for key, value in sorted(node.items()):
            unsaid = kind in {"operation", "document"} and key in UNSAID
            if not kind.endswith(_MAP) and (unsaid or is_default(key, value)):
                continue
            if kind == "parameter" and key == "name":
                yield key, name_of(node)[1], "data"
            else:
                yield key, value, "unordered" if (kind, key) in _UNORDERED else child_kind(kind, key)

    def digest(self, node: Any, kind: str = "schema", depth: int = DEPTH) -> str:
        """A digest that nodes of the same meaning share."""
        reference = node.get("$ref") if isinstance(node, dict) and len(node) == 1 and kind not in LEAVES else None
        key = (str(reference), kind, depth)
        if reference is not None and key in self._digests:
            return self._digests[key]
        found = _hash(self._content(self.plain(node, kind), kind, depth))
        if reference is not None:
            self._digests[key] = found
        return found

    def _content(self, node: Any, kind: str, depth: int) -> Any:
        if kind == "unordered":
            values = node if isinstance(node, list) else [node]
            return sorted({json.dumps(value, sort_keys=True) for value in values})
        if kind == "examples" and isinstance(node, dict):  # a build calls them after its components
            return sorted(json.dumps(value, sort_keys=True) for value in node.values())
        if kind in {"data", "examples"} or not isinstance(node, dict | list):
            return node
        if not depth:
            return "…"
        return [[key, self.digest(value, inner, depth - 1)] for key, value, inner in self.children(node, kind)]


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Difference:
    """The first place where two nodes of two documents mean different things."""

    def __init__(self, first: Meaning, second: Meaning) -> None:
        self._first, self._second = first, second

    def find(self, first: Any, second: Any, kind: str, path: str) -> tuple[str, Any, Any] | None:
        """The JSON path of the difference, and what stands there in the one and in the other."""
        for _ in range(DEPTH):
            if self._first.digest(first, kind) == self._second.digest(second, kind):
                return None
            if isinstance(first, dict) and isinstance(first.get("$ref"), str) and kind not in LEAVES:
                path = first["$ref"]
            first, second = self._first.plain(first, kind), self._second.plain(second, kind)
            if kind in LEAVES or type(first) is not type(second) or not isinstance(first, dict | list):
                break
            ours = {key: (value, inner) for key, value, inner in self._first.children(first, kind)}
            theirs = {key: (value, inner) for key, value, inner in self._second.children(second, kind)}
            for key in sorted(ours.keys() | theirs.keys()):
                one, other = ours.get(key, (None, "data")), theirs.get(key, (None, "data"))
                inner = one[1] if key in ours else other[1]
                if key not in ours or key not in theirs:
                    return f"{path}/{escape(key)}", one[0], other[0]
                if self._first.digest(one[0], inner) != self._second.digest(other[0], inner):
                    path, first, second, kind = f"{path}/{escape(key)}", one[0], other[0], inner
                    break
            else:
                return None
        if kind == "unordered" and isinstance(first, list) and isinstance(second, list):
            return path, [each for each in first if each not in second], [each for each in second if each not in first]
        return path, first, second


def escape(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def check_references(document: Json, name: str) -> None:
    """Refuse a document with a reference that leads nowhere."""
    for reference in references(document):
        try:
            resolve(document, {"$ref": reference})
        except DocumentError as error:
            raise DocumentError(f"{name}: {error}") from error


def references(node: Any, kind: str = "document") -> Iterator[str]:
    """Every reference in a node, in its order."""
    if kind in LEAVES:
        return
    if isinstance(node, list):
        for value in node:
            yield from references(value, kind.removesuffix(_LIST))
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str) and not kind.endswith(_MAP):
            yield node["$ref"]
        for key, value in node.items():
            yield from references(value, child_kind(kind, key))


def reachable(document: Json, start: Any, kind: str = "document") -> list[str]:
    """Every component that a node leads to, nearest first."""
    found: dict[str, None] = {}
    waiting = list(references(start, kind))
    while waiting:
        reference = waiting.pop(0)
        if reference not in found:
            found[reference] = None
            section = reference.split("/")[2] if reference.count("/") >= 3 else ""
            waiting += references(
                resolve(document, {"$ref": reference}), GRAMMAR["components"].get(section, "").removesuffix(_MAP)
            )
    return list(found)


def routes(document: Json) -> dict[tuple[str, str], Json]:
    """The operations of a document, by path and method."""
    return {(path, method): operation for path, method, operation in operations(document)}

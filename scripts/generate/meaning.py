"""What a document says, whatever its build: two nodes that mean the same have the same digest.

None of this counts: the order of keys, parameters, required fields and enum values; the names of components, and their
use by reference or in place; the case of header names; operation ids and tags; a default that is spelled out.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from .document import operations, resolve
from .grammar import GRAMMAR, LIST, MAP, child_kind, walk

Json = dict[str, Any]
_sorted: Final = json.JSONEncoder(sort_keys=True).encode

UNSAID: Final = {"operationId", "tags"}
_DEFAULTS: Final = {"required", "deprecated", "nullable", "readOnly", "writeOnly", "allowEmptyValue"}
_MAY_BE_EMPTY: Final = {"parameters", "servers", "required", "content", "headers", "tags"}


def is_default(key: str, value: Any) -> bool:
    """Whether a part of a node says no more than its absence would."""
    return (key in _MAY_BE_EMPTY and not value) or (key in _DEFAULTS and value is False)


def name_of(parameter: Json) -> tuple[str, str]:
    """What tells a parameter from the others: where it goes, and its name; for headers in any case."""
    where, name = str(parameter.get("in")), str(parameter.get("name"))
    return where, name.lower() if where == "header" else name


def named(node: Any, kind: str, document: Json) -> Json:
    """The parts of a node by what tells each from the others."""
    if isinstance(node, list) and kind == "parameter[]":
        return {"/".join(name_of(resolve(document, each))): each for each in node}
    return {str(index): each for index, each in enumerate(node)} if isinstance(node, list) else node


class Meaning:
    """A document, and what its nodes mean."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self._digests: dict[tuple[str, str, int], str] = {}

    def plain(self, node: Any, kind: str) -> Any:
        """A node without the references and single `allOf` around it."""
        while isinstance(node, dict) and kind != "item" and not kind.endswith((MAP, LIST)):
            if isinstance(node.get("$ref"), str):
                node = resolve(self.document, node) | {key: value for key, value in node.items() if key != "$ref"}
            elif kind == "schema" and len(node.get("allOf") or []) == 1 and "properties" not in node:
                node = {**node["allOf"][0], **{key: value for key, value in node.items() if key != "allOf"}}
            else:
                break
        return node

    def children(self, node: Any, kind: str) -> Iterator[tuple[str, Any, str]]:
        """What a plain node says: key, value, and kind of each part."""
        for key, value in sorted(named(node, kind, self.document).items()):
            unsaid = kind in {"operation", "document"} and key in UNSAID
            if kind.endswith(MAP) or not (unsaid or is_default(key, value)):
                yield key, name_of(node)[1] if (kind, key) == ("parameter", "name") else value, child_kind(kind, key)

    def digest(self, node: Any, kind: str = "schema", depth: int = 40) -> str:
        """A digest that nodes of the same meaning share, by so many levels: schemas may contain themselves."""
        if kind == "unordered":  # the names of examples do not count: a build calls them after its components
            values = node.values() if isinstance(node, dict) else node if isinstance(node, list) else [node]
            return str(sorted({_sorted(value) for value in values}))
        if kind == "data":
            return _sorted(node)
        alone = str(node["$ref"]) if isinstance(node, dict) and node.keys() == {"$ref"} else ""
        if (found := self._digests.get((alone, kind, depth))) is None:
            content = node = self.plain(node, kind)
            if isinstance(node, dict | list):
                parts = self.children(node, kind) if depth else ()
                content = str([(name, self.digest(value, inner, depth - 1)) for name, value, inner in parts])
            found = hashlib.sha256(_sorted(content).encode()).hexdigest()
            self._digests |= {(alone, kind, depth): found} if alone else {}
        return found


def escape(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def check_references(document: Json, name: str) -> None:
    """Refuse a document with a reference that leads nowhere."""
    for reference in references(document):
        resolve(document, {"$ref": reference}, f"{name}: ")


def references(node: Any, kind: str = "document") -> Iterator[str]:
    """Every reference in a node, in its order."""
    for each, inner in walk(node, kind):
        if isinstance(each, dict) and isinstance(each.get("$ref"), str) and not inner.endswith(MAP):
            yield each["$ref"]


def reachable(document: Json, start: Any, kind: str = "document") -> list[str]:
    """Every component that a node leads to, nearest first."""
    found: dict[str, str] = {}
    waiting = [*references(start, kind)]
    for reference in waiting:  # which grows
        if reference not in found:
            section = reference.removeprefix("#/components/").partition("/")[0]
            found[reference] = inner = GRAMMAR["components"].get(section, "").removesuffix(MAP)
            waiting += references(resolve(document, {"$ref": reference}), inner)
    return list(found)


def routes(document: Json) -> dict[tuple[str, str], Json]:
    """The operations of a document, by path and method."""
    return {(path, method): operation for path, method, operation in operations(document)}

"""The grammar of a document: what kind of node stands where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MAP, LIST = "*", "[]"

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


def child_kind(kind: str, key: str) -> str:
    """What kind of node stands under a key of a node of some kind."""
    if kind.endswith(MAP):
        return kind.removesuffix(MAP)
    return GRAMMAR.get(kind, {}).get(key, "data")


def walk(node: Any, kind: str = "document") -> Iterator[tuple[Any, str]]:
    """Every node of a document that is no mere data, from the outside in, and its kind."""
    yield node, kind
    pairs = (
        [(None, each) for each in node] if isinstance(node, list) else node.items() if isinstance(node, dict) else []
    )
    for key, value in pairs:
        inner = kind.removesuffix(LIST) if key is None else child_kind(kind, key)
        if inner not in {"data", "examples"}:
            yield from walk(value, inner)

"""The grammar of a document: what kind of node stands where, in the words of OpenAPI 3.0."""

import json
from collections.abc import Iterator
from typing import Any, Final

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MAP, LIST = "*", "[]"
NULL: Final = {"type": "null"}

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
    "media": {"schema": "schema", "examples": "unordered"},
    "schema": {
        "properties": "schema*",
        **dict.fromkeys(("items", "additionalProperties", "not"), "schema"),
        **dict.fromkeys(("allOf", "oneOf", "anyOf"), "schema[]"),
        **dict.fromkeys(("enum", "required", "type"), "unordered"),
    },
}
"""What stands where: the kind of each child, of maps (*) and of lists ([]) too. All else is data."""

LEAVES: Final = {"data", "unordered"}  # the kinds of nodes that hold no others


def child_kind(kind: str, key: str | int) -> str:
    """What kind of node stands under a key of a node of some kind, or in a list of some kind."""
    if kind.endswith((MAP, LIST)):
        return kind.removesuffix(MAP).removesuffix(LIST)
    return GRAMMAR.get(kind, {}).get(str(key), "data")


def walk(node: Any, kind: str = "document") -> Iterator[tuple[Any, str]]:
    """Every node of a document that is no mere data, from the outside in, and its kind."""
    yield node, kind
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if (inner := child_kind(kind, key)) not in LEAVES:
            yield from walk(value, inner)


def classic(document: dict[str, Any]) -> dict[str, Any]:
    """A document in the words of OpenAPI 3.0, those of 3.1 included: a vendor may step between them."""
    result: dict[str, Any] = json.loads(json.dumps(document)) | {"openapi": "3.0.3"}
    for schema in [node for node, kind in walk(result) if kind == "schema" and isinstance(node, dict)]:
        for key in ("oneOf", "anyOf"):
            if NULL in (choices := schema.get(key) or []) and len(choices) == 2:
                del schema[key]
                schema.update(allOf=[each for each in choices if each != NULL], nullable=True)
        if isinstance(types := schema.get("type"), list):
            rest = [each for each in types if each != "null"] or ["null"]
            schema["type"] = rest[0] if len(rest) == 1 else rest
            schema.update({"nullable": True} if rest != types else {})
        if isinstance(schema.get("examples"), list):
            schema.update([("example", each) for each in schema.pop("examples")[:1]])
    return result

"""A document of OpenAPI 3.1 in the words of 3.0, so that a vendor's step from one to the other changes nothing."""

from __future__ import annotations

from typing import Any, Final

from .grammar import child_kind

_NULL: Final = {"type": "null"}


def classic(document: dict[str, Any]) -> dict[str, Any]:
    """The same document; one that is not of 3.1 as it is."""
    if not str(document["openapi"]).startswith("3.1"):
        return document
    result: dict[str, Any] = _classic(document, "document")
    return result | {"openapi": "3.0.3"}


def _classic(node: Any, kind: str) -> Any:
    if isinstance(node, list):
        return [_classic(each, kind.removesuffix("[]")) for each in node]
    if not isinstance(node, dict) or kind in {"data", "examples"}:
        return node
    result = {key: _classic(value, child_kind(kind, key)) for key, value in node.items()}
    if kind != "schema":
        return result
    for key in ("oneOf", "anyOf"):
        choices = result.get(key) or []
        if len(choices) == 2 and _NULL in choices:
            del result[key]
            result |= {"allOf": [each for each in choices if each != _NULL], "nullable": True}
    types = result.get("type")
    if isinstance(types, list) and (rest := [each for each in types if each != "null"]):
        result["type"] = rest[0] if len(rest) == 1 else rest
        result |= {"nullable": True} if rest != types else {}
    if isinstance(result.get("examples"), list):
        examples = result.pop("examples")
        result |= {"example": examples[0]} if examples else {}
    return result

"""A document of OpenAPI 3.1 in the words of 3.0, so that a vendor's step from one to the other changes nothing."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from .grammar import walk

_NULL: Final = {"type": "null"}


def classic(document: dict[str, Any]) -> dict[str, Any]:
    """The same document; one that is not of 3.1 as it is."""
    if not str(document["openapi"]).startswith("3.1"):
        return document
    result = deepcopy(document) | {"openapi": "3.0.3"}
    for schema in [node for node, kind in walk(result) if kind == "schema" and isinstance(node, dict)]:
        for key in ("oneOf", "anyOf"):
            choices = schema.get(key) or []
            if len(choices) == 2 and _NULL in choices:
                del schema[key]
                schema.update(allOf=[each for each in choices if each != _NULL], nullable=True)
        types = schema.get("type")
        if isinstance(types, list) and (rest := [each for each in types if each != "null"]):
            schema["type"] = rest[0] if len(rest) == 1 else rest
            schema.update({"nullable": True} if rest != types else {})
        if isinstance(schema.get("examples"), list):
            examples = schema.pop("examples")
            schema.update({"example": examples[0]} if examples else {})
    return result

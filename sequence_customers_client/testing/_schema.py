"""Schemas of the document: whether a value is what one asks for, and a value that is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from attrs import frozen

Json = Mapping[str, Any]

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def _timestamp(text: str) -> None:
    if "T" not in text.upper() or datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("RFC 3339 asks for a date, a time and an offset")


_FORMATS: Final[dict[str, tuple[Callable[[str], Any], str]]] = {
    "date": (date.fromisoformat, "2024-07-30"),
    "date-time": (_timestamp, "2024-07-30T00:00:00Z"),
    "uuid": (UUID, "00000000-0000-4000-8000-000000000000"),
    "email": (str, "john@example.com"),
    "uri": (str, "https://example.com/"),
}
_DEEPEST: Final = 4  # optional properties of an example are filled down to here


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES.get(kind, (object,))) and (kind == "boolean" or not isinstance(value, bool))


def _among(value: Any, allowed: list[Any]) -> bool:
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in allowed)


def _has_format(value: str, name: str) -> bool:
    try:
        _FORMATS.get(name, (str, ""))[0](value)
    except ValueError:
        return False
    return True


# For each word of a schema: the type it is about, and whether a value of that type keeps to it.
_RULES: Final[dict[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "enum": ("any", _among),
    "const": ("any", lambda value, only: _among(value, [only])),
    "minimum": ("number", lambda value, least: value >= least),
    "maximum": ("number", lambda value, most: value <= most),
    "multipleOf": ("number", lambda value, step: value % step == 0),
    "minLength": ("string", lambda value, least: len(value) >= least),
    "maxLength": ("string", lambda value, most: len(value) <= most),
    "pattern": ("string", lambda value, pattern: re.search(pattern, value) is not None),
    "format": ("string", _has_format),
    "minItems": ("array", lambda value, least: len(value) >= least),
    "maxItems": ("array", lambda value, most: len(value) <= most),
    "uniqueItems": (
        "array",
        lambda value, wanted: not wanted or all(each not in value[:i] for i, each in enumerate(value)),
    ),
}


@frozen
class Schemas:
    """The schemas of one document."""

    document: Json

    def resolve(self, node: Any) -> dict[str, Any]:
        """What an object, or the reference in its place, stands for."""
        while "$ref" in (node or {}):
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node or {}

    def types(self, schema: Any) -> list[str]:
        """The types that a schema names; none where it leaves them open."""
        found = self.resolve(schema).get("type", [])
        return [found] if isinstance(found, str) else list(found)

    def fault(self, value: Any, schema: Any, where: str) -> str | None:
        """What keeps a value from being what a schema asks for, in a sentence that begins with its place; or None."""
        schema, types = self.resolve(schema), self.types(schema)
        if value is None and schema.get("nullable"):
            return None
        if types and not any(_is(value, kind) for kind in types):
            return f"{where} must be of type {' or '.join(types)}"
        for word, (kind, keeps) in _RULES.items():
            if word in schema and (kind == "any" or _is(value, kind)) and not keeps(value, schema[word]):
                return f"{where} is not what the document allows: {word}"
        for word in ("allOf", "anyOf", "oneOf"):
            faults = [self.fault(value, choice, where) for choice in schema.get(word) or []]
            if faults and (any(faults) if word == "allOf" else all(faults)):
                return next(fault for fault in faults if fault)
        return self._fault_within(value, schema, where)

    def _fault_within(self, value: Any, schema: Json, where: str) -> str | None:
        parts: list[tuple[Any, Any, str]] = []
        if isinstance(value, list):
            parts = [(item, schema.get("items"), f"{where}[{index}]") for index, item in enumerate(value)]
        elif isinstance(value, dict):
            known, others = schema.get("properties") or {}, schema.get("additionalProperties", {})
            for name in schema.get("required") or []:
                if name not in value:
                    return f"{where}.{name} is required, but missing"
            for name, item in value.items():
                if name not in known and others is False:
                    return f"{where}.{name} is not in the document"
                parts.append((item, known.get(name, {} if others is True else others), f"{where}.{name}"))
        return next((fault for part in parts if (fault := self.fault(*part))), None)

    def example(self, schema: Any, shown: Any = None, depth: int = 0) -> Any:
        """A value that a schema asks for: one that the document shows, where it shows a valid one.

        Args:
            schema: The schema, or a reference to it.
            shown: What the document shows beside the schema.
            depth: How many schemas this one is inside of.
        """
        whole = self.resolve(schema)
        for each in (shown, schema.get("example"), whole.get("example"), *(whole.get("examples") or [])):
            if each is not None and self.fault(each, schema, "") is None:
                return deepcopy(each)
        for word in ("default", "const"):
            if word in whole:
                return deepcopy(whole[word])
        if whole.get("enum"):
            return whole["enum"][0]
        if whole.get("allOf"):
            parts = [{key: value for key, value in whole.items() if key != "allOf"}, *whole["allOf"]]
            values = [self.example(part, depth=depth) for part in parts if self.types(part) or part.get("$ref")]
            return {key: item for value in values for key, item in value.items()} if len(values) > 1 else values[0]
        for word in ("oneOf", "anyOf"):
            if whole.get(word):
                return self.example(whole[word][0], depth=depth)
        return self._made(whole, depth)

    def _made(self, schema: Json, depth: int) -> Any:
        kind = next(iter(self.types(schema)), "object" if "properties" in schema else "null")
        if kind == "object":
            wanted = set(schema.get("required") or [])
            inside = (schema.get("properties") or {}).items()
            return {
                key: self.example(each, depth=depth + 1) for key, each in inside if key in wanted or depth < _DEEPEST
            }
        if kind == "array":
            count = max(schema.get("minItems", 0), int(depth < _DEEPEST))
            return [self.example(schema.get("items") or {}, depth=depth + 1) for _ in range(count)]
        if kind == "string":
            text = _FORMATS.get(schema.get("format", ""), (str, "string"))[1]
            return text.ljust(schema.get("minLength", 0), "-")[: schema.get("maxLength")]
        return {"integer": schema.get("minimum", 0), "number": schema.get("minimum", 0), "boolean": False}.get(kind)

"""Values that a schema asks for, and what keeps others from being so."""

from __future__ import annotations

from typing import Any

import pytest

from sequence_customers_client.testing._schema import Schemas

SCHEMAS = Schemas({"parts": {"a/b": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}}})
PART = {"$ref": "#/parts/a~1b"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "example": "shown"}, "shown"),
        ({"type": "string", "example": 5}, "string"),
        ({"type": "string", "examples": ["one"]}, "one"),
        ({"default": 7}, 7),
        ({"const": "only"}, "only"),
        ({"enum": ["a", "b"]}, "a"),
        ({"oneOf": [{"type": "boolean"}, PART]}, False),
        ({"anyOf": [PART, {"type": "null"}]}, {"x": 0}),
        ({"allOf": [PART, {"properties": {"y": {"type": "number", "minimum": 1}}}]}, {"x": 0}),
        ({"allOf": [PART, {"type": "object", "properties": {"y": {"type": "null"}}}]}, {"x": 0, "y": None}),
        (
            {"allOf": [PART], "type": "object", "properties": {"z": {"type": "string", "format": "date"}}},
            {"z": "2024-07-30", "x": 0},
        ),
        ({"type": "string", "minLength": 8, "maxLength": 9}, "string--"),
        ({"type": "string", "maxLength": 3}, "str"),
        ({"type": ["null", "string"]}, None),
        ({"type": "array", "items": PART, "minItems": 2}, [{"x": 0}, {"x": 0}]),
        ({}, None),
    ],
)
def test_an_example_is_what_the_schema_asks_for(schema: dict[str, Any], expected: Any) -> None:
    """What the document shows, where it is valid; else what can be made of the schema, valid."""
    found = SCHEMAS.example(schema)

    assert expected == found
    assert None is SCHEMAS.fault(found, schema, "it")


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ("2024-07-30", {"format": "date-time"}, "it is not what the document allows: format"),
        ("2024-07-30T00:00:00", {"format": "date-time"}, "it is not what the document allows: format"),
        ("2024-07-30T00:00:00+01:00", {"format": "date-time"}, None),
        ("2024-02-30", {"format": "date"}, "it is not what the document allows: format"),
        ("anything", {"format": "unheard-of"}, None),
        (True, {"type": "integer"}, "it must be of type integer"),
        (1, {"enum": [True]}, "it is not what the document allows: enum"),
        (None, {"type": "string", "nullable": True}, None),
        (None, {"type": ["string", "null"]}, None),
        (None, {"type": "string"}, "it must be of type string"),
        ({"y": [{"x": 1}, {}]}, {"properties": {"y": {"items": PART}}}, "it.y[1].x is required, but missing"),
        ({"y": 1}, {"properties": {}, "additionalProperties": False}, "it.y is not in the document"),
        ({"y": 1}, {"additionalProperties": True}, None),
        ({"y": 1}, {"additionalProperties": {"type": "string"}}, "it.y must be of type string"),
    ],
)
def test_a_fault_says_where_it_is(value: Any, schema: dict[str, Any], expected: str | None) -> None:
    """The sentence names the place and the word of the schema, and no value."""
    assert expected == SCHEMAS.fault(value, schema, "it")

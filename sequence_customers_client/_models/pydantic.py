"""What pydantic, and FastAPI with it, need to know of models and open strings; imported by pydantic's own asking.

Validation is `from_dict`, serialisation is `to_dict`. The schema inside is never asked to validate anything: it is what
the JSON schema is made of.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, get_args

import attrs
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError, core_schema

from .codec import DecodeError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

    from .base import Field, Model
    from .open_strings import OpenInteger, OpenString

_in_progress: ContextVar[frozenset[str]] = ContextVar("_in_progress", default=frozenset())
"""The models whose schema is being made: one that holds itself refers to what is not there yet."""


def _reference(kind: type) -> str:
    # What stands before the colon is where pydantic takes the name in a JSON schema from.
    return f"{kind.__module__}.{kind.__qualname__}:{id(kind)}"


def model_schema(kind: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    """The schema of a model."""
    reference = _reference(kind)
    if reference in _in_progress.get():
        return core_schema.definition_reference_schema(reference)
    token = _in_progress.set(_in_progress.get() | {reference})
    try:
        shape = _shape(kind, handler)
    finally:
        _in_progress.reset(token)
    return core_schema.no_info_wrap_validator_function(
        lambda value, _: _read(kind, value),
        shape,
        ref=reference,
        serialization=core_schema.plain_serializer_function_ser_schema(lambda value: value.to_dict()),
    )


def _shape(kind: type[Model], handler: GetCoreSchemaHandler) -> CoreSchema:
    types: dict[str, Any] = {field.name: field.type for field in attrs.fields(kind)}  # type: ignore[arg-type]
    fields = {}
    for field in kind._fields():
        words = {"description": field.description} if field.description else {}
        fields[field.key] = core_schema.typed_dict_field(
            handler.generate_schema(_document_type(field, types[field.name])),
            required=field.required,
            metadata={"pydantic_js_updates": {"title": field.key, **words}},
        )
    return core_schema.typed_dict_schema(fields, metadata={"pydantic_js_updates": {"title": kind.__name__}})


def _document_type(field: Field, annotation: Any) -> Any:
    """The type in the document, where what may be left out need not be null."""
    if field.required or field.codec.null or type(None) not in get_args(annotation):
        return annotation
    return reduce(or_, [kind for kind in get_args(annotation) if kind is not type(None)])


def _read(kind: type[Model], value: Any) -> Model:
    if isinstance(value, kind):
        return value
    try:
        return kind.from_dict(value)
    except DecodeError as error:
        found: Any = value
        for step in error.steps:
            found = found.get(step) if isinstance(found, dict) else found[step]
        reason = PydanticCustomError("value_error", "{reason}", {"reason": error.reason})
        details = InitErrorDetails(type=reason, loc=error.steps, input=found)
        raise ValidationError.from_exception_data(kind.__name__, [details]) from None


def open_schema(kind: type[OpenString | OpenInteger]) -> CoreSchema:
    """The schema of an open string or integer: one of its JSON type, the known values beside it."""
    plain: Any = kind._plain  # noqa: SLF001 - a class of ours
    values = [member.value for member in kind]
    return core_schema.no_info_after_validator_function(
        kind,
        core_schema.str_schema(strict=True) if plain is str else core_schema.int_schema(strict=True),
        ref=_reference(kind),
        serialization=core_schema.plain_serializer_function_ser_schema(lambda member: member.value),
        metadata={"pydantic_js_updates": {"title": kind.__name__, "enum": values}},
    )

"""Models and open strings as pydantic, and FastAPI with it, know them; imported by pydantic's own asking."""

from functools import cache, reduce
from operator import or_
from typing import Annotated, Any, NotRequired, get_args

import attrs
from pydantic import Field as Described
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, ValidationError, core_schema
from typing_extensions import TypedDict

from .codec import DecodeError


def model_schema(kind: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    """Validation is `from_dict`, serialisation `to_dict`; the schema inside says what JSON's is."""
    return core_schema.no_info_wrap_validator_function(
        lambda value, _: _read(kind, value),
        handler.generate_schema(_shape(kind)),
        # As a dict, of which pydantic and FastAPI can include some and exclude others.
        serialization=core_schema.wrap_serializer_function_ser_schema(
            lambda value, write: write(value.to_dict()), schema=core_schema.dict_schema()
        ),
    )


@cache
def _shape(kind: Any) -> Any:
    """The object in JSON: one for each model, by which pydantic knows a model that holds itself."""
    types: dict[str, Any] = {field.name: field.type for field in attrs.fields(kind)}
    keys: dict[str, Any] = {}
    for field in kind._fields():
        annotation = types[field.name]
        if not field.required and not field.codec.null and type(None) in get_args(annotation):
            # In the document, what may be left out need not be null.
            annotation = reduce(or_, [each for each in get_args(annotation) if each is not type(None)])
        described: Any = Annotated[annotation, Described(title=field.key, description=field.description or None)]
        keys[field.key] = described if field.required else NotRequired[described]
    return TypedDict(kind.__name__, keys)  # type: ignore[operator]


def _read(kind: Any, value: Any) -> Any:
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


def open_schema(kind: Any) -> CoreSchema:
    """The schema of an open string or integer: one of its JSON type, the known values beside it."""
    plain: Any = kind._plain  # noqa: SLF001 - a class of ours
    return core_schema.no_info_after_validator_function(
        kind,
        core_schema.str_schema(strict=True) if plain is str else core_schema.int_schema(strict=True),
        ref=f"{kind.__module__}.{kind.__qualname__}:{id(kind)}",  # before the colon is its name in a JSON schema
        serialization=core_schema.plain_serializer_function_ser_schema(lambda member: member.value),
        metadata={"pydantic_js_updates": {"title": kind.__name__, "enum": [member.value for member in kind]}},
    )

"""What the templates say in Python: types, codecs and docstrings."""

from __future__ import annotations

import textwrap
from typing import Any, NamedTuple

from openapi_python_client.parser.bodies import BodyType
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty
from openapi_python_client.schema.openapi_schema_pydantic import Reference
from openapi_python_client.strings import safe_for_docstring

from .document import DocumentError


class PythonType(NamedTuple):
    """How a property is annotated, and the codec that reads and writes it."""

    annotation: str
    codec: str


_SIMPLE: dict[type, PythonType] = {
    AnyProperty: PythonType("Any", "ANY"),
    BooleanProperty: PythonType("bool", "BOOLEAN"),
    DateProperty: PythonType("datetime.date", "DATE"),
    DateTimeProperty: PythonType("datetime.datetime", "TIMESTAMP"),
    FloatProperty: PythonType("float", "NUMBER"),
    IntProperty: PythonType("int", "INTEGER"),
    NoneProperty: PythonType("None", "NULL"),
    StringProperty: PythonType("str", "STRING"),
    UuidProperty: PythonType("UUID", "IDENTIFIER"),
}


def python_type(prop: PropertyProtocol) -> PythonType:
    """The Python type of a property's value, required or not."""
    if type(prop) in _SIMPLE:
        return _SIMPLE[type(prop)]
    match prop:
        case EnumProperty():
            return PythonType(prop.class_info.name, f"enum({prop.class_info.name})")
        case ModelProperty():
            return PythonType(prop.class_info.name, f"model({prop.class_info.name})")
        case ListProperty():
            item = python_type(prop.inner_property)
            return PythonType(f"list[{item.annotation}]", f"array({item.codec})")
        case ConstProperty():
            # Open like an enum: a constant is an enum of one, and those grow.
            return PythonType("str", "STRING") if isinstance(prop.value.raw_value, str) else PythonType("Any", "ANY")
        case UnionProperty():
            return _union([python_type(inner) for inner in prop.inner_properties])
        case _:
            raise DocumentError(f"{prop.name.get_untrusted_value()}: {type(prop).__name__} is not supported")


def _union(kinds: list[PythonType]) -> PythonType:
    nullable = _SIMPLE[NoneProperty]
    values = list(dict.fromkeys(kind for kind in kinds if kind != nullable))
    if not values:
        return nullable
    if _SIMPLE[AnyProperty] in values:
        return _SIMPLE[AnyProperty]
    if len(values) == 1:
        result = values[0]
    else:
        choices = ", ".join(f"({kind.annotation.split('[')[0]}, {kind.codec})" for kind in values)
        result = PythonType(" | ".join(kind.annotation for kind in values), f"union({choices})")
    if nullable in kinds:
        return PythonType(f"{result.annotation} | None", f"nullable({result.codec})")
    return result


class Argument(NamedTuple):
    """One argument of a generated method."""

    name: str
    key: str
    location: str
    type: PythonType
    required: bool
    description: str


def arguments(endpoint: Endpoint) -> list[Argument]:
    """The arguments of an operation: path and body first, required before optional within query and headers."""
    if endpoint.cookie_parameters:
        raise DocumentError(f"{endpoint.name}: cookie parameters are not supported")
    if len(endpoint.bodies) > 1 or any(body.body_type is not BodyType.JSON for body in endpoint.bodies):
        raise DocumentError(f"{endpoint.name}: only one JSON body is supported")
    located: list[tuple[str, PropertyProtocol]] = [("path", prop) for prop in endpoint.path_parameters]
    located += [("body", body.prop) for body in endpoint.bodies]
    keywords: list[tuple[str, PropertyProtocol]] = [("query", prop) for prop in endpoint.query_parameters]
    keywords += [("header", prop) for prop in endpoint.header_parameters]
    located += sorted(keywords, key=lambda pair: not pair[1].required)
    return [
        Argument(
            name=prop.python_name,
            key=_text(prop.name),
            location=location,
            type=python_type(prop),
            required=prop.required,
            description=_text(prop.description),
        )
        for location, prop in located
    ]


def responses(endpoint: Endpoint) -> dict[str, PythonType | None]:
    """What each documented status answers with; None where it has no body."""
    found: dict[str, PythonType | None] = {}
    for response in endpoint.responses:
        status, source = response.status_code.pattern, response.source["attribute"]
        if source not in {"None", "response.json()"}:
            raise DocumentError(
                f"{endpoint.name}: {status} answers with something other than JSON, which is not supported"
            )
        found[status] = None if source == "None" else python_type(response.prop)
    return found


def returns(endpoint: Endpoint) -> str:
    """The annotation of what a method returns: what the 2xx answers hold."""
    documented = responses(endpoint)
    success = [kind for status, kind in documented.items() if status.startswith("2")] or [documented.get("default")]
    return " | ".join(dict.fromkeys("None" if kind is None else kind.annotation for kind in success))


def signature(endpoint: Endpoint) -> str:
    """The parameters of a method after self: path and body by position, the rest by keyword."""
    parts = ["self"]
    for argument in arguments(endpoint):
        if argument.location in {"query", "header"} and "*" not in parts:
            parts.append("*")
        annotation = argument.type.annotation
        parts.append(
            f"{argument.name}: {annotation}" if argument.required else f"{argument.name}: {optional(annotation)} = None"
        )
    # In a class with a method called list, `list[...]` would mean that method.
    return ", ".join(parts).replace("list[", "builtins.list[")


def method_docstring(endpoint: Endpoint, returned: str) -> str:
    """The document's words on an operation, with its arguments and what comes back."""
    lines = [(_text(endpoint.summary) or endpoint.name).rstrip(".") + ".", "", _text(endpoint.description), ""]
    listed = arguments(endpoint)
    if listed:
        lines.append("Args:")
        lines += [f"    {argument.name}: {argument.description or argument.key}" for argument in listed]
        lines.append("")
    lines += [
        "Returns:",
        f"    {returned}",
        "",
        "Raises:",
        "    SequenceError: Whatever went wrong; its subclasses say what.",
    ]
    return docstring("\n".join(lines), 8)


def optional(annotation: str) -> str:
    """The annotation of what may be left out."""
    return annotation if annotation in {"Any", "None"} or annotation.endswith("| None") else f"{annotation} | None"


def field_description(model: ModelProperty, prop: PropertyProtocol) -> str:
    """A property's description, also where it stands next to a $ref, which the generator does not read."""
    schema = (model.data.properties or {}).get(prop.name)
    if isinstance(schema, Reference):
        beside = (schema.model_extra or {}).get("description")
        if beside:
            return str(beside)
    return _text(prop.description)


def docstring(text: Any, indent: int) -> str:
    """A docstring of the document's words, wrapped, with what could end it early escaped."""
    paragraphs = [
        textwrap.fill(
            line,
            width=110 - indent,
            subsequent_indent=" " * (len(line) - len(line.lstrip()) + 4) if line.startswith(" ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in safe_for_docstring(_text(text)).strip().splitlines()
    ]
    body = "\n".join(paragraphs)
    if not body:
        return ""
    if "\n" in body or body.endswith(('"', "\\")):
        body += "\n"
    return textwrap.indent(f'"""{body}"""', " " * indent).lstrip()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value.get_untrusted_value() if hasattr(value, "get_untrusted_value") else value)

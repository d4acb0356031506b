"""What the templates say in Python: types, codecs, methods and docstrings."""

import re
import textwrap
from typing import Any, Final, NamedTuple

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import EnumProperty, ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import ClassName, safe_for_docstring

from .document import DocumentError, printable
from .naming import OperationName, check_distinct, field_name

_LINK: Final = re.compile(r"\[([^\[\]\n]*)\]\([^()\s]*\)")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>\n]*>")
Shown = dict[str, Any]  # what a template sees of something


class PythonType(NamedTuple):
    """How a property is annotated, and the codec that reads and writes it."""

    annotation: str
    codec: str


_ANY, _NONE = PythonType("Any", "ANY"), PythonType("None", "NULL")
_SENT_AS_TEXT = {
    "UUID": "IDENTIFIER",
    "bool": "BOOLEAN",
    "datetime.date": "DATE",
    "datetime.datetime": "TIMESTAMP",
    "float": "NUMBER",
    "int": "INTEGER",
    "str": "STRING",
}
"""The codecs of values that a URL or a header can hold, by annotation."""


def python_type(prop: PropertyProtocol, scope: str = "") -> PythonType:
    """The Python type of a property's value, required or not; the scope is what stands before a model's name."""
    match prop:
        case EnumProperty() | ModelProperty():
            name = f"{scope}{prop.class_info.name}"
            # How deep models are nested is the affair of the outermost.
            model = f"Codec({name}.{'from_dict' if scope else '_read'})"
            return PythonType(name, f"enum({name})" if isinstance(prop, EnumProperty) else model)
        case ListProperty():
            item = python_type(prop.inner_property, scope)
            return PythonType(f"list[{item.annotation}]", f"array({item.codec})")
        case UnionProperty():
            return _union([python_type(inner, scope) for inner in prop.inner_properties])
    annotation = prop.get_base_type_string().as_unembedded_code()
    codec = dict([_ANY, _NONE], **_SENT_AS_TEXT).get(annotation, "")
    if not codec:
        raise DocumentError(f"{text(prop.name)}: {type(prop).__name__} is not supported")
    return PythonType(annotation, codec)


def _union(kinds: list[PythonType]) -> PythonType:
    values = list(dict.fromkeys(kind for kind in kinds if kind != _NONE))
    if not values or _ANY in values:
        return _ANY if values else _NONE
    annotation, codec = " | ".join(kind.annotation for kind in values), ", ".join(kind.codec for kind in values)
    codec = codec if len(values) == 1 else f"union({codec})"
    return PythonType(optional(annotation), f"nullable({codec})") if _NONE in kinds else PythonType(annotation, codec)


def optional(annotation: str) -> str:
    """The annotation of what may be left out."""
    return annotation if annotation in {"Any", "None"} or annotation.endswith("| None") else f"{annotation} | None"


def method(name: OperationName, endpoint: Endpoint, models: dict[ClassName, ModelProperty]) -> Shown:
    """One method of a resource."""
    route = name.route
    answers: dict[str, PythonType | None] = {}  # None where there is no body
    for response in endpoint.responses:
        status, source = response.status_code.pattern, response.source["attribute"]
        answers[status] = None
        if source == "response.json()":
            answers[status] = python_type(response.prop, "models.")
        elif source == "None":
            answers[status] = _ANY if getattr(response.data, "content", None) else None
        elif status.startswith("2") or status == "default":
            raise DocumentError(f"{route}: {status} answers with something other than JSON, which is not supported")
    # A default is the success where there is no other.
    successes = [status for status in answers if status.startswith("2")] or [*({"default"} & answers.keys())]
    if not successes:
        raise DocumentError(f"{route}: documents no success, so that every answer would be an error")
    return {
        "name": name,
        "summary": words(endpoint.summary) or route,
        "description": text(endpoint.description),
        "arguments": _arguments(endpoint, route),
        "responses": {status: answers[status] for status in successes},
        "errors": {status: kind for status, kind in answers.items() if status not in successes},
        "returns": _union([answers[status] or _NONE for status in successes]).annotation,
        "item": _item(endpoint, models),
    }


def _arguments(endpoint: Endpoint, route: str) -> list[Shown]:
    """Path and body first, then, required before optional, query and headers."""
    if [body.content_type for body in endpoint.bodies] not in ([], ["application/json"]):
        raise DocumentError(f"{route}: only one body, application/json, is supported")
    located = [("body", body.prop) for body in endpoint.bodies]
    located += [(location.value, prop) for location, prop in endpoint.iter_all_parameters()]
    taken = {"operations"}  # the body of a method speaks of them
    found = []
    for location, prop in located:
        key = text(prop.name)
        name = field_name(key)
        name = f"{name}_{location}" if name in taken else name  # the location tells namesakes apart
        taken.add(name)
        kind = python_type(prop, "models.") if location == "body" else _sent(prop, location, route)
        argument: Shown = {"name": name, "key": key, "location": location, "type": kind}
        argument["description"] = words(prop.description)
        # It makes a call safe to repeat; where the caller gives none, the client makes one.
        argument["is_idempotency_key"] = (location, key.lower()) == ("header", "idempotency-key")
        argument["required"] = required = prop.required and not argument["is_idempotency_key"]
        argument["declaration"] = f"{name}: {kind.annotation if required else optional(kind.annotation) + ' = None'}"
        found.append(argument)
    named = [(each["name"], repr(each["key"])) for each in found]
    check_distinct(named, f"{route}: the parameters", "remove one in the overlay")
    return sorted(found, key=lambda each: {"path": 0, "body": 1}.get(each["location"], 2 if each["required"] else 3))


def _sent(prop: PropertyProtocol, location: str, route: str) -> PythonType:
    """What a parameter takes; a URL and a header know no null: what may be null may be left out."""
    if location == "cookie":
        raise DocumentError(f"{route}: cookie parameters are not supported")
    parts = getattr(prop, "inner_properties", [prop])
    kinds = [kind for kind in (python_type(part, "models.") for part in parts) if kind != _NONE]
    for kind in kinds:
        codec = kind.codec.removeprefix("array(").removesuffix(")") if location == "query" else kind.codec
        if codec not in _SENT_AS_TEXT.values() and not codec.startswith("enum("):
            raise DocumentError(f"{route}: the {location} parameter {text(prop.name)} has a type that is no plain text")
    return _union(kinds)


def _item(endpoint: Endpoint, models: dict[ClassName, ModelProperty]) -> str | None:
    """What a page holds: an answer with `items` and `pagination.after`, to a query with `after`."""
    asked = {text(prop.name) for prop in endpoint.query_parameters}
    answers = [response.prop for response in endpoint.responses if response.status_code.pattern.startswith("2")]

    def parts_of(prop: PropertyProtocol | None) -> dict[str, PropertyProtocol]:
        # The generator has nothing in a model yet that is referred to before it stands.
        model = models.get(prop.class_info.name) if isinstance(prop, ModelProperty) else None
        return {text(part.name): part for part in fields(model)}

    page = parts_of(answers[0]) if len(answers) == 1 and "after" in asked else {}
    items = page.get("items")
    if isinstance(items, ListProperty) and "after" in parts_of(page.get("pagination")):
        return python_type(items.inner_property, "models.").annotation
    return None


def fields(model: PropertyProtocol | None) -> list[PropertyProtocol]:
    """The properties of a model, the required ones first; what is no model has none."""
    if not isinstance(model, ModelProperty):
        return []
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def words(said: Any) -> str:
    """The document's words on one line."""
    return " ".join(clean(text(said)).split())


def clean(said: str) -> str:
    """What a docstring can show of words for people: no links to nowhere, no tags, nothing unprintable."""
    return printable(_TAG.sub("", _LINK.sub(r"\1", said)))


def docstring(said: Any, indent: int) -> str:
    """A docstring of the document's words, wrapped, with what could end it early escaped."""
    wrapper = textwrap.TextWrapper(110 - indent, break_long_words=False, break_on_hyphens=False)
    lines = []
    for line in safe_for_docstring(clean(text(said))).strip().splitlines():
        wrapper.subsequent_indent = " " * (len(line) - len(line.lstrip()) + 4) if line.startswith(" ") else ""
        lines.append(wrapper.fill(line))
    body = "\n".join(lines)
    if "\n" in body or body.endswith(('"', "\\")):
        body += "\n"
    return textwrap.indent(f'"""{body}"""', " " * indent).lstrip() if body else ""


def text(value: Any) -> str:
    """A string of the document, which the generator keeps wrapped."""
    return str(getattr(value, "get_untrusted_value", lambda: value)() or "")

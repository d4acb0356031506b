"""What the templates say in Python: types, codecs and docstrings."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
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
from openapi_python_client.strings import safe_for_docstring

from .document import DocumentError
from .naming import OperationName, argument_names, class_name


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


def python_type(prop: PropertyProtocol, scope: str = "") -> PythonType:
    """The Python type of a property's value, required or not; the scope is what stands before a model's name."""
    if type(prop) in _SIMPLE:
        return _SIMPLE[type(prop)]
    match prop:
        case EnumProperty():
            return PythonType(f"{scope}{prop.class_info.name}", f"enum({scope}{prop.class_info.name})")
        case ModelProperty():
            name = f"{scope}{prop.class_info.name}"
            return PythonType(name, f"model({name})" if scope else f"part({name})")
        case ListProperty():
            item = python_type(prop.inner_property, scope)
            return PythonType(f"list[{item.annotation}]", f"array({item.codec})")
        case UnionProperty():
            return _union([python_type(inner, scope) for inner in prop.inner_properties])
        case _:
            raise DocumentError(f"{text(prop.name)}: {type(prop).__name__} is not supported")


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
        choices = ", ".join(kind.codec for kind in values)
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

    @property
    def declaration(self) -> str:
        """The argument in a method's signature."""
        annotation = self.type.annotation
        return f"{self.name}: {annotation}" if self.required else f"{self.name}: {optional(annotation)} = None"


def arguments(endpoint: Endpoint, route: str) -> list[Argument]:
    """The arguments of an operation: path and body first, then, required before optional, query and headers."""
    if endpoint.cookie_parameters:
        raise DocumentError(f"{route}: cookie parameters are not supported")
    for body in endpoint.bodies:
        if len(endpoint.bodies) > 1 or body.content_type.get_untrusted_value() != "application/json":
            raise DocumentError(f"{route}: only one body, application/json, is supported")
    located: list[tuple[str, PropertyProtocol]] = [("path", prop) for prop in endpoint.path_parameters]
    located += [("body", body.prop) for body in endpoint.bodies]
    keywords: list[tuple[str, PropertyProtocol]] = [("query", prop) for prop in endpoint.query_parameters]
    keywords += [("header", prop) for prop in endpoint.header_parameters]
    names = argument_names(((location, text(prop.name)) for location, prop in [*located, *keywords]), route)
    found = [
        Argument(
            name=name,
            key=text(prop.name),
            location=location,
            type=_argument_type(prop, location, route),
            required=prop.required and not _is_idempotency_key(location, text(prop.name)),
            description=words(prop.description),
        )
        for name, (location, prop) in zip(names, [*located, *keywords], strict=True)
    ]
    return [*found[: len(located)], *sorted(found[len(located) :], key=lambda argument: not argument.required)]


def _is_idempotency_key(location: str, key: str) -> bool:
    return location == "header" and key.lower() == "idempotency-key"


_OPTIONS = {
    "timeout": (
        "float | httpx.Timeout | None",
        "Wall-clock seconds for one attempt of this call, or an `httpx.Timeout`; as the client has it when left out.",
    ),
    "deadline": ("float | None", "Wall-clock seconds for the whole call, retries included; likewise."),
    "max_retries": ("int | None", "How many attempts may follow the first; likewise."),
    "extra_headers": ("Mapping[str, str] | None", "Headers of this call, beside those of the client."),
}
"""What every method takes beside its operation's own arguments."""


def _options(listed: Iterable[Argument]) -> list[str]:
    """The names of the options of a call, by which the arguments of the operation keep theirs."""
    taken = {argument.name for argument in listed}
    return [f"{name}_" if name in taken else name for name in _OPTIONS]


_SENT_AS_TEXT = {StringProperty, IntProperty, FloatProperty, BooleanProperty, EnumProperty, UuidProperty} | {
    DateProperty,
    DateTimeProperty,
}


def _argument_type(prop: PropertyProtocol, location: str, route: str) -> PythonType:
    if location == "body":
        return python_type(prop, "models.")
    # A URL and a header know no null: what may be null may be left out.
    kinds = [kind for kind in getattr(prop, "inner_properties", [prop]) if not isinstance(kind, NoneProperty)]
    for kind in kinds:
        item = kind.inner_property if isinstance(kind, ListProperty) and location == "query" else kind
        if type(item) not in _SENT_AS_TEXT:
            raise DocumentError(f"{route}: the {location} parameter {text(prop.name)} has a type that is no plain text")
    return _union([python_type(kind, "models.") for kind in kinds])


Described = dict[str, PythonType | None]
"""What documented statuses answer with; None where they have no body."""


def described(endpoint: Endpoint, route: str) -> tuple[Described, Described]:
    """The successes and the errors of an operation; a default is the success where there is no other."""
    found: dict[str, PythonType | None] = {}
    for response in endpoint.responses:
        status, source = response.status_code.pattern, response.source["attribute"]
        succeeds = status.startswith("2") or status == "default"
        if source == "response.json()":
            found[status] = python_type(response.prop, "models.")
        elif source == "None":
            described = getattr(response.data, "content", None)
            found[status] = _SIMPLE[AnyProperty] if described else None
        elif succeeds:
            raise DocumentError(f"{route}: {status} answers with something other than JSON, which is not supported")
        else:
            found[status] = None
    successes = {status: kind for status, kind in found.items() if status.startswith("2")}
    if not successes and "default" not in found:
        raise DocumentError(f"{route}: documents no success, so that every answer would be an error")
    successes = successes or {"default": found["default"]}
    return successes, {status: kind for status, kind in found.items() if status not in successes}


class Pages(NamedTuple):
    """The method that goes through all pages of one that lists."""

    name: str
    item: str
    signature: str
    docstring: str
    arguments: list[Argument]


def pages(name: OperationName, endpoint: Endpoint, listed: list[Argument], scope: str) -> Pages | None:
    """The pages of an operation that takes a cursor `after`, and answers with `items` and `pagination.after`."""
    answers = [response.prop for response in endpoint.responses if response.status_code.pattern.startswith("2")]
    if len(answers) != 1 or "after" not in {argument.key for argument in listed if argument.location == "query"}:
        return None
    parts = _properties(answers[0])
    items, pagination = parts.get("items"), parts.get("pagination")
    if not isinstance(items, ListProperty) or "after" not in _properties(pagination):
        return None
    kept = [argument for argument in listed if argument.key != "before"]
    item = python_type(items.inner_property, "models.").annotation
    words = _method_docstring(
        f"Iterate over every item of `{name.method}`",
        "Page after page; each page is a call of its own, made when it is due.",
        kept,
        _options(listed),
        f"Each {item.replace('models.', '')}, in the server's order.",
    )
    signature = _signature(kept, _options(listed)).replace("list[", scope)
    return Pages(f"{name.method}_all", item.replace("list[", scope), signature, words, kept)


def _properties(prop: PropertyProtocol | None) -> dict[str, PropertyProtocol]:
    if not isinstance(prop, ModelProperty):
        return {}
    return {text(inner.name): inner for inner in [*(prop.required_properties or []), *(prop.optional_properties or [])]}


class Method(NamedTuple):
    """One method of a resource, as the templates see it."""

    name: OperationName
    http_method: str
    arguments: list[Argument]
    responses: Described
    errors: Described
    returns: str
    """The annotation of the result where the operation stands."""

    signature: str
    result: str
    """The annotation of the result in the class of the method, where `list` may be another method."""

    docstring: str
    raw_docstring: str
    options: list[str]
    """The arguments that are no arguments of the operation."""

    idempotency_key: str | None
    """The header of the document that makes a call safe to repeat."""

    pages: Pages | None

    @property
    def named(self) -> set[str]:
        """The classes that the operation speaks of."""
        kinds = [argument.type for argument in self.arguments]
        kinds += [kind for kind in (*self.responses.values(), *self.errors.values()) if kind is not None]
        return {name for kind in kinds for name in re.findall(r"models\.(\w+)", kind.codec)}


def method(name: OperationName, endpoint: Endpoint, siblings: Collection[str]) -> Method:
    """Say an operation as a method, beside those of its resource."""
    route = f"{endpoint.method.upper()} {name.path}"
    listed = arguments(endpoint, route)
    successes, errors = described(endpoint, route)
    annotation = returns(successes)
    scope = "builtins.list[" if "list" in siblings else "list["
    options = _options(listed)
    result = annotation.replace("models.", "")
    said = (endpoint.summary or route, endpoint.description, listed, options)
    return Method(
        name=name,
        http_method=endpoint.method.upper(),
        arguments=listed,
        responses=successes,
        errors=errors,
        returns=annotation,
        signature=_signature(listed, options).replace("list[", scope),
        result=annotation.replace("list[", scope),
        docstring=_method_docstring(*said, result),
        raw_docstring=_method_docstring(*said, f"The whole response; its `parsed` is what it holds: {result}"),
        options=options,
        idempotency_key=next((each.key for each in listed if _is_idempotency_key(each.location, each.key)), None),
        pages=pages(name, endpoint, listed, scope),
    )


def returns(successes: Described) -> str:
    """The annotation of what a method returns."""
    found = ["None" if kind is None else kind.annotation for kind in successes.values()]
    values = list(dict.fromkeys(annotation.removesuffix(" | None") for annotation in found if annotation != "None"))
    if not values or "Any" in values:
        return "Any" if values else "None"
    nullable = any(annotation == "None" or annotation.endswith(" | None") for annotation in found)
    return " | ".join([*values, *(["None"] if nullable else [])])


def _signature(listed: list[Argument], options: list[str]) -> str:
    parts = ["self"]
    for argument in listed:
        if argument.location in {"query", "header"} and "*" not in parts:
            parts.append("*")
        parts.append(argument.declaration)
    parts += [] if "*" in parts else ["*"]
    parts += [f"{name}: {kind} = None" for name, (kind, _) in zip(options, _OPTIONS.values(), strict=True)]
    return ", ".join(parts)


def _method_docstring(summary: Any, description: Any, listed: list[Argument], options: list[str], returned: str) -> str:
    arguments = [(argument.name, argument.description or argument.key) for argument in listed]
    arguments += [(name, said) for name, (_, said) in zip(options, _OPTIONS.values(), strict=True)]
    sections = [
        words(summary).rstrip(".") + ".",
        text(description),
        "\n".join(["Args:", *(f"    {name}: {' '.join(said.split())}" for name, said in arguments)]),
        f"Returns:\n    {returned}",
        "Raises:\n    SequenceError: Whatever went wrong; its subclasses say what.",
    ]
    return docstring("\n\n".join(section for section in sections if section), 8)


def optional(annotation: str) -> str:
    """The annotation of what may be left out."""
    return annotation if annotation in {"Any", "None"} or annotation.endswith("| None") else f"{annotation} | None"


_RELATIVE_LINK = re.compile(r"\[([^\]\n]+)\]\([/#.][^)\s]*\)")
_TAG = re.compile(r"</?(?:a|b|br|code|em|i|li|ol|p|strong|ul)\b[^<>\n]*>")


def _rendered(said: str) -> str:
    """Words without the markup that only the vendor's pages render: links within them, and HTML."""
    return _TAG.sub("", _RELATIVE_LINK.sub(r"\1", said))


def words(said: Any) -> str:
    """The document's words on one line."""
    return " ".join(_rendered(text(said)).split())


def docstring(said: Any, indent: int) -> str:
    """A docstring of the document's words, wrapped, with what could end it early escaped."""
    paragraphs = [
        textwrap.fill(
            line,
            width=110 - indent,
            subsequent_indent=" " * (len(line) - len(line.lstrip()) + 4) if line.startswith(" ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in safe_for_docstring(_rendered(text(said))).strip().splitlines()
    ]
    body = "\n".join(paragraphs)
    if not body:
        return ""
    if "\n" in body or body.endswith(('"', "\\")):
        body += "\n"
    return textwrap.indent(f'"""{body}"""', " " * indent).lstrip()


def text(value: Any) -> str:
    """A string of the document, which the generator keeps wrapped."""
    if value is None:
        return ""
    return str(value.get_untrusted_value() if hasattr(value, "get_untrusted_value") else value)


SHARED = "shared"


class Part(NamedTuple):
    """One folder of the package: a resource with what is under it, or what resources share."""

    folder: str
    resource: str | None
    resources: list[Any]
    models: list[ModelProperty]
    enums: list[EnumProperty]
    borrowed: list[str]
    """The classes of the shared folder that these models are made of."""

    @property
    def model_names(self) -> list[str]:
        """The classes of the folder's models and open strings."""
        return sorted([kind.class_info.name for kind in self.models] + [kind.class_info.name for kind in self.enums])

    @property
    def operation_names(self) -> list[str]:
        """The constants of the folder's operations."""
        return sorted(method.name.constant for resource in self.resources for method in resource.methods)

    @property
    def class_names(self) -> list[str]:
        """The classes of the folder's resources."""
        kinds = [(prefix, suffix) for prefix in ("Async", "") for suffix in ("", "Raw")]
        return sorted(f"{p}{class_name(resource.path)}{s}" for resource in self.resources for p, s in kinds)


def parts(models: Sequence[ModelProperty], enums: Sequence[EnumProperty], resources: Sequence[Any]) -> list[Part]:
    """Sort what there is into folders: a model has its place with the one resource that needs it, or else is shared."""
    graph: dict[str, set[str]] = {str(kind.class_info.name): set() for kind in enums}
    graph |= {str(kind.class_info.name): _named(kind) for kind in models}
    tops = sorted({resource.path[0] for resource in resources if resource.path})
    under = {top: [resource for resource in resources if resource.path[:1] == (top,)] for top in tops}
    needed = {
        top: _reached(graph, (name for resource in under[top] for method in resource.methods for name in method.named))
        for top in tops
    }
    unused = _reached(graph, graph.keys() - set().union(*needed.values()))
    users = Counter(name for names in [*needed.values(), unused] for name in names)
    own = {top: {name for name in needed[top] if users[name] == 1} for top in tops}
    own[SHARED] = graph.keys() - set().union(*own.values())

    def part(folder: str, resource: str | None, names: set[str]) -> Part:
        found = [kind for kind in models if kind.class_info.name in names]
        borrowed = sorted({name for kind in found for name in graph[kind.class_info.name]} - names)
        open_strings = [kind for kind in enums if kind.class_info.name in names]
        return Part(folder, resource, under.get(resource or "", []), found, open_strings, borrowed)

    made = [part(f"{top}_" if top in _TAKEN_FOLDERS else top, top, own[top]) for top in tops]
    return [*made, *([part(SHARED, None, own[SHARED])] if own[SHARED] else [])]


_TAKEN_FOLDERS = {SHARED, "examples", "facts", "methods", "models", "operations", "resources"}


def _named(model: ModelProperty) -> set[str]:
    """The classes that a model is made of."""
    props = [*(model.required_properties or []), *(model.optional_properties or [])]
    codecs = [python_type(prop).codec for prop in props]
    codecs += [python_type(model.additional_properties).codec] if model.additional_properties else []
    return {name for codec in codecs for name in re.findall(r"(?:enum|part)\((\w+)\)", codec)}


def _reached(graph: dict[str, set[str]], names: Iterable[str]) -> set[str]:
    waiting, reached = set(names), set[str]()
    while waiting:
        reached |= waiting
        waiting = set().union(*(graph[name] for name in waiting)) - reached
    return reached

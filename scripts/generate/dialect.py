"""What a document says, said in the dialect that openapi-python-client understands.

Some of what OpenAPI allows the generator passes over in silence: words beside a reference, a reference that may be
null, fields beside `allOf`. Here the document is rewritten so that it reads all of it; and what our client could not
do at run time is refused, with the place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from .document import METHODS, DocumentError, child_kind, operations, printable, resolve
from .naming import member_names, unique_field_names

_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%{}/-]*")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_NULL = {"type": "null"}
_COMBINED = ("allOf", "anyOf", "oneOf")
_STRUCTURE = {"$ref", "type", "properties", "items", "enum", "const", "allOf", "oneOf", "anyOf", "additionalProperties"}
_IGNORED_HEADERS = {"accept", "content-type", "authorization"}
"""OpenAPI says so: their definition as parameters shall be ignored."""

_JSON_TYPE_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def follow_parameters(document: dict[str, Any]) -> None:
    """Put every shared parameter where it is used, so that one overlay target finds it wherever it was written."""
    for path, item in document["paths"].items():
        if not _PATH.fullmatch(path):
            raise DocumentError(f"{path}: a path begins with a slash, and has only what may stand in a URL's path")
        if "$ref" in item:
            raise DocumentError(f"{path}: a path item by reference is not supported")
        for holder in (item, *(item[method] for method in METHODS if item.get(method))):
            if holder.get("servers"):
                raise DocumentError(f"{path}: servers of its own are not supported")
            if holder.get("parameters"):
                holder["parameters"] = [{**resolve(document, parameter)} for parameter in holder["parameters"]]
    (document.get("components") or {}).pop("parameters", None)


_LINK: Final = re.compile(r"\[([^\[\]\n]*)\]\([^()\s]*\)")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>\n]*>")


def clean(node: Any, kind: str = "document") -> None:
    """Leave of the words for people what a docstring can show: no links to nowhere, no tags, nothing unprintable."""
    if isinstance(node, list):
        for each in node:
            clean(each, kind.removesuffix("[]"))
    elif isinstance(node, dict) and kind not in {"data", "examples"}:
        for key, value in node.items():
            if isinstance(value, str) and key in {"description", "summary"} and not kind.endswith("*"):
                node[key] = printable(_TAG.sub("", _LINK.sub(r"\1", value)))
            else:
                clean(value, child_kind(kind, key))


def translate(document: dict[str, Any], components_of: Mapping[str, str]) -> None:
    """Rewrite a whole document in the generator's dialect; messages call components as the document does."""
    components = document.get("components") or {}
    schemas = components.get("schemas") or {}
    for name, schema in schemas.items():
        # A component is known by its key; a title would rename its class.
        titled = {key: value for key, value in schema.items() if key != "title"}
        schemas[name] = _schema(titled, name, f"components.schemas.{components_of.get(name, name)}")
    for name, body in (components.get("requestBodies") or {}).items():
        _content(body, "body", f"components.requestBodies.{name}")
    for name, response in (components.get("responses") or {}).items():
        _content(response, "response", f"components.responses.{name}")
    for path, item in document["paths"].items():
        _parameters(document, item, path)
    for path, method, operation in operations(document):
        where = f"{method.upper()} {path}"
        _parameters(document, operation, where)
        _content(operation.get("requestBody") or {}, "body", f"{where} requestBody")
        for status, response in operation["responses"].items():
            _content(response, f"response_{status}", f"{where} {status}")


def _parameters(document: dict[str, Any], holder: dict[str, Any], where: str) -> None:
    kept = []
    for parameter in holder.get("parameters") or []:
        name, location, schema = parameter["name"], parameter["in"], parameter.get("schema")
        if location == "header" and name.lower() in _IGNORED_HEADERS:
            continue
        place = f"{where} parameter {name}"
        if location == "header" and not _HEADER.fullmatch(name):
            raise DocumentError(f"{place}: {name!r} is no name of a header; remove it in the overlay")
        if location == "header" and name.lower() == "idempotency-key":
            parameter["required"] = False  # where the caller gives none, the client makes one
        if schema is None:
            raise DocumentError(f"{place}: has no schema, and content in its place is not supported")
        style = "form" if location in {"query", "cookie"} else "simple"
        joined = parameter.get("explode") is False and resolve(document, schema).get("type") == "array"
        if (parameter.get("style") or style) != style or (location == "query" and joined):
            raise DocumentError(f"{place}: only style: {style} is supported, a key for each item of an array")
        # The generator reads only the words in the schema.
        words = {"description": parameter["description"]} if parameter.get("description") else {}
        kept.append({**parameter, "schema": _schema({**schema, **words}, name, place)})
    if "parameters" in holder:
        holder["parameters"] = kept


def _content(holder: dict[str, Any], name: str, where: str) -> None:
    for media_type, content in (holder.get("content") or {}).items():
        if content.get("schema") is not None:
            content["schema"] = _schema(content["schema"], name, f"{where} {media_type}")


def _schema(schema: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    """A schema in the generator's dialect; the name is what the generator would call a class made of it."""
    if "$ref" not in schema:
        schema = _flat(schema, where)
    words = {"description": schema["description"]} if schema.get("description") else {}
    if reference := _only_reference(schema):
        # A union of one choice, written twice: the only way to have words beside a reference read.
        if _nullable(schema):
            return {**words, "oneOf": [reference, _NULL]}
        return {**words, "oneOf": [reference, reference]} if words else reference
    if _nullable(schema):
        return _with_null(schema, name, where, words)
    for key in _COMBINED:
        if schema.get(key):
            schema[key] = [_schema(part, name, f"{where}.{key}[{index}]") for index, part in enumerate(schema[key])]
    if isinstance(schema.get("properties"), dict):
        unique_field_names(schema["properties"], where)
        schema["properties"] = {
            key: _schema(value, key, f"{where}.{key}") for key, value in schema["properties"].items()
        }
    if isinstance(schema.get("items"), dict):
        schema["items"] = _schema(schema["items"], f"{name}_item", f"{where}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        schema["additionalProperties"] = _schema(schema["additionalProperties"], "AdditionalProperty", f"{where}.*")
    if schema.get("enum") and schema.get("type") != "boolean":
        schema["x-enum-varnames"] = member_names(schema, where)
    return schema


def _flat(schema: dict[str, Any], where: str) -> dict[str, Any]:
    """A schema without what says nothing of its type: defaults, constraints beside properties, `allOf` of one."""
    schema = {key: value for key, value in schema.items() if key != "default"}
    if "const" in schema:
        # Open, like an enum: a constant is an enum of one, and those grow.
        schema["type"] = _JSON_TYPE_NAMES.get(type(schema.pop("const")), "null")
    parts = schema.get("allOf") or []
    for part in [part for part in parts if not _STRUCTURE & set(part)]:
        schema = {**part, **schema}
    parts = [part for part in parts if _STRUCTURE & set(part)]
    if len(parts) == 1 and "$ref" not in parts[0]:
        merged = {**parts[0], **{key: value for key, value in schema.items() if key != "allOf"}}
        properties = {**(parts[0].get("properties") or {}), **(schema.get("properties") or {})}
        required = [*(parts[0].get("required") or []), *(schema.get("required") or [])]
        merged |= {"properties": properties} if properties else {}
        merged |= {"required": required} if required else {}
        return _flat(merged, where)
    schema.pop("allOf", None)
    if parts:
        own = {key: schema.pop(key) for key in ("properties", "required") if schema.get(key)}
        schema["allOf"] = [*parts, {"type": "object", **own}] if own else parts
    for key in ("oneOf", "anyOf"):
        if schema.get("properties") and schema.get(key):
            if any(_STRUCTURE & set(part) for part in schema[key]):
                raise DocumentError(f"{where}: properties beside {key} are not supported; choose one in the overlay")
            del schema[key]
    return schema


def _only_reference(schema: dict[str, Any]) -> dict[str, Any] | None:
    choices = [schema] if "$ref" in schema else [part for key in _COMBINED for part in schema.get(key) or []]
    return {"$ref": choices[0]["$ref"]} if len(choices) == 1 and "$ref" in choices[0] else None


def _nullable(schema: dict[str, Any]) -> bool:
    types = schema.get("type")
    if None in (schema.get("enum") or []) or schema.get("nullable") is True:
        return True
    return isinstance(types, list) and "null" in types and len(types) > 1


def _with_null(schema: dict[str, Any], name: str, where: str, words: dict[str, Any]) -> dict[str, Any]:
    """The schema, or null: said in the one way that never loses it, and that leaves a class its name."""
    inner = {key: value for key, value in schema.items() if key != "nullable"}
    for key in ("oneOf", "anyOf"):
        if inner.get(key):
            return _schema({**inner, key: [*inner[key], _NULL]}, name, where)
    if isinstance(inner.get("type"), list):
        types = [kind for kind in inner["type"] if kind != "null"]
        inner["type"] = types[0] if len(types) == 1 else types
    if "enum" in inner:
        inner["enum"] = [value for value in inner["enum"] if value is not None]
        if not inner["enum"]:
            return {**words, **_NULL}
    inner.setdefault("title", name)
    if isinstance(inner.get("items"), dict) and "$ref" not in inner["items"]:
        inner["items"] = {"title": f"{name}_item", **inner["items"]}
    return {**words, "oneOf": [_schema(inner, name, where), _NULL]}

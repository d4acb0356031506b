"""What a document says, in the dialect that openapi-python-client understands.

It passes over some things in silence: words beside a reference, a reference that may be null, fields beside `allOf`.
So that it reads all of it, every class is made a component with the name that it will have, and everything else refers
to it. What our client could not do at run time is refused, with the place.
"""

import re
from copy import deepcopy
from typing import Any, Final

from openapi_python_client.strings import pascal_case

from .document import DocumentError, operations, resolve
from .grammar import METHODS, NULL, classic, walk
from .meaning import Json
from .naming import check_distinct, class_of, field_name, free_name, member_names
from .overlay import merged

SCHEMAS: Final = "#/components/schemas/"
_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%{}/-]*")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_STRUCTURE = {"$ref", "type", "properties", "items", "enum", "const", "allOf", "oneOf", "anyOf", "additionalProperties"}
_IGNORED_HEADERS = {"accept", "content-type", "authorization"}  # as parameters; OpenAPI says so
_JSON_TYPE_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def inline_parameters(document: Json) -> None:
    """Put every shared parameter where it is used, so that one overlay target finds it wherever it was written."""
    for node, kind in walk(document["paths"], "item*"):
        if kind in {"item", "operation"} and node.get("parameters"):
            node["parameters"] = [deepcopy(resolve(document, parameter)) for parameter in node["parameters"]]
    (document.get("components") or {}).pop("parameters", None)


def check_paths(document: Json) -> None:
    """Refuse what a client cannot do with a path; an overlay has had its chance to mend it."""
    for path, item in document["paths"].items():
        if not _PATH.fullmatch(path):
            problem = "a path begins with a slash, and has only what may stand in a URL's path; remove it"
        elif "$ref" in item:
            problem = "a path item by reference is not supported; remove it"
        elif any(holder.get("servers") for holder in (item, *(item.get(method) or {} for method in METHODS))):
            problem = "servers of its own are not supported; remove them"
        else:
            continue
        raise DocumentError(f"{path}: {problem} in the overlay")


class Translation:
    """A document in the generator's dialect, with the public names of its components; names taken are not free."""

    def __init__(self, source: Json, names: dict[str, str], taken: set[str]) -> None:
        self.source, self.names, self.taken = classic(source), names, {*taken, *map(class_of, names.values())}
        self.classes: Json = {}  # the components of the result, by the name of the class

    def document(self) -> Json:
        for component, schema in ((self.source.get("components") or {}).get("schemas") or {}).items():
            # A component is known by its key, and a title would rename its class; two of one name mean the same.
            name = self.names[component]
            if (key := class_of(name)) not in self.classes:
                self.classes[key] = self.schema(schema, name, f"components.schemas.{component}", is_component=True)
        paths: Json = {path: {} for path in self.source["paths"]}
        for path, method, operation in operations(self.source):
            paths[path][method] = self.operation(path, method, operation)
        return {**self.source, "paths": paths, "components": {"schemas": self.classes}}

    def operation(self, path: str, method: str, operation: Json) -> Json:
        where, name = f"{method.upper()} {path}", pascal_case(operation["operationId"].replace(".", "_"))
        own, inherited = (holder.get("parameters") or [] for holder in (operation, self.source["paths"][path]))
        known = [(each["in"], each["name"]) for each in own]
        listed = [*own, *(each for each in inherited if (each["in"], each["name"]) not in known)]
        listed = [each for each in listed if each["in"] != "header" or each["name"].lower() not in _IGNORED_HEADERS]
        result = {**operation, "parameters": [self.parameter(each, name, where) for each in listed]}
        if operation.get("requestBody"):
            result["requestBody"] = self.content(operation["requestBody"], f"{name}Body", where, "requestBody")
        result["responses"] = {
            status: self.content(response, f"{name}Response{status.capitalize()}", where, status)
            for status, response in operation["responses"].items()
        }
        return result

    def parameter(self, parameter: Json, owner: str, where: str) -> Json:
        name, location, schema = parameter["name"], parameter["in"], parameter.get("schema")
        place = f"{where} parameter {name}"
        if location == "header" and not _HEADER.fullmatch(name):
            raise DocumentError(f"{place}: {name!r} is no name of a header; remove it in the overlay")
        if schema is None:
            raise DocumentError(f"{place}: has no schema, and content in its place is not supported")
        style = "form" if location in {"query", "cookie"} else "simple"
        joined = parameter.get("explode") is False and resolve(self.source, schema).get("type") == "array"
        if (parameter.get("style") or style) != style or (location == "query" and joined):
            raise DocumentError(f"{place}: only style: {style} is supported, a key for each item of an array")
        # The generator reads only the words in the schema.
        words = {"description": parameter["description"]} if parameter.get("description") else {}
        return {**parameter, "schema": self.schema({**schema, **words}, owner + pascal_case(name), place)}

    def content(self, holder: Json, name: str, where: str, part: str) -> Json:
        """A body or an answer, without its headers, which nobody reads."""
        holder = resolve(self.source, holder, f"{where}: ")
        content = deepcopy(holder.get("content") or {})
        for media_type, media in content.items():
            if media.get("schema") is not None:
                media["schema"] = self.schema(media["schema"], name, f"{where} {part} {media_type}")
        return {**holder, "content": content, "headers": {}}

    def schema(self, schema: Any, name: str, where: str, *, is_component: bool = False) -> Json:
        """A schema in the generator's dialect; the name is that of the class which it may call for."""
        if isinstance(schema, bool):
            return {}
        schema = _flat(schema, where)
        keys = ("anyOf", "oneOf", *(["allOf"] if len(schema.get("allOf", [])) == 1 else []))
        parts = [(f".{key}[{index}]", part) for key in keys for index, part in enumerate(schema.get(key, []))]
        if isinstance(types := schema.get("type"), list):
            parts = parts or [("", {**schema, "type": kind}) for kind in types]
        names = [name] if len(parts) == 1 else [f"{name}Type{index}" for index in range(len(parts))]
        choices = [self.schema(part, own, where + place) for own, (place, part) in zip(names, parts, strict=True)]
        choices = choices or [self.single(schema, name, where, is_component=is_component)]
        if schema.get("nullable") or None in schema.get("enum", []):
            choices.append(NULL)
        words = schema.get("description")
        if len(choices) == 1 and (not words or "$ref" not in choices[0]):
            return choices[0]
        # A union of one choice, written twice: the only way to have words beside a reference read.
        return {"description": words, "oneOf": choices if len(choices) > 1 else choices * 2}

    def single(self, schema: Json, name: str, where: str, *, is_component: bool) -> Json:
        """A schema that is no union, null aside: a component of its own, if it is a class."""
        schema = {key: value for key, value in schema.items() if key not in {"nullable", "title"}}
        kind = schema.get("type")
        has_fields = kind == "object" or (kind is None and (schema.get("allOf") or schema.get("properties")))
        if not has_fields and (kind == "boolean" or not schema.get("enum")):
            return self.members(schema, name, where)
        if is_component:
            return {"title": name, **self.members(schema, name, where)}
        name = free_name(name, self.taken)
        self.taken.add(key := class_of(name))
        self.classes[key] = {"title": name, **self.members(schema, name, where)}
        return {"$ref": SCHEMAS + key}

    def members(self, schema: Json, name: str, where: str) -> Json:
        """A schema with all that is in it translated."""
        if "$ref" in schema:
            pointer = str(schema["$ref"])
            public = self.names.get(pointer.removeprefix(SCHEMAS))
            return {"$ref": SCHEMAS + class_of(public) if public else pointer}
        result = {**schema}
        if schema.get("allOf"):
            result["allOf"] = [self.members(_flat(part, where), name, where) for part in schema["allOf"]]
        if properties := schema.get("properties"):
            remedy = "remove one in the overlay: it will be in additional_properties"
            fields = ((field_name(key), repr(key)) for key in properties)
            check_distinct(fields, f"{where}: the properties", remedy)
            result["properties"] = {
                key: self.schema(value, name + pascal_case(key), f"{where}.{key}") for key, value in properties.items()
            }
        for key, suffix, place in (("items", "Item", "[]"), ("additionalProperties", "AdditionalProperty", ".*")):
            if isinstance(schema.get(key), dict):
                result[key] = self.schema(schema[key], name + suffix, where + place)
        if schema.get("enum") and schema.get("type") != "boolean":
            result["x-enum-varnames"] = member_names(schema, where)
        return result


def _flat(schema: Json, where: str) -> Json:
    """A schema without what says nothing of its type: defaults, constraints beside properties, `allOf` of one."""
    if "$ref" in schema:
        return {key: value for key, value in schema.items() if key in {"$ref", "description", "nullable"}}
    schema = {key: value for key, value in schema.items() if key == "const" or (key != "default" and value is not None)}
    if "const" in schema:
        # Open, like an enum: a constant is an enum of one, and those grow.
        schema["type"] = _JSON_TYPE_NAMES.get(type(schema.pop("const")), "null")
    parts = sorted(schema.pop("allOf", []), key=lambda part: bool(_STRUCTURE & set(part)))
    kept = [part for part in parts if _STRUCTURE & set(part)]
    if len(kept) == 1 and "$ref" not in kept[0]:
        kept = []
    for part in [part for part in parts if part not in kept]:
        both = {key for key in ("properties", "required") if part.get(key) and schema.get(key)}
        schema = {**part, **schema, **{key: merged(part[key], schema[key]) for key in both}}
    if parts and not kept:
        return _flat(schema, where)
    if kept:
        own = {key: schema.pop(key) for key in ("properties", "required") if schema.get(key)}
        schema["allOf"] = [*kept, {"type": "object", **own}] if own else kept
    for key in ("oneOf", "anyOf"):
        if schema.get("properties") and schema.get(key):
            if any(_STRUCTURE & set(part) for part in schema[key]):
                raise DocumentError(f"{where}: properties beside {key} are not supported; choose one in the overlay")
            del schema[key]
    return schema

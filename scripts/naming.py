"""Names: from the path and method of an operation to the method of a resource, from enum values to members.

The vendor's operation ids and tags change from build to build and read badly; paths and methods do not. Where the
rule gives a poor name, `x-python-name: customers.get_by_alias` in the overlay sets a better one; where it gives poor
enum members, `x-enum-varnames` does.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from typing import Any, NamedTuple

from openapi_python_client.strings import snake_case

from .document import DocumentError, operations, walk

_VERBS = {
    # method: (on a collection, on one item)
    "get": ("list", "get"),
    "post": ("create", "update"),
    "put": ("replace", "update"),
    "patch": ("update", "update"),
    "delete": ("delete", "delete"),
    "head": ("head", "head"),
    "options": ("options", "options"),
    "trace": ("trace", "trace"),
}


RESERVED = {"aclose", "close", "with_options", "with_raw_response"}
"""What the clients are called upon themselves, so that no resource can have the name."""


class OperationName(NamedTuple):
    """Where an operation is found on the client: `client.customers.aliases.list` is (customers, aliases), list."""

    resource: tuple[str, ...]
    method: str
    path: str
    """The route template, as the document writes it."""

    def __str__(self) -> str:
        return ".".join((*self.resource, self.method))


def operation_name(path: str, method: str) -> OperationName:
    """Name an operation by rule.

    Plural literals are resources, `by-…` qualifies, any other literal is an action:
    `GET /customers/by-alias/{alias}` is `customers.get_by_alias`, `POST /customers/{id}/archive` is
    `customers.archive`, `GET /customers/{id}/aliases` is `customers.aliases.list`.
    """
    segments = [segment for segment in path.split("/") if segment and not re.fullmatch(r"api|v\d+", segment)]
    resource: list[str] = []
    action: list[str] = []
    qualifier = ""
    for segment in segments:
        word = snake_case(segment)
        if "{" in segment or not word:
            continue
        if word.startswith("by_"):
            qualifier = f"_{word}"
        elif not resource or (word.endswith("s") and not action):
            resource.append(word)
        else:
            action.append(word)
    on_collection, on_item = _VERBS[method]
    verb = on_item if segments and "{" in segments[-1] else on_collection
    if action:
        words = "_".join(action)
        name = words if method == "post" else f"{on_item}_{words}"
    else:
        name = verb
    return OperationName(tuple(resource) or ("root",), name + qualifier, path)


def name_operations(document: dict[str, Any]) -> dict[str, OperationName]:
    """Give every operation its name as operationId; the names by the identifier that the generator makes of them."""
    names: dict[str, OperationName] = {}
    seen: dict[str, str] = {}
    for path, method, operation in operations(document):
        route = f"{method.upper()} {path}"
        chosen = operation.get("x-python-name")
        if chosen is None:
            name = operation_name(path, method)
        else:
            *resource, last = str(chosen).split(".")
            name = OperationName(tuple(resource), last, path)
            if not resource:
                raise DocumentError(f"{route}: x-python-name {chosen!r} must be resource.method")
        for part in (*name.resource, name.method):
            if not part.isidentifier() or keyword.iskeyword(part) or part.startswith("_"):
                raise DocumentError(f"{route}: {str(name)!r} is no Python name; set x-python-name in the overlay")
        identifier = snake_case(str(name))
        if identifier in seen:
            raise DocumentError(
                f"{route} and {seen[identifier]} would both be {str(name)!r}; set x-python-name for one in the overlay"
            )
        seen[identifier] = route
        names[identifier] = name
        operation["operationId"] = str(name)
    _refuse_shadowing(list(names.values()))
    return names


def _refuse_shadowing(names: Collection[OperationName]) -> None:
    resources = {name.resource[:depth] for name in names for depth in range(1, len(name.resource) + 1)}
    if taken := {resource[0] for resource in resources} & RESERVED:
        raise DocumentError(f"{', '.join(sorted(taken))}: the clients have that name; set x-python-name in the overlay")
    for name in names:
        if (*name.resource, name.method) in resources:
            raise DocumentError(f"{str(name)!r} is both a method and a resource; set x-python-name in the overlay")


def name_enum_members(document: dict[str, Any]) -> None:
    """Give every enum the member names that its values call for, whatever their order, as x-enum-varnames.

    The generator numbers values that start with no letter, and merges those that differ in separators or case.
    """
    for where, schema in walk(document):
        values = schema.get("enum")
        if not isinstance(values, list) or where.endswith((".properties", ".default")):
            continue
        known = [value for value in values if value is not None]
        names = schema.get("x-enum-varnames") or [_member_name(value) for value in known]
        if len(names) != len(known):
            raise DocumentError(f"{where}: x-enum-varnames has {len(names)} names for {len(known)} values")
        taken: dict[str, Any] = {}
        for name, value in zip(names, known, strict=True):
            if name in taken:
                raise DocumentError(
                    f"{where}: enum values {taken[name]!r} and {value!r} would both be {name}; "
                    "set x-enum-varnames in the overlay"
                )
            taken[name] = value
        schema["x-enum-varnames"] = list(names)


def _member_name(value: Any) -> str:
    if not isinstance(value, str):
        return f"VALUE_{value}".replace("-", "NEGATIVE_")
    name = snake_case(value.upper()).upper()
    if name and value[0].isalpha():
        return name
    return f"VALUE_{name or '_'.join(f'U{ord(character):04X}' for character in value) or 'EMPTY'}"


def environment_name(description: str) -> str:
    """The member of Environment that a server's description names."""
    return re.sub(r"\W+", "_", description, flags=re.ASCII).strip("_").upper()


def class_name(resource: tuple[str, ...]) -> str:
    """The class of a resource: `CustomersAliases` for (customers, aliases), `Resources` for all of them together."""
    return "".join(word.capitalize() for part in resource for word in part.split("_")) or "Resources"

"""Constructors that no source spells out: those that attrs, and NamedTuple, make of fields. An extension of griffe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

from griffe import (
    Attribute,
    Class,
    Expr,
    ExprCall,
    ExprKeyword,
    ExprSubscript,
    Extension,
    Function,
    Module,
    Parameter,
    ParameterKind,
    Parameters,
)

ATTRS: Final = frozenset(
    f"{module}.{name}"
    for module, names in {
        "attrs": ("define", "frozen", "mutable"),
        "attr": ("define", "frozen", "mutable", "s", "attrs", "dataclass"),
    }.items()
    for name in names
)
_FIELDS: Final = frozenset({"attrs.field", "attr.field", "attr.ib", "attr.attrib"})


class Constructors(Extension):
    """Gives each class with generated fields the `__init__` that it has at run time."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Called by griffe when a package is loaded."""
        for kind in _classes(pkg):
            if "__init__" not in kind.members and (_decorator(kind) is not None or is_named_tuple(kind)):
                kind.set_member("__init__", _constructor(kind))


def is_frozen(kind: Class) -> bool:
    """Whether the fields of an attrs class cannot be assigned to."""
    decorator = _decorator(kind)
    if decorator is None:
        return is_named_tuple(kind)
    path = decorator.canonical_path
    return path.endswith(".frozen") or _arguments(decorator).get("frozen") == "True"


def is_named_tuple(kind: Class) -> bool:
    """Whether a class is written as a typing.NamedTuple."""
    return any(isinstance(base, Expr) and base.canonical_path == "typing.NamedTuple" for base in kind.bases)


def _classes(parent: Module | Class) -> Iterator[Class]:
    for member in parent.members.values():
        if not member.is_alias and (member.is_module or member.is_class):
            if member.is_class:
                yield cast(Class, member)
            yield from _classes(cast(Module | Class, member))


def _decorator(kind: Class) -> Expr | None:
    """The attrs decorator of a class, called or not."""
    values = (decorator.value for decorator in kind.decorators)
    return next((value for value in values if isinstance(value, Expr) and value.canonical_path in ATTRS), None)


def _arguments(expression: Any) -> dict[str, str]:
    arguments = expression.arguments if isinstance(expression, ExprCall) else []
    return {argument.name: str(argument.value) for argument in arguments if isinstance(argument, ExprKeyword)}


def _constructor(kind: Class) -> Function:
    parameters: dict[str, Parameter] = {}
    for ancestor in [*reversed(kind.mro()), kind]:
        for parameter in _fields(ancestor):
            # A field that is declared again moves to where it is declared again.
            parameters.pop(parameter.name, None)
            parameters[parameter.name] = parameter
    ordered = sorted(parameters.values(), key=lambda parameter: parameter.kind is ParameterKind.keyword_only)
    own = Parameter("self", kind=ParameterKind.positional_or_keyword)
    return Function("__init__", parent=kind, parameters=Parameters(own, *ordered), returns="None")


def _fields(kind: Class) -> Iterator[Parameter]:
    decorator = _decorator(kind)
    if decorator is None and not is_named_tuple(kind):
        return
    options = _arguments(decorator)
    for attribute in kind.members.values():
        if not isinstance(attribute, Attribute) or not attribute.runtime or not _is_field(attribute):
            continue
        details = _arguments(attribute.value) if _is_field_call(attribute.value) else {}
        if details.get("init") == "False":
            continue
        keyword_only = "True" in (details.get("kw_only"), options.get("kw_only"))
        yield Parameter(
            details["alias"].strip("'\"") if "alias" in details else attribute.name.lstrip("_"),
            annotation=attribute.annotation,
            kind=ParameterKind.keyword_only if keyword_only else ParameterKind.positional_or_keyword,
            default=_default(kind, attribute),
        )


def _is_field_call(value: Any) -> bool:
    return isinstance(value, ExprCall) and value.canonical_path in _FIELDS


def _is_field(attribute: Attribute) -> bool:
    if "property" in attribute.labels:
        return False
    if attribute.annotation is None:
        return _is_field_call(attribute.value)
    # griffe takes ClassVar off the annotation, and leaves only this.
    return "instance-attribute" in attribute.labels


def _default(kind: Class, attribute: Attribute) -> str | Expr | None:
    """What the parameter is when it is left out, or None where it must be given."""
    if not _is_field_call(attribute.value):
        return attribute.value
    call = cast(ExprCall, attribute.value)
    given = {argument.name: argument.value for argument in call.arguments if isinstance(argument, ExprKeyword)}
    if "factory" in given:
        return f"{given['factory']}()"
    if "default" in given:
        return given["default"]
    if any(not isinstance(argument, ExprKeyword) for argument in call.arguments):
        return str(call.arguments[0])
    method = f"{attribute.name}.default"
    decorators = (decorator for member in kind.functions.values() for decorator in member.decorators)
    return "…" if any(str(decorator.value) == method for decorator in decorators) else None


def type_arguments(base: Expr | str) -> list[str | Expr]:
    """What a generic base is made specific with: `httpx.Client` of `_Client[httpx.Client]`."""
    if not isinstance(base, ExprSubscript):
        return []
    inner = base.slice
    elements = getattr(inner, "elements", None)
    return list(elements) if elements is not None else [inner]

"""The public API of a wheel, as data: what its users can name, and whatever that leads them to.

griffe reads the sources; nothing of the wheel is imported, so the last release needs nothing installed. A class that
has no public name but is reached from one, `client.customers`, is spelled `private.Customers`, and is part of it.
"""

from __future__ import annotations

import ast
import logging
import tempfile
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any, Final, cast

from griffe import (
    Alias,
    Attribute,
    Class,
    Expr,
    ExprAttribute,
    ExprCall,
    ExprName,
    Function,
    GriffeLoader,
    Module,
    Object,
    Parameter,
    ParameterKind,
    load_extensions,
)

from .annotation import canonical
from .constructors import Constructors, is_frozen, type_arguments
from .contents import read_metadata, read_text
from .project import PACKAGE

Json = dict[str, Any]

PRIVATE: Final = "private."
_INTERNAL: Final = {"__init__", "__repr__", "__str__", "__doc__", "__module__", "__slots__", "__reduce__", "__all__"}

logging.getLogger("griffe").setLevel(logging.ERROR)


def read_surface(wheel: Path) -> Json:
    """The public API of a wheel."""
    metadata = read_metadata(wheel)
    scripts = ConfigParser()
    scripts.read_string(read_text(wheel, "entry_points.txt") or "")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
        surface = _Reader(Path(folder)).read()
    return {
        "python": metadata["Requires-Python"] or "",
        "extras": sorted(metadata.get_all("Provides-Extra") or []),
        "commands": sorted(scripts["console_scripts"]) if scripts.has_section("console_scripts") else [],
        **surface,
    }


class _Reader:
    def __init__(self, folder: Path) -> None:
        loader = GriffeLoader(search_paths=[folder], allow_inspection=False, extensions=load_extensions(Constructors()))
        # By name alone: a folder of that name, where this runs, is another version.
        self._package = cast(Module, loader.load(PACKAGE, try_relative_path=False))
        loader.resolve_aliases(implicit=True)
        self._collection = loader.modules_collection
        self._public = {self._target(value).path: name for name, value in self._exports().items()}
        self._reached: dict[str, Class] = {}

    def read(self) -> Json:
        names = {name: self._entry(value) for name, value in self._exports().items()}
        private: Json = {}
        while waiting := [name for name in self._reached if name not in private]:
            for name in waiting:
                private[name] = self._class(self._reached[name])
        return {"names": dict(sorted(names.items())), "private": dict(sorted(private.items()))}

    # --- What there is

    def _exports(self) -> dict[str, Object | Alias]:
        """Every name that users may import, as they write it below the package."""
        found: dict[str, Object | Alias] = {}
        for module in self._modules(self._package):
            prefix = module.path.removeprefix(PACKAGE).removeprefix(".")
            if module.exports is not None:
                names = [str(name) for name in module.exports]
            else:
                names = [
                    name
                    for name, member in module.members.items()
                    if name[0] != "_" and not member.is_alias and not member.is_module
                ]
            found.update({f"{prefix}.{name}" if prefix else name: module.members[name] for name in names})
        return found

    def _modules(self, module: Module) -> list[Module]:
        inner = [member for name, member in module.modules.items() if name[0] != "_" and not cast(Any, member).is_alias]
        return [module, *(deeper for member in inner for deeper in self._modules(member))]

    def _target(self, value: Object | Alias) -> Object:
        return value.final_target if isinstance(value, Alias) else value

    def _lookup(self, path: str) -> Object | None:
        if path != PACKAGE and not path.startswith(f"{PACKAGE}."):
            return None
        try:
            return self._target(self._collection[path])
        except (KeyError, ValueError):
            return None

    # --- What it is

    def _entry(self, value: Object | Alias, scope: dict[str, str] | None = None) -> Json:
        target = self._target(value)
        match target:
            case Class():
                return self._class(target)
            case Function():
                return self._function(target, scope or {})
            case Attribute():
                return self._attribute(target, scope or {})
            case _:
                return {"kind": str(target.kind.value)}

    def _class(self, kind: Class) -> Json:
        lineage = [kind, *(self._target(ancestor) for ancestor in kind.mro())]
        classes = [cast(Class, ancestor) for ancestor in lineage]
        scopes = self._scopes(classes)
        ancestors = sorted({name for ancestor in classes for name in self._bases(ancestor)})
        entry: Json = {"kind": "class", "ancestors": ancestors, "frozen": any(is_frozen(each) for each in classes)}
        enum = any(name.startswith("enum.") for name in ancestors)
        members: dict[str, Json] = {}
        values: dict[str, str] = {}
        for ancestor in reversed(classes):
            for name, member in ancestor.members.items():
                target, scope = self._target(member), scopes[ancestor.path]
                if name == "__init__":
                    if kind.path in self._public:
                        entry["constructor"] = self._function(cast(Function, target), scope)["parameters"]
                elif name.startswith("_") and (name in _INTERNAL or not name.startswith("__")):
                    continue
                elif enum and isinstance(target, Attribute) and "property" not in target.labels:
                    values[name] = str(target.value)
                else:
                    members[name] = self._entry(target, scope)
        return {**entry, **({"values": values} if enum else {}), "members": dict(sorted(members.items()))}

    def _bases(self, kind: Class) -> Iterator[str]:
        """The bases that users know: public ones, and those from elsewhere."""
        for base in kind.bases:
            path = base.canonical_path if isinstance(base, Expr) else base
            target = self._lookup(path)
            if isinstance(target, Attribute) and target.value is not None:  # another name for a class
                path = target.value.canonical_path if isinstance(target.value, Expr) else target.value
                target = self._lookup(path)
            if target is None and not path.startswith("typing."):
                yield path
            elif target is not None and target.path in self._public:
                yield self._public[target.path]

    def _scopes(self, classes: list[Class]) -> dict[str, dict[str, str]]:
        """For each class of a lineage, what its type variables stand for."""
        scopes: dict[str, dict[str, str]] = {kind.path: {} for kind in classes}
        for kind in classes:
            for base in kind.bases:
                target = self._lookup(base.canonical_path) if isinstance(base, Expr) else None
                if not isinstance(target, Class) or target.path not in scopes:
                    continue
                given = [self._spell(argument, scopes[kind.path]) for argument in type_arguments(base)]
                scopes[target.path].update(zip(self._variables(target), given, strict=False))
        return scopes

    @staticmethod
    def _variables(kind: Class) -> list[str]:
        for base in kind.bases:
            if isinstance(base, Expr) and base.canonical_path == "typing.Generic":
                return [argument.canonical_path for argument in type_arguments(base) if isinstance(argument, Expr)]
        return []

    def _function(self, function: Function, scope: dict[str, str]) -> Json:
        bound = function.parent is not None and function.parent.is_class and "staticmethod" not in function.labels
        return {
            "kind": "function",
            "async": "async" in function.labels,
            "static": bool(function.labels & {"staticmethod", "classmethod"}),
            "parameters": [
                {
                    "name": parameter.name,
                    "kind": parameter.kind.value if parameter.kind else "",
                    "type": self._type(parameter.annotation, scope),
                    **self._default(parameter),
                }
                for parameter in list(function.parameters)[int(bound) :]
                if not parameter.name.startswith("_")
            ],
            "returns": self._type(function.returns, scope),
        }

    def _default(self, parameter: Parameter) -> Json:
        variadic = parameter.kind in {ParameterKind.var_positional, ParameterKind.var_keyword}
        return {} if variadic or parameter.default is None else {"default": _worked_out(self._value(parameter.default))}

    def _attribute(self, attribute: Attribute, scope: dict[str, str]) -> Json:
        read_only = "property" in attribute.labels and "writable" not in attribute.labels
        written = self._type(attribute.annotation, scope)
        if written in {"", "typing.Final"}:
            written = self._literal_type(attribute.value)
        elif written.startswith("typing.Final["):
            written = written[len("typing.Final[") : -1]
        return {"kind": "property" if read_only else "attribute", "type": written}

    # --- How it is written

    def _type(self, annotation: str | Expr | None, scope: dict[str, str]) -> str:
        return "" if annotation is None else canonical(self._spell(annotation, scope))

    def _spell(self, part: str | Expr, scope: dict[str, str]) -> str:
        if isinstance(part, str):
            return part
        if isinstance(part, ExprName | ExprAttribute):
            return self._spell_name(part.canonical_path, part, scope)
        return "".join(self._spell(inner, scope) for inner in part.iterate(flat=False))

    def _spell_name(self, path: str, part: Expr, scope: dict[str, str]) -> str:
        if path in scope:
            return f"({scope[path]})"
        target = self._lookup(path)
        if isinstance(target, Class):
            if target.path in self._public:
                return self._public[target.path]
            name = next((name for name, kind in self._reached.items() if kind.path == target.path), target.name)
            while name in self._reached and self._reached[name].path != target.path:
                name += "_"
            self._reached[name] = target
            return PRIVATE + name
        if isinstance(target, Attribute) and target.value is not None:
            if isinstance(target.value, ExprCall):  # a TypeVar
                return target.name
            return f"({self._spell(target.value, scope)})"
        return str(part) if path.startswith(PACKAGE) else path

    def _value(self, default: str | Expr) -> str:
        """A default, with the constants of the package put in for their names, and sums worked out."""
        if isinstance(default, str):
            return default
        if isinstance(default, ExprName | ExprAttribute):
            target = self._lookup(default.canonical_path)
            if isinstance(target, Attribute) and target.value is not None:
                return self._value(target.value)
            return str(default)
        return "".join(self._value(inner) for inner in default.iterate(flat=False))

    @staticmethod
    def _literal_type(value: str | Expr | None) -> str:
        try:
            return type(ast.literal_eval(str(value))).__name__
        except (ValueError, SyntaxError):
            return ""


def _worked_out(text: str) -> str:
    """A product or sum of numbers as one number, 10.0 as 10."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return text
    arithmetic = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Constant, ast.operator, ast.unaryop)
    if not all(isinstance(node, arithmetic) for node in ast.walk(tree)):
        return text
    try:
        value = eval(compile(tree, "default", "eval"), {"__builtins__": {}})  # noqa: S307 - numbers alone
    except (TypeError, ArithmeticError):
        return text
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)

"""The public API as plain data, read by introspection, and what a change of it means for its users.

Whatever users can reach has a path, as they write it: `SequenceClient.customers.get_by_alias(alias)`. A class without a
public name that a public one leads to, as that of `client.customers`, is told where it is reached; what it is called is
nobody's affair. This file imports nothing of ours: it also runs by itself, in another process.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
import types
import typing
from collections.abc import Iterator
from enum import Enum, IntEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

Json = dict[str, Any]

PACKAGE: Final = "sequence_customers_client"
_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_DUNDERS: Final = re.compile(r"__(a?enter|a?exit|a?iter|a?next|await|len|getitem|contains|call|eq|lt|bool|format)__")
_EMPTY: Final[Any] = inspect.Parameter.empty
_WRAPPERS: Final = {typing.Final, typing.ClassVar, typing.Annotated, typing.Required, typing.NotRequired}


class Level(IntEnum):
    """How big a change is: which part of the version it moves at least, before 1.0.0 as well."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2


class Change(NamedTuple):
    """One difference between two public APIs."""

    level: Level
    path: str
    """What changed, as users write it: `SequenceClient.customers.get_by_alias(alias)`."""
    text: str

    def __str__(self) -> str:
        return f"{'breaking' if self.level is Level.MAJOR else 'new'}: {self.path}: {self.text}"


def snapshot(*folders: Path) -> list[Json]:
    """The public APIs of the packages that lie in these folders, or of the checkout's, read in a process of its own.

    Args:
        folders: Each holds a package `sequence_customers_client`.

    Returns:
        One snapshot for each folder: by path, what is there, good for JSON.

    Raises:
        subprocess.CalledProcessError: A package cannot be imported.
    """
    command = [sys.executable, "-I", "-B", __file__, *map(str, folders or [_ROOT])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - this file
    found: list[Json] = json.loads(done.stdout)
    return found


def _snapshot(folder: Path) -> Json:
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        package = importlib.import_module(PACKAGE)
        if Path(package.__file__ or "").resolve() != folder.resolve() / PACKAGE / "__init__.py":
            raise ImportError(f"{folder} has no {PACKAGE}")
        return {**_Reader(package).paths, **_surroundings(folder)}
    finally:
        sys.path.remove(str(folder))


def _surroundings(folder: Path) -> Json:
    if not (folder / "pyproject.toml").exists():
        return {}
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = int(re.sub(r"^>=3\.(\d+).*", r"\1", project.get("requires-python", ">=3.8")))
    names = [f"Python 3.{minor}" for minor in range(lowest, 20)]
    names += [f"extra {name}" for name in project.get("optional-dependencies", {})]
    names += [f"command {name}" for name in project.get("scripts", {})]
    return {name: {"kind": "promise"} for name in names}


class _Reader:
    def __init__(self, package: types.ModuleType) -> None:
        names = dict(sorted(self._exports(package)))
        self._public = {value: name for name, value in reversed(names.items()) if isinstance(value, type)}
        self._stack: list[type] = []
        self.paths: Json = {}
        for name, value in names.items():
            self._add(name, value)

    def _exports(self, module: types.ModuleType) -> Iterator[tuple[str, Any]]:
        own = (
            name
            for name, value in vars(module).items()
            if name[0] != "_"
            and not isinstance(value, types.ModuleType)
            and getattr(value, "__module__", module.__name__) == module.__name__
        )
        for name in getattr(module, "__all__", [*own]):
            yield f"{module.__name__}.{name}".removeprefix(f"{PACKAGE}."), getattr(module, name)
        for _, name, _ in pkgutil.iter_modules(getattr(module, "__path__", [])):
            if name[0] != "_":
                yield from self._exports(importlib.import_module(f"{module.__name__}.{name}"))

    def _add(self, path: str, value: Any) -> None:
        if isinstance(value, type):
            self._class(path, value)
        elif callable(value) and not isinstance(value, types.GenericAlias):
            self._function(path, value)
        else:
            self._attribute(path, type(value), write=True)

    def _class(self, path: str, kind: type, *, reached: bool = False) -> None:
        ours = [each for each in kind.__mro__ if each.__module__.partition(".")[0] == PACKAGE]
        known = _known(kind)
        bases = {self._spell(each) for each in kind.__mro__[1:] if each not in ours or each in self._public}
        if hasattr(kind, "is_known"):  # open: whether it is made of enum or of str alone is its own affair
            bases = {each for each in bases if not each.startswith("enum.")}
        self.paths[f"{path}:" if reached else path] = {
            "kind": "class",
            "module": kind.__module__ if kind in self._public else "",
            "bases": sorted(bases - {"object", "typing.Generic", "typing.Protocol"}),
            "frozen": kind.__setattr__.__name__ in {"__frozen_setattrs", "_frozen_setattrs"},
            "hashable": kind.__hash__ is not None,
        }
        for name, value in known.items():
            self.paths[f"{path}.{name}"] = {"kind": "value", "value": repr(getattr(value, "value", value))}
            if hasattr(value, "base_url"):
                self.paths[f"{path}.{name}.base_url"] = {"kind": "value", "value": value.base_url}
        recursive = kind in self._stack
        self._stack.append(kind)
        if not known and kind in self._public:
            made_by = inspect.getattr_static(kind, "__init__")
            self._parameters(path, kind, {**_hints(kind), **_hints(kind.__new__), **_hints(made_by)})
        if not recursive:
            self._members(path, kind, ours, known)
        self._stack.pop()

    def _members(self, path: str, kind: type, ours: list[type], known: Json) -> None:
        hints = _hints(kind)
        for name in dict.fromkeys(name for each in ours for name in (*inspect.get_annotations(each), *vars(each))):
            if name in known or (name[0] == "_" and not _DUNDERS.fullmatch(name)):
                continue
            value, inner = inspect.getattr_static(kind, name, _EMPTY), f"{path}.{name}"
            if isinstance(value, property):
                self._attribute(inner, _hints(value.fget).get("return", _EMPTY), write=value.fset is not None)
            elif isinstance(value, staticmethod | classmethod):
                self._function(inner, getattr(kind, name), static=True)
            elif inspect.isfunction(value):
                self._function(inner, value, bound=True)
            elif isinstance(value, type) and value is not _EMPTY:
                self._class(inner, value)
            elif callable(getattr(value, "func", None)):  # a cached property
                self._attribute(inner, _hints(value.func).get("return"), write=True)
            elif name[0] != "_":
                self._attribute(inner, hints.get(name, type(value)), write=not issubclass(kind, tuple))

    def _attribute(self, path: str, hint: Any, *, write: bool) -> None:
        self.paths[path] = {"kind": "attribute", "type": self._spell(hint), "write": write}
        self._reach(path, hint)

    def _reach(self, path: str, hint: Any) -> None:
        """Go on to the class without a public name that an attribute or a result leads to."""
        for each in (hint, typing.get_origin(hint), *typing.get_args(hint)):
            if isinstance(each, type) and each.__module__.startswith(PACKAGE) and each not in self._public:
                return self._class(path, each, reached=True)
        return None

    def _function(self, path: str, function: Any, *, bound: bool = False, static: bool = False) -> None:
        hints = _hints(function)
        waits = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
        result = self._spell(hints.get("return", _EMPTY))
        self.paths[path] = {"kind": "function", "async": waits, "static": static, "returns": result}
        self._parameters(path, function, hints, bound=bound)
        self._reach(path, hints.get("return"))

    def _parameters(self, path: str, function: Any, hints: Json, *, bound: bool = False) -> None:
        try:
            parameters = list(inspect.signature(function).parameters.values())[int(bound) :]
        except (ValueError, TypeError):  # it is written in C, or has no constructor of its own
            return
        place = 0
        for each in parameters:
            by_position = each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}
            place += by_position
            if each.name[0] == "_":
                continue
            # The names of *args and **kwargs are nobody's affair.
            several = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
            entry = {
                "kind": "parameter",
                "type": self._spell(hints.get(each.name, each.annotation)),
                "place": place if by_position else 0,
                "by position": by_position,
                "by name": each.kind in {each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD},
            }
            if each.default is not each.empty or several:
                entry["default"] = "" if several else _default(each.default)
            self.paths[f"{path}({several or each.name})"] = entry

    def _spell(self, hint: Any) -> str:
        """A type by what it means: unions flattened and sorted, our own names as users know them."""
        if isinstance(hint, TypeVar):
            found = _type_arguments(self._stack[-1]).get(hint, hint) if self._stack else hint
            return "~" if found is hint else self._spell(found)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if hint is _EMPTY:
            return ""
        if hint is None or hint is type(None):
            return "None"
        if origin in _WRAPPERS:
            return self._spell(arguments[0])
        if origin in {typing.Union, types.UnionType}:
            return " | ".join(sorted({self._spell(each) for each in arguments}))
        if origin is typing.Literal:
            return f"Literal[{', '.join(sorted(map(repr, arguments)))}]"
        if isinstance(hint, list):  # what a callable takes
            origin, arguments = None, tuple(hint)
        if arguments:
            return f"{self._spell(origin) if origin else ''}[{', '.join(map(self._spell, arguments))}]"
        if not isinstance(hint, type):
            return str(hint)
        if hint in self._public:
            return self._public[hint]
        if hint.__module__.partition(".")[0] == PACKAGE:
            return "private"
        return hint.__qualname__ if hint.__module__ == "builtins" else f"{hint.__module__}.{hint.__qualname__}"


@cache
def _type_arguments(kind: type) -> dict[Any, Any]:
    """What the type variables of a class's generic bases stand for."""
    scope: dict[Any, Any] = {}
    for each in kind.__mro__:
        for base in each.__dict__.get("__orig_bases__", ()):
            variables = getattr(typing.get_origin(base), "__parameters__", ())
            given = (scope.get(argument, argument) for argument in typing.get_args(base))
            scope |= {name: value for name, value in zip(variables, given, strict=False) if value is not name}
    return scope


def _default(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return repr(int(value))
    if isinstance(value, Enum | str | int | float | tuple | None) and not type(value).__module__.startswith("attr"):
        return repr(getattr(value, "value", value))
    return "…"  # made anew for each call


def _known(kind: type) -> Json:
    """The members of an enumeration, be it an Enum or an open class of strings."""
    if issubclass(kind, Enum):
        return dict(kind.__members__)
    if not hasattr(kind, "is_known"):
        return {}
    return {name: getattr(kind, name) for name in dir(kind) if isinstance(getattr(kind, name, None), kind)}


def _hints(value: Any) -> Json:
    only_checked: Json = {}
    while True:
        try:
            return typing.get_type_hints(value, localns=only_checked, include_extras=True)
        except NameError as error:  # what is imported for type checkers alone
            ours = [module for name, module in sys.modules.items() if name.startswith(PACKAGE)]
            name = error.name or ""
            named = (vars(module)[name] for module in [*ours, typing] if name in vars(module))
            only_checked[name] = next(named, Any)
        except TypeError:  # nothing that has hints
            return {}


# --- What a change means

_NEEDED: Final = "must be given now"
_TYPE: Final = "its type was"
_FLAGS: Final = {
    ("async", True): "must be awaited now",
    ("async", False): "is not awaited any more",
    ("static", False): "needs an instance now",
    ("write", False): "cannot be assigned to any more",
    ("frozen", True): "its fields cannot be assigned to any more",
    ("hashable", False): "has no hash any more",
    ("by position", False): "cannot be given by position any more",
    ("by name", False): "cannot be given by name any more",
}
"""What is lost when something becomes so."""


def compare(old: Json, new: Json) -> list[Change]:
    """Every change between two snapshots, the breaking ones first."""
    sent = _sent(old) | _sent(new)
    # Where the server alone makes a model, users read its fields, and those are compared as members.
    read = {name for name in new if f"{name}.from_dict" in new and name not in sent}
    changes = [
        change._replace(level=Level.MINOR)
        if change.path.split("(")[0] in read and re.match(rf"{_NEEDED}|{_TYPE} .*\bNone\b.*, is ", change.text)
        else change
        for change in _changes(old, new)
    ]
    return sorted(changes, key=lambda change: -change.level)


def level(changes: list[Change]) -> Level:
    """How big all of it is together."""
    return max((change.level for change in changes), default=Level.PATCH)


def _sent(paths: Json) -> set[str]:
    """The public classes that functions and methods take, and those that they are made of."""
    takes = [(path.split("(")[0], entry["type"]) for path, entry in paths.items() if entry["kind"] == "parameter"]
    waiting = [given for owner, given in takes if f"{owner.split('.')[0]}.from_dict" not in paths]
    sent: set[str] = set()
    while waiting:
        found = set(re.findall(r"\w+", waiting.pop())) & paths.keys() - sent
        sent |= found
        waiting += [given for owner, given in takes if owner in found]
    return sent


def _changes(old: Json, new: Json) -> Iterator[Change]:
    # Where only one of them leads to a class without a public name, the types say all.
    hidden = tuple(path.replace(":", tail) for path in old.keys() ^ new.keys() if path[-1] == ":" for tail in ":.")
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path, {}), new.get(path, {})
        owner = re.sub(r"\([^()]*\)$|\.\w+$", "", path)
        owners = [each[owner]["kind"] for each in (old, new) if owner in each and owner != path]
        # What is told of its owner already is not told again.
        if path.startswith(hidden) or len(set(owners)) == 2 or len(owners) == 1:
            continue
        if not was:
            needed = now["kind"] == "parameter" and "default" not in now
            yield Change(Level.MAJOR, path, _NEEDED) if needed else Change(Level.MINOR, path, "added")
        elif not now:
            yield Change(Level.MAJOR, path, "removed")
        else:
            yield from _entry(path.removesuffix(":"), was, now)


def _entry(path: str, was: Json, now: Json) -> Iterator[Change]:
    if was["kind"] != now["kind"]:
        yield Change(Level.MAJOR, path, f"was a {was['kind']}, is a {now['kind']}")
        return
    for fact, value in now.items():
        if isinstance(value, bool) and value != was[fact] and (fact, value) in _FLAGS:
            yield Change(Level.MAJOR, path, _FLAGS[fact, value])
    for base in sorted(set(was.get("bases", ())) ^ set(now.get("bases", ()))):
        gone = base in was["bases"]
        text = f"is {'no' if gone else 'a'} {base}{' any more' * gone}"
        yield Change(Level.MAJOR if gone else Level.MINOR, path, text)
    if was.get("module", "").count("._") < now.get("module", "").count("._"):
        yield Change(Level.MAJOR, path, f"says that it is of {now['module']}, and pickles name that")
    if was.get("value") != now.get("value"):
        yield Change(Level.MAJOR, path, f"was {was['value']}, is {now['value']}")
    if was.get("place") and now.get("place") and was["place"] != now["place"]:
        yield Change(Level.MAJOR, path, "stands in another place")
    if "default" in was and "default" not in now:
        yield Change(Level.MAJOR, path, _NEEDED)
    elif "default" in now and "default" not in was:
        yield Change(Level.MINOR, path, "may be left out now")
    elif was.get("default") != now.get("default"):
        yield Change(Level.MAJOR, path, f"its default was {was['default']}, is {now['default']}")
    if "returns" in was:
        yield from _type(f"{path}()", was["returns"], now["returns"], taken=False)
    elif "type" in was:
        yield from _type(path, was["type"], now["type"], taken=was["kind"] == "parameter")


def _type(path: str, was: str, now: str, *, taken: bool) -> Iterator[Change]:
    """Compare two types: what users pass may take more, what they get may be less."""
    same = re.escape(was).replace("private", r"(private|(?!None)[A-Z]\w*)")  # what had no public name may have one now
    if re.fullmatch(same, now) or not was or not now:  # the same, or nothing was promised
        return
    before, after = (set(re.split(r" \| (?![^\[]*\])", each)) for each in (was, now))
    harmless = before < after if taken else before > after
    yield Change(Level.MINOR if harmless else Level.MAJOR, path, f"{_TYPE} {was}, is {now}")


if __name__ == "__main__":
    print(json.dumps([_snapshot(Path(folder)) for folder in sys.argv[1:]]))

"""The public API as plain data, read by introspection, and what a change of it means for its users.

A class without a public name that a public one leads to, as that of `client.customers`, is told where it is reached;
what it is called is nobody's affair. This file imports nothing of ours: it also runs by itself, in another process.
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
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

Json = dict[str, Any]

PACKAGE: Final = "sequence_customers_client"
_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_DUNDERS: Final = re.compile(r"__(a?enter|a?exit|a?iter|a?next|await|len|getitem|contains|call|eq|lt|bool|format)__")
_MINORS: Final = range(8, 20)


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
        One snapshot for each folder, good for JSON.

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
        return {**_Reader(package).read(), **_surroundings(folder)}
    finally:
        sys.path.remove(str(folder))


def _surroundings(folder: Path) -> Json:
    if not (folder / "pyproject.toml").exists():
        return {}
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = int(re.sub(r"^>=3\.(\d+).*", r"\1", project.get("requires-python", ">=3.8")))
    names = [f"Python 3.{minor}" for minor in _MINORS if minor >= lowest]
    names += [f"extra {name}" for name in project.get("optional-dependencies", {})]
    names += [f"command {name}" for name in project.get("scripts", {})]
    return {name: {"kind": "promise"} for name in names}


class _Reader:
    def __init__(self, package: types.ModuleType) -> None:
        self._names = dict(self._exports(package))
        self._public = {id(value): name for name, value in reversed(self._names.items()) if isinstance(value, type)}
        self._stack: list[type] = []

    def read(self) -> Json:
        return {name: self._entry(value) for name, value in sorted(self._names.items())}

    def _exports(self, module: types.ModuleType) -> Iterator[tuple[str, Any]]:
        prefix = f"{module.__name__}.".removeprefix(f"{PACKAGE}.")
        values = {name: value for name, value in vars(module).items() if name[0] != "_"}
        own = {
            name
            for name, value in values.items()
            if not isinstance(value, types.ModuleType)
            and getattr(value, "__module__", module.__name__) == module.__name__
        }
        for name in getattr(module, "__all__", sorted(own)):
            yield f"{prefix}{name}", getattr(module, name)
        for _, name, _ in pkgutil.iter_modules(getattr(module, "__path__", [])):
            if name[0] != "_":
                yield from self._exports(importlib.import_module(f"{module.__name__}.{name}"))

    def _entry(self, value: Any) -> Json:
        if isinstance(value, type):
            return {"module": value.__module__ if id(value) in self._public else "", **self._class(value)}
        if callable(value) and not isinstance(value, types.GenericAlias):
            return self._function(value, {})
        return {"kind": "attribute", "type": self._spell(type(value)), "write": True}

    def _class(self, kind: type) -> Json:
        ours = [each for each in kind.__mro__ if each.__module__.partition(".")[0] == PACKAGE]
        scope = _type_arguments(kind)
        known = _known(kind)
        bases = {self._spell(each) for each in kind.__mro__[1:] if each not in ours or id(each) in self._public}
        if hasattr(kind, "is_known"):  # open: whether it is made of enum or of str alone is its own affair
            bases = {each for each in bases if not each.startswith("enum.")}
        entry: Json = {
            "kind": "class",
            "bases": sorted(bases - {"object", "typing.Generic", "typing.Protocol"}),
            "frozen": kind.__setattr__.__name__ in {"__frozen_setattrs", "_frozen_setattrs"},
            "hashable": kind.__hash__ is not None,
            "values": {name: repr(getattr(value, "value", value)) for name, value in known.items()},
            "urls": {name: value.base_url for name, value in known.items() if hasattr(value, "base_url")},
            "members": {},
        }
        if not known and id(kind) in self._public:
            entry["parameters"] = self._function(kind, scope)["parameters"]
        if kind in self._stack:
            return entry
        self._stack.append(kind)
        try:
            entry["members"] = dict(sorted(self._members(kind, ours, scope, known)))
        finally:
            self._stack.pop()
        return entry

    def _members(self, kind: type, ours: list[type], scope: Json, known: Json) -> Iterator[tuple[str, Json]]:
        members: Json = {}
        for each in reversed(ours):
            hints = _hints(each)
            annotations = each.__dict__.get("__annotations__", {})
            members |= {name: (hints.get(name, hint), None) for name, hint in annotations.items()}
            members |= {name: (hints.get(name, inspect.Parameter.empty), value) for name, value in vars(each).items()}
        for name, (hint, value) in members.items():
            if name in known or (name[0] == "_" and not _DUNDERS.fullmatch(name)):
                continue
            if isinstance(value, property):
                returns = _hints(value.fget).get("return", inspect.Parameter.empty) if value.fget else None
                entry = self._attribute(returns, scope, write=value.fset is not None)
            elif isinstance(value, staticmethod | classmethod):
                entry = {**self._function(getattr(kind, name), scope), "static": True}
            elif inspect.isfunction(value):
                entry = self._function(value, scope, bound=True)
            elif isinstance(value, type):
                entry = self._entry(value)
            elif callable(getattr(value, "func", None)):  # a cached property
                entry = self._attribute(_hints(value.func).get("return"), scope, write=True)
            elif name[0] != "_":
                named = hint if hint is not inspect.Parameter.empty or value is None else type(value)
                entry = self._attribute(named, scope, write=not issubclass(kind, tuple))
            else:
                continue
            yield name, entry

    def _attribute(self, hint: Any, scope: Json, *, write: bool) -> Json:
        return {"kind": "attribute", "type": self._spell(hint, scope), "write": write, **self._reached(hint)}

    def _reached(self, hint: Any) -> Json:
        """The class without a public name that a property or a method leads to."""
        for each in (hint, typing.get_origin(hint), *typing.get_args(hint)):
            if isinstance(each, type) and each.__module__.startswith(PACKAGE) and id(each) not in self._public:
                return {"reached": self._class(each)}
        return {}

    def _function(self, function: Any, scope: Json, *, bound: bool = False) -> Json:
        try:
            signature = inspect.signature(function)
        except (ValueError, TypeError):
            return {"kind": "function", "async": False, "static": False, "parameters": [], "returns": ""}
        hints = {**_hints(function.__init__ if isinstance(function, type) else function)}
        if isinstance(function, type):
            hints = {**_hints(function), **_hints(function.__new__), **hints}
        parameters = [
            {
                "name": each.name.lstrip("*"),
                "kind": each.kind.name,
                "type": self._spell(hints.get(each.name, each.annotation), scope),
                **({} if each.default is each.empty else {"default": self._default(each.default)}),
            }
            for each in list(signature.parameters.values())[int(bound) :]
            if each.name[0] != "_"
        ]
        returns = hints.get("return", signature.return_annotation)
        waits = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
        entry = {"kind": "function", "async": waits, "static": False, "parameters": parameters}
        return {**entry, "returns": self._spell(returns, scope), **self._reached(returns)}

    def _default(self, value: Any) -> str:
        if isinstance(value, float) and value.is_integer():
            return repr(int(value))
        if isinstance(value, Enum | str | int | float | tuple | None) and not type(value).__module__.startswith("attr"):
            return repr(getattr(value, "value", value))
        return "…"  # made anew for each call

    def _spell(self, hint: Any, scope: Json | None = None) -> str:
        """A type by what it means: unions flattened and sorted, our own names as users know them."""
        scope = scope or {}
        hint = scope.get(hint, hint) if isinstance(hint, TypeVar) else hint
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if hint is inspect.Parameter.empty:
            return ""
        if hint is None or hint is type(None):
            return "None"
        if origin in {typing.Final, typing.ClassVar, typing.Annotated, typing.Required, typing.NotRequired}:
            return self._spell(arguments[0], scope)
        if origin in {typing.Union, types.UnionType}:
            return " | ".join(sorted({self._spell(each, scope) for each in arguments}))
        if origin is typing.Literal:
            return f"Literal[{', '.join(sorted(map(repr, arguments)))}]"
        if origin is not None and origin is not hint:
            return f"{self._spell(origin, scope)}[{', '.join(self._spell(each, scope) for each in arguments)}]"
        if isinstance(hint, list):
            return f"[{', '.join(self._spell(each, scope) for each in hint)}]"
        if isinstance(hint, TypeVar):
            return "~"
        if isinstance(hint, type):
            if id(hint) in self._public:
                return self._public[id(hint)]
            if hint.__module__.partition(".")[0] == PACKAGE:
                return "private"
            return hint.__qualname__ if hint.__module__ == "builtins" else f"{hint.__module__}.{hint.__qualname__}"
        return str(hint)


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
            named = (vars(module)[error.name] for module in [*ours, typing] if error.name in vars(module))
            only_checked[error.name] = next(named, Any)
        except TypeError:  # nothing that has hints
            return {}


def _type_arguments(kind: type) -> Json:
    """What the type variables of a class's generic bases stand for."""
    scope: Json = {}
    for each in kind.__mro__:
        for base in each.__dict__.get("__orig_bases__", ()):
            variables = getattr(typing.get_origin(base), "__parameters__", ())
            given = (scope.get(argument, argument) for argument in typing.get_args(base))
            scope |= {
                variable: value for variable, value in zip(variables, given, strict=False) if value is not variable
            }
    return scope


# --- What a change means


def compare(old: Json, new: Json) -> list[Change]:
    """Every change between two snapshots, the breaking ones first."""
    sent = _sent(old) | _sent(new)
    # Where the server alone makes a model, users read its fields, and those are compared as members.
    read = {name for name, entry in new.items() if "from_dict" in entry.get("members", {}) and name not in sent}
    changes = (
        change._replace(level=Level.MINOR) if change.text == _NEEDED and change.path.split("(")[0] in read else change
        for change in _members("", old, new)
    )
    return sorted(changes, key=lambda change: -change.level)


def _sent(names: Json) -> set[str]:
    """The public classes that functions and methods take, and those that they are made of."""
    waiting = [entry for entry in names.values() if entry["kind"] != "class" or "from_dict" not in entry["members"]]
    sent: set[str] = set()
    while waiting:
        entry = waiting.pop()
        for part in entry.get("parameters", ()):
            for name in set(re.findall(r"\w+", part.get("type", ""))) & names.keys() - sent:
                sent.add(name)
                waiting += [{"parameters": names[name].get("parameters", [])}]
        waiting += [*entry.get("members", {}).values(), *([entry["reached"]] if "reached" in entry else [])]
    return sent


def level(changes: list[Change]) -> Level:
    """How big all of it is together."""
    return max((change.level for change in changes), default=Level.PATCH)


def _members(path: str, old: Json, new: Json) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        inner = f"{path}.{name}".removeprefix(".")
        if name not in new or name not in old:
            yield _gone_or_new(inner, gone=name not in new)
        elif old[name]["kind"] != new[name]["kind"]:
            yield Change(Level.MAJOR, inner, f"was a {old[name]['kind']}, is a {new[name]['kind']}")
        else:
            yield from _entry(inner, old[name], new[name])


def _entry(path: str, old: Json, new: Json) -> Iterator[Change]:
    if old["kind"] == "class":
        yield from _class(path, old, new)
    elif old["kind"] == "function":
        if old["async"] != new["async"]:
            yield Change(Level.MAJOR, path, "must be awaited now" if new["async"] else "is not awaited any more")
        if old["static"] and not new["static"]:
            yield Change(Level.MAJOR, path, "needs an instance now")
        yield from _parameters(path, old["parameters"], new["parameters"])
        yield from _type(f"{path}()", old["returns"], new["returns"], wider=Level.MAJOR, narrower=Level.MINOR)
    elif old["kind"] == "attribute":
        if old["write"] and not new["write"]:
            yield Change(Level.MAJOR, path, "cannot be assigned to any more")
        yield from _type(path, old["type"], new["type"], wider=Level.MAJOR, narrower=Level.MINOR)
    if "reached" in old and "reached" in new:
        yield from _class(path, old["reached"], new["reached"])


def _class(path: str, old: Json, new: Json) -> Iterator[Change]:
    for base in sorted(set(old["bases"]) ^ set(new["bases"])):
        gone = base in old["bases"]
        yield Change(
            Level.MAJOR if gone else Level.MINOR, path, f"is {'no' if gone else 'a'} {base}{' any more' * gone}"
        )
    if old.get("module", "") != new.get("module", "") and old["module"].count("._") < new["module"].count("._"):
        yield Change(Level.MAJOR, path, f"says that it is of {new['module']}, and pickles name that")
    for key, text in (("frozen", "its fields cannot be assigned to any more"), ("hashable", "has no hash any more")):
        if old[key] != new[key] and new[key] == (key == "frozen"):
            yield Change(Level.MAJOR, path, text)
    for key in ("values", "urls"):
        for name in sorted(old[key].keys() | new[key].keys()):
            inner = f"{path}.{name}" + ".base_url" * (key == "urls")
            if name not in old[key] or name not in new[key]:
                yield _gone_or_new(inner, gone=name in old[key])
            elif old[key][name] != new[key][name]:
                yield Change(Level.MAJOR, inner, f"was {old[key][name]}, is {new[key][name]}")
    yield from _parameters(path, old.get("parameters", []), new.get("parameters", []))
    yield from _members(path, old["members"], new["members"])


_NEEDED: Final = "must be given now"
_BY_POSITION: Final = {"POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD"}
_BY_NAME: Final = {"KEYWORD_ONLY", "POSITIONAL_OR_KEYWORD"}


def _parameters(path: str, old: list[Json], new: list[Json]) -> Iterator[Change]:
    # The names of *args and **kwargs are nobody's affair.
    before, after = (
        {each["kind"] if "VAR" in each["kind"] else each["name"]: each for each in side} for side in (old, new)
    )
    places = [[name for name, each in side.items() if each["kind"] in _BY_POSITION] for side in (before, after)]
    for name, was in before.items():
        inner = f"{path}({was['name']})"
        now = after.get(name)
        if now is None:
            yield _gone_or_new(inner, gone=True)
            continue
        for kinds, how in ((_BY_POSITION, "by position"), (_BY_NAME, "by name")):
            if was["kind"] in kinds and now["kind"] not in kinds:
                yield Change(Level.MAJOR, inner, f"cannot be given {how} any more")
        if all(name in side for side in places) and places[0].index(name) != places[1].index(name):
            yield Change(Level.MAJOR, inner, "stands in another place")
        if "default" in was and "default" not in now:
            yield Change(Level.MAJOR, inner, _NEEDED)
        elif "default" in now and "default" not in was:
            yield Change(Level.MINOR, inner, "may be left out now")
        elif was.get("default") != now.get("default"):
            yield Change(Level.MAJOR, inner, f"its default was {was['default']}, is {now['default']}")
        yield from _type(inner, was["type"], now["type"], wider=Level.MINOR, narrower=Level.MAJOR)
    for name, now in after.items():
        if name not in before:
            inner = f"{path}({now['name']})"
            needed = "default" not in now and "VAR" not in now["kind"]
            yield Change(Level.MAJOR, inner, _NEEDED) if needed else _gone_or_new(inner, gone=False)


def _type(path: str, was: str, now: str, *, wider: Level, narrower: Level) -> Iterator[Change]:
    """Compare two types: what users pass may take more, what they get may be less."""
    if was == now or not was or not now:  # the same, or nothing was promised
        return
    before, after = (set(re.split(r" \| (?![^\[]*\])", each)) for each in (was, now))
    found = wider if before < after else narrower if before > after else Level.MAJOR
    yield Change(found, path, f"its type was {was}, is {now}")


def _gone_or_new(path: str, *, gone: bool) -> Change:
    return Change(Level.MAJOR, path, "removed") if gone else Change(Level.MINOR, path, "added")


if __name__ == "__main__":
    print(json.dumps([_snapshot(Path(folder)) for folder in sys.argv[1:]]))

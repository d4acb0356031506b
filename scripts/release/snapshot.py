"""The public API as plain data, read by introspection, and what a change of it means for its users.

Whatever users can reach has a path, as they write it: `SequenceClient.customers.get_by_alias(alias)`, and facts. A
class without a public name that a public one leads to, as that of `client.customers`, is told where it is reached; what
it is called is nobody's affair. This file imports nothing of ours: it also runs by itself, in another process.
"""

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
ROOT: Final = Path(__file__).resolve().parent.parent.parent
_DUNDERS: Final = re.compile(r"__(a?enter|a?exit|a?iter|a?next|await|len|getitem|contains|call|eq|lt|bool|format)__")
_EMPTY: Final[Any] = inspect.Parameter.empty


class Level(IntEnum):
    """How big a change is: which part of the version it moves at least, before 1.0.0 as well; and what that means."""

    NONE = -1
    DOCUMENTATION = PATCH = 0
    ADDITIVE = MINOR = 1
    BREAKING = MAJOR = 2

    def __str__(self) -> str:
        return self.name.lower()


class Change(NamedTuple):
    """One difference between two public APIs; the path is what changed, as users write it."""

    level: Level
    path: str
    text: str

    def __str__(self) -> str:
        return f"{'breaking' if self.level is Level.BREAKING else 'new'}: {self.path}: {self.text}"


def snapshot(*folders: Path) -> list[Json]:
    """The public APIs of the packages in these folders, or of the checkout's, as another process reads them."""
    command = [sys.executable, "-I", "-B", __file__, *map(str, folders or [ROOT])]
    return list(json.loads(subprocess.check_output(command)))  # noqa: S603 - this file


def _snapshot(folder: Path) -> Json:
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))  # from this folder, whatever else there is of that name
    paths = _Reader(importlib.import_module(PACKAGE)).paths
    if (folder / "pyproject.toml").exists():
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        lowest = int(re.sub(r"^>=3\.(\d+).*", r"\1", project.get("requires-python", ">=3.8")))
        promises = [f"Python 3.{minor}" for minor in range(lowest, 20)]
        promises += [f"extra {name}" for name in project.get("optional-dependencies", {})]
        promises += [f"command {name}" for name in project.get("scripts", {})]
        paths |= {name: {"kind": "promise"} for name in promises}
    return paths


def _exports(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    for name in getattr(module, "__all__", None) or [name for name in vars(module) if name[0] != "_"]:
        value = getattr(module, name)
        own = not isinstance(value, types.ModuleType) and getattr(value, "__module__", None) in {None, module.__name__}
        if own or hasattr(module, "__all__"):
            yield f"{module.__name__}.{name}".removeprefix(f"{PACKAGE}."), value
    for _, name, _ in pkgutil.iter_modules(getattr(module, "__path__", [])):
        if name[0] != "_":
            yield from _exports(importlib.import_module(f"{module.__name__}.{name}"))


class _Reader:
    def __init__(self, package: types.ModuleType) -> None:
        names = dict(sorted(_exports(package)))
        self._public = {value: name for name, value in reversed(names.items()) if isinstance(value, type)}
        self._public |= {_EMPTY: "", types.NoneType: "None"}
        self._stack: list[type] = []
        self.paths: Json = {}
        for name, value in names.items():
            self._add(name, value, type(value))

    def _add(self, path: str, value: Any, hint: Any, owner: type | None = None) -> None:
        """Read a name of a module, or of a class."""
        getter = value.fget if isinstance(value, property) else getattr(value, "func", None)
        if isinstance(value, type):
            self._class(path, value)
        elif getter:  # of a property, which may be a cached one
            self._attribute(path, _hints(getter).get("return", _EMPTY), write=getattr(value, "fset", True) is not None)
        elif isinstance(value, staticmethod | classmethod):
            self._function(path, value.__get__(None, owner), static=True)
        elif inspect.isfunction(value) or (owner is None and callable(value) and type(value) is not types.GenericAlias):
            self._function(path, value, bound=owner is not None)
        elif owner is None or path.rpartition(".")[2][0] != "_":
            self._attribute(path, hint, write=owner is None or not issubclass(owner, tuple))

    def _class(self, path: str, kind: type, *, reached: bool = False) -> None:
        ours = [each for each in kind.__mro__ if each.__module__.partition(".")[0] == PACKAGE]
        # The members of an enumeration, be it an Enum or an open class of strings.
        members = kind.__members__ if issubclass(kind, Enum) else dir(kind) if hasattr(kind, "is_known") else ()
        known = {name: getattr(kind, name) for name in members if isinstance(getattr(kind, name, None), kind)}
        bases = {self._spell(each) for each in kind.__mro__[1:] if each not in ours or each in self._public}
        is_frozen = kind.__setattr__.__name__.endswith("_frozen_setattrs")  # as attrs does it
        # Whether an open enumeration is made of enum or of str alone is its own affair.
        hidden = r"object|typing\.(Generic|Protocol)" + r"|enum\..*" * hasattr(kind, "is_known")
        self.paths[f"{path}:" if reached else path] = {
            "kind": "class",
            **{f"is {base}": True for base in sorted(bases) if not re.fullmatch(hidden, base)},
            "public": "._" not in kind.__module__ or kind not in self._public,
            "mutable": not getattr(getattr(kind, "__dataclass_params__", None), "frozen", is_frozen),
            "hashable": kind.__hash__ is not None,
        }
        for name, value in known.items():
            self.paths[f"{path}.{name}"] = {"kind": "value", "value": repr(getattr(value, "value", value))}
            if hasattr(value, "base_url"):
                self.paths[f"{path}.{name}.base_url"] = {"kind": "value", "value": str(value.base_url)}
        recursive = kind in self._stack
        self._stack.append(kind)
        hints = _hints(kind)
        made_by = next(filter(inspect.isfunction, (getattr(kind, name) for name in ("__init__", "__new__"))), None)
        if made_by and not known and kind in self._public:
            self._parameters(path, made_by, bound=True)
        for name in dict.fromkeys(name for each in ours for name in (*inspect.get_annotations(each), *vars(each))):
            if not recursive and name not in known and (name[0] != "_" or _DUNDERS.fullmatch(name)):
                value = inspect.getattr_static(kind, name, None)
                self._add(f"{path}.{name}", value, hints.get(name, type(value)), kind)
        self._stack.pop()

    def _attribute(self, path: str, hint: Any, *, write: bool) -> None:
        self.paths[path] = {"kind": "attribute", "type": self._spell(hint), "write": write}
        for each in (hint, typing.get_origin(hint), *typing.get_args(hint)):
            if isinstance(each, type) and each.__module__.startswith(PACKAGE) and each not in self._public:
                self._class(path, each, reached=True)

    def _function(self, path: str, function: Any, *, bound: bool = False, static: bool = False) -> None:
        waits = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
        self.paths[path] = {"kind": "function", "async": waits, "static": static}
        self._parameters(path, function, bound=bound)
        self._attribute(f"{path}()", _hints(function).get("return", _EMPTY), write=False)

    def _parameters(self, path: str, function: Any, *, bound: bool) -> None:
        hints = _hints(function)
        for place, each in enumerate(inspect.signature(function).parameters.values(), 1 - bound):
            if place and each.name[0] != "_":
                # The names of *args and **kwargs are nobody's affair.
                several = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
                self.paths[f"{path}({several or each.name})"] = {
                    "kind": "parameter",
                    "type": self._spell(hints.get(each.name, each.annotation)),
                    "place": place * (each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}),
                    "named": each.kind in {each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD},
                    "needed": each.default is each.empty and not several,
                    "default": _default(each.default),
                }

    def _spell(self, hint: Any) -> str:
        """A type by what it means: unions flattened and sorted, our own names as users know them."""
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if isinstance(hint, TypeVar):  # by the next generic base of the class
            for base in getattr(self._stack[-1], "__orig_bases__", ()) if self._stack else ():
                variables = getattr(typing.get_origin(base), "__parameters__", ())
                given: dict[Any, Any] = dict(zip(variables, typing.get_args(base), strict=False))
                hint = given.get(hint, hint)
            return "~" if isinstance(hint, TypeVar) else self._spell(hint)
        if origin in {typing.Final, typing.ClassVar}:
            return self._spell(arguments[0])
        if origin in {typing.Union, types.UnionType}:
            return " | ".join(sorted({self._spell(each) for each in arguments}))
        if isinstance(hint, list):  # what a callable takes
            origin, arguments = "", tuple(hint)
        if arguments:
            return f"{origin and self._spell(origin)}[{', '.join(map(self._spell, arguments))}]"
        if not isinstance(hint, type):
            return repr(hint)
        name = f"{hint.__module__}.{hint.__qualname__}".removeprefix("builtins.")
        return self._public.get(hint, "private" if name.startswith(f"{PACKAGE}.") else name)


def _default(value: Any) -> str:
    if isinstance(value, Enum | str | int | float | tuple | None) and not type(value).__module__.startswith("attr"):
        return repr(getattr(value, "value", value)).removesuffix(".0")
    return "" if value is _EMPTY else "…"  # made anew for each call


def _hints(value: Any, only_checked: Json | None = None) -> Json:
    try:
        return typing.get_type_hints(value, localns=only_checked)
    except NameError as error:  # what is imported for type checkers alone
        ours = [vars(module) for name, module in sys.modules.items() if name.startswith(PACKAGE)]
        name = str(error.name)
        found = next((each[name] for each in (*ours, vars(typing)) if name in each), Any)
        return _hints(value, {**(only_checked or {}), name: found})
    except TypeError:  # nothing that has hints
        return {}


# --- What a change means

_TEXTS: Final = {
    ("kind", "gone"): "removed",
    ("kind", "new"): "added",
    ("kind", "other"): "was a {}, is a {}",
    ("is", "gone"): "is no {} any more",
    ("is", "new"): "is a {}",
    ("public", "gone"): "says that it is of a private module, and pickles name that",
    ("mutable", "gone"): "its fields cannot be assigned to any more",
    ("hashable", "gone"): "has no hash any more",
    ("value", "other"): "was {}, is {}",
    ("type", "other"): "its type was {}, is {}",
    ("write", "gone"): "cannot be assigned to any more",
    ("async", "new"): "must be awaited now",
    ("async", "gone"): "is not awaited any more",
    ("static", "gone"): "needs an instance now",
    ("place", "gone"): "cannot be given by position any more",
    ("place", "other"): "stands in another place",
    ("named", "gone"): "cannot be given by name any more",
    ("needed", "new"): "must be given now",
    ("needed", "gone"): "may be left out now",
    ("default", "other"): "its default was {}, is {}",
}
"""What is told when a fact is gone, new or another; the rest is nobody's affair."""
_HARMLESS: Final = {"added", "is a {}", "may be left out now"}


def compare(old: Json, new: Json) -> list[Change]:
    """Every change between two snapshots, the breaking ones first."""
    # Where the server alone makes a model, users read its fields, and those are compared as members.
    read = {name for name in new if f"{name}.from_dict" in new} - _sent(old) - _sent(new)
    # Where only one of them leads to a class without a public name, the types say all.
    hidden = tuple(path.replace(":", tail) for path in old.keys() ^ new.keys() if path[-1] == ":" for tail in ":.")
    changes: list[Change] = []
    for path in sorted(old.keys() | new.keys()):
        owner = re.sub(r"\([^()]*\)$|\.\w+$", "", path)
        owners = [each[owner]["kind"] for each in (old, new) if owner in each and owner != path]
        # What is told of its owner already is not told again.
        if not (path.startswith(hidden) or len(set(owners)) == 2 or len(owners) == 1):
            changes += _entry(path.removesuffix(":"), old.get(path, {}), new.get(path, {}), read=owner in read)
    return sorted(changes, key=lambda change: -change.level)


def level(changes: list[Change]) -> Level:
    """How big all of it is together."""
    return max((change.level for change in changes), default=Level.PATCH)


def _sent(paths: Json, takers: set[str] | None = None) -> set[str]:
    """What takes something, models aside, and the names that it takes, with those that these are made of."""
    takers = takers or {path for path in paths if f"{path.split('.')[0]}.from_dict" not in paths}
    taken = [entry["type"] for path, entry in paths.items() if "needed" in entry and path.split("(")[0] in takers]
    found = takers.union(re.findall(r"\w+", " ".join(taken)))
    return found if found == takers else _sent(paths, found)


def _entry(path: str, was: Json, now: Json, *, read: bool) -> Iterator[Change]:
    taken = (was or now)["kind"] == "parameter"
    facts = sorted(was.keys() | now.keys())
    if was.get("kind") != now.get("kind"):
        facts = ["needed" if not was and now.get("needed") else "kind"]
    for fact in facts:
        before, after = was.get(fact, ""), now.get(fact, "")
        what, _, name = fact.partition(" ")
        text = _TEXTS.get((what, "new" if not before else "other" if after else "gone"))
        if before == after or not text:
            continue
        harmless = text in _HARMLESS or (fact == "needed" and read)
        if fact == "type":
            same = re.escape(before).replace("private", r"(private|(?!None)[A-Z]\w*)")
            if re.fullmatch(same, after):  # what had no public name may have one now
                continue
            # What users pass may take more, what they get may be less.
            parts = [set(re.split(r" \| (?![^\[]*\])", each)) for each in (before, after)]
            narrow, wide = parts if taken else reversed(parts)
            harmless = narrow < wide or (taken and read and "None" in narrow)
        yield Change(Level.MINOR if harmless else Level.MAJOR, path, text.format(name or before, after))


if __name__ == "__main__":
    print(json.dumps([_snapshot(Path(folder)) for folder in sys.argv[1:]]))

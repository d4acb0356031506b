"""What a change of the public API means for its users: nothing, something new, or something that breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from .annotation import members
from .surface import PRIVATE, Json

_PRIVATE_NAME: Final = re.compile(rf"{re.escape(PRIVATE)}(\w+)")
_POSITIONAL: Final = {"positional-only", "positional or keyword"}
_BY_NAME: Final = {"keyword-only", "positional or keyword"}
_PYTHONS: Final = tuple(f"3.{minor}" for minor in range(8, 30))


class Level(IntEnum):
    """How big a change is: which part of the version it moves at least."""

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    def after(self, version: Version) -> Version:
        """The lowest version that may follow, with a change of this size."""
        major, minor, patch = version.release
        match self:
            case Level.MAJOR:
                return Version(f"{major + 1}.0.0")
            case Level.MINOR:
                return Version(f"{major}.{minor + 1}.0")
            case Level.PATCH:
                return Version(f"{major}.{minor}.{patch + 1}")


class Change(NamedTuple):
    """One difference between two public APIs."""

    level: Level
    path: str
    """What changed, as users write it: `SequenceClient.customers.get_by_alias(alias)`."""
    text: str

    def __str__(self) -> str:
        return f"{'breaking' if self.level is Level.MAJOR else 'new'}: {self.path}: {self.text}"


def compare(old: Json, new: Json) -> list[Change]:
    """Every change between two surfaces, the breaking ones first."""
    return sorted(_Comparison(old, new).changes(), key=lambda change: -change.level)


def level(changes: list[Change]) -> Level:
    """How big all of it is together."""
    return max((change.level for change in changes), default=Level.PATCH)


class _Comparison:
    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = old, new
        self._sent = _sent(old) | _sent(new)
        self._paths: dict[tuple[str, str], str] = {}
        """Classes without a public name that stand for each other, and the path by which users reach them."""

    def changes(self) -> Iterator[Change]:
        yield from self._surroundings()
        yield from self._members("", self._old["names"], self._new["names"])
        done: set[tuple[str, str]] = set()
        while waiting := [pair for pair in self._paths if pair not in done]:
            for pair in waiting:
                done.add(pair)
                old, new = (side["private"][name] for side, name in zip((self._old, self._new), pair, strict=True))
                yield from self._class(self._paths[pair], old, new)

    def _surroundings(self) -> Iterator[Change]:
        old, new = SpecifierSet(self._old["python"]), SpecifierSet(self._new["python"])
        for python in _PYTHONS:
            if python in old and python not in new:
                yield Change(Level.MAJOR, f"Python {python}", "not supported any more")
                break
        for what, key in (("extra", "extras"), ("command", "commands")):
            for name in sorted(set(self._old[key]) ^ set(self._new[key])):
                removed = name in self._old[key]
                yield _removed(f"{what} {name}") if removed else _added(f"{what} {name}")

    def _members(self, path: str, old: Json, new: Json) -> Iterator[Change]:
        for name in sorted(old.keys() | new.keys()):
            inner = f"{path}.{name}".removeprefix(".")
            if name not in new:
                yield _removed(inner)
            elif name not in old:
                yield _added(inner)
            else:
                yield from self._entry(inner, old[name], new[name])

    def _entry(self, path: str, old: Json, new: Json) -> Iterator[Change]:
        kinds = old["kind"], new["kind"]
        if kinds == ("class", "class"):
            yield from self._class(path, old, new)
        elif kinds == ("function", "function"):
            yield from self._function(path, old, new)
        elif set(kinds) <= {"attribute", "property"}:
            if kinds == ("attribute", "property"):
                yield Change(Level.MAJOR, path, "cannot be assigned to any more")
            yield from self._read(path, old["type"], new["type"])
        elif kinds[0] != kinds[1]:
            yield Change(Level.MAJOR, path, f"was a {kinds[0]}, is a {kinds[1]}")

    def _class(self, path: str, old: Json, new: Json) -> Iterator[Change]:
        for name in sorted(set(old["ancestors"]) - set(new["ancestors"])):
            yield Change(Level.MAJOR, path, f"is no {name} any more")
        for name in sorted(set(new["ancestors"]) - set(old["ancestors"])):
            yield Change(Level.MINOR, path, f"is a {name} now")
        if new["frozen"] and not old["frozen"]:
            yield Change(Level.MAJOR, path, "its fields cannot be assigned to any more")
        served = "from_dict" in new["members"] and path not in self._sent
        for change in self._parameters(path, old.get("constructor", []), new.get("constructor", [])):
            # Where the server alone makes a model, users read its fields, and those are compared below.
            yield change._replace(level=min(change.level, Level.MINOR)) if served else change
        yield from self._values(path, old.get("values", {}), new.get("values", {}))
        yield from self._members(path, old["members"], new["members"])

    @staticmethod
    def _values(path: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
        for name in sorted(old.keys() | new.keys()):
            if name not in new:
                yield _removed(f"{path}.{name}")
            elif name not in old:
                yield _added(f"{path}.{name}")
            elif old[name] != new[name]:
                yield Change(Level.MAJOR, f"{path}.{name}", f"was {old[name]}, is {new[name]}")

    def _function(self, path: str, old: Json, new: Json) -> Iterator[Change]:
        if old["async"] != new["async"]:
            yield Change(Level.MAJOR, path, "must be awaited now" if new["async"] else "is not awaited any more")
        if old["static"] and not new["static"]:
            yield Change(Level.MAJOR, path, "needs an instance now")
        yield from self._parameters(path, old["parameters"], new["parameters"])
        yield from self._read(f"{path}()", old["returns"], new["returns"])

    def _parameters(self, path: str, old: list[Json], new: list[Json]) -> Iterator[Change]:
        before, after = ({_key(parameter): parameter for parameter in side} for side in (old, new))
        for name, was in before.items():
            inner = f"{path}({was['name']})"
            if name not in after:
                yield _removed(inner)
                continue
            now = after[name]
            yield from self._parameter(inner, was, now)
            if (
                was["kind"] in _POSITIONAL
                and now["kind"] in _POSITIONAL
                and _position(old, name) != _position(new, name)
            ):
                yield Change(Level.MAJOR, inner, "stands in another place")
        for name, now in after.items():
            if name not in before:
                inner = f"{path}({now['name']})"
                required = "default" not in now and "variadic" not in now["kind"]
                yield Change(Level.MAJOR, inner, "must be given now") if required else _added(inner)

    def _parameter(self, path: str, was: Json, now: Json) -> Iterator[Change]:
        for kinds, how in ((_POSITIONAL, "by position"), (_BY_NAME, "by name")):
            if was["kind"] in kinds and now["kind"] not in kinds:
                yield Change(Level.MAJOR, path, f"cannot be given {how} any more")
        if "default" in was and "default" not in now:
            yield Change(Level.MAJOR, path, "must be given now")
        elif "default" not in was and "default" in now:
            yield Change(Level.MINOR, path, "may be left out now")
        elif was.get("default") != now.get("default"):
            yield Change(Level.MAJOR, path, f"its default was {was['default']}, is {now['default']}")
        yield from self._type(path, was["type"], now["type"], widened=Level.MINOR, narrowed=Level.MAJOR)

    def _read(self, path: str, was: str, now: str) -> Iterator[Change]:
        yield from self._type(path, was, now, widened=Level.MAJOR, narrowed=Level.MINOR)

    def _type(self, path: str, was: str, now: str, *, widened: Level, narrowed: Level) -> Iterator[Change]:
        """Compare two types: what users pass may take more, what they get may be less."""
        if _PRIVATE_NAME.sub(PRIVATE, was) == _PRIVATE_NAME.sub(PRIVATE, now):
            pairs = zip(_PRIVATE_NAME.findall(was), _PRIVATE_NAME.findall(now), strict=True)
            for pair in pairs:
                self._paths.setdefault(pair, path)
            return
        if not was or not now:  # nothing was promised
            return
        before, after = members(was), members(now)
        changed = Level.MAJOR
        if before < after:
            changed = widened
        elif before > after:
            changed = narrowed
        yield Change(changed, path, f"its type was {was}, is {now}")


def _sent(surface: Json) -> set[str]:
    """The public classes that methods take, and those that they are made of."""
    names = surface["names"]
    classes = [entry for entry in [*names.values(), *surface["private"].values()] if "members" in entry]
    functions = [*names.values(), *(member for entry in classes for member in entry["members"].values())]
    types = [parameter["type"] for function in functions for parameter in function.get("parameters", [])]
    sent: set[str] = set()
    while types:
        for name in set(re.findall(r"\w+", types.pop())) & names.keys() - sent:
            sent.add(name)
            types += [parameter["type"] for parameter in names[name].get("constructor", [])]
    return sent


def _key(parameter: Json) -> str:
    # The names of *args and **kwargs are nobody's affair.
    kind: str = parameter["kind"]
    name: str = parameter["name"]
    return f"* {kind}" if "variadic" in kind else name


def _position(parameters: list[Json], name: str) -> int:
    return [_key(parameter) for parameter in parameters if parameter["kind"] in _POSITIONAL].index(name)


def _removed(path: str) -> Change:
    return Change(Level.MAJOR, path, "removed")


def _added(path: str) -> Change:
    return Change(Level.MINOR, path, "added")


def describe(changes: list[Change], shown: int = 20) -> Iterator[str]:
    """The changes a line each, the breaking ones first."""
    yield from (f"  {change}" for change in changes[:shown])
    if len(changes) > shown:
        yield f"  and {len(changes) - shown} more"


def required(last: Version, changes: list[Change]) -> Version:
    """The lowest version that may follow the last one with these changes."""
    return level(changes).after(last)

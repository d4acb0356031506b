"""What a change of the API means: nothing, something new, or something that breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from scripts.release.compatibility import Level, compare, describe, level
from scripts.release.gate import refuse_small_bump
from scripts.release.refusal import RefusalError
from scripts.release.surface import read_surface
from tests.shipping.wheels import write_wheel

HEAD = """\
    from __future__ import annotations
    import enum
    from collections.abc import Mapping
    from typing import Any, ClassVar, Final, NamedTuple, Optional, Union
    from attrs import define, field, frozen
    """

SERVED = """\
class Base:
    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Base: ...
@define(kw_only=True)
class Model(Base):
    name: str
    """

MODEL = "@define(kw_only=True)\nclass Model:\n    name: str\n    "

BREAKING = {
    "a name is removed": ("def one(): ...\ndef two(): ...", "def one(): ...", "two: removed"),
    "a function becomes a class": ("def one(): ...", "class one: ...", "one: was a function, is a class"),
    "a method is removed": ("class A:\n    def m(self): ...", "class A: ...", "A.m: removed"),
    "a with-block is lost": ("class A:\n    def __enter__(self): ...", "class A: ...", "A.__enter__: removed"),
    "a field is removed": (MODEL + "age: int", MODEL, "Model(age): removed"),
    "a field is renamed": (MODEL + "age: int", MODEL + "years: int", "Model.age: removed"),
    "a field is required, and new": (MODEL, MODEL + "age: int", "Model(age): must be given now"),
    "a field is required of a model that is sent": (
        SERVED + "\ndef send(models: list[Model]): ...",
        SERVED + "age: int\ndef send(models: list[Model]): ...",
        "Model(age): must be given now",
    ),
    "a field becomes required": (MODEL + "age: int = 0", MODEL + "age: int", "Model(age): must be given now"),
    "a default by field() is lost": (
        MODEL + "age: int = field(default=0)",
        MODEL + "age: int = field(repr=False)",
        "Model(age): must be given now",
    ),
    "a field may be None now": (
        MODEL + "age: int",
        MODEL + "age: int | None",
        "Model.age: its type was int, is None | int",
    ),
    "a field has another type": (MODEL + "age: int", MODEL + "age: str", "Model.age: its type was int, is str"),
    "a field leaves the constructor": (
        MODEL + "age: int = 0",
        MODEL + "age: int = field(default=0, init=False)",
        "Model(age): removed",
    ),
    "fields become keywords": (
        "@define\nclass A:\n    x: int",
        "@define(kw_only=True)\nclass A:\n    x: int",
        "A(x): cannot be given by position any more",
    ),
    "fields change places": (
        "@define\nclass A:\n    x: int\n    y: int",
        "@define\nclass A:\n    y: int\n    x: int",
        "A(x): stands in another place",
    ),
    "a class is frozen": (
        "@define\nclass A:\n    x: int",
        "@frozen\nclass A:\n    x: int",
        "A: its fields cannot be assigned to any more",
    ),
    "an attribute becomes a property": (
        "class A:\n    x: int = 0",
        "class A:\n    @property\n    def x(self) -> int: ...",
        "A.x: cannot be assigned to any more",
    ),
    "a named tuple has one more": (
        "class A(NamedTuple):\n    x: int",
        "class A(NamedTuple):\n    x: int\n    y: int",
        "A(y): must be given now",
    ),
    "an argument is removed": ("def f(a, b=1): ...", "def f(a): ...", "f(b): removed"),
    "an argument is renamed": ("def f(a): ...", "def f(b): ...", "f(a): removed"),
    "an argument is required, and new": ("def f(a): ...", "def f(a, b): ...", "f(b): must be given now"),
    "an argument becomes required": ("def f(a=1): ...", "def f(a): ...", "f(a): must be given now"),
    "an argument becomes a keyword": (
        "def f(a): ...",
        "def f(*, a): ...",
        "f(a): cannot be given by position any more",
    ),
    "an argument loses its name": ("def f(a): ...", "def f(a, /): ...", "f(a): cannot be given by name any more"),
    "an argument takes less": (
        "def f(a: int | str): ...",
        "def f(a: int): ...",
        "f(a): its type was int | str, is int",
    ),
    "a default changes": ("def f(a=1): ...", "def f(a=2): ...", "f(a): its default was 1, is 2"),
    "a constant that is a default changes": (
        "_LIMIT = 2 * 10\ndef f(a=_LIMIT): ...",
        "_LIMIT = 3 * 10\ndef f(a=_LIMIT): ...",
        "f(a): its default was 20, is 30",
    ),
    "a result is more": ("def f() -> int: ...", "def f() -> int | None: ...", "f(): its type was int, is None | int"),
    "a result is another": ("def f() -> list[int]: ...", "def f() -> tuple[int]: ...", "f(): its type was list[int]"),
    "a function is awaited": ("def f(): ...", "async def f(): ...", "f: must be awaited now"),
    "a static method is not any more": (
        "class A:\n    @staticmethod\n    def m(): ...",
        "class A:\n    def m(self): ...",
        "A.m: needs an instance now",
    ),
    "an enum member is removed": (
        "class E(enum.StrEnum):\n    A = 'a'\n    B = 'b'",
        "class E(enum.StrEnum):\n    A = 'a'",
        "E.B: removed",
    ),
    "an enum member has another value": (
        "class E(enum.StrEnum):\n    A = 'a'",
        "class E(enum.StrEnum):\n    A = 'b'",
        "E.A: was 'a', is 'b'",
    ),
    "an error loses a base": (
        "class E(ValueError, OSError): ...",
        "class E(ValueError): ...",
        "E: is no OSError any more",
    ),
    "an error loses a base of its base": (
        "class B(ValueError): ...\nclass E(B): ...",
        "class B(Exception): ...\nclass E(B): ...",
        "E: is no ValueError any more",
    ),
    "what an alias stands for changes": (
        "_Id = str | int\ndef f(a: _Id): ...",
        "_Id = str\ndef f(a: _Id): ...",
        "f(a): its type was int | str, is str",
    ),
    "what is reached without a name changes": (
        "class _R:\n    def get(self, a: str): ...\nclass C:\n    @property\n    def r(self) -> _R: ...",
        "class _R:\n    def get(self, b: str): ...\nclass C:\n    @property\n    def r(self) -> _R: ...",
        "C.r.get(a): removed",
    ),
}

NEW = {
    "a name": ("", "def f(): ..."),
    "a method": ("class A: ...", "class A:\n    def m(self): ..."),
    "an optional field": (MODEL, MODEL + "age: int | None = None"),
    "a field that the server always gives": (SERVED, SERVED + "age: int"),
    "a field that the server always gives now": (SERVED + "age: int | None = None", SERVED + "age: int"),
    "an optional field by field()": (MODEL, MODEL + "ages: list[int] = field(factory=list)"),
    "an optional argument": ("def f(a): ...", "def f(a, b=1): ..."),
    "an argument may be left out": ("def f(a): ...", "def f(a=1): ..."),
    "an argument takes more": ("def f(a: int): ...", "def f(a: int | str): ..."),
    "a result is less": ("def f() -> int | None: ...", "def f() -> int: ..."),
    "an enum member": ("class E(enum.StrEnum):\n    A = 'a'", "class E(enum.StrEnum):\n    A = 'a'\n    B = 'b'"),
    "a base": ("class E(ValueError): ...", "class E(ValueError, OSError): ..."),
}

NOTHING = {
    "a private name": ("def f(): ...", "def f(): ...\ndef _g(): ..."),
    "a private member": ("class A: ...", "class A:\n    def _m(self): ..."),
    "a private field": (MODEL, MODEL + "_cache: int | None = field(default=None, alias='_cache')"),
    "another spelling of a type": ("def f(a: Optional[int]): ...", "def f(a: None | int): ..."),
    "another order of a union": ("def f(a: Union[int, str]): ...", "def f(a: str | int): ..."),
    "another spelling of a default": ("def f(a=10): ...", "_TEN: Final = 5 * 2.0\ndef f(a=_TEN): ..."),
    "a value of a constant": ("VERSION = '1'", "VERSION = '2'"),
    "a class attribute": (MODEL, MODEL + "_kinds: ClassVar[int] = 1"),
    "a private base": ("class A:\n    def m(self): ...", "class _B:\n    def m(self): ...\nclass A(_B): ..."),
    "a private name of what is reached": (
        "class _R:\n    def get(self): ...\nclass C:\n    def r(self) -> _R: ...",
        "class _S:\n    def get(self): ...\nclass C:\n    def r(self) -> _S: ...",
    ),
    "the name of **options": ("def f(**a: Any): ...", "def f(**b: Any): ..."),
}


def changes(tmp_path: Path, old: str, new: str) -> tuple[Level, str]:
    surfaces = [
        read_surface(write_wheel(tmp_path / side, HEAD.replace("    ", "") + source))
        for side, source in (("old", old), ("new", new))
    ]
    found = compare(*surfaces)
    return level(found), "\n".join(describe(found))


@pytest.mark.parametrize(("old", "new", "text"), BREAKING.values(), ids=BREAKING)
def test_what_breaks_calls_for_a_major_version(tmp_path: Path, old: str, new: str, text: str) -> None:
    """What users' code, or its type checker, may stumble over is breaking, and is named as users write it."""
    found, described = changes(tmp_path, old, new)

    assert Level.MAJOR == found
    assert f"breaking: {text}" in described


@pytest.mark.parametrize(("old", "new"), NEW.values(), ids=NEW)
def test_what_is_new_calls_for_a_minor_version(tmp_path: Path, old: str, new: str) -> None:
    """What users may do now, and could not do before, is new and breaks nothing."""
    assert Level.MINOR == changes(tmp_path, old, new)[0]


@pytest.mark.parametrize(("old", "new"), NOTHING.values(), ids=NOTHING)
def test_what_users_cannot_see_is_no_change(tmp_path: Path, old: str, new: str) -> None:
    """Private names, and other words for the same, change nothing."""
    assert (Level.PATCH, "") == changes(tmp_path, old, new)


def test_a_moved_class_is_the_same(tmp_path: Path) -> None:
    """In which private module a public class lives is nobody's affair."""
    model = "class A:\n    def m(self) -> int: ..."
    old = write_wheel(tmp_path / "old", "from ._a import A\n__all__ = ['A']", _a=model)
    new = write_wheel(tmp_path / "new", "from ._b import A\n__all__ = ['A']", _b=model)

    assert [] == compare(read_surface(old), read_surface(new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"python": ">=3.11"}, {"python": ">=3.12"}, [(Level.MAJOR, "Python 3.11")]),
        ({"python": ">=3.11"}, {"python": ">=3.10"}, []),
        ({"metadata": "Provides-Extra: socks"}, {}, [(Level.MAJOR, "extra socks")]),
        ({}, {"metadata": "Provides-Extra: socks"}, [(Level.MINOR, "extra socks")]),
        ({"entry_points": "[console_scripts]\nsequence = a:b"}, {}, [(Level.MAJOR, "command sequence")]),
        ({}, {"entry_points": "[console_scripts]\nsequence = a:b"}, [(Level.MINOR, "command sequence")]),
    ],
)
def test_what_is_around_the_code_counts(
    tmp_path: Path, old: dict[str, str], new: dict[str, str], expected: list[tuple[Level, str]]
) -> None:
    """Supported Pythons, extras and commands are promises, too."""
    surfaces = [read_surface(write_wheel(tmp_path / side, "", **given)) for side, given in (("o", old), ("n", new))]

    assert expected == [(change.level, change.path) for change in compare(*surfaces)]


@pytest.mark.parametrize(
    ("last", "size", "lowest"),
    [
        ("0.1.0", Level.MAJOR, "1.0.0"),
        ("0.1.0", Level.MINOR, "0.2.0"),
        ("0.1.0", Level.PATCH, "0.1.1"),
        ("1.2.3", Level.MAJOR, "2.0.0"),
        ("1.2.3", Level.MINOR, "1.3.0"),
        ("1.2.3", Level.PATCH, "1.2.4"),
    ],
)
def test_the_lowest_version_that_may_follow(last: str, size: Level, lowest: str) -> None:
    """What breaks moves the major version, before 1.0.0 as well; what is new the minor one; the rest the patch."""
    assert Version(lowest) == size.after(Version(last))


@pytest.mark.parametrize("version", ["0.1.0", "0.1.1", "0.0.9"])
def test_a_version_that_does_not_tell_of_the_change_is_refused(tmp_path: Path, version: str) -> None:
    """With something new, a patch is not enough, and the refusal says what is, and why."""
    old, new = (
        read_surface(write_wheel(tmp_path / side, source)) for side, source in (("o", ""), ("n", "def f(): ..."))
    )

    with pytest.raises(
        RefusalError, match=r"what is new calls for a new minor version, 0\.2\.0 or higher\n  new: f: added"
    ):
        refuse_small_bump(Version("0.1.0"), compare(old, new), Version(version))


@pytest.mark.parametrize("version", ["0.2.0", "0.3.0", "1.0.0"])
def test_a_version_that_says_more_is_fine(tmp_path: Path, version: str) -> None:
    """A bigger step than the change calls for is nobody's loss."""
    old, new = (
        read_surface(write_wheel(tmp_path / side, source)) for side, source in (("o", ""), ("n", "def f(): ..."))
    )

    refuse_small_bump(Version("0.1.0"), compare(old, new), Version(version))

"""The snapshot of the public API, and what a change of it means: nothing, something new, or something that breaks."""

from __future__ import annotations

import compileall
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.version import Version

import sequence_customers_client
from scripts.release.gate import RefusalError, after, refuse_small_bump
from scripts.release.snapshot import Change, Json, Level, compare, level, snapshot

PACKAGE = "sequence_customers_client"

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


# What a line at the end of the package's own __init__ breaks; a private name of it is nowhere in these lines.
MUTATIONS = {
    "__all__.remove('Customer')": "Customer: removed",
    "__all__.remove('SequenceClient')": "SequenceClient: removed",
    "__all__.remove('API_VERSION')": "API_VERSION: removed",
    "del SequenceClient.close": "SequenceClient.close: removed",
    "del AsyncSequenceClient.__aenter__": "AsyncSequenceClient.__aenter__: removed",
    "SequenceClient.close = AsyncSequenceClient.aclose": "SequenceClient.close: ",
    "AsyncSequenceClient.aclose = lambda self, now: None": "AsyncSequenceClient.aclose(now): must be given now",
    "SequenceClient.with_options = lambda self, **options: self": "SequenceClient.with_options(timeout): removed",
    "SequenceClient.customers = None": "SequenceClient.customers: its type was private, is ",
    "vars(SequenceClient.__mro__[2])['customers'].func.__annotations__['return'] = int": (
        "SequenceClient.customers: its type was private"
    ),
    "SequenceClient.__init__ = lambda self: None": "SequenceClient(client_id): removed",
    "SequenceClient.__init__.__kwdefaults__['max_retries'] = 5": (
        "SequenceClient(max_retries): its default was 2, is 5"
    ),
    "SequenceClient.__init__.__kwdefaults__.pop('timeout')": "SequenceClient(timeout): must be given now",
    "NotFoundError.__bases__ = (APIError,)": "NotFoundError: is no APIStatusError any more",
    "ConfigurationError.__bases__ = (SequenceError,)": "ConfigurationError: is no ValueError any more",
    "APITimeoutError.__bases__ = (APIConnectionError,)": "APITimeoutError: is no TimeoutError any more",
    "RateLimitError = NotFoundError; del NotFoundError; __all__.remove('NotFoundError')": "NotFoundError: removed",
    "SequenceError.__module__ = 'sequence_customers_client._errors'": "SequenceError: says that it is of ",
    "Environment.base_url = property(lambda self: 'https://x.test')": "Environment.DEV.base_url: was https://",
    "Environment.base_url = None": "Environment.DEV.base_url: ",
    "Customer.to_dict = lambda self, *, deep: {}": "Customer.to_dict(deep): must be given now",
    "del Customer.legal_name; del Customer.__annotations__['legal_name']": "Customer.legal_name: removed",
    "Customer.__annotations__['legal_name'] = 'int'": "Customer.legal_name: its type was ",
    "Customer = type('Customer', (), {})": "Customer(id): removed",
    "Address.__init__.__annotations__['line1'] = 'int'": "Address(line1): its type was str, is int",
    "Address.__init__.__kwdefaults__['line2'] = ''": "Address(line2): its default was None, is ''",
    "TaxStatus.is_known = None": "TaxStatus.is_known: ",
}


def surfaces(folder: Path, *sources: str) -> list[Json]:
    """Snapshots of packages of one module each, read by one process."""
    folders = [folder / str(number) for number, _ in enumerate(sources)]
    for each, source in zip(folders, sources, strict=True):
        (each / PACKAGE).mkdir(parents=True)
        (each / PACKAGE / "__init__.py").write_text(source, encoding="utf-8")
    return snapshot(*folders)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], list[Change]]:
    """The changes between any two sources of the tables, all of which are read at once."""
    head = HEAD.replace("    ", "")
    pairs = [pair[:2] for table in (BREAKING, NEW, NOTHING) for pair in table.values()]
    sources = list({source for pair in pairs for source in pair})
    read = dict(zip(sources, surfaces(tmp_path_factory.mktemp("api"), *(head + each for each in sources)), strict=True))
    return lambda old, new: compare(read[old], read[new])


EAGER = "Customer, Address, TaxStatus = map(__getattr__, ('Customer', 'Address', 'TaxStatus'))"
"""Models are looked up when they are asked for; a mutation wants them at hand."""


@pytest.fixture(scope="module")
def mutated(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Change]]:
    """The changes that each mutation makes to a copy of the package."""
    folder = tmp_path_factory.mktemp("mutated")
    shutil.copytree(root / PACKAGE, folder / "package", ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(folder / "package", quiet=1)
    init = (folder / "package" / "__init__.py").read_text(encoding="utf-8")
    for number, line in enumerate(["", *MUTATIONS]):
        (folder / str(number)).mkdir()
        shutil.copytree(folder / "package", folder / str(number) / PACKAGE)
        (folder / str(number) / PACKAGE / "__init__.py").write_text(f"{init}\n{EAGER}\n{line}\n", encoding="utf-8")
    base, *others = snapshot(*(folder / str(number) for number in range(len(MUTATIONS) + 1)))
    return {line: compare(base, other) for line, other in zip(MUTATIONS, others, strict=True)}


@pytest.mark.parametrize("line", MUTATIONS)
def test_what_breaks_the_package_is_found(mutated: dict[str, list[Change]], line: str) -> None:
    """Each of these, done to the package itself, is a breaking change, and is told where it is."""
    said = "\n".join(map(str, mutated[line]))

    assert Level.MAJOR == level(mutated[line])
    assert f"breaking: {MUTATIONS[line]}" in said


@pytest.mark.parametrize(("old", "new", "text"), BREAKING.values(), ids=BREAKING)
def test_what_breaks_calls_for_a_major_version(
    told: Callable[[str, str], list[Change]], old: str, new: str, text: str
) -> None:
    """What users' code, or its type checker, may stumble over is breaking, and is named as users write it."""
    found = told(old, new)

    assert Level.MAJOR == level(found)
    assert f"breaking: {text}" in "\n".join(map(str, found))


@pytest.mark.parametrize(("old", "new"), NEW.values(), ids=NEW)
def test_what_is_new_calls_for_a_minor_version(told: Callable[[str, str], list[Change]], old: str, new: str) -> None:
    """What users may do now, and could not do before, is new and breaks nothing."""
    assert Level.MINOR == level(told(old, new))


@pytest.mark.parametrize(("old", "new"), NOTHING.values(), ids=NOTHING)
def test_what_users_cannot_see_is_no_change(told: Callable[[str, str], list[Change]], old: str, new: str) -> None:
    """Private names, and other words for the same, change nothing."""
    assert [] == told(old, new)


def test_the_names_are_those_of_all(root: Path) -> None:
    """The snapshot has the names of `__all__`, those of the modules beside the client, and what pyproject promises."""
    (found,) = snapshot(root)

    names = {path for path in found if path.isidentifier()}
    assert set(sequence_customers_client.__all__) == names
    assert {"testing.SequenceServer", "Python 3.11"} <= found.keys()
    assert "Python 3.10" not in found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('requires-python = ">=3.11"', 'requires-python = ">=3.12"', ["breaking: Python 3.11: removed"]),
        ("optional-dependencies = {a = []}", "", ["breaking: extra a: removed"]),
        ("", "optional-dependencies = {a = []}", ["new: extra a: added"]),
        ('scripts = {a = "b:c"}', "", ["breaking: command a: removed"]),
    ],
)
def test_what_is_around_the_code_counts(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """Supported Pythons, extras and commands are promises, too."""
    folders = [tmp_path / "old", tmp_path / "new"]
    for folder, text in zip(folders, (old, new), strict=True):
        (folder / PACKAGE).mkdir(parents=True)
        (folder / PACKAGE / "__init__.py").touch()
        (folder / "pyproject.toml").write_text(f"[project]\n{text}\n", encoding="utf-8")

    assert expected == list(map(str, compare(*snapshot(*folders))))


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
    assert Version(lowest) == after(Version(last), size)


@pytest.mark.parametrize("version", ["0.1.0", "0.1.1", "0.0.9"])
def test_a_version_that_does_not_tell_of_the_change_is_refused(version: str) -> None:
    """With something new, a patch is not enough, and the refusal says what is, and why."""
    changes = [Change(Level.MINOR, "f", "added")]

    with pytest.raises(
        RefusalError, match=r"what is new calls for a new minor version, 0\.2\.0 or higher\n  new: f: added"
    ):
        refuse_small_bump(Version("0.1.0"), changes, Version(version))


@pytest.mark.parametrize("version", ["0.2.0", "0.3.0", "1.0.0"])
def test_a_version_that_says_more_is_fine(version: str) -> None:
    """A bigger step than the change calls for is nobody's loss."""
    refuse_small_bump(Version("0.1.0"), [Change(Level.MINOR, "f", "added")], Version(version))

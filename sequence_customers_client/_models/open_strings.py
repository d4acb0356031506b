"""Open strings: what a document lists as an enum, open to values that it does not list yet.

An enum of Python's is closed: a type checker takes a `match` over its members for exhaustive, and the next value that
the vendor adds would be an error. These are strings (or integers) with names for the known values.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

T = TypeVar("T")


class Known:
    """A known value in the body of a class; becomes the member of that class."""

    def __init__(self, value: str | int) -> None:
        self.value = value

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type[T]) -> T: ...


class _OpenType(type):
    """What the classes can do themselves: be iterated over, asked for a member by name, and for their length."""

    def __iter__(cls: type[T]) -> Iterator[T]:
        return iter(cls._by_value.values())  # type: ignore[attr-defined]

    def __reversed__(cls: type[T]) -> Iterator[T]:
        return reversed(cls._by_value.values())  # type: ignore[attr-defined]

    def __len__(cls: Any) -> int:
        return len(cls._by_value)

    def __bool__(cls) -> bool:
        return True  # also one that knows no value is a class

    def __contains__(cls: Any, value: object) -> bool:
        return isinstance(value, str | int) and value in cls._by_value

    def __getitem__(cls: type[T], name: str) -> T:
        return cls.__members__[name]  # type: ignore[attr-defined, no-any-return]


class _Open:
    """What open strings and open integers have in common."""

    __slots__ = ()

    value: Any
    __members__: ClassVar[Mapping[str, Self]]
    """The known values by name, in the document's order."""
    _by_value: ClassVar[dict[Any, Self]]
    _plain: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        cls._by_value, by_name = {}, {}
        for name, known in [each for each in vars(cls).items() if type(each[1]) is Known]:
            by_name[name] = cls._by_value.setdefault(known.value, cls._plain.__new__(cls, known.value))
            setattr(cls, name, by_name[name])
        cls.__members__ = MappingProxyType(by_name)

    def __new__(cls, value: object) -> Self:
        if type(value) is cls:
            return value
        if type(value) is not cls._plain:
            raise ValueError(f"{value!r} is not a valid {cls.__name__}")
        return cls._by_value.get(value) or cls._plain.__new__(cls, value)  # type: ignore[call-arg]

    @property
    def is_known(self) -> bool:
        """Whether the document this package was generated from lists the value."""
        return self in self._by_value

    @property
    def name(self) -> str:
        """How the class calls the value; the value itself where it is not known."""
        return next((name for name, member in self.__members__.items() if member == self), str(self))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .pydantic import open_schema  # noqa: PLC0415 - pydantic asks for it, so it is there

        return open_schema(cls)

    def __reduce__(self) -> tuple[type[Self], tuple[Any]]:
        return type(self), (self.value,)


class OpenString(_Open, str, metaclass=_OpenType):
    """A string with names for the values that the document lists; any other string is as good, and not stored."""

    __slots__ = ()
    _plain = str

    @property
    def value(self) -> str:
        """The plain string."""
        return str.__str__(self)


class OpenInteger(_Open, int, metaclass=_OpenType):
    """An integer with names for the values that the document lists; any other integer is as good, and not stored."""

    __slots__ = ()
    _plain = int

    @property
    def value(self) -> int:
        """The plain integer."""
        return int(self)

    __str__ = int.__repr__

"""Codecs: how one JSON value becomes one Python value, and back.

A codec checks the JSON type before anything else, so what the models hold is what their annotations say. What does
not fit raises DecodeError, which collects the path of the fault on its way out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from uuid import UUID

    from ._enums import OpenIntEnum, OpenStrEnum

T = TypeVar("T")
_E = TypeVar("_E", bound="OpenStrEnum | OpenIntEnum")

_JSON_TYPES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    type(None): "null",
}


class DecodeError(ValueError):
    """A JSON value is not what the document says: where, what was expected, what was found.

    The message names types and never a value: values are personal data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self._steps: list[str | int] = []

    @classmethod
    def mismatch(cls, expected: str, value: object) -> DecodeError:
        """The error for a value of the wrong JSON type."""
        return cls(f"expected {expected}, found {_JSON_TYPES.get(type(value), type(value).__name__)}")

    def under(self, step: str | int) -> DecodeError:
        """The same error, seen from one level further out."""
        self._steps.append(step)
        return self

    @property
    def path(self) -> str:
        """Where the fault is, from the outermost value: `integrationIds[0].isPending`; empty at the top."""
        path = ""
        for step in reversed(self._steps):
            path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
        return path

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self._steps else self.reason


class Codec(NamedTuple, Generic[T]):
    """One way to read a JSON value and to write it again."""

    decode: Callable[[Any], T]
    """Returns the Python value, or raises DecodeError."""

    encode: Callable[[T], Any]
    """Returns the JSON value."""

    spelled: bool = False
    """Whether one value has several spellings in JSON, of which `encode` knows one."""

    null: bool = False
    """Whether null is one of the values."""

    def read(self, json_value: Any, key: str, spellings: dict[str, Any]) -> T:
        """Decode the value of a key, and note how it was spelled."""
        if self.spelled:
            spellings[key] = json_value
        return self.decode(json_value)

    def write(self, value: T, key: str, spellings: Mapping[str, Any]) -> Any:
        """Encode the value of a key; if it is still the value that was read, then as it was spelled."""
        written = self.encode(value)
        spelling = spellings.get(key)
        is_other = spelling is not None and spelling != written
        return spelling if is_other and self.decode(spelling) == value else written


def _same(value: T) -> T:
    return value


def _typed(expected: str, *types: type[T]) -> Codec[T]:
    def encode(value: T) -> Any:
        # Members of string enums and other subclasses are plain strings on the wire.
        return str.__str__(value) if isinstance(value, str) else value

    def decode(value: Any) -> T:
        # Not isinstance: True is no integer in JSON.
        if type(value) in types:
            return value  # type: ignore[no-any-return]
        raise DecodeError.mismatch(expected, value)

    return Codec(decode, encode)


STRING = _typed("a string", str)
BOOLEAN = _typed("a boolean", bool)
NUMBER: Codec[float] = _typed("a number", float, int)
NULL = _typed("null", type(None))
ANY: Codec[Any] = Codec(_same, _same)


def _decode_integer(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise DecodeError.mismatch("an integer", value)


INTEGER = Codec(_decode_integer, _same)


def _spelled(expected: str, parse: Callable[[str], T], write: Callable[[T], str]) -> Codec[T]:
    def decode(value: Any) -> T:
        if type(value) is not str:
            raise DecodeError.mismatch(expected, value)
        try:
            return parse(value)
        except (ValueError, OverflowError):
            raise DecodeError(f"expected {expected}, found an unreadable string") from None

    return Codec(decode, write, spelled=True)


def _parse_timestamp(text: str) -> datetime:
    if not text.isprintable():
        raise ValueError("a control character, at which the standard library of Python 3.11 would stop reading")
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        # Lower-case t and z, 24:00:00: valid ISO 8601 that the standard library refuses. Importing dateutil costs
        # more than a look-up, so only those who meet such a timestamp pay for it.
        from dateutil.parser import isoparse  # noqa: PLC0415

        parsed = isoparse(text)
        offset = parsed.utcoffset()
        parsed = parsed.replace(tzinfo=None if offset is None else timezone(offset))
    if parsed.tzinfo is None:
        raise ValueError("no UTC offset")
    return parsed


def _write_timestamp(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a timestamp needs a time zone: use datetime(..., tzinfo=timezone.utc)")
    text = value.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


TIMESTAMP = _spelled("a timestamp with a UTC offset (RFC 3339)", _parse_timestamp, _write_timestamp)
DATE = _spelled("a date (RFC 3339)", date.fromisoformat, date.isoformat)


def _parse_uuid(text: str) -> UUID:
    from uuid import UUID  # noqa: PLC0415 - models that have one import it

    return UUID(text)


IDENTIFIER = _spelled("a UUID", _parse_uuid, str)


def enum(kind: type[_E]) -> Codec[_E]:
    """A member of an open enum, unknown values included."""
    data_type: type = kind._member_type_  # type: ignore[attr-defined]
    make: Callable[[Any], _E] = kind
    expected = _JSON_TYPES[data_type]

    def decode(value: Any) -> _E:
        if type(value) is not data_type:
            raise DecodeError.mismatch(expected, value)
        return kind._by_value.get(value) or make(value)  # noqa: SLF001 - an enum of ours

    def encode(member: _E) -> Any:
        # A plain value is as good as a member.
        return (member if isinstance(member, kind) else decode(member)).value

    return Codec(decode, encode)


def array(item: Codec[T]) -> Codec[list[T]]:
    """A list, each item by the same codec."""
    decode_item = item.decode

    def decode(value: Any) -> list[T]:
        if type(value) is not list:
            raise DecodeError.mismatch("an array", value)
        try:
            return [decode_item(element) for element in value]
        except DecodeError:
            _find_fault(decode_item, value)
            raise

    def encode(items: list[T]) -> Any:
        return [item.encode(element) for element in items] if isinstance(items, list | tuple) else items

    return Codec(decode, encode, item.spelled)


def _find_fault(decode: Callable[[Any], object], elements: list[Any]) -> None:
    for index, element in enumerate(elements):
        try:
            decode(element)
        except DecodeError as error:
            raise error.under(index) from None


def nullable(inner: Codec[T]) -> Codec[T | None]:
    """The inner value, or null."""
    return Codec(
        lambda value: None if value is None else inner.decode(value),
        lambda value: None if value is None else inner.encode(value),
        inner.spelled,
        null=True,
    )


def union(*choices: tuple[type, Codec[Any]]) -> Codec[Any]:
    """The choice that knows most of the value, the first of equals; written back by the one of its Python type."""

    def decode(value: Any) -> Any:
        readings = []
        for _, choice in choices:
            with suppress(DecodeError):
                readings.append(choice.decode(value))
        if not readings:
            raise DecodeError(f"fits none of the {len(choices)} kinds of value the document lists")
        return min(readings, key=_unknown_parts)

    def encode(value: Any) -> Any:
        for kind, choice in choices:
            if isinstance(value, kind):
                return choice.encode(value)
        return value

    return Codec(decode, encode, spelled=True)


def _unknown_parts(reading: Any) -> int:
    return len(getattr(reading, "additional_properties", ())) + (not getattr(reading, "is_known", True))

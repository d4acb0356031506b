"""Codecs: how one JSON value becomes one Python value, its JSON type checked before anything else, and back."""

import json
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timezone
from importlib import import_module
from math import isfinite
from typing import Any, Generic, NamedTuple, Self, TypeVar

T = TypeVar("T")

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
    """A JSON value is not what the document says: where, and by which types; a value would be personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: tuple[str | int, ...] = ()  # where the fault is: keys and indexes from the outermost value

    @classmethod
    def mismatch(cls, expected: str, value: object) -> Self:
        return cls(f"expected {expected}, found {_JSON_TYPES.get(type(value), type(value).__name__)}")

    def under(self, step: str | int) -> Self:
        """The same error, seen from one level further out."""
        self.steps = (step, *self.steps)
        return self

    @property
    def path(self) -> str:
        """Where the fault is, from the outermost value: `integrationIds[0].isPending`; empty at the top."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return "".join(steps).removeprefix(".")

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.steps else self.reason


def _finite(text: str) -> float:
    number = float(text)
    if isfinite(number):
        return number
    raise DecodeError("a number too large" if text[-1].isdigit() else f"{text} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_finite, parse_float=_finite)


def loads(content: bytes | str) -> Any:
    """Read JSON, and nothing but JSON: no NaN, and no number that Python would read as another."""
    try:
        # A byte order mark is allowed to be there, and to be ignored (RFC 8259, section 8.1).
        text = content if isinstance(content, str) else content.removeprefix(BOM_UTF8).decode()
        return _DECODER.decode(text)
    except DecodeError:
        raise
    except UnicodeDecodeError:
        reason = "the body is not UTF-8"
    except RecursionError:
        reason = "the body is nested too deeply"
    except json.JSONDecodeError:
        reason = "the body is not JSON" if content.strip() else "the body is empty"
    except ValueError:
        # Of so many digits that Python reads no such integer (sys.set_int_max_str_digits).
        reason = "a number too large"
    raise DecodeError(reason)


def _timestamp_text(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a timestamp needs a time zone: use datetime(..., tzinfo=timezone.utc)")
    text = moment.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


WRITERS: dict[type, Callable[[Any], Any]] = {
    type(None): lambda _: None,
    bool: bool,
    int: int,
    str: str.__str__,
    float: lambda number: _finite(float.__repr__(number)),
    date: date.isoformat,
    datetime: _timestamp_text,
    list: lambda items: [json_value(item) for item in items],
    tuple: lambda items: [json_value(item) for item in items],
}
"""How an instance of a type is written, or of one that is derived from it."""


def json_value(value: Any) -> Any:
    """The value in JSON's own types, as a copy; ValueError or TypeError where JSON cannot say it."""
    for kind in type(value).__mro__:
        if kind in WRITERS:
            return WRITERS[kind](value)
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str.__str__(key): json_value(item) for key, item in value.items()}
    if (uuid := sys.modules.get("uuid")) and isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"JSON has no {type(value).__name__}")


class Codec(NamedTuple, Generic[T]):
    """One way to read a JSON value. To write one takes no codec: its Python type says how."""

    decode: Callable[[Any], T]  # returns the Python value, or raises DecodeError
    plain: type | None = None  # the type whose JSON values need no decoding
    keeps_raw: bool = False  # whether one value has several spellings in JSON, of which `encode` knows one
    null: bool = False  # whether null is one of the values

    def encode(self, value: T) -> Any:
        """Returns the JSON value, or raises ValueError or TypeError."""
        if self.plain and type(value) is not self.plain and not isinstance(value, tuple(_JSON_TYPES)):
            self.decode(value)
        return json_value(value)

    def write(self, value: T, spelling: Any) -> Any:
        """Encode a value; if it is still the one that was read, then as it was written."""
        written = json_value(value)
        is_other = spelling is not None and spelling != written
        return json_value(spelling) if is_other and self.decode(spelling) == value else written


def _codec(expected: str, *kinds: type, read: Callable[[Any], Any] | None = None, **traits: Any) -> Codec[Any]:
    """The codec of values of some JSON types, each as it is, or as it is read: ValueError where it cannot be."""

    def decode(value: Any) -> Any:
        # Not isinstance: True is no integer in JSON.
        if type(value) not in kinds:
            raise DecodeError.mismatch(expected, value)
        try:
            return value if read is None else read(value)
        except DecodeError:
            raise
        except (ValueError, OverflowError):
            raise DecodeError(f"expected {expected}, found an unreadable string") from None

    return Codec(decode, **traits)


def _integer(number: float) -> int:
    if number % 1:  # NaN and infinity, too
        raise DecodeError.mismatch("an integer", number)
    return int(number)


def _timestamp(text: str) -> datetime:
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


ANY: Codec[Any] = Codec(lambda value: value)
NULL: Codec[None] = _codec("null", type(None))
STRING: Codec[str] = _codec("a string", str, plain=str)
BOOLEAN: Codec[bool] = _codec("a boolean", bool, plain=bool)
INTEGER: Codec[int] = _codec("an integer", int, float, read=_integer, plain=int)
NUMBER: Codec[float] = _codec("a number", int, float, read=json_value)
TIMESTAMP = _codec("a timestamp with a UTC offset (RFC 3339)", str, read=_timestamp, keeps_raw=True)
DATE = _codec("a date (RFC 3339)", str, read=date.fromisoformat, keeps_raw=True)
# Imported for the documents that have some.
IDENTIFIER = _codec("a UUID", str, read=lambda text: import_module("uuid").UUID(text), keeps_raw=True)


def enum(kind: Any) -> Codec[Any]:
    """A member of an open string or integer, unknown values included."""
    plain, by_value = kind._plain, kind._by_value  # noqa: SLF001 - a class of ours
    return _codec(_JSON_TYPES[plain], plain, read=lambda value: by_value.get(value) or kind(value))


def array(item: Codec[T]) -> Codec[list[T]]:
    decode_item = item.decode

    def decode(value: Any) -> list[T]:
        if type(value) is not list:
            raise DecodeError.mismatch("an array", value)
        items: list[T] = []
        try:
            for element in value:
                items.append(decode_item(element))  # noqa: PERF401 - their number tells where a fault is
        except DecodeError as error:
            raise error.under(len(items)) from None
        return items

    return Codec(decode, keeps_raw=item.keeps_raw)


def nullable(inner: Codec[T]) -> Codec[T | None]:
    return Codec(lambda value: None if value is None else inner.decode(value), inner.plain, inner.keeps_raw, null=True)


def union(*choices: Codec[Any]) -> Codec[Any]:
    """The choice that knows most of the value, the first of equals."""

    def decode(value: Any) -> Any:
        readings = []
        for choice in choices:
            with suppress(DecodeError):
                readings.append(choice.decode(value))
        if not readings:
            raise DecodeError(f"fits none of the {len(choices)} kinds of value the document lists")
        return min(readings, key=_unknown_parts)

    return Codec(decode, keeps_raw=True)


def _unknown_parts(reading: Any) -> int:
    return len(getattr(reading, "additional_properties", ())) + (not getattr(reading, "is_known", True))

"""Codecs: how one JSON value becomes one Python value, and back.

A codec checks the JSON type before anything else, so what the models hold is what their annotations say. What does
not fit raises DecodeError, which collects the path of the fault on its way out.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timezone
from math import isfinite
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from uuid import UUID

    from .open_strings import OpenInteger, OpenString

T = TypeVar("T")
_O = TypeVar("_O", bound="OpenString | OpenInteger")

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
    def steps(self) -> tuple[str | int, ...]:
        """Where the fault is, as keys and indexes from the outermost value."""
        return tuple(reversed(self._steps))

    @property
    def path(self) -> str:
        """Where the fault is, from the outermost value: `integrationIds[0].isPending`; empty at the top."""
        path = ""
        for step in self.steps:
            path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
        return path

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self._steps else self.reason


# --- JSON itself


def _refuse(constant: str) -> Any:
    raise DecodeError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise DecodeError("a number too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def loads(content: bytes | str) -> Any:
    """Read JSON, and nothing but JSON: no NaN, and no number that Python would read as another.

    Raises:
        DecodeError: It is none; the message says what it is instead, and shows nothing of it.
    """
    try:
        # A byte order mark is allowed to be there, and to be ignored (RFC 8259, section 8.1).
        text = content if isinstance(content, str) else content.removeprefix(BOM_UTF8).decode()
        return _DECODER.decode(text)
    except UnicodeDecodeError:
        raise DecodeError("the body is not UTF-8") from None
    except RecursionError:
        raise DecodeError("the body is nested too deeply") from None
    except json.JSONDecodeError:
        raise DecodeError("the body is not JSON" if content.strip() else "the body is empty") from None
    except DecodeError:
        raise
    except ValueError:
        # Of so many digits that Python reads no such integer (sys.set_int_max_str_digits).
        raise DecodeError("a number too large") from None


def dumps(value: Any) -> str:
    """Write JSON, in ASCII and without white space.

    Raises:
        ValueError: The value has no JSON.
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def json_value(value: Any) -> Any:
    """The value in JSON's own types, as a copy.

    Raises:
        ValueError: There is a number in it that JSON cannot say.
        TypeError: There is something else in it that JSON cannot say.
    """
    if value is None or type(value) in {str, bool, int}:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        if isfinite(value):
            return float(value)
        raise ValueError(f"{value} is no JSON")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str.__str__(key): json_value(item) for key, item in value.items()}
    raise TypeError(f"JSON has no {type(value).__name__}")


# --- Codecs


class Codec(NamedTuple, Generic[T]):
    """One way to read a JSON value and to write it again."""

    decode: Callable[[Any], T]
    """Returns the Python value, or raises DecodeError."""

    encode: Callable[[T], Any]
    """Returns the JSON value, or raises ValueError or TypeError."""

    plain: type | None = None
    """The type whose JSON values need no decoding."""

    keeps_raw: bool = False
    """Whether one value has several spellings in JSON, of which `encode` knows one."""

    null: bool = False
    """Whether null is one of the values."""

    def write(self, value: T, spelling: Any) -> Any:
        """Encode a value; if it is still the one that was read, then as it was written."""
        written = self.encode(value)
        is_other = spelling is not None and spelling != written
        return json_value(spelling) if is_other and self.decode(spelling) == value else written


def _plain(expected: str, kind: type[T]) -> Codec[T]:
    def decode(value: Any) -> T:
        # Not isinstance: True is no integer in JSON.
        if type(value) is kind:
            return value
        raise DecodeError.mismatch(expected, value)

    return Codec(decode, _encoder(expected, kind), plain=kind)


def _encoder(expected: str, *kinds: type) -> Callable[[Any], Any]:
    def encode(value: Any) -> Any:
        if isinstance(value, kinds) or type(value) in _JSON_TYPES:
            return json_value(value)
        raise DecodeError.mismatch(expected, value)

    return encode


def _same(value: T) -> T:
    return value


STRING = _plain("a string", str)
BOOLEAN = _plain("a boolean", bool)
NULL = _plain("null", type(None))._replace(plain=None)  # a key that is missing reads as None, too
ANY: Codec[Any] = Codec(_same, json_value)


def _decode_number(value: Any) -> float:
    if type(value) is int or (type(value) is float and isfinite(value)):
        return value
    raise DecodeError.mismatch("a number", value) if type(value) is not float else DecodeError(f"{value} is no JSON")


NUMBER = Codec(_decode_number, _encoder("a number", int, float))


def _decode_integer(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise DecodeError.mismatch("an integer", value)


INTEGER = Codec(_decode_integer, _encoder("an integer", int), plain=int)


def _spelled(expected: str, parse: Callable[[str], T], write: Callable[[T], str]) -> Codec[T]:
    def decode(value: Any) -> T:
        if type(value) is not str:
            raise DecodeError.mismatch(expected, value)
        try:
            return parse(value)
        except (ValueError, OverflowError):
            raise DecodeError(f"expected {expected}, found an unreadable string") from None

    return Codec(decode, write, keeps_raw=True)


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


def enum(kind: type[_O]) -> Codec[_O]:
    """A member of an open string or integer, unknown values included."""
    data_type: type = kind._plain  # noqa: SLF001 - a class of ours
    by_value = kind._by_value  # noqa: SLF001
    expected = _JSON_TYPES[data_type]

    def decode(value: Any) -> _O:
        if type(value) is not data_type:
            raise DecodeError.mismatch(expected, value)
        return by_value.get(value) or kind(value)

    def encode(member: _O) -> Any:
        # A plain value is as good as a member.
        return (member if isinstance(member, kind) else decode(member)).value

    return Codec(decode, encode)


def array(item: Codec[T]) -> Codec[list[T]]:
    """A list, each item by the same codec."""
    decode_item, encode_item = item.decode, item.encode

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

    def encode(items: list[T]) -> Any:
        return [encode_item(element) for element in items] if isinstance(items, list | tuple) else json_value(items)

    return Codec(decode, encode, keeps_raw=item.keeps_raw)


def nullable(inner: Codec[T]) -> Codec[T | None]:
    """The inner value, or null."""
    return Codec(
        lambda value: None if value is None else inner.decode(value),
        lambda value: None if value is None else inner.encode(value),
        plain=inner.plain,
        keeps_raw=inner.keeps_raw,
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
        return json_value(value)

    return Codec(decode, encode, keeps_raw=True)


def _unknown_parts(reading: Any) -> int:
    return len(getattr(reading, "additional_properties", ())) + (not getattr(reading, "is_known", True))

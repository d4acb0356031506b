"""Codecs: how one JSON value becomes one Python value, and back.

A codec checks the JSON type before anything else, so what the models hold is what their annotations say. What does
not fit raises DecodeError, which collects the path of the fault on its way out.
"""

from __future__ import annotations

import json
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timezone
from math import isfinite
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from uuid import UUID

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
    """A JSON value is not what the document says: where, what was expected, what was found.

    The message names types and never a value: values are personal data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps: tuple[str | int, ...] = ()
        """Where the fault is, as keys and indexes from the outermost value."""

    @classmethod
    def mismatch(cls, expected: str, value: object) -> DecodeError:
        """The error for a value of the wrong JSON type."""
        return cls(f"expected {expected}, found {_JSON_TYPES.get(type(value), type(value).__name__)}")

    def under(self, step: str | int) -> DecodeError:
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


# --- JSON itself


def _finite(text: str) -> float:
    number = float(text)
    if isfinite(number):
        return number
    raise DecodeError("a number too large" if text[-1].isdigit() else f"{text} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_finite, parse_float=_finite)


def loads(content: bytes | str) -> Any:
    """Read JSON, and nothing but JSON: no NaN, and no number that Python would read as another.

    Raises:
        DecodeError: It is none; the message says what it is instead, and shows nothing of it.
    """
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


_AS_THEY_ARE = frozenset({str, bool, int})
_WRITTEN_BY: dict[type, Callable[[Any], Any]] = {int: int, float: float, date: date.isoformat}


def json_value(value: Any) -> Any:
    """The value in JSON's own types, as a copy; ValueError or TypeError where JSON cannot say it."""
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a timestamp needs a time zone: use datetime(..., tzinfo=timezone.utc)")
        text = value.isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text
    if write := getattr(value, "_json_value", None):  # a model
        return write()
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str.__str__(key): json_value(item) for key, item in value.items()}
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} is no JSON")
    for kind, write in _WRITTEN_BY.items():
        if isinstance(value, kind):
            return write(value)
    if (uuid := sys.modules.get("uuid")) and isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"JSON has no {type(value).__name__}")


# --- Codecs


class Codec(NamedTuple, Generic[T]):
    """One way to read a JSON value. To write one takes no codec: its Python type says how."""

    decode: Callable[[Any], T]
    """Returns the Python value, or raises DecodeError."""

    plain: type | None = None
    """The type whose JSON values need no decoding."""

    keeps_raw: bool = False
    """Whether one value has several spellings in JSON, of which `encode` knows one."""

    null: bool = False
    """Whether null is one of the values."""

    def encode(self, value: T) -> Any:
        """Returns the JSON value, or raises ValueError or TypeError."""
        if self.plain not in {None, type(value)} and not isinstance(value, (self.plain, *_JSON_TYPES)):
            self.decode(value)
        return json_value(value)

    def write(self, value: T, spelling: Any) -> Any:
        """Encode a value; if it is still the one that was read, then as it was written."""
        written = json_value(value)
        is_other = spelling is not None and spelling != written
        return json_value(spelling) if is_other and self.decode(spelling) == value else written


def _plain(expected: str, *kinds: type) -> Codec[Any]:
    def decode(value: Any) -> Any:
        # Not isinstance: True is no integer in JSON.
        if type(value) in kinds:
            return value
        raise DecodeError.mismatch(expected, value)

    return Codec(decode, plain=kinds[0])


ANY: Codec[Any] = Codec(lambda value: value)
STRING: Codec[str] = _plain("a string", str)
BOOLEAN: Codec[bool] = _plain("a boolean", bool)
NULL: Codec[None] = _plain("null", type(None))._replace(plain=None)  # a key that is missing reads as None, too


def _decode_integer(value: Any) -> int:
    return int(value) if type(value) is float and value.is_integer() else _WHOLE.decode(value)


def _decode_number(value: Any) -> float:
    if type(value) is float and not isfinite(value):
        raise DecodeError(f"{value} is no JSON")
    return _NUMERIC.decode(value)


_WHOLE: Codec[int] = _plain("an integer", int)
INTEGER = _WHOLE._replace(decode=_decode_integer)
_NUMERIC: Codec[float] = _plain("a number", float, int)
NUMBER = _NUMERIC._replace(decode=_decode_number, plain=None)


def _spelled(expected: str, parse: Callable[[str], T]) -> Codec[T]:
    def decode(value: Any) -> T:
        if type(value) is not str:
            raise DecodeError.mismatch(expected, value)
        try:
            return parse(value)
        except (ValueError, OverflowError):
            raise DecodeError(f"expected {expected}, found an unreadable string") from None

    return Codec(decode, keeps_raw=True)


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


def _parse_uuid(text: str) -> UUID:
    from uuid import UUID  # noqa: PLC0415 - for the documents that have some

    return UUID(text)


TIMESTAMP = _spelled("a timestamp with a UTC offset (RFC 3339)", _parse_timestamp)
DATE = _spelled("a date (RFC 3339)", date.fromisoformat)
IDENTIFIER = _spelled("a UUID", _parse_uuid)


def enum(kind: type[T]) -> Codec[T]:
    """A member of an open string or integer, unknown values included."""
    open_type: Any = kind
    data_type, by_value = open_type._plain, open_type._by_value  # noqa: SLF001 - a class of ours

    def decode(value: Any) -> T:
        if type(value) is not data_type:
            raise DecodeError.mismatch(_JSON_TYPES[data_type], value)
        return by_value.get(value) or kind(value)  # type: ignore[call-arg]

    return Codec(decode)


def array(item: Codec[T]) -> Codec[list[T]]:
    """A list, each item by the same codec."""
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
    """The inner value, or null."""
    return Codec(
        lambda value: None if value is None else inner.decode(value),
        plain=inner.plain,
        keeps_raw=inner.keeps_raw,
        null=True,
    )


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

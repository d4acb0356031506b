"""Codecs: each reads the JSON values that are its own, refuses all others, and writes what it read."""

from __future__ import annotations

import copy
import math
import pickle
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequence_customers_client import Address, CountryCode
from sequence_customers_client._models.codec import (
    ANY,
    BOOLEAN,
    DATE,
    IDENTIFIER,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    TIMESTAMP,
    Codec,
    DecodeError,
    array,
    enum,
    loads,
    nullable,
    union,
)
from sequence_customers_client._models.open_strings import Known, OpenInteger


class Level(OpenInteger):
    """An enum of integers."""

    LOW = Known(1)


ADDRESS = {"line1": "1 Road", "town": "Leeds", "postcode": "LS1", "country": "GB"}
NOON = datetime(2022, 6, 28, 12, tzinfo=UTC)
UNIQUE = UUID("e309e948-088e-4d77-b654-cd85498f1555")

STRING_OR_NUMBERS = union(STRING, array(NUMBER))

# codec, JSON value, Python value
READS: list[tuple[Codec[Any], Any, Any]] = [
    (STRING, "text", "text"),
    (STRING, "", ""),
    (STRING, "☃\0", "☃\0"),
    (BOOLEAN, True, True),
    (BOOLEAN, False, False),
    (INTEGER, 0, 0),
    (INTEGER, -(10**30), -(10**30)),
    (INTEGER, 1.0, 1),
    (NUMBER, 0, 0),
    (NUMBER, 1.5, 1.5),
    (NUMBER, -1e300, -1e300),
    (NULL, None, None),
    (ANY, {"any": [None, 1]}, {"any": [None, 1]}),
    (ANY, None, None),
    (TIMESTAMP, "2022-06-28T12:00:00Z", NOON),
    (TIMESTAMP, "2022-06-28T14:00:00+02:00", NOON),
    (DATE, "2022-06-28", date(2022, 6, 28)),
    (IDENTIFIER, "e309e948-088e-4d77-b654-cd85498f1555", UNIQUE),
    (IDENTIFIER, "E309E948-088E-4D77-B654-CD85498F1555", UNIQUE),
    (enum(CountryCode), "GB", CountryCode.GB),
    (enum(CountryCode), "XX", CountryCode("XX")),
    (enum(CountryCode), "", CountryCode("")),
    (enum(Level), 1, Level.LOW),
    (enum(Level), 0, Level(0)),
    (Codec(Address.from_dict), ADDRESS, Address.from_dict(ADDRESS)),
    (array(STRING), [], []),
    (array(STRING), ["a", "b"], ["a", "b"]),
    (array(array(INTEGER)), [[1], [], [2, 3]], [[1], [], [2, 3]]),
    (array(enum(CountryCode)), ["GB", "XX"], [CountryCode.GB, CountryCode("XX")]),
    (nullable(STRING), None, None),
    (nullable(STRING), "text", "text"),
    (nullable(TIMESTAMP), "2022-06-28T12:00:00Z", NOON),
    (array(nullable(INTEGER)), [1, None], [1, None]),
    (STRING_OR_NUMBERS, "text", "text"),
    (STRING_OR_NUMBERS, [1, 2.5], [1, 2.5]),
]

# codec, JSON value, message
REFUSES: list[tuple[Codec[Any], Any, str]] = [
    (STRING, None, "expected a string, found null"),
    (STRING, 1, "expected a string, found an integer"),
    (STRING, b"text", "expected a string, found bytes"),
    (STRING, CountryCode.GB, "expected a string, found CountryCode"),
    (BOOLEAN, 1, "expected a boolean, found an integer"),
    (BOOLEAN, 0, "expected a boolean, found an integer"),
    (BOOLEAN, "true", "expected a boolean, found a string"),
    (BOOLEAN, None, "expected a boolean, found null"),
    (INTEGER, True, "expected an integer, found a boolean"),
    (INTEGER, 1.5, "expected an integer, found a number"),
    (INTEGER, "1", "expected an integer, found a string"),
    (INTEGER, math.inf, "expected an integer, found a number"),
    (INTEGER, math.nan, "expected an integer, found a number"),
    (NUMBER, False, "expected a number, found a boolean"),
    (NUMBER, "1.5", "expected a number, found a string"),
    (NUMBER, None, "expected a number, found null"),
    (NUMBER, math.nan, "nan is no JSON"),
    (NUMBER, -math.inf, "-inf is no JSON"),
    (NULL, False, "expected null, found a boolean"),
    (TIMESTAMP, 1656417600, "expected a timestamp with a UTC offset (RFC 3339), found an integer"),
    (TIMESTAMP, None, "expected a timestamp with a UTC offset (RFC 3339), found null"),
    (TIMESTAMP, "noon", "expected a timestamp with a UTC offset (RFC 3339), found an unreadable string"),
    (DATE, "28.06.2022", "expected a date (RFC 3339), found an unreadable string"),
    (DATE, "2022-06-28T12:00:00Z", "expected a date (RFC 3339), found an unreadable string"),
    (DATE, 20220628, "expected a date (RFC 3339), found an integer"),
    (IDENTIFIER, "e309e948", "expected a UUID, found an unreadable string"),
    (IDENTIFIER, {}, "expected a UUID, found an object"),
    (enum(CountryCode), None, "expected a string, found null"),
    (enum(CountryCode), 1, "expected a string, found an integer"),
    (enum(Level), "1", "expected an integer, found a string"),
    (enum(Level), True, "expected an integer, found a boolean"),
    (Codec(Address.from_dict), [], "expected an object, found an array"),
    (Codec(Address.from_dict), {**ADDRESS, "town": 1}, "town: expected a string, found an integer"),
    (array(STRING), None, "expected an array, found null"),
    (array(STRING), "text", "expected an array, found a string"),
    (array(STRING), ("a",), "expected an array, found tuple"),
    (array(STRING), ["a", 1], "[1]: expected a string, found an integer"),
    (array(array(INTEGER)), [[], [0, 1, "2"]], "[1][2]: expected an integer, found a string"),
    (array(Codec(Address.from_dict)), [ADDRESS, {}], "[1].line1: required, but missing"),
    (nullable(STRING), 1, "expected a string, found an integer"),
    (array(nullable(INTEGER)), [None, "1"], "[1]: expected an integer, found a string"),
    (STRING_OR_NUMBERS, 1, "fits none of the 2 kinds of value the document lists"),
    (STRING_OR_NUMBERS, ["a"], "fits none of the 2 kinds of value the document lists"),
]


@pytest.mark.parametrize(("codec", "json_value", "value"), READS)
def test_reads(codec: Codec[Any], json_value: Any, value: Any) -> None:
    """A JSON value of the codec's type becomes the Python value that it stands for, of the very type."""
    read = codec.decode(json_value)

    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(("codec", "json_value", "value"), READS)
def test_writes(codec: Codec[Any], json_value: Any, value: Any) -> None:
    """What is written reads as the same value; and it is what had been read, once it is noted how that was spelled."""
    read = codec.decode(json_value)

    assert value == codec.decode(codec.encode(value))
    assert json_value == codec.write(read, json_value if codec.keeps_raw else None)
    # UUIDs are written in lower case (RFC 9562, section 4), and everything else as it came.
    assert codec.encode(read) in (json_value, str(json_value).lower())


@pytest.mark.parametrize(("codec", "json_value", "message"), REFUSES)
def test_refuses(codec: Codec[Any], json_value: Any, message: str) -> None:
    """Any other value is a DecodeError, which names the place and the types, and never a value."""
    with pytest.raises(DecodeError) as caught:
        codec.decode(json_value)

    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("codec", "value", "plain"),
    [
        (enum(CountryCode), CountryCode.GB, str),
        (enum(CountryCode), CountryCode("XX"), str),
        (enum(Level), Level.LOW, int),
        (TIMESTAMP, NOON, str),
        (DATE, date(2022, 6, 28), str),
        (IDENTIFIER, UNIQUE, str),
        (Codec(Address.from_dict), Address.from_dict(ADDRESS), dict),
        (array(enum(CountryCode)), [CountryCode.GB], list),
    ],
)
def test_written_values_are_plain(codec: Codec[Any], value: Any, plain: type) -> None:
    """What is written is made of JSON's own types: any serializer takes it, one that knows no enums too."""
    assert plain is type(codec.encode(value))


def test_union_writes_by_the_type_of_the_value() -> None:
    """A union writes a value by the choice whose Python type it has, and leaves any other as it is."""
    codec = union(TIMESTAMP, Codec(Address.from_dict))

    assert codec.encode(NOON) == "2022-06-28T12:00:00Z"
    assert codec.encode(Address.from_dict(ADDRESS)) == ADDRESS
    assert codec.encode("text") == "text"


def test_union_takes_the_first_choice_that_can_read() -> None:
    """Where a value fits several choices, the document's order decides."""
    assert union(TIMESTAMP, STRING).decode("2022-06-28T12:00:00Z") == NOON
    assert union(STRING, TIMESTAMP).decode("2022-06-28T12:00:00Z") == "2022-06-28T12:00:00Z"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2022-06-28T12:00:00Z"),
        (NOON.replace(microsecond=1), "2022-06-28T12:00:00.000001Z"),
        (NOON.astimezone(timezone(timedelta(hours=5, minutes=30))), "2022-06-28T17:30:00+05:30"),
        (NOON.astimezone(timezone(timedelta(hours=-11))), "2022-06-28T01:00:00-11:00"),
        (NOON.replace(tzinfo=timezone(timedelta(0), "Etc")), "2022-06-28T12:00:00Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_timestamps_are_written_in_rfc_3339(moment: datetime, text: str) -> None:
    """A datetime is written with its own offset, Z for none, and with a fraction only where it has one."""
    assert text == TIMESTAMP.encode(moment)


def test_naive_datetime_is_not_written() -> None:
    """A datetime without an offset is refused, with what to do."""
    with pytest.raises(ValueError, match="needs a time zone"):
        TIMESTAMP.encode(datetime(2022, 6, 28))  # noqa: DTZ001


aware = st.datetimes(
    timezones=st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)).map(
        lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
    )
)


@given(aware)
def test_every_aware_datetime_survives(moment: datetime) -> None:
    """What is written of a datetime reads as the same instant with the same offset."""
    again = TIMESTAMP.decode(TIMESTAMP.encode(moment))

    assert moment == again
    assert moment.utcoffset() == again.utcoffset()


@given(st.dates(), st.uuids(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())
def test_every_value_survives(day: date, unique: UUID, integer: int, number: float, text: str) -> None:
    """What is written of a value reads as the value."""
    pairs: list[tuple[Codec[Any], Any]] = [
        (DATE, day),
        (IDENTIFIER, unique),
        (INTEGER, integer),
        (NUMBER, number),
        (STRING, text),
        (enum(CountryCode), CountryCode(text)),
        (enum(Level), Level(integer)),
        (array(nullable(INTEGER)), [integer, None]),
    ]

    for codec, value in pairs:
        assert value == codec.decode(codec.encode(value))


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=300)
@given(value=anything)
def test_decoding_reads_or_refuses_and_nothing_else(value: Any) -> None:
    """Whatever JSON comes, a codec returns a value that can be written, or raises DecodeError."""
    for codec in {id(codec): codec for codec, _, _ in READS}.values():
        try:
            read = codec.decode(value)
        except DecodeError:
            continue

        codec.encode(read)


@pytest.mark.parametrize("codec", [TIMESTAMP, DATE, IDENTIFIER])
@given(text=st.text() | st.from_regex(r"[0-9T:.+Zz-]{8,30}", fullmatch=True))
def test_decoding_any_text_reads_or_refuses(codec: Codec[Any], text: str) -> None:
    """No text, however close to a good one, makes a codec raise anything but DecodeError."""
    with suppress(DecodeError):
        codec.decode(text)


# --- JSON itself


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"{}", {}),
        ("[1, 2.5]", [1, 2.5]),
        (b"\xef\xbb\xbfnull", None),
        (b"1e308", 1e308),
        (b"-0.0", -0.0),
        (b"9" * 4000, int("9" * 4000)),
        ('"\\ud800"', "\ud800"),
    ],
)
def test_json_is_read(content: bytes | str, value: Any) -> None:
    """Any JSON text is read, as bytes or as text, with a byte order mark or without."""
    assert value == loads(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"<html>", "the body is not JSON"),
        (b"{} {}", "the body is not JSON"),
        (b"\xff", "the body is not UTF-8"),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b"NaN", "NaN is no JSON"),
        (b"[-Infinity]", "-Infinity is no JSON"),
        (b"1e400", "a number too large"),
        (b'{"a": [-1e400]}', "a number too large"),
        (b"1" * 5000, "a number too large"),
        (b"-" + b"1" * 5000, "a number too large"),
    ],
)
def test_what_is_no_json_is_refused_by_what_it_is(content: bytes, reason: str) -> None:
    """What is no JSON, or a number that Python would read as another, is refused, each by its own name."""
    with pytest.raises(DecodeError) as caught:
        loads(content)

    assert reason == str(caught.value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("codec", [NUMBER, ANY, INTEGER, STRING, STRING_OR_NUMBERS])
def test_no_codec_writes_what_is_no_json(codec: Codec[Any], value: float) -> None:
    """NaN and infinities, which Python's json writes and nobody reads, are refused."""
    with pytest.raises(ValueError, match="is no JSON"):
        codec.encode(value)


@pytest.mark.parametrize("depth", [1, 30])
def test_a_fault_in_nested_arrays_is_found_at_once(depth: int) -> None:
    """Each level is read once; were it read again to find the fault, thirty levels would take for ever."""
    codec: Codec[Any] = array(INTEGER)
    value: Any = [1, "fault"]
    for _ in range(depth - 1):
        codec, value = array(codec), [value]

    with pytest.raises(DecodeError, match="expected an integer, found a string") as caught:
        codec.decode(value)

    assert caught.value.path == "[0]" * (depth - 1) + "[1]"


# --- The error


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ([], ""),
        (["id"], "id"),
        ([0], "[0]"),
        (["isPending", 0, "integrationIds"], "integrationIds[0].isPending"),
        (["line1", "address"], "address.line1"),
        ([2, 1, "matrix"], "matrix[1][2]"),
        (["key", 0], "[0].key"),
    ],
)
def test_path_names_the_place(steps: list[str | int], path: str) -> None:
    """The steps, collected from the inside out, make a path that reads from the outside in."""
    error = DecodeError("expected a string, found null")
    for step in steps:
        error = error.under(step)

    assert path == error.path
    assert str(error) == (f"{path}: {error.reason}" if path else error.reason)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301
def test_decode_error_survives_copy_and_pickle(again: Any) -> None:
    """A copy of the error says the same."""
    error = again(DecodeError("expected a string, found null").under("town").under("address"))

    assert str(error) == "address.town: expected a string, found null"
    assert error.path == "address.town"

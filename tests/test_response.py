"""Responses: headers in any case and as they came, and what a body is to the caller."""

from __future__ import annotations

import copy
import pickle
from base64 import b85decode
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client._errors import Attempt
from sequence_customers_client._models.codec import STRING, DecodeError
from sequence_customers_client._operation import Operation, is_success, parse
from sequence_customers_client._response import APIResponse, Headers, Response, request_id

RAW = ((b"X-Request-Id", b"r-1"), (b"Set-Cookie", b"a=1"), (b"SET-COOKIE", b"b=2"), (b"X-Name", b"caf\xe9"))
OPERATION: Operation[str | None] = Operation("GET", "/", (), {"200": STRING, "204": None, "2XX": STRING})


class Name(str, Enum):  # noqa: UP042 - whose own text is another
    REQUEST_ID = "X-Request-Id"


def test_headers_are_found_in_any_case() -> None:
    """A name in any case finds its value; those of one name are joined, and bytes are Latin-1."""
    headers = Headers(RAW)

    assert "r-1" == headers["x-request-id"] == headers["X-REQUEST-ID"]
    assert "a=1, b=2" == headers["Set-Cookie"]
    assert "caf\u00e9" == headers.get("x-name")
    assert "SET-cookie" in headers
    assert "r-1" == headers[Name.REQUEST_ID]


def test_headers_are_listed_once_in_lower_case() -> None:
    """Listing says each name once, and raw has them as they came."""
    headers = Headers(iter(RAW))

    assert ["x-request-id", "set-cookie", "x-name"] == list(headers)
    assert 3 == len(headers)
    assert RAW == headers.raw


@pytest.mark.parametrize("name", ["x-other", b"x-request-id", 1, None])
def test_what_is_no_header_is_not_found(name: object) -> None:
    """A name that did not come, or is no name, is not among them."""
    assert name not in Headers(RAW)


def test_a_header_that_did_not_come_is_a_key_error() -> None:
    """Headers are a mapping as others are."""
    with pytest.raises(KeyError):
        Headers(RAW)["x-other"]


def test_values_of_headers_are_not_shown() -> None:
    """A cookie, or what repeats an argument, stays out of what is printed."""
    assert "<Headers x-request-id, set-cookie, x-name>" == repr(Headers(RAW))


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda headers: pickle.loads(pickle.dumps(headers))])  # noqa: S301 - our own
def test_headers_survive_copy_and_pickle(again: object) -> None:
    """A copy has all that came, in order, whether or not anybody has looked at the first."""
    headers = Headers(RAW)
    headers["set-cookie"]

    assert RAW == again(headers).raw  # type: ignore[operator]


@given(st.lists(st.tuples(st.binary(), st.binary())))
def test_any_bytes_are_headers(raw: list[tuple[bytes, bytes]]) -> None:
    """Whatever bytes come, each name that is listed is found, and no name that came is missing."""
    headers = Headers(raw)

    assert {name.decode("latin-1").lower() for name, _ in raw} == set(headers) == set(dict(headers))
    assert tuple(raw) == headers.raw


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-request-id": "1", "request-id": "2"}, "1"),
        ({"request-id": "2", "x-correlation-id": "3"}, "2"),
        ({"x-request-id": "", "x-correlation-id": "3"}, "3"),
        ({}, None),
    ],
)
def test_request_id_is_the_first_that_says_something(headers: dict[str, str], expected: str | None) -> None:
    """Servers name requests in one of three headers."""
    assert expected == request_id(headers)


@pytest.mark.parametrize(("status", "expected"), [(200, True), (206, True), (204, True), (304, False), (404, False)])
def test_success_is_a_documented_2xx(status: int, expected: bool) -> None:
    """Neither another class, nor what the document does not mention, is a success."""
    assert expected is is_success(OPERATION, status)
    assert not is_success(Operation("GET", "/", (), {"404": None}), status)


def test_a_default_makes_no_success_of_an_error() -> None:
    """A document may describe all other answers at once; those of 400 and above are errors all the same."""
    anything: Operation[str] = Operation("GET", "/", (), {"default": STRING})

    assert [True, False, False] == [is_success(anything, status) for status in (299, 300, 500)]


def test_body_is_read_as_the_status_says() -> None:
    """Each status has its codec, and one without a body has None, whatever came."""
    assert "a" == parse(OPERATION, Response(200, Headers(), b'"a"'))
    assert None is parse(OPERATION, Response(204, Headers(), b"ignored"))


@pytest.mark.parametrize(
    ("content", "fault", "reason"),
    [
        (b"1", None, "expected a string"),
        (b"", None, "the body is empty"),
        (b'"a"', "the body broke off", "the body broke off"),
    ],
)
def test_body_that_is_none_is_a_decode_error(content: bytes, fault: str | None, reason: str) -> None:
    """What is no JSON, is of the wrong type, or is not whole raises one error, with the reason."""
    with pytest.raises(DecodeError, match=reason):
        parse(OPERATION, Response(200, Headers(), content, fault))


def test_responses_show_nothing_of_what_came() -> None:
    """What prints a response learns the status, and nothing of headers or body."""
    headers = Headers([(b"hunter2-name", b"hunter2")])
    whole = APIResponse(
        status_code=200, headers=headers, content=b"hunter2", attempts=(), elapsed=0.5, parsed="hunter2"
    )

    assert "200" in repr(Response(200, headers, b"hunter2"))
    assert "hunter2" not in repr(Response(200, headers, b"hunter2"))
    assert "hunter2" not in repr(whole)
    # Reporters of errors list what is in a tuple, whatever it prints itself.
    assert not isinstance(Response(200, headers, b"hunter2"), tuple)


# What version 0.1.0 pickled of a response, by protocol 4.
PICKLED = (
    "fCQE9000000001tBXebOb!Bd2WnW`;b98TQWpZ<0V{B<<ZgehRa%FRHZ*FsCl#B~OP)Sl{b8v5Nb7hp1lqrFfeUvDS3v+Z~baiuI"
    "V{c?-luO8r2WVwsWMy)5lzo(p40tVaWpQ<7b960fWR#2paxF2GbBqULZ*FvDZgiAG1a5U~Y?O=$VRUq5ZE$pRl#C&BWpQ<7ZewL%"
    "V|8<MZ*66Ab6;a@X=QG7E?;GGa&K~Tl#B;KbaZ8HaCDTDlqgHcPDelB00000002&Ol!26ml#B;uY+-P7Wn`2`Kj;7e00000j0SLF"
    "a&u*5lumVGE&"
)


def test_pickles_of_older_versions_load() -> None:
    """A raw response that version 0.1.0 pickled is read as it was."""
    response = pickle.loads(b85decode(PICKLED))  # noqa: S301

    attempt = Attempt(status_code=200, cause=None, elapsed=0.5, wait=None)
    headers = {"x-request-id": "r-1"}
    expected = APIResponse(
        status_code=200, headers=headers, content=b"null", attempts=(attempt,), elapsed=0.75, parsed=None
    )
    assert expected == response
    assert "r-1" == response.request_id

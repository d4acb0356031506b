"""Error mapping: each failure has its class, and a message that says what to do and repeats no argument."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)
from sequence_customers_client._error_mapping import failure_error, status_error, validation_error
from sequence_customers_client._failures import TransportError
from sequence_customers_client._models.codec import STRING, DecodeError
from sequence_customers_client._operation import Operation
from sequence_customers_client._response import Headers, Response
from sequence_customers_client._timeouts import AttemptTimeouts, Limit

ROUTE = "GET /customers/by-alias/{alias}"
REMEDY = ": raise max_connections, or make fewer calls at a time"
OPERATION: Operation[str] = Operation("GET", "/customers/by-alias/{alias}", (), {"200": STRING})
TIMEOUTS = AttemptTimeouts(Limit(50, "deadline"), Limit(10, "timeout"), {"connect": Limit(2, "connect")})


def answered(status: int, content: bytes = b"", history: str = "", **headers: str) -> APIStatusError:
    """The error for a status."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return status_error(OPERATION, Response(status, Headers(raw), content), server="SANDBOX", history=history)


# --- Statuses


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (202, APIStatusError, ""),
        (304, APIStatusError, ""),
        (400, BadRequestError, ""),
        (401, AuthenticationError, " (check client_id and client_secret, and that they belong to SANDBOX)"),
        (402, APIStatusError, ""),
        (403, PermissionDeniedError, " (the credentials are valid in SANDBOX, and do not allow this)"),
        (404, NotFoundError, " (not in SANDBOX; each environment has its own)"),
        (409, ConflictError, ""),
        (422, UnprocessableEntityError, ""),
        (429, RateLimitError, " (the limit is per key: send fewer requests at a time)"),
        (500, InternalServerError, ""),
        (503, InternalServerError, ""),
    ],
)
def test_each_status_has_its_class_and_its_hint(status: int, kind: type[APIStatusError], hint: str) -> None:
    """The message has the route, the status, its phrase, and what to do where that is known."""
    error = answered(status)

    assert kind is type(error)
    assert f"{ROUTE} answered {status} {HTTPStatus(status).phrase}{hint}" == str(error)


@pytest.mark.parametrize(("status", "kind"), [(299, APIStatusError), (499, APIStatusError), (599, InternalServerError)])
def test_a_status_without_a_phrase_is_a_number(status: int, kind: type[APIStatusError]) -> None:
    """Statuses that nobody registered are told as they came."""
    error = answered(status)

    assert (kind, f"{ROUTE} answered {status}") == (type(error), str(error))


@pytest.mark.parametrize("page", [b"<html>hunter2</html>", b"<!DOCTYPE html>", b" \r\n\t<html>"])
def test_a_404_of_html_is_not_of_the_api(page: bytes) -> None:
    """A web page says that base_url leads elsewhere, not that there is no such customer, and is not repeated."""
    error = answered(404, page)

    assert f"{ROUTE} answered 404 Not Found (this is a web page and not an answer of the API: check base_url, " in str(
        error
    )
    assert "not in SANDBOX" not in str(error)
    assert "<" not in str(error)
    assert page.decode() == error.body


@pytest.mark.parametrize(
    ("content", "error_type", "told"),
    [
        (b'{"error": {"type": "Teapot", "message": "short\\nand stout"}}', "Teapot", ": short and stout"),
        (b'{"type": "Teapot", "message": "short"}', "Teapot", ": short"),
        (b'{"error": "short"}', None, ": short"),
        (b"short", None, ": short"),
        (b'{"error": {"type": 1, "message": 2}}', None, ""),
        (b'{"message": "{server} {0}"}', None, ": {server} {0}"),
        (b"[]", None, ""),
        (b"\xff", None, ": \ufffd"),
        (b"", None, ""),
    ],
)
def test_what_the_server_says_is_told(content: bytes, error_type: str | None, told: str) -> None:
    """The type and the message of the envelope, or what came in its place, on one line and as it is."""
    error = answered(418, content)

    assert (error_type, f"{ROUTE} answered 418 I'm a Teapot{told}") == (error.error_type, str(error))


def test_the_response_is_kept() -> None:
    """The error carries what callers decide by."""
    error = answered(429, b'{"a": 1}', " (2 attempts)", **{"Retry-After": "3", "X-Request-Id": "r-1"})

    assert (429, {"a": 1}, 3.0, "r-1", ROUTE) == (
        error.status_code, error.body, error.retry_after, error.request_id, error.operation,
    )  # fmt: skip
    assert str(error).endswith(" (2 attempts)")


def test_a_described_error_is_decoded() -> None:
    """The body is what the document says of the status; where it is not, as it came."""
    operation: Operation[str] = Operation("GET", "/", (), {}, {"4XX": STRING._replace(decode=str.upper)})

    def body(status: int) -> Any:
        return status_error(operation, Response(status, Headers(), b'"why"'), server="", history="").body

    assert ["WHY", "why"] == [body(418), body(500)]


# --- Redirects


@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("https://eu.test/customers/by-alias/acme", f"https://eu.test, {OPERATION.path}"),
        ("https://eu.test:8443/v2/customers/by-alias/acme", f"https://eu.test:8443, /v2{OPERATION.path}"),
        ("https://user:hunter2@eu.test/customers/by-alias/acme?a=acme#acme", f"https://eu.test, {OPERATION.path}"),
        ("//eu.test/customers/by-alias/acme", f"https://eu.test, {OPERATION.path}"),
        ("/v2/customers/by-alias/acme", f"the same server, /v2{OPERATION.path}"),
        ("https://eu.test/login/acme", "https://eu.test, another path"),
        ("acme", "the same server, another path"),
        ("  https://eu.test/customers/by-alias/acme  ", f"https://eu.test, {OPERATION.path}"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_say_where_to_and_not_for_whom(status: int, location: str, where: str) -> None:
    """Host and route are told, without the alias, a query, or a password."""
    message = str(answered(status, Location=location))

    assert message.endswith(f"(redirects are not followed; this one points to {where})")
    assert "acme" not in message
    assert "hunter2" not in message


@pytest.mark.parametrize("location", ["", " ", "?a=acme", "#acme", "https://[acme", "https://eu.test:acme/"])
def test_a_redirect_to_nowhere_is_a_status(location: str) -> None:
    """Where Location says nothing, or nothing that can be read, the message does not try."""
    assert f"{ROUTE} answered 302 Found" == str(answered(302, Location=location))


@given(st.text(st.characters(max_codepoint=255)).map("https://eu.test/customers/by-alias/".__add__))
def test_no_redirect_repeats_its_alias(location: str) -> None:
    """Whatever follows the route in Location, the message is one line and ends with the template."""
    message = str(answered(302, Location=location))

    assert message.isprintable()
    assert message.endswith(f"https://eu.test, {OPERATION.path})")


@given(st.integers(200, 599), st.binary(), st.text(st.characters(max_codepoint=255)))
def test_no_answer_raises_anything_else(status: int, content: bytes, location: str) -> None:
    """Whatever comes is one error, with a message that is one line."""
    message = str(answered(status, content, Location=location))

    assert message.startswith(f"{ROUTE} answered {status}")
    assert message.isprintable()


# --- No response, or not the document's


@pytest.mark.parametrize(
    ("phase", "limit", "message"),
    [
        ("acquire", "deadline", f"{ROUTE}: no connection came free within the deadline of 50 s{REMEDY}"),
        ("connect", "connect", f"{ROUTE}: no response came within the connect timeout of 2 s"),
        ("read", "timeout", f"{ROUTE}: no response came within the timeout of 10 s"),
        (None, "timeout", f"{ROUTE}: no response came within the timeout of 10 s"),
    ],
)
def test_a_timeout_names_the_limit(phase: str | None, limit: str, message: str) -> None:
    """The option to change is named, with its seconds."""
    failure = TransportError("ReadTimeout", timed_out=True, phase=phase)

    error = failure_error(failure, TIMEOUTS, operation=ROUTE, history="")

    assert isinstance(error, APITimeoutError)
    assert (limit, message) == (error.limit, str(error))


def test_a_failure_is_told_in_its_librarys_words() -> None:
    """Which failure it was, what was said of it, and how often it was tried."""
    error = failure_error(TransportError("ConnectError", "refused"), TIMEOUTS, operation=ROUTE, history=" (3 attempts)")

    assert APIConnectionError is type(error)
    assert f"{ROUTE}: no response came: ConnectError: refused (3 attempts)" == str(error)


def test_a_body_that_is_not_the_documents_says_where() -> None:
    """The path of the fault is told, and the body is kept for who wants to look."""
    fault = DecodeError("expected a string, found null").under("legalName")

    error = validation_error(fault, OPERATION, Response(200, Headers(), b'{"legalName": null}'))

    assert APIResponseValidationError is type(error)
    assert ("legalName", 200, {"legalName": None}) == (error.path, error.status_code, error.body)
    assert str(error).startswith(f"{ROUTE} answered 200 with a body that is not what the document says: ")

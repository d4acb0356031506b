"""Errors: which class, what they say, what they carry, and what they never hold."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import attrs
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SequenceClient,
    SequenceError,
    UnprocessableEntityError,
)
from sequence_customers_client._errors import Attempt
from sequence_customers_client._failures import TransportError, chain

if TYPE_CHECKING:
    from tests.conftest import Twin

ROUTE = "GET /customers/by-alias/{alias}"
ALIAS = "4l1as-of+somebody@example.com"

BASES: dict[type[SequenceError], set[type[BaseException]]] = {
    SequenceError: {Exception},
    ConfigurationError: {SequenceError, ValueError},
    APIError: {SequenceError},
    APIConnectionError: {APIError, ConnectionError, OSError},
    APITimeoutError: {APIConnectionError, TimeoutError, ConnectionError},
    APIStatusError: {APIError},
    APIResponseValidationError: {APIError},
    BadRequestError: {APIStatusError},
    AuthenticationError: {APIStatusError},
    PermissionDeniedError: {APIStatusError},
    NotFoundError: {APIStatusError},
    ConflictError: {APIStatusError},
    UnprocessableEntityError: {APIStatusError},
    RateLimitError: {APIStatusError},
    InternalServerError: {APIStatusError},
}

STATUSES = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
    **dict.fromkeys(range(500, 600), InternalServerError),
}


# --- The tree


@pytest.mark.parametrize(("kind", "bases"), BASES.items())
def test_errors_form_the_tree(kind: type[SequenceError], bases: set[type[BaseException]]) -> None:
    """Each error is caught by its base in the tree, and by the built-in that means the same."""
    assert all(issubclass(kind, base) for base in bases)


@pytest.mark.parametrize("kind", [kind for kind in BASES if kind not in {ConfigurationError, SequenceError, APIError}])
def test_errors_of_calls_are_no_value_errors(kind: type[SequenceError]) -> None:
    """`except ValueError` around a call hides no failure of the network or the server."""
    assert not issubclass(kind, ValueError)


@pytest.mark.parametrize("kind", BASES)
def test_errors_show_the_public_module(kind: type[SequenceError]) -> None:
    """A traceback names an error as users import it."""
    assert kind.__module__ == "sequence_customers_client"


# --- Statuses


def test_every_status_maps_to_its_class(twin: Twin, pristine_example: Any) -> None:
    """Each status from 100 to 599, and those that nobody ever registered, ends in its class of error."""
    found = {}
    for status in [*range(100, 600), 600, 777, 999]:
        talk = twin.talk(httpx.Response(status, json=pristine_example), max_retries=0)
        if status != 200:
            found[status] = type(talk.error())

    assert {status: STATUSES.get(status, APIStatusError) for status in found} == found


@pytest.mark.parametrize("status", [201, 202, 204, 206, 299])
def test_undocumented_success_is_a_status_error(twin: Twin, example: Any, status: int) -> None:
    """A 2xx that the document does not know is no customer, even where its body looks like one."""
    error = twin.talk(httpx.Response(status, json=example)).error()

    assert type(error) is APIStatusError
    assert status == error.status_code


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["https://evil.test/", "/elsewhere", ""])
def test_redirects_are_not_followed(twin: Twin, status: int, location: str) -> None:
    """A redirect would carry the credentials elsewhere: it is an error, and nothing else is sent."""
    talk = twin.talk(httpx.Response(status, headers={"Location": location}))

    error = talk.error()

    assert type(error) is APIStatusError
    assert (status, location) == (error.status_code, error.headers["location"])
    assert len(talk.requests) == 1


# --- What they say


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, "answered 400 Bad Request"),
        (401, "check client_id and client_secret, and that they belong to SANDBOX"),
        (403, "SANDBOX"),
        (404, "SANDBOX"),
        (409, "answered 409 Conflict"),
        (418, "answered 418 I'm a Teapot"),
        (422, "answered 422 Unprocessable"),
        (429, "send fewer requests at a time"),
        (500, "answered 500 Internal Server Error"),
        (503, "answered 503 Service Unavailable"),
        (520, "answered 520"),
        (299, "answered 299"),
        (999, "answered 999"),
    ],
)
def test_message_says_what_was_asked_what_came_and_what_to_do(twin: Twin, status: int, told: str) -> None:
    """A message has the operation, the status in words, and a hint where there is one."""
    talk = twin.talk(httpx.Response(status), max_retries=0, environment="SANDBOX")

    error = talk.error()

    assert str(error).startswith(f"{ROUTE} answered {status}")
    assert told in str(error)
    assert error.message == str(error)
    assert "None" not in str(error)


def test_message_names_the_base_url_where_there_is_no_environment(twin: Twin, base_url: str) -> None:
    """With a base_url of the caller's, a hint names that."""
    assert base_url in str(twin.talk(httpx.Response(401)).error())


@pytest.mark.parametrize("status", [status for status in HTTPStatus if status >= 300])
def test_message_has_the_phrase_of_a_registered_status(twin: Twin, status: HTTPStatus) -> None:
    """Nobody has to look up what 424 means."""
    error = twin.talk(httpx.Response(status), max_retries=0).error()

    assert f"answered {status.value} {status.phrase}" in str(error)


# body, the server's message in ours (None for none), error_type
ENVELOPES: list[tuple[Any, str | None, str | None]] = [
    (
        {"error": {"type": "UnrecognisedApiVersion", "message": "The version is unknown."}},
        "The version is unknown.",
        "UnrecognisedApiVersion",
    ),
    (
        {
            "error": {
                "type": "ValidationError",
                "message": "Bad.",
                "errors": [{"code": "x", "message": "y", "key": "z"}],
            }
        },
        "Bad.",
        "ValidationError",
    ),
    ({"error": {"message": "No type."}}, "No type.", None),
    ({"error": {"type": "OnlyType"}}, None, "OnlyType"),
    ({"error": "plain text"}, "plain text", None),
    ({"message": "at the top"}, "at the top", None),
    ({"type": "TopType", "message": "at the top"}, "at the top", "TopType"),
    ("just a string", "just a string", None),
    ({"error": {"type": 1, "message": 2}}, None, None),
    ({"error": {"type": None, "message": None}}, None, None),
    ({"error": {"message": ""}}, None, None),
    ({"error": {"message": " \n "}}, None, None),
    ({"error": {"message": ["a", "b"]}}, None, None),
    ({"error": None}, None, None),
    ({"error": []}, None, None),
    ({"error": [{"message": "in a list"}]}, None, None),
    ({"error": 5}, None, None),
    ({"error": {}}, None, None),
    ({}, None, None),
    ([], None, None),
    (["text"], None, None),
    (None, None, None),
    (0, None, None),
    (False, None, None),
]


@pytest.mark.parametrize(("body", "message", "error_type"), ENVELOPES)
@pytest.mark.parametrize("status", [400, 418, 500])
def test_message_of_the_server_is_found(
    twin: Twin, status: int, body: Any, message: str | None, error_type: str | None
) -> None:
    """The server's message is part of ours, wherever it is; a body of another shape changes nothing else."""
    error = twin.talk(httpx.Response(status, json=body), max_retries=0).error()
    phrase = HTTPStatus(status).phrase

    assert isinstance(error, APIStatusError)
    assert str(error) == f"{ROUTE} answered {status} {phrase}" + (f": {message}" if message else "")
    assert error_type == error.error_type
    assert body == error.body


@pytest.mark.parametrize(
    ("content", "body", "told"),
    [
        (b"", None, ""),
        (b"no JSON", "no JSON", ": no JSON"),
        (b"<html><body>502</body></html>", "<html><body>502</body></html>", ""),
        (b"  <!doctype html>", "  <!doctype html>", ""),
        (b"\xff\xfe", "\ufffd\ufffd", None),
        (b"\xef\xbb\xbf{}", {}, ""),
        (b"{", "{", ": {"),
        (b"NaN", "NaN", ": NaN"),
        (b"line one\nline two\x1b[31m", "line one\nline two\x1b[31m", ": line one line two [31m"),
        (b"x" * 1000, "x" * 1000, ": " + "x" * 300),
        (b"[" * 100_000, "[" * 100_000, ": " + "[" * 300),
        (b"1" * 5000, "1" * 5000, ": " + "1" * 300),
        ("\u202eevil\u2028".encode(), "\u202eevil\u2028", ": evil"),
    ],
)
def test_any_body_is_kept_and_none_breaks_the_message(twin: Twin, content: bytes, body: Any, told: str | None) -> None:
    """A body that is no JSON is kept as text; what of it gets into the message fits on one line."""
    error = twin.talk(httpx.Response(400, content=content)).error()

    assert isinstance(error, BadRequestError)
    assert body == error.body
    assert str(error).isprintable()
    assert told is None or str(error) == f"{ROUTE} answered 400 Bad Request{told}"


@given(
    content=st.binary(max_size=60) | st.text().map(str.encode).filter(bool),
    status=st.sampled_from([300, 400, 401, 404, 409, 418, 299, 501]),
)
def test_no_body_raises_anything_else(content: bytes, status: int) -> None:
    """Whatever bytes come with whatever status, the error is that of the status."""
    client = SequenceClient(
        client_id="id",
        client_secret="secret",
        max_retries=0,
        transport=httpx.MockTransport(lambda _: httpx.Response(status, content=content)),
    )

    with pytest.raises(APIStatusError) as caught:
        client.customers.get_by_alias("acme")

    assert type(caught.value) is STATUSES.get(status, APIStatusError)
    assert str(caught.value).isprintable()


# --- What they carry


def test_status_error_carries_the_response(twin: Twin) -> None:
    """Status, headers, body, request id and the time to wait are there for whoever handles the error."""
    headers = {"X-Request-Id": "req-1", "Retry-After": "7", "X-Other": "a"}
    error = twin.talk(httpx.Response(429, headers=headers, json={"error": {"message": "slow"}}), max_retries=0).error()

    assert isinstance(error, RateLimitError)
    assert error.status_code == 429
    assert {"error": {"message": "slow"}} == error.body
    assert ("a", "a") == (error.headers["X-Other"], error.headers["x-other"])
    assert (error.request_id, error.retry_after) == ("req-1", 7.0)
    assert error.operation == ROUTE


@pytest.mark.parametrize(
    ("headers", "request_id"),
    [
        ({}, None),
        ({"X-Request-Id": "a"}, "a"),
        ({"x-request-id": "a", "Request-Id": "b"}, "a"),
        ({"Request-Id": "b"}, "b"),
        ({"X-Correlation-Id": "c"}, "c"),
        ({"X-Request-Id": "", "Request-Id": "b"}, "b"),
        ({"X-Request-Id": ""}, None),
    ],
)
def test_request_id_is_the_servers(twin: Twin, headers: dict[str, str], request_id: str | None) -> None:
    """The request id is what the server calls the request, under any of the usual names; None where it sends none."""
    error = twin.talk(httpx.Response(400, headers=headers)).error()

    assert isinstance(error, BadRequestError)
    assert request_id == error.request_id


@pytest.mark.parametrize("retry_after", ["nan", "soon", "-1", ""])
def test_nonsense_in_retry_after_is_none(twin: Twin, retry_after: str) -> None:
    """retry_after is a number of seconds or None."""
    error = twin.talk(httpx.Response(429, headers={"Retry-After": retry_after}), max_retries=0).error()

    assert isinstance(error, RateLimitError)
    assert error.retry_after is None


def test_attempts_and_elapsed_tell_the_story(twin: Twin, clock: Any) -> None:
    """An error has every attempt: its status or cause, how long it took, how long was waited; and the time in all."""

    def slow_500(_: httpx.Request) -> httpx.Response:
        clock.pass_by(1.5)
        return httpx.Response(500, headers={"Retry-After": "2"})

    def slow_failure(_: httpx.Request) -> httpx.Response:
        clock.pass_by(0.25)
        raise httpx.ReadError("cut")

    def slow_404(_: httpx.Request) -> httpx.Response:
        clock.pass_by(0.5)
        return httpx.Response(404)

    error = twin.talk(slow_500, slow_failure, slow_404).error()

    backoff = clock.waits[1]
    assert [
        Attempt(status_code=500, cause=None, elapsed=1.5, wait=2.0),
        Attempt(status_code=None, cause="ReadError", elapsed=0.25, wait=backoff),
        Attempt(status_code=404, cause=None, elapsed=0.5, wait=None),
    ] == list(error.attempts)
    assert pytest.approx(4.25 + backoff) == error.elapsed
    assert "3 attempts" in str(error)


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (httpx.ConnectError("[Errno 111] Connection refused"), "ConnectError"),
        (httpx.ReadError("cut"), "ReadError"),
        (httpx.WriteError("cut"), "WriteError"),
        (httpx.RemoteProtocolError("no HTTP"), "RemoteProtocolError"),
        (httpx.LocalProtocolError("no HTTP"), "LocalProtocolError"),
        (httpx.ProxyError("407"), "ProxyError"),
        (httpx.DecodingError("gzip"), "DecodingError"),
        (httpx.UnsupportedProtocol("gopher"), "UnsupportedProtocol"),
        (httpx.TooManyRedirects("round"), "TooManyRedirects"),
        (httpx.StreamClosed(), "StreamClosed"),
        (ConnectionResetError(104, "reset"), "ConnectionResetError"),
        (OSError("no route"), "OSError"),
    ],
)
def test_connection_failure_is_a_connection_error(twin: Twin, failure: Exception, cause: str) -> None:
    """Where no response came, the error is a ConnectionError that says why, without the library's own."""
    error = twin.talk(failure, max_retries=0).error()

    assert type(error) is APIConnectionError
    assert isinstance(error, ConnectionError)
    assert str(error).startswith(f"{ROUTE}: no response came: {cause}")
    assert [TransportError] == [type(link) for link in chain(error)][1:]
    assert [(None, cause)] == [(attempt.status_code, attempt.cause) for attempt in error.attempts]
    assert error.operation == ROUTE


PHASES = httpx.Timeout(connect=1, read=2, write=3, pool=4)


@pytest.mark.parametrize(
    ("failure", "timeout", "limit", "seconds"),
    [
        (httpx.ConnectTimeout("slow"), 5, "timeout", 5),
        (httpx.ReadTimeout("slow"), 5, "timeout", 5),
        (TimeoutError("slow"), 5, "timeout", 5),
        (httpx.ReadTimeout("slow"), 90, "deadline", 60),
        (httpx.ConnectTimeout("slow"), PHASES, "connect", 1),
        (httpx.ReadTimeout("slow"), PHASES, "read", 2),
        (httpx.WriteTimeout("slow"), PHASES, "write", 3),
        (httpx.PoolTimeout("slow"), PHASES, "pool", 4),
    ],
)
def test_timeout_says_which_limit_struck(
    twin: Twin, failure: Exception, timeout: Any, limit: str, seconds: int
) -> None:
    """A time limit that was reached is a TimeoutError, which names the limit and its seconds."""
    error = twin.talk(failure, max_retries=0, timeout=timeout).error()

    assert type(error) is APITimeoutError
    assert isinstance(error, TimeoutError)
    assert limit == error.limit
    name = limit if limit in {"timeout", "deadline"} else f"{limit} timeout"
    assert f"within the {name} of {seconds} s" in str(error)


# content, path, reason
INVALID: list[tuple[bytes, str, str]] = [
    (b"", "", "the body is empty"),
    (b"  \n", "", "the body is empty"),
    (b"<html></html>", "", "the body is not JSON"),
    (b'{"id": "1"', "", "the body is not JSON"),
    (b'{"id": NaN}', "", "NaN is no JSON"),
    (b'{"id": -Infinity}', "", "-Infinity is no JSON"),
    (b"\xff", "", "the body is not UTF-8"),
    (b'{"id": "\xff"}', "", "the body is not UTF-8"),
    (b"[" * 100_000, "", "the body is nested too deeply"),
    (b'{"a":' * 100_000, "", "the body is nested too deeply"),
    (b"null", "", "expected an object, found null"),
    (b"[]", "", "expected an object, found an array"),
    (b'"text"', "", "expected an object, found a string"),
    (b"1", "", "expected an object, found an integer"),
    (b"1" * 5000, "", "a number too large"),
    (b"true", "", "expected an object, found a boolean"),
    (b"{}", "id", "required, but missing"),
    (b'{"id": 1}', "id", "expected a string, found an integer"),
    (b'{"id": null}', "id", "expected a string, found null"),
]


@pytest.mark.parametrize(("content", "path", "reason"), INVALID, ids=lambda value: repr(value)[:24])
def test_body_that_is_not_the_documents(twin: Twin, content: bytes, path: str, reason: str) -> None:
    """A 200 whose body is no customer is one error, with the place and reason, and with what came."""
    error = twin.talk(httpx.Response(200, headers={"X-Request-Id": "req-1"}, content=content)).error()

    assert type(error) is APIResponseValidationError
    where = f"{path}: {reason}" if path else reason
    assert str(error) == f"{ROUTE} answered 200 with a body that is not what the document says: {where}"
    assert path == error.path
    assert (error.status_code, error.request_id) == (200, "req-1")
    assert [200] == [attempt.status_code for attempt in error.attempts]
    assert error.operation == ROUTE


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda data: data["integrationIds"][1].pop("isPending"), "integrationIds[1].isPending"),
        (lambda data: data["address"].update(country=None), "address.country"),
        (lambda data: data.update(createdAt="yesterday"), "createdAt"),
        (lambda data: data["billingEmails"].append(1), "billingEmails[1]"),
        (lambda data: data.update(integrationIds=[None]), "integrationIds[0]"),
    ],
)
def test_path_of_the_fault_is_told(twin: Twin, example: Any, change: Callable[[Any], Any], path: str) -> None:
    """The error names the place of the fault, in its message and as an attribute, and keeps the body."""
    change(example)

    error = twin.talk(httpx.Response(200, json=example)).error()

    assert isinstance(error, APIResponseValidationError)
    assert path == error.path
    assert f"{path}: " in str(error)
    assert example == error.body
    assert "John Doe" not in str(error)


def test_byte_order_mark_is_fine(twin: Twin, example: Any) -> None:
    """A UTF-8 byte order mark before the JSON is ignored."""
    content = b"\xef\xbb\xbf" + json.dumps(example).encode()

    assert example == twin.talk(httpx.Response(200, content=content)).get().to_dict()


@pytest.mark.parametrize("content_type", ["application/json", "text/html", "application/problem+json", "", "nonsense"])
def test_content_type_does_not_matter(twin: Twin, example: Any, content_type: str) -> None:
    """What a proxy calls the body is no matter; what it is, is."""
    response = httpx.Response(200, headers={"Content-Type": content_type}, content=json.dumps(example).encode())

    assert example == twin.talk(response).get().to_dict()


# --- Pickle

ATTEMPTS = (
    Attempt(status_code=503, cause=None, elapsed=0.5, wait=1.0),
    Attempt(status_code=None, cause="ReadError", elapsed=0.1, wait=None),
)
CONTEXT: dict[str, Any] = {"operation": ROUTE, "attempts": ATTEMPTS, "elapsed": 1.6}
RESPONSE: dict[str, Any] = {
    **CONTEXT,
    "status_code": 418,
    "headers": httpx.Headers({"X-Request-Id": "req-1"}),
    "body": {"error": {"message": "no"}},
    "request_id": "req-1",
    "retry_after": 7.0,
}

ERRORS: list[SequenceError] = [
    SequenceError("message", **CONTEXT),
    ConfigurationError("message", operation=ROUTE),
    APIError("message", **CONTEXT),
    APIConnectionError("message", **CONTEXT),
    APITimeoutError("message", limit="deadline", **CONTEXT),
    APIResponseValidationError("message", path="integrationIds[0].isPending", **RESPONSE),
    *(kind("message", error_type="Type", **RESPONSE) for kind in BASES if issubclass(kind, APIStatusError)),
    *(kind("message") for kind in BASES),
]


def test_an_error_is_no_record() -> None:
    """What writes dataclasses and mappings of attributes into logs finds none in an error, whose body is personal."""
    error = APIResponseValidationError("a message", body={"email": "jane@example.com"})

    assert not dataclasses.is_dataclass(error)
    assert not attrs.has(type(error))
    with pytest.raises(TypeError):
        json.dumps(error)


def pickled(protocol: int, error: Any) -> Any:
    return pickle.loads(pickle.dumps(error, protocol))  # noqa: S301


AGAIN: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": partial(pickled, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
}


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_survive_copy_and_pickle(error: SequenceError, again: Callable[[Any], Any]) -> None:
    """An error that crosses to another process is of the same class, says the same, and keeps every attribute."""
    copied = again(error)

    assert type(error) is type(copied)
    assert str(error) == str(copied)
    assert error.args == copied.args
    assert vars(error) == vars(copied)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_raised_errors_survive_pickle(twin: Twin, status: int) -> None:
    """What a call raised, with its chain and its headers, pickles as well as what was made by hand."""
    error = twin.talk(httpx.Response(status, headers={"X-A": "1"}, json={"error": "x"}), max_retries=0).error()

    copied = pickle.loads(pickle.dumps(error))  # noqa: S301

    assert vars(error) == vars(copied)
    assert copied.headers["x-a"] == "1"


@pytest.mark.parametrize("kind", BASES)
def test_errors_can_be_made_of_a_message_alone(kind: type[SequenceError]) -> None:
    """A test of somebody's own makes an error with as much as it needs."""
    error = kind("message")

    assert (str(error), error.message, error.operation, error.attempts, error.elapsed) == (
        "message",
        "message",
        None,
        (),
        0.0,
    )


def test_errors_can_be_caught_by_what_they_are(twin: Twin) -> None:
    """The built-in bases do as bases do: `except TimeoutError` catches a timeout of ours."""
    with pytest.raises(TimeoutError):
        twin.talk(httpx.ReadTimeout("slow"), max_retries=0).get()
    with pytest.raises(ConnectionError):
        twin.talk(httpx.ConnectError("refused"), max_retries=0).get()
    with pytest.raises(ValueError, match="alias"):
        twin.talk().get("")


# --- What they never hold


def texts(error: BaseException) -> str:
    """All that an error shows or carries, its chain included, as one text."""
    pickled = pickle.dumps(error, 0).decode("latin-1")
    chain = [f"{link!r} {link}" for link in (error, error.__cause__, error.__context__) if link is not None]
    return " ".join([*chain, repr(vars(error)), repr(error.args), pickled])


ENDS: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "400": lambda _: httpx.Response(400, json={"error": {"message": "no"}}),
    "401": lambda _: httpx.Response(401),
    "404": lambda _: httpx.Response(404),
    "503": lambda _: httpx.Response(503),
    "299": lambda _: httpx.Response(299),
    "302": lambda _: httpx.Response(302, headers={"Location": "/x"}),
    "not the document's": lambda _: httpx.Response(200, json={}),
}


@pytest.mark.parametrize("answer", ENDS.values(), ids=ENDS)
@pytest.mark.usefixtures("clock")
def test_alias_and_credentials_are_in_no_error_of_an_answer(
    twin: Twin, client_id: str, client_secret: str, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    """What an error shows and carries has no alias and no credential; the route template stands for the URL."""
    error = twin.talk(answer, forever=True).error(ALIAS)

    everything = texts(error)
    encoded = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    assert [] == [text for text in ("4l1as", client_id, client_secret, encoded) if text in everything]
    assert error.operation == ROUTE


def names_the_url(kind: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
    def fail(request: httpx.Request) -> httpx.Response:
        raise kind(f"{request.method} {request.url} failed", request=request)

    return fail


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError])
@pytest.mark.usefixtures("clock")
def test_alias_is_in_no_error_of_a_transport_that_names_the_url(twin: Twin, kind: type[httpx.TransportError]) -> None:
    """A transport may put the URL into its errors; ours then do not repeat it."""
    error = twin.talk(names_the_url(kind), forever=True).error(ALIAS)

    assert "4l1as" not in f"{error!r} {error} {vars(error)!r}"
    assert "4l1as" not in pickle.dumps(error, 0).decode("latin-1")


@pytest.mark.parametrize(
    "text", ["peer said: bytearray(b'4l1as')", "illegal status line: b'4l1as'", 'odd: b"4l1as"', "4l1as\x1b[31m\nx" * 0]
)
def test_bytes_of_the_server_are_in_no_message(twin: Twin, text: str) -> None:
    """h11 quotes what a server sent that speaks no HTTP; that may be anybody's data."""
    error = twin.talk(httpx.RemoteProtocolError(text), max_retries=0).error()

    assert "4l1as" not in str(error)


def test_error_does_not_hold_the_request(twin: Twin) -> None:
    """Httpx's own errors carry the request, credentials and all; ours do not, and theirs are not behind it."""
    error = twin.talk(names_the_url(httpx.ConnectError), max_retries=0).error()

    behind = list(chain(error))
    assert [APIConnectionError, TransportError] == [type(link) for link in behind]
    assert not any(isinstance(it, httpx.Request | httpx.Response) for link in behind for it in vars(link).values())


def test_failures_that_cause_each_other_end_the_call(twin: Twin) -> None:
    """A transport whose errors name each other as their cause, in a circle, is no trap."""
    first, second = httpx.ReadError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first

    assert "ReadError" in str(twin.talk(first, max_retries=0).error())

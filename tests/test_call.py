"""One call: what is sent, what is tried again and when, and how it ends; without a client, and without I/O."""

from __future__ import annotations

from typing import Any

import pytest

from sequence_customers_client import (
    APIConnectionError,
    APIResponseValidationError,
    APITimeoutError,
    AuthenticationError,
    InternalServerError,
    NotFoundError,
)
from sequence_customers_client._base_url import parse_base_url
from sequence_customers_client._call import Call
from sequence_customers_client._config import Config
from sequence_customers_client._credentials import Credentials
from sequence_customers_client._failures import RateLimitTimeout, TransportError
from sequence_customers_client._models.codec import STRING
from sequence_customers_client._observers import CallObserver, ObservedCall
from sequence_customers_client._operation import Arguments, Operation, Parameter
from sequence_customers_client._response import APIResponse, Headers, Response
from sequence_customers_client._timeouts import Limit

ALIAS = "alias-of-acme"
GET: Operation[str] = Operation(
    "GET", "/names/{alias}", (Parameter("alias", "alias", "path", STRING),), {"200": STRING}
)
POST = GET._replace(method="POST")
GOOD = Response(200, Headers(), b'"Acme"')
BUSY = Response(503, Headers(), b"")
REFUSED = TransportError("ConnectError", "refused", was_sent=False)
BROKEN = TransportError("ReadError", "reset")


def begun(operation: Operation[str] = GET, client_id: Any = "id", **options: Any) -> Call[str]:
    """A call whose first attempt has begun and was sent."""
    credentials = Credentials(client_id, "secret-of-acme")
    credentials.check()
    call = Call(
        Config(parse_base_url("base_url", "https://a.test/api"), credentials, **options),
        operation,
        Arguments({"alias": ALIAS}),
    )
    call.begin()
    call.request(credentials.get(1.0))
    return call


def wait(call: Call[str], outcome: Response | TransportError) -> float:
    """How long to wait after an outcome, which is not to be the last."""
    seconds = call.end(outcome)
    assert isinstance(seconds, float)
    return seconds


def test_a_good_response_is_parsed() -> None:
    """The result is what came, and what it is to the caller."""
    result = begun().end(GOOD)

    assert isinstance(result, APIResponse)
    assert ("Acme", b'"Acme"', [200]) == (result.parsed, result.content, [it.status_code for it in result.attempts])


def test_credentials_go_with_each_attempt() -> None:
    """The request is that of the operation, with the header of the moment."""
    credentials = Credentials("id", "secret")
    credentials.check()
    call = Call(Config(parse_base_url("base_url", "https://a.test/api"), credentials), GET, Arguments({"alias": "a/b"}))
    call.begin()

    request = call.request(credentials.get(1.0))

    assert ("GET", "https://a.test/api/names/a%2Fb", "Basic aWQ6c2VjcmV0") == (
        request.method,
        request.url,
        request.headers["Authorization"],
    )


@pytest.mark.parametrize("outcome", [BUSY, REFUSED, BROKEN], ids=["busy", "refused", "broken"])
def test_what_may_go_away_is_tried_again(outcome: Response | TransportError) -> None:
    """A call of a safe method waits after a passing failure, and its result has every attempt."""
    call = begun()

    seconds = wait(call, outcome)
    call.begin()
    result = call.end(GOOD)

    assert 0 <= seconds <= 0.5
    assert isinstance(result, APIResponse)
    assert [seconds, None] == [attempt.wait for attempt in result.attempts]


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [(BUSY, InternalServerError), (BROKEN, APIConnectionError), (Response(404, Headers(), b""), NotFoundError)],
    ids=["busy", "broken", "missing"],
)
def test_what_may_have_been_done_is_not_done_again(outcome: Any, kind: type[Exception]) -> None:
    """A POST that the server may have seen ends the call."""
    with pytest.raises(kind):
        begun(POST).end(outcome)


def test_what_was_never_sent_is_sent_again() -> None:
    """A POST that reached nobody is tried again, as it is where a key makes it safe to repeat."""
    assert 0 <= wait(begun(POST), REFUSED) <= 0.5
    assert 0 <= wait(begun(POST._replace(idempotency_key="Idempotency-Key")), BROKEN) <= 0.5


def test_what_would_fail_again_is_not_tried_again() -> None:
    """A certificate that fails verification will do so the next time."""
    with pytest.raises(APIConnectionError, match="CertificateError") as caught:
        begun().end(TransportError("CertificateError", was_sent=False, is_final=True))

    assert 1 == len(caught.value.attempts)
    assert isinstance(caught.value.__cause__, TransportError)


def test_retries_are_counted() -> None:
    """After so many retries the last failure is raised, with all attempts and the reason."""
    call = begun(max_retries=1)
    wait(call, REFUSED)
    call.begin()

    with pytest.raises(InternalServerError, match=r"2 attempts in .* s; no retries left") as caught:
        call.end(BUSY)

    assert [(None, "ConnectError"), (503, None)] == [(it.status_code, it.cause) for it in caught.value.attempts]


def test_the_server_is_waited_for() -> None:
    """Retry-After is the least that is waited."""
    assert 7.0 == wait(begun(), Response(429, Headers([(b"Retry-After", b"7")]), b""))


def test_no_attempt_starts_after_the_deadline(clock: Any) -> None:
    """Limits shrink with the time that has gone by, and the call ends where a wait would pass the deadline."""
    call = begun(deadline=60, timeout=10)
    clock.pass_by(55)

    assert (5, 5) == (call.remaining(), call.begin())
    assert Limit(5, "deadline") == call.timeouts.total
    clock.pass_by(4.9)
    with pytest.raises(InternalServerError, match="after the deadline"):
        call.end(Response(503, Headers([(b"Retry-After", b"1")]), b""))


def test_the_queue_may_take_what_is_left(clock: Any) -> None:
    """The wait for a connection ends at the deadline, and its error says so."""
    call = begun(deadline=20, timeout=10, max_retries=0)
    clock.pass_by(5)

    assert 15 == call.acquire_timeout()
    with pytest.raises(APITimeoutError, match="no connection came free within the deadline of 15 s") as caught:
        call.end(TransportError("PoolTimeout", timed_out=True, was_sent=False, phase="acquire"))
    assert "deadline" == caught.value.limit


def test_the_clients_own_rate_limit_is_a_limit() -> None:
    """A call for which it leaves no room has an error of its own."""
    with pytest.raises(APITimeoutError, match="within the deadline of 3 s") as caught:
        begun(deadline=3).end(RateLimitTimeout())

    assert ("rate_limit", "GET /names/{alias}") == (caught.value.limit, caught.value.operation)


def test_rejected_credentials_are_asked_for_once_more() -> None:
    """A 401 has callables asked again at once, and only once; credentials that are fixed are not tried again."""
    call = begun(client_id=lambda: "id", max_retries=0)
    rejection = Response(401, Headers(), b"")

    assert call.rejected is None
    assert 0.0 == wait(call, rejection)
    assert call.rejected is not None
    with pytest.raises(AuthenticationError):
        call.end(rejection)
    with pytest.raises(AuthenticationError):
        begun().end(rejection)


@pytest.mark.parametrize("status", [200, 500])
def test_what_a_server_repeats_is_not_kept(status: int) -> None:
    """Neither the secret nor the alias is in the error, wherever the server put them."""
    echo = Response(status, Headers([(b"X-Echo", ALIAS.encode())]), f'["{ALIAS}", "secret-of-acme"]'.encode())

    with pytest.raises((InternalServerError, APIResponseValidationError)) as caught:
        begun(max_retries=0).end(echo)

    error: Any = caught.value
    assert (["***", "***"], "***") == (error.body, error.headers["x-echo"])
    assert ALIAS not in str(error)
    assert error.__cause__ is None


class Diary(CallObserver):
    """What an observer was told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int, str | None]] = []

    def call_started(self, call: ObservedCall) -> None:
        self._note("call_started", call)

    def attempt_started(self, call: ObservedCall) -> dict[str, str]:
        self._note("attempt_started", call)
        return {"x-trace": "1"}

    def attempt_ended(self, call: ObservedCall) -> None:
        self._note("attempt_ended", call)

    def call_ended(self, call: ObservedCall) -> None:
        self._note("call_ended", call)

    def _note(self, event: str, call: ObservedCall) -> None:
        self.events.append((event, len(call.attempts), call.error_type))


def test_observers_see_each_event_once() -> None:
    """Start, attempts and end are told in order, and the end once, however the call is ended."""
    diary = Diary()
    call = begun(observers=[diary], max_retries=0)

    with pytest.raises(InternalServerError) as caught:
        call.end(BUSY)
    call.finish(caught.value)

    assert [
        ("call_started", 0, None),
        ("attempt_started", 0, None),
        ("attempt_ended", 1, None),
        ("call_ended", 1, "InternalServerError"),
    ] == diary.events


def test_observers_hear_of_a_call_that_is_abandoned() -> None:
    """A cancelled call ends for its observers, too."""
    diary = Diary()
    call = begun(observers=[diary])

    call.finish(KeyboardInterrupt())

    assert [
        ("call_started", 0, None),
        ("attempt_started", 0, None),
        ("attempt_ended", 1, None),
        ("call_ended", 1, "KeyboardInterrupt"),
    ] == diary.events


def test_headers_of_observers_are_sent() -> None:
    """What an observer adds to an attempt goes with its request."""
    credentials = Credentials("id", "secret")
    credentials.check()
    config = Config(parse_base_url("base_url", "https://a.test"), credentials, observers=[Diary()])
    call = Call(config, GET, Arguments({"alias": ALIAS}))
    call.begin()

    assert "1" == call.request(credentials.get(1.0)).headers["x-trace"]

"""Retries: what is tried again, how often, and after how long. No test waits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import APIConnectionError, APIError, APITimeoutError, InternalServerError, RateLimitError
from sequence_customers_client._models.codec import ANY
from sequence_customers_client._operation import Operation, Parameter
from sequence_customers_client._retry import backoff, is_retryable_status, next_wait, parse_retry_after

if TYPE_CHECKING:
    from tests.conftest import Talk, Twin

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


# --- Retry-After


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1"}, 1.0),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "007"}, 7.0),
        ({"retry-after": " 5 "}, 5.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "1.25"}, 1.25),
        ({"retry-after": ".5"}, 0.5),
        ({"retry-after": "4233600"}, 4_233_600.0),
        ({"retry-after": "9" * 20}, 1e20),
        # dates
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 13:00:30 +0100"}, 30.0),
        ({"retry-after": "Sunday, 22-Nov-26 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun Nov 22 12:00:30 2026"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:59:59 GMT"}, 0.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:00 GMT"}, 86_400.0),
        # milliseconds
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "0"}, 0.0),
        ({"retry-after-ms": "0.5"}, 0.0005),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after-ms": "-1", "retry-after": "9"}, 9.0),
        # nonsense
        ({"retry-after": ""}, None),
        ({"retry-after": " "}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "-0.5"}, None),
        ({"retry-after": "+5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-inf"}, None),
        ({"retry-after": "Infinity"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after": "0x10"}, None),
        ({"retry-after": "1_000"}, None),
        ({"retry-after": "1,000"}, None),
        ({"retry-after": "1, 2"}, None),
        ({"retry-after": "1.2.3"}, None),
        ({"retry-after": "."}, None),
        ({"retry-after": "5s"}, None),
        ({"retry-after": "5 seconds"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "\u0665"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "\uff15"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "0." + "9" * 5000}, 1.0),
        ({"retry-after": "Sun, 99 Nov 2026 12:00:00 GMT"}, None),
        ({"retry-after": "Sun, 22 Nov 99999 12:00:00 GMT"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:60 GMT"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:00 +9999"}, None),
        ({"retry-after": "Sun, 22 Nov 2026"}, None),
        ({"retry-after": "2026-11-22T12:00:30Z"}, None),
        ({"retry-after": "null"}, None),
        ({"retry-after-ms": "nan"}, None),
        ({"retry-after-ms": "9" * 400}, None),
    ],
    ids=lambda value: repr(value)[:48],
)
def test_retry_after_table(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and dates are read; nonsense is nothing."""
    assert seconds == parse_retry_after(headers, NOW)


@pytest.mark.parametrize("name", ["Retry-After", "retry-after", "RETRY-AFTER"])
def test_retry_after_is_found_in_any_case(name: str) -> None:
    """Header names have no case."""
    assert parse_retry_after(httpx.Headers({name: "5"})) == 5.0


def test_date_without_a_given_present_is_measured_by_the_clock() -> None:
    """Left to itself, a date is so many seconds from now."""
    seconds = parse_retry_after({"retry-after": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)})

    assert seconds is not None
    assert 3590 < seconds <= 3600


@given(st.text() | st.from_regex(r"[0-9A-Za-z,:.+ -]{1,40}", fullmatch=True), st.text())
def test_no_retry_after_raises(text: str, milliseconds: str) -> None:
    """Whatever a server sends, the answer is a finite number of seconds, 0 or more, or None."""
    for headers in ({"retry-after": text}, {"retry-after": text, "retry-after-ms": milliseconds}):
        seconds = parse_retry_after(headers)

        assert seconds is None or (math.isfinite(seconds) and seconds >= 0)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9999, 1, 1)))  # noqa: DTZ001
def test_every_date_is_read(moment: datetime) -> None:
    """A date of RFC 9110 is so many seconds from now, or 0 where it is past."""
    moment = moment.replace(microsecond=0, tzinfo=UTC)

    assert max(0.0, (moment - NOW).total_seconds()) == parse_retry_after(
        {"retry-after": format_datetime(moment, usegmt=True)}, NOW
    )


# --- Backoff


@pytest.mark.parametrize(
    ("attempt", "ceiling"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 8.0), (6, 8.0), (100, 8.0), (10_000, 8.0)]
)
def test_backoff_has_a_ceiling_that_doubles(attempt: int, ceiling: float) -> None:
    """Full jitter: from nothing to 0.5 s, doubling up to 8 s."""
    assert (0.0, ceiling / 2, ceiling) == (backoff(attempt, 0.0), backoff(attempt, 0.5), backoff(attempt, 1.0))


@given(st.integers(min_value=1, max_value=10**6))
def test_backoff_stays_within_its_bounds(attempt: int) -> None:
    """However often it is asked, a wait is neither negative nor longer than its ceiling."""
    assert 0 <= backoff(attempt) <= min(8.0, 0.5 * 2.0 ** min(attempt - 1, 20))


def test_backoff_is_spread() -> None:
    """Clients that failed together do not come back together."""
    assert len({backoff(5) for _ in range(20)}) > 10


# --- The decision


def test_statuses_that_are_worth_another_attempt() -> None:
    """408, 429 and every 5xx may go away by themselves; nothing else does."""
    assert [408, 429, *range(500, 600)] == [status for status in range(1000) if is_retryable_status(status)]


@pytest.mark.parametrize(
    ("attempt", "max_retries", "remaining", "retry_after", "wait"),
    [
        (1, 2, 60.0, 0.0, 0.0),
        (1, 2, 60.0, 5.0, 5.0),
        (2, 2, 60.0, 5.0, 5.0),
        (1, 2, 100.0, 60.0, 60.0),
        (1, 2, 5.001, 5.0, 5.0),
        (1, 2, 60.0, 60.001, "the server asks to wait 60 s, and a call waits at most 60 s"),
        (1, 2, 600.0, 61.0, "the server asks to wait 61 s, and a call waits at most 60 s"),
        (1, 2, 600.0, 4_233_600.0, "the server asks to wait 4233600 s, and a call waits at most 60 s"),
        (1, 2, 5.0, 5.0, "the next attempt would start after the deadline, which is 5.0 s from now"),
        (1, 2, 3.0, 5.0, "the next attempt would start after the deadline, which is 3.0 s from now"),
        (1, 2, 0.0, 0.0, "the next attempt would start after the deadline, which is 0.0 s from now"),
        (1, 2, -1.0, None, "the next attempt would start after the deadline, which is 0.0 s from now"),
        (3, 2, 60.0, None, "no retries left"),
        (3, 2, 60.0, 1.0, "no retries left"),
        (3, 2, 600.0, 90.0, "no retries left"),
        (1, 0, 60.0, None, ""),
        (1, 0, 60.0, 1.0, ""),
    ],
)
def test_next_wait_table(
    attempt: int, max_retries: int, remaining: float, retry_after: float | None, wait: float | str
) -> None:
    """The next wait is what the server asks for, or the reason why there is to be no other attempt."""
    decided = next_wait(attempt=attempt, max_retries=max_retries, remaining=remaining, retry_after=retry_after)

    if isinstance(wait, str):
        assert wait == decided
    else:
        assert wait <= float(decided) <= max(wait, 0.5 * 2 ** (attempt - 1))


@given(
    attempt=st.integers(1, 20),
    max_retries=st.integers(0, 20),
    remaining=st.floats(-10, 1000),
    retry_after=st.none() | st.floats(0, 1e9),
)
def test_next_wait_keeps_the_limits(
    attempt: int, max_retries: int, remaining: float, retry_after: float | None
) -> None:
    """A wait never ends after the deadline, is never longer than a minute, and never follows the last retry."""
    wait = next_wait(attempt=attempt, max_retries=max_retries, remaining=remaining, retry_after=retry_after)

    if isinstance(wait, str):
        assert wait or not max_retries
    else:
        assert attempt <= max_retries
        assert 0 <= wait < remaining
        assert wait <= 60
        assert retry_after is None or wait >= retry_after


# --- Through both clients


def statuses(error: APIError) -> list[int | str | None]:
    return [attempt.status_code or attempt.cause for attempt in error.attempts]


@pytest.mark.parametrize("status", [408, 429, 500, 501, 502, 503, 504, 520, 599])
def test_status_that_may_go_away_is_tried_again(twin: Twin, clock: Any, ok: httpx.Response, status: int) -> None:
    """A call that meets such a status twice, and then an answer, ends well."""
    talk = twin.talk(httpx.Response(status), httpx.Response(status), ok)

    response = talk.get_raw()

    assert [status, status, 200] == [attempt.status_code for attempt in response.attempts]
    assert clock.waits == [attempt.wait for attempt in response.attempts[:2]]
    assert response.attempts[2].wait is None
    assert pytest.approx(sum(clock.waits)) == response.elapsed


@pytest.mark.parametrize(
    "status", [201, 299, 300, 302, 400, 401, 403, 404, 405, 409, 418, 422, 425, 451, 499, 600, 999]
)
def test_status_that_stays_is_raised_at_once(twin: Twin, clock: Any, status: int) -> None:
    """A status that the next attempt would meet again is raised, and nobody waits."""
    talk = twin.talk(httpx.Response(status, headers={"Retry-After": "1"}))

    error = talk.error()

    assert [status] == statuses(error)
    assert clock.waits == []


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("busy"),
        httpx.ReadError("cut"),
        httpx.ReadTimeout("slow"),
        httpx.WriteError("cut"),
        httpx.RemoteProtocolError("server disconnected"),
        ConnectionResetError("reset"),
        TimeoutError("slow"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_failed_connection_is_tried_again(twin: Twin, clock: Any, ok: httpx.Response, failure: Exception) -> None:
    """A look-up changes nothing, so that whatever became of the first one, it can be asked again."""
    talk = twin.talk(failure, ok)

    response = talk.get_raw()

    assert [type(failure).__name__, None] == [attempt.cause for attempt in response.attempts]
    assert 0 <= clock.waits[0] <= 0.5


@pytest.mark.parametrize("max_retries", [0, 1, 2, 5])
def test_retries_are_counted(twin: Twin, clock: Any, max_retries: int) -> None:
    """After the first attempt come max_retries others, and then the error."""
    talk = twin.talk(httpx.Response(503), forever=True, max_retries=max_retries, deadline=1000)

    error = talk.error()

    assert isinstance(error, InternalServerError)
    assert max_retries + 1 == len(talk.requests) == len(error.attempts)
    assert max_retries == len(clock.waits)
    assert all(wait <= ceiling for wait, ceiling in zip(clock.waits, (0.5, 1, 2, 4, 8), strict=False))
    assert ("no retries left" in str(error)) == (max_retries > 0)


def test_error_is_that_of_the_last_attempt(twin: Twin, clock: Any) -> None:
    """What went wrong first is in the attempts; the error is what went wrong last."""
    error = twin.talk(httpx.ReadError("cut"), httpx.Response(429), httpx.ConnectError("refused")).error()

    assert type(error) is APIConnectionError
    assert ["ReadError", 429, "ConnectError"] == statuses(error)
    assert len(clock.waits) == 2


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (503, {"Retry-After": "7"}, 7.0),
        (408, {"Retry-After": "7"}, 7.0),
        (429, {"Retry-After": "0"}, 0.0),
        (429, {"Retry-After": "0.25"}, 0.25),
        (503, {"Retry-After-Ms": "1250"}, 1.25),
        (503, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        (500, {"Retry-After": "59"}, 59.0),
    ],
)
def test_server_is_waited_for(twin: Twin, clock: Any, status: int, headers: dict[str, str], wait: float) -> None:
    """Where the server says how long to wait, that is the least that is waited; 0 is no leave for all at once."""
    twin.talk(httpx.Response(status, headers=headers), httpx.Response(404)).error()

    (waited,) = clock.waits
    assert wait <= waited <= max(wait, 0.5)


@pytest.mark.parametrize("retry_after", ["-1", "nan", "inf", "soon", "1e9", "\u0665".encode().decode("latin-1"), ""])
def test_nonsense_is_waited_out_as_if_it_were_not_there(
    twin: Twin, clock: Any, ok: httpx.Response, retry_after: str
) -> None:
    """A server that asks for nonsense is treated like one that asks for nothing."""
    headers = httpx.Headers({"Retry-After": retry_after}, encoding="latin-1")
    twin.talk(httpx.Response(503, headers=headers), ok).get()

    assert len(clock.waits) == 1
    assert clock.waits[0] <= 0.5


@pytest.mark.parametrize("retry_after", ["61", "3600", "4233600", "9" * 20, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_server_that_asks_for_too_long_is_not_waited_for(twin: Twin, clock: Any, retry_after: str) -> None:
    """Beyond a minute the caller hears of it at once, and how long the server asks for."""
    talk = twin.talk(httpx.Response(429, headers={"Retry-After": retry_after}), deadline=10_000)

    error = talk.error()

    assert isinstance(error, RateLimitError)
    assert clock.waits == []
    assert error.retry_after is not None
    assert error.retry_after > 60
    assert "the server asks to wait" in str(error)


def test_deadline_prevents_a_retry_that_would_come_too_late(twin: Twin, clock: Any) -> None:
    """A wait that would end after the deadline is not begun; the error says so, and comes at once."""
    talk = twin.talk(httpx.Response(503, headers={"Retry-After": "30"}), deadline=20)

    error = talk.error()

    assert [503] == statuses(error)
    assert clock.waits == []
    assert "after the deadline" in str(error)
    assert error.elapsed == 0


def test_deadline_counts_attempts_and_waits(twin: Twin, clock: Any) -> None:
    """What attempts took and what was waited is all taken off the deadline."""

    def slow(_: httpx.Request) -> httpx.Response:
        clock.pass_by(5)
        return httpx.Response(503, headers={"Retry-After": "3"})

    error = twin.talk(slow, forever=True, deadline=22, max_retries=10).error()

    assert [503, 503, 503] == statuses(error)
    assert [3.0, 3.0] == clock.waits
    assert error.elapsed == 21


def test_deadline_limits_the_attempt(twin: Twin, clock: Any) -> None:
    """The last attempt gets what is left of the deadline, and no more than the timeout."""

    def slow(_: httpx.Request) -> httpx.Response:
        clock.pass_by(9)
        raise httpx.ReadTimeout("slow")

    talk = twin.talk(slow, forever=True, timeout=10, deadline=24, max_retries=10)

    error = talk.error()

    limits = [request.extensions["timeout"]["read"] for request in talk.requests]
    spent = list(itertools.accumulate(9 + wait for wait in clock.waits))
    assert [10, pytest.approx(min(10, 24 - spent[0]))] == limits[:2]
    assert len(limits) < 4
    assert isinstance(error, APITimeoutError)
    assert error.limit == ("timeout" if limits[-1] == 10 else "deadline")


@pytest.mark.parametrize(
    ("timeout", "deadline", "phases"),
    [
        (10.0, 60.0, {"connect": 10.0, "read": 10.0, "write": 10.0, "pool": 10.0}),
        (90.0, 60.0, {"connect": 60.0, "read": 60.0, "write": 60.0, "pool": 60.0}),
        (
            httpx.Timeout(connect=1, read=2, write=90, pool=None),
            60.0,
            {"connect": 1, "read": 2, "write": 60.0, "pool": 60.0},
        ),
        (httpx.Timeout(None), 60.0, {"connect": 60.0, "read": 60.0, "write": 60.0, "pool": 60.0}),
    ],
)
@pytest.mark.usefixtures("clock")
def test_transport_is_told_the_limits(
    twin: Twin, ok: httpx.Response, timeout: Any, deadline: float, phases: dict[str, float]
) -> None:
    """A transport hears of the time limits as httpx's transports do, and of none that is longer than the deadline."""
    talk = twin.talk(ok, timeout=timeout, deadline=deadline)

    talk.get()

    assert phases == talk.request.extensions["timeout"]


def test_programming_errors_of_a_transport_pass_through(twin: Twin, clock: Any) -> None:
    """A bug is no failure of the network: it is neither tried again nor dressed up."""
    talk = twin.talk(ZeroDivisionError("bug"))

    with pytest.raises(ZeroDivisionError, match="bug"):
        talk.get()

    assert clock.waits == []


def test_invalid_body_is_not_asked_for_again(twin: Twin, clock: Any) -> None:
    """A 200 that is not the document's would be the same the next time."""
    talk = twin.talk(httpx.Response(200, json={}))

    assert statuses(talk.error()) == [200]
    assert clock.waits == []


# --- Methods: the document has only a GET, the next one may have others

KEY = Parameter("key", "Idempotency-Key", "header", ANY, required=False)


def operation(method: str) -> Operation[Any]:
    return Operation(method=method, path="/customers", parameters=(KEY,), responses={"200": ANY, "201": ANY})


def performed(talk: Talk, method: str, key: str | None) -> Any:
    return talk.perform(operation(method), key=key)


SAFE = ["GET", "HEAD", "OPTIONS", "TRACE"]
UNSAFE = ["POST", "PUT", "PATCH", "DELETE"]
AFTER_SENDING: list[Callable[[], Any]] = [
    lambda: httpx.Response(503),
    lambda: httpx.Response(429),
    lambda: httpx.Response(408),
    lambda: httpx.ReadError("cut"),
    lambda: httpx.ReadTimeout("slow"),
    lambda: httpx.WriteError("cut"),
    lambda: httpx.RemoteProtocolError("cut"),
]
NEVER_SENT: list[Callable[[], Any]] = [
    lambda: httpx.ConnectError("refused"),
    lambda: httpx.ConnectTimeout("slow"),
    lambda: httpx.PoolTimeout("busy"),
]


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("answer", AFTER_SENDING)
def test_what_may_have_been_done_is_not_done_again(
    twin: Twin, clock: Any, method: str, answer: Callable[[], Any]
) -> None:
    """A request that changes something, and may have arrived, is sent once."""
    talk = twin.talk(answer())

    with pytest.raises(APIError) as caught:
        performed(talk, method, None)

    assert len(caught.value.attempts) == 1
    assert f"{method} /customers" == caught.value.operation
    assert clock.waits == []


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("answer", NEVER_SENT)
@pytest.mark.usefixtures("clock")
def test_what_was_never_sent_is_sent_again(twin: Twin, method: str, answer: Callable[[], Any]) -> None:
    """A request that never left can leave once more, whatever it does."""
    talk = twin.talk(answer(), httpx.Response(201, json=1))

    assert [None, 201] == [attempt.status_code for attempt in performed(talk, method, None).attempts]


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize("answer", [*AFTER_SENDING, *NEVER_SENT])
@pytest.mark.usefixtures("clock")
def test_idempotency_key_allows_another_attempt(twin: Twin, method: str, answer: Callable[[], Any]) -> None:
    """With an idempotency key the server knows the second request for the first: both carry the same key."""
    talk = twin.talk(answer(), httpx.Response(201, json=1))

    performed(talk, method, "key-1")

    assert ["key-1", "key-1"] == [request.headers["Idempotency-Key"] for request in talk.requests]


@pytest.mark.usefixtures("clock")
def test_idempotency_key_of_a_default_header_counts_too(twin: Twin) -> None:
    """Where the key comes from, and in which case, is no matter."""
    talk = twin.talk(httpx.Response(503), httpx.Response(201, json=1), default_headers={"idempotency-key": "key-1"})

    assert len(performed(talk, "POST", None).attempts) == 2


@pytest.mark.parametrize("method", SAFE)
@pytest.mark.parametrize("answer", [*AFTER_SENDING, *NEVER_SENT])
@pytest.mark.usefixtures("clock")
def test_safe_methods_are_tried_again(twin: Twin, method: str, answer: Callable[[], Any]) -> None:
    """What only looks can look again."""
    talk = twin.talk(answer(), httpx.Response(200, json=1))

    assert len(performed(talk, method, None).attempts) == 2

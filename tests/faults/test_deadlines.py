"""Limits of time: what a slow server cannot stretch, measured on the wall clock, with both clients."""

from __future__ import annotations

import gzip
import random
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

import httpx
import pytest

from sequence_customers_client import APITimeoutError, Customer, InternalServerError, RateLimitError, _retry
from tests.faults.faultkit import BODY, EXAMPLE, GOOD, SLACK, Kind, calling, ending, http, nothing_leaks
from tests.faults.faultserver import Drip, FaultServer, Pause, Read, Script, Send, Silence

_HEADER = http(b"", f"Content-Length: {len(BODY)}", framed=False)
_NOISE = random.Random(1).randbytes(2000)  # noqa: S311 - noise, the same every time
_NEVER = 30.0

SLOW: tuple[tuple[str, str, Script], ...] = (
    ("The server accepts and is silent.", "http", (Silence(),)),
    ("The server is slow to read the request.", "http", (Pause(_NEVER), Read(), Send(http()))),
    ("The server thinks and does not answer.", "http", (Read(), Silence())),
    ("The header comes one byte at a time.", "http", (Read(), Drip(http()))),
    ("The body comes one byte at a time.", "http", (Read(), Send(_HEADER), Drip(BODY))),
    (
        "The gzip body comes one byte at a time.",
        "http",
        (Read(), Send(http(b"", "Content-Encoding: gzip", framed=False)), Drip(gzip.compress(_NOISE))),
    ),
    (
        "The body of an error comes one byte at a time.",
        "http",
        (Read(), Send(http(b"", status="404 No", framed=False)), Drip(_NOISE)),
    ),
    ("The server is silent after the hello of TLS.", "https", (Silence(),)),
    ("The server answers the hello of TLS one byte at a time.", "https", (Drip(b"\x16\x03\x03\x40\x00" + _NOISE),)),
)
EACH_SLOW = pytest.mark.parametrize(("scheme", "script"), [slow[1:] for slow in SLOW], ids=[slow[0] for slow in SLOW])


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between attempts of a twentieth of a second, then a tenth."""
    monkeypatch.setattr(_retry, "backoff", lambda attempt: 0.05 * attempt)


def _timeout_of(work: Callable[[], object]) -> tuple[APITimeoutError, float]:
    result, elapsed = ending(work)

    assert APITimeoutError is type(result), repr(result)
    assert isinstance(result, APITimeoutError)
    assert result.elapsed <= elapsed
    return result, elapsed


@EACH_SLOW
def test_the_timeout_of_an_attempt_holds(own_kind: Kind, scheme: str, script: Script) -> None:
    """An attempt ends when its timeout does, and the error says so."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=script, scheme=scheme) as server,
        calling(own_kind, server.base_url, timeout=0.2, deadline=_NEVER) as caller,
    ):
        error, elapsed = _timeout_of(caller.get)

        assert "timeout" == error.limit
        assert 0.19 < elapsed < 0.2 + SLACK


@EACH_SLOW
@pytest.mark.usefixtures("short_waits")
def test_the_deadline_of_a_call_holds_over_its_attempts(own_kind: Kind, scheme: str, script: Script) -> None:
    """A call with retries left ends when its deadline does, and the error says so and lists the attempts."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=script, scheme=scheme) as server,
        calling(own_kind, server.base_url, timeout=0.2, deadline=0.4, max_retries=9) as caller,
    ):
        error, elapsed = _timeout_of(caller.get)

        # A machine that stands still may let the last attempt have all of its timeout first.
        assert "deadline" == error.limit or error.attempts[-1].elapsed >= 0.2
        assert 0.39 < elapsed < 0.4 + SLACK
        # Two attempts where the machine has nothing else to do.
        assert [*[0.05, 0.1][: len(error.attempts) - 1], None] == [attempt.wait for attempt in error.attempts]
        assert 0.19 < error.attempts[0].elapsed < 0.2 + SLACK


@EACH_SLOW
def test_the_deadline_holds_without_a_timeout(own_kind: Kind, scheme: str, script: Script) -> None:
    """Where the phases of an httpx.Timeout have no limits, the deadline still holds."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=script, scheme=scheme) as server,
        calling(own_kind, server.base_url, timeout=httpx.Timeout(None), deadline=0.2, max_retries=9) as caller,
    ):
        error, elapsed = _timeout_of(caller.get)

        assert "deadline" == error.limit
        assert 0.19 < elapsed < 0.2 + SLACK


def test_a_phase_that_lasts_too_long_is_named(kind: Kind) -> None:
    """With an httpx.Timeout the limit that struck is the one of a phase."""
    with (
        nothing_leaks(),
        FaultServer((Read(), Silence()), otherwise=GOOD) as server,
        calling(kind, server.base_url, timeout=httpx.Timeout(5.0, read=0.2)) as caller,
    ):
        error, elapsed = _timeout_of(caller.get)

        assert "read" == error.limit
        assert 0.19 < elapsed < 0.2 + SLACK
        assert EXAMPLE == caller.get().to_dict()


def test_a_phase_that_begins_anew_with_every_byte_is_ended_by_the_deadline(timed_kind: Kind) -> None:
    """The read phase of an httpx.Timeout starts again with every byte; the deadline does not."""
    with (
        nothing_leaks(),
        FaultServer((Read(), Drip(http())), otherwise=GOOD) as server,
        calling(timed_kind, server.base_url, timeout=httpx.Timeout(0.2), deadline=0.4) as caller,
    ):
        error, elapsed = _timeout_of(caller.get)

        assert "deadline" == error.limit
        assert 0.39 < elapsed < 0.4 + SLACK


def test_an_attempt_that_could_not_finish_is_not_started(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the wait would outlast the deadline the error comes at once, and is that of the last attempt."""
    monkeypatch.setattr(_retry, "backoff", lambda _: 3.0)
    error_500: Script = (Read(), Send(http(b"", status="503 No")))
    with (
        nothing_leaks(),
        FaultServer(otherwise=error_500) as server,
        calling(kind, server.base_url, deadline=2.0, max_retries=9) as caller,
    ):
        error, elapsed = ending(caller.get)

        assert InternalServerError is type(error)
        assert elapsed < SLACK
        assert 1 == len(server.requests)


def test_a_server_that_asks_to_wait_beyond_the_deadline_is_not_waited_for(kind: Kind) -> None:
    """A Retry-After beyond the deadline is an error at once, which carries it."""
    busy: Script = (Read(), Send(http(b"", "Retry-After: 5", status="429 No")))
    with (
        nothing_leaks(),
        FaultServer(otherwise=busy) as server,
        calling(kind, server.base_url, deadline=2.0, max_retries=9) as caller,
    ):
        error, elapsed = ending(caller.get)

        assert isinstance(error, RateLimitError)
        assert 5.0 == error.retry_after
        assert elapsed < SLACK
        assert 1 == len(server.requests)


@pytest.mark.usefixtures("short_waits")
def test_a_slow_attempt_is_followed_by_a_good_one(kind: Kind) -> None:
    """An attempt that ran out of time is tried again within the deadline, and the caller gets the customer."""
    silent: Script = (Read(), Silence())
    with (
        nothing_leaks(),
        FaultServer(silent, otherwise=GOOD) as server,
        calling(kind, server.base_url, timeout=0.3, deadline=_NEVER, max_retries=9) as caller,
    ):
        response = caller.raw()

        assert isinstance(response.parsed, Customer)
        # Two attempts where the machine has nothing else to do.
        failed = len(response.attempts) - 1
        assert failed >= 1
        assert [*[None] * failed, 200] == [attempt.status_code for attempt in response.attempts]


@pytest.mark.parametrize("seconds", [1e-9, 1e-3])
def test_a_limit_too_short_for_anything_is_kept_all_the_same(timed_kind: Kind, seconds: float) -> None:
    """A limit that nothing can keep ends the call in time."""
    options: tuple[dict[str, Any], ...] = ({"timeout": seconds}, {"deadline": seconds})
    with (
        nothing_leaks(),
        FaultServer(otherwise=(Read(), Silence())) as server,
        calling(timed_kind, server.base_url) as caller,
    ):
        for option in options:
            error, elapsed = _timeout_of(lambda: caller.get(**option))  # noqa: B023

            assert next(iter(option)) == error.limit
            assert elapsed < SLACK


def test_limits_hold_on_a_busy_machine_of_one_client_and_many_calls() -> None:
    """Fifty blocking calls to a dripping server in as many threads all end in time."""
    ends: list[tuple[object, float]] = []
    with (
        nothing_leaks(),
        FaultServer(otherwise=(Read(), Drip(http(), 0.05))) as server,
        calling("sync", server.base_url, timeout=0.5) as caller,
    ):
        threads = [Thread(target=lambda: ends.append(ending(caller.get))) for _ in range(50)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        elapsed = time.monotonic() - started

    assert [APITimeoutError] * 50 == [type(error) for error, _ in ends]
    assert elapsed < 0.5 + 2 * SLACK

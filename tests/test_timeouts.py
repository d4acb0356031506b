"""Time limits: the least of what is left counts, by the name of the option that set it."""

from __future__ import annotations

from typing import Any

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client._timeouts import PHASES, AttemptTimeouts, Limit, attempt_timeouts, is_phase_timeouts

SECONDS = st.floats(0.001, 1000)


@pytest.mark.parametrize(
    ("timeout", "spent", "acquire", "total"),
    [
        (10, 0, Limit(60, "deadline"), Limit(10, "timeout")),
        (10.0, 50, Limit(10, "deadline"), Limit(10, "deadline")),
        (10.0, 55, Limit(5, "deadline"), Limit(5, "deadline")),
        (10.0, 61, Limit(0, "deadline"), Limit(0, "deadline")),
        (100.0, 0, Limit(60, "deadline"), Limit(60, "deadline")),
    ],
)
def test_one_number_limits_the_attempt(timeout: float, spent: float, acquire: Limit, total: Limit, clock: Any) -> None:
    """An attempt takes as long as it may, or what is left of the call; the queue takes what is left."""
    timeouts = attempt_timeouts(timeout, 60, spent)

    assert AttemptTimeouts(acquire, total, {}, clock.now() + total.seconds) == timeouts
    assert dict.fromkeys(PHASES, total.seconds) == timeouts.phase_seconds(total.seconds)
    assert dict.fromkeys(PHASES) == timeouts.phase_seconds(None)


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_phases_limit_themselves(library: object) -> None:
    """A Timeout limits each phase, its pool the queue; what it leaves open, and the attempt, end at the deadline."""
    timeout = library.Timeout(None, connect=1, read=30, pool=2)  # type: ignore[attr-defined]

    timeouts = attempt_timeouts(timeout, 60, 40)

    assert Limit(2, "pool") == timeouts.acquire
    assert Limit(20, "deadline") == timeouts.total
    assert (Limit(1, "connect"), Limit(20, "deadline")) == (timeouts.phases["connect"], timeouts.phases["write"])
    assert {"connect": 1, "read": 20, "write": 20, "pool": 2} == timeouts.phase_seconds(None)


@given(SECONDS | SECONDS.map(httpx.Timeout), SECONDS, SECONDS)
def test_nothing_outlasts_the_deadline(timeout: float | httpx.Timeout, deadline: float, spent: float) -> None:
    """No limit is below 0, and none is longer than what is left of the call."""
    timeouts = attempt_timeouts(timeout, deadline, spent)
    left = max(0.0, deadline - spent)

    for seconds in (
        timeouts.acquire.seconds,
        timeouts.total.seconds,
        *timeouts.phase_seconds(timeouts.total.seconds).values(),
    ):
        assert seconds is not None
        assert 0 <= seconds <= left


@pytest.mark.parametrize(
    ("value", "expected"),
    [(httpx.Timeout(1), True), (httpx2.Timeout(1), True), (1, False), (None, False), (httpx.Timeout, False)],
)
def test_timeouts_of_two_libraries_are_known(value: object, expected: bool) -> None:
    """Only an object of httpx or of httpx2 has phases."""
    assert expected is is_phase_timeouts(value)

"""Rate limits: no span of time has more requests than were allowed, and nearly all of them are used."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import limits.aio.storage
import limits.storage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import APIError, ConfigurationError, SequenceClient, _rate_limit
from sequence_customers_client._failures import RateLimitTimeout
from sequence_customers_client._rate_limit import RateLimiter, Window
from sequence_customers_client.testing import Reply, SequenceServer

LONG = 30.0


def most_in_any(window: float, moments: list[float]) -> int:
    """The most moments that any span of the window's length holds, its end excluded."""
    most, span = 0, deque[float]()
    for moment in sorted(moments):
        span.append(moment)
        while span[0] <= moment - window:
            span.popleft()
        most = max(most, len(span))
    return most


# --- The window of one process


@given(
    amount=st.integers(1, 5),
    steps=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 30), st.booleans()), max_size=60),
)
def test_no_span_has_more_than_the_limit(amount: int, steps: list[tuple[int, int, bool]]) -> None:
    """Whoever comes when, however patient, and whether or not some give their places back."""
    window, now, sent = Window(amount, 10.0), 0.0, []
    for later, patience, gives_back in steps:
        now += later
        try:
            at = window.reserve(now, patience)
        except RateLimitTimeout:
            continue
        assert now <= at <= now + patience
        if gives_back:
            window.give_back(at)
        else:
            sent.append(at)

    assert most_in_any(10.0, sent) <= amount


def test_a_crowd_that_has_gone_holds_nobody_up() -> None:
    """When a queue gives up, whoever comes next is not sent behind it."""
    window = Window(1, 10.0)
    for at in [window.reserve(0.0, 1e9) for _ in range(100)]:
        window.give_back(at)

    assert 1.0 == window.reserve(1.0, 0.0)


@given(amount=st.integers(1, 20), count=st.integers(1, 100))
def test_the_whole_limit_is_used(amount: int, count: int) -> None:
    """A crowd that comes at once is sent as fast as the limit allows."""
    window = Window(amount, 10.0)
    sent = [window.reserve(0.0, 1e9) for _ in range(count)]

    assert [10.0 * (number // amount) for number in range(count)] == sent


def test_a_refusal_takes_no_place() -> None:
    """Whoever could not wait leaves the next place to whoever can."""
    window = Window(1, 10.0)
    window.reserve(0.0, 0.0)
    with pytest.raises(RateLimitTimeout):
        window.reserve(1.0, 8.0)

    assert 10.0 == window.reserve(2.0, 8.0)


# --- A limiter in one process


def acquire(limiter: RateLimiter, timeout: float) -> None:
    limiter.acquire(timeout)


def acquire_on_asyncio(limiter: RateLimiter, timeout: float) -> None:
    asyncio.run(limiter.acquire_async(timeout))


def acquire_on_trio(limiter: RateLimiter, timeout: float) -> None:
    anyio.run(limiter.acquire_async, timeout, backend="trio")


WAYS = [acquire, acquire_on_asyncio, acquire_on_trio]


@pytest.mark.parametrize("way", WAYS)
def test_attempts_wait_their_turn(way: Any) -> None:
    """The third of two a second waits for the second to pass."""
    limiter = RateLimiter("2/second")
    started = time.monotonic()
    for _ in range(3):
        way(limiter, LONG)

    assert 1.0 <= time.monotonic() - started < LONG


@pytest.mark.parametrize("way", WAYS)
def test_who_cannot_wait_is_refused_at_once(way: Any) -> None:
    """An attempt that could not be sent before its deadline does not wait for it."""
    limiter = RateLimiter("1/hour")
    started = time.monotonic()
    way(limiter, LONG)
    with pytest.raises(RateLimitTimeout):
        way(limiter, LONG)

    assert time.monotonic() - started < LONG / 2


def test_who_is_cancelled_gives_the_place_back() -> None:
    """A caller that has gone is not counted."""

    async def check() -> None:
        limiter = RateLimiter("1/second")
        await limiter.acquire_async(LONG)
        waiting = asyncio.create_task(limiter.acquire_async(LONG))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await limiter.acquire_async(1.5)

    asyncio.run(check())


def test_threads_share_a_limiter() -> None:
    """Threads together keep the limit."""
    limiter, sent = RateLimiter("20/second"), []

    def work() -> None:
        for _ in range(10):
            limiter.acquire(LONG)
            sent.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 50 == len(sent)
    # A busy machine wakes a thread late, by less than a fifth of a second.
    assert most_in_any(0.8, sent) <= 20


# --- In a client


def test_a_retry_is_a_request() -> None:
    """Three attempts at two a second wait for the second to pass."""
    replies = {"busy": Reply(503, headers={"Retry-After": "0"})}
    with SequenceServer(replies) as server:
        options: dict[str, Any] = {"base_url": server.base_url, "rate_limit": "2/second"}
        started = time.monotonic()
        with (
            SequenceClient(client_id="id", client_secret="secret", **options) as sequence,
            pytest.raises(APIError) as caught,
        ):
            sequence.customers.get_by_alias("busy")

    assert 3 == len(caught.value.attempts)
    assert time.monotonic() - started >= 1.0


# --- Settings


@pytest.mark.parametrize("rate_limit", ["20/second;3/minute", "", "many", "0/minute", "-1/minute", 5, None])
def test_what_is_no_limit_is_refused(rate_limit: Any) -> None:
    """A limit that nothing can keep is the caller's mistake."""
    with pytest.raises(ConfigurationError, match="rate_limit"):
        RateLimiter(rate_limit)


@pytest.mark.parametrize(
    "storage",
    [
        "nonsense",
        "nowhere://user:hunter2@host",
        "redis://:hunter2@host:port",
        "memcached://localhost:11211",
        5,
        limits.aio.storage.MemoryStorage(),
    ],
)
def test_what_is_no_storage_is_refused(storage: Any) -> None:
    """A storage of no use is the caller's mistake, and a password in it stays out of the message and its causes."""
    with pytest.raises(ConfigurationError, match="rate_limit_storage") as caught:
        RateLimiter("1/minute", storage)

    assert "hunter2" not in f"{caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize("storage", [None, "memory://", "async+memory://", limits.storage.MemoryStorage()])
def test_memory_is_a_storage(storage: Any) -> None:
    """In memory, by any of its names, the limit holds."""
    limiter = RateLimiter("1/hour", storage)
    limiter.acquire(0.0)
    with pytest.raises(RateLimitTimeout):
        limiter.acquire(0.0)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, the message says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "limits", None)
    with pytest.raises(ConfigurationError, match=r"\[ratelimit\]"):
        RateLimiter("1/minute")


# --- With a real Redis


class Redis:
    """A redis-server on a free port, which can be hung, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    @property
    def uri(self) -> str:
        return f"async+redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(self._folder)]
        self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)  # noqa: S603, S607
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except ConnectionError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    yield server
    server.stop()


def work_in_process(uri: str, rate_limit: str, seconds: float, way: str, moments: Any) -> None:
    """One process that sends as much as it may; the moments of its places, by the clock that processes share."""
    storage: Any = limits.storage.storage_from_string(uri.removeprefix("async+"))
    take, taken = storage.lua_acquire_moving_window, list[float]()

    def recording(keys: list[str], values: list[Any]) -> Any:
        if got := take(keys, values):
            taken.append(values[0])
        return got

    storage.lua_acquire_moving_window = recording
    limiter = RateLimiter(rate_limit, storage)
    end = time.monotonic() + seconds

    async def one() -> None:
        with suppress(RateLimitTimeout):
            while (left := end - time.monotonic()) > 0:
                await limiter.acquire_async(left)

    async def many() -> None:
        await asyncio.gather(*(one() for _ in range(10)))

    if way == "async":
        asyncio.run(many())
    else:
        with suppress(RateLimitTimeout):
            while (left := end - time.monotonic()) > 0:
                limiter.acquire(left)
    moments.put(taken)


def work(uri: str, rate_limit: str, seconds: float, ways: list[str]) -> list[list[float]]:
    """What processes sent together, each in the way it was told."""
    context = multiprocessing.get_context("spawn")
    moments = context.Queue()
    workers = [
        context.Process(target=work_in_process, args=(uri, rate_limit, seconds, way, moments), daemon=True)
        for way in ways
    ]
    for worker in workers:
        worker.start()
    sent = [moments.get(timeout=seconds + 60) for _ in workers]
    for worker in workers:
        worker.join(60)
    return sent


@pytest.mark.services
def test_processes_together_keep_and_use_the_limit(redis: Redis) -> None:
    """Four processes on one Redis: no two seconds have more than the limit, and at least 95 % of it is used."""
    ways = ["async", "async", "sync", "sync"]
    sent = sorted(moment for each in work(redis.uri, "60/2seconds", 12.6, ways) for moment in each)

    assert most_in_any(1.999, sent) <= 60
    # The first sixty come at once: what is used is measured from the last of them.
    assert (len(sent) - 60) / (sent[-1] - sent[59]) >= 0.95 * 30


@pytest.mark.services
@pytest.mark.parametrize("way", WAYS)
def test_who_cannot_wait_is_refused_by_redis_at_once(redis: Redis, way: Any) -> None:
    """What other processes have used is not waited for beyond the deadline."""
    way(RateLimiter("1/hour", redis.uri), LONG)
    started = time.monotonic()
    with pytest.raises(RateLimitTimeout):
        way(RateLimiter("1/hour", redis.uri), LONG)

    assert time.monotonic() - started < LONG / 2


@pytest.mark.services
def test_keys_are_limits_of_their_own(redis: Redis) -> None:
    """Two servers of one Redis are counted apart."""
    for key in ("https://a.test", "https://b.test"):
        RateLimiter("1/hour", redis.uri, key).acquire(0.0)


@pytest.mark.services
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("trouble", ["gone", "hangs"])
def test_without_redis_a_process_counts_alone(
    redis: Redis, way: Any, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Redis gone or hanging: calls go on after a moment, the process keeps the limit by itself, and the log says so."""
    RateLimiter("2/hour", redis.uri).acquire(0.0)
    limiter = RateLimiter("2/hour", redis.uri)
    if trouble == "gone":
        redis.stop()
    else:
        redis.process.send_signal(signal.SIGSTOP)

    started = time.monotonic()
    with caplog.at_level(logging.WARNING):
        way(limiter, LONG)
        way(limiter, LONG)
    with pytest.raises(RateLimitTimeout):
        way(limiter, LONG)

    assert time.monotonic() - started < 5
    assert ["rate limit: its storage failed"] == [record.message[:30] for record in caplog.records]
    assert str(redis.port) not in caplog.text


@pytest.mark.services
@pytest.mark.parametrize("trouble", ["gone", "hangs"])
def test_when_redis_is_back_it_counts_again(redis: Redis, trouble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an outage processes see each other again, and what one sent meanwhile counts for that one."""
    monkeypatch.setattr(_rate_limit, "RETRY_STORAGE", 0.0)
    limiter, other = (RateLimiter("3/hour", redis.uri) for _ in range(2))
    limiter.acquire(LONG)
    if trouble == "gone":
        redis.stop()
        limiter.acquire(LONG)
        redis.start()
    else:
        redis.process.send_signal(signal.SIGSTOP)
        limiter.acquire(LONG)
        redis.process.send_signal(signal.SIGCONT)

    limiter.acquire(LONG)
    with pytest.raises(RateLimitTimeout):
        limiter.acquire(1.0)
    # A Redis that was started again has seen the third only; one that hung finds what it was asked meanwhile.
    for _ in range(2 if trouble == "gone" else 0):
        other.acquire(LONG)
    with pytest.raises(RateLimitTimeout):
        other.acquire(1.0)

"""Rate limits of the client's own: an attempt waits until it may be sent, alone or with other processes.

Every process keeps the limit by itself, exactly. With a storage that processes share, an attempt also needs a place in
their common window, which the library `limits` keeps there.

When the storage does not answer, calls go on: the process counts alone for RETRY_STORAGE seconds, says so in the log,
and asks again. So a broken Redis fails no call and slows none by more than a second now and then; while it is out,
processes that do not see each other may together send as many times the limit as there are processes, and the server's
429 is what holds them. When it is back the common window holds again, and what a process sent meanwhile still counts
for that process.
"""

# ruff: noqa: PLC0415 - the packages of an extra, and of event loops, are imported when somebody asks for them

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Self, cast

from . import _concurrency
from ._errors import ConfigurationError

if TYPE_CHECKING:
    import anyio
    from limits import RateLimitItem
    from limits.storage import Storage

RETRY_STORAGE: Final = 5.0
"""Seconds until a storage that failed is asked again."""

STORAGE_TIMEOUT: Final = 0.25
"""Seconds that Redis may take to connect, and to answer; it is tried twice."""

_SLACK: Final = 1.0
_MOST_SLACK: Final = 0.03
"""A window is longer by so many seconds, and by this part at the most: requests take unequal times to their server,
which shall not see more than the limit in any window either."""

_LEAST_WAIT: Final = 0.001

_logger = logging.getLogger("sequence_customers_client")


class RateLimitTimeout(Exception):  # noqa: N818 - a signal for the call, which makes an error of it
    """The attempt could not be sent in time: too many are waiting for the client's own rate limit."""


class Window:
    """A moving window: when each attempt may be sent, so that any span of time has so many at the most.

    Args:
        amount: How many.
        seconds: In how long a span.
    """

    def __init__(self, amount: int, seconds: float) -> None:
        self._amount = amount
        self._seconds = seconds
        self._sent: deque[float] = deque()  # never falling; the last of them may lie ahead

    def reserve(self, now: float, max_wait: float) -> float:
        """Take a place.

        Args:
            now: The present, in seconds.
            max_wait: How many seconds from now the place may be, at the most.

        Returns:
            When to send: now, or later.

        Raises:
            RateLimitTimeout: That would be too late; no place was taken.
        """
        while self._sent and self._sent[0] <= now - self._seconds:
            self._sent.popleft()
        at = max(now, self._sent[-1]) if self._sent else now
        if len(self._sent) >= self._amount:
            at = max(at, self._sent[-self._amount] + self._seconds)
        if at - now > max_wait:
            raise RateLimitTimeout
        self._sent.append(at)
        return at

    def give_back(self, at: float) -> None:
        """Give up a place that was not used."""
        if at in self._sent:
            self._sent.remove(at)


class RateLimiter:
    """Where attempts wait until they may be sent; for threads and for event loops.

    Args:
        item: The limit.
        storage: Where processes share it; None keeps it in this process alone.
        key: What is limited: equal limits with one key in one storage are one.
    """

    def __init__(self, item: RateLimitItem, storage: Storage | None = None, key: str = "") -> None:
        seconds = item.get_expiry()
        self._window = Window(item.amount, seconds + min(_SLACK, _MOST_SLACK * seconds))
        self._lock = _concurrency.PerProcess(threading.Lock)
        self._shared = None if storage is None else _SharedWindow(item, storage, key)
        self._turn = _concurrency.PerProcess(threading.Lock)
        self._async_turn: Any = None

    @classmethod
    def from_settings(cls, rate_limit: str, storage: str | Storage | None = None, key: str = "") -> Self:
        """Make a limiter of a client's arguments; nothing is connected yet.

        Args:
            rate_limit: The limit as the library `limits` spells it: "1500/minute", "20 per 10 seconds".
            storage: None counts in this process; a URI of `limits`, "redis://…" or "async+redis://…", or a storage of
                `limits` shares the limit with every process that names the same.
            key: What is limited, the address of the server for example: one storage may hold several limits.

        Raises:
            ConfigurationError: One of these is of no use, or a package is missing; the message says what to do.
        """
        try:
            import limits
        except ImportError:
            raise ConfigurationError(
                'rate_limit needs a package: pip install "sequence-customers-client[ratelimit]"'
            ) from None
        try:
            item = limits.parse(rate_limit)
        except (ValueError, TypeError):
            item = None
        if item is None or item.amount < 1:
            raise ConfigurationError(f"rate_limit: {rate_limit!r} is no limit: it should look like '1500/minute'")
        return cls(item, _open(storage), key)

    def acquire(self, timeout: float) -> None:
        """Wait until an attempt may be sent.

        Args:
            timeout: How many seconds the wait may take.

        Raises:
            RateLimitTimeout: It would take longer. Where no other process shares the limit that is known at once.
        """
        end = time.monotonic() + timeout
        at = self._reserve(timeout)
        try:
            time.sleep(_until(at))
            if self._shared is not None:
                self._take(self._shared, end)
        except BaseException:
            self._give_back(at)
            raise

    async def acquire_async(self, timeout: float) -> None:  # noqa: ASYNC109 - as of the call, whose clock it is
        """Wait until an attempt may be sent, on asyncio or trio.

        Args:
            timeout: How many seconds the wait may take.

        Raises:
            RateLimitTimeout: It would take longer. Where no other process shares the limit that is known at once.
        """
        import anyio

        end = time.monotonic() + timeout
        at = self._reserve(timeout)
        try:
            if (seconds := _until(at)) > 0:
                await anyio.sleep(seconds)
            if self._shared is not None:
                await self._take_async(self._shared, end)
        except BaseException:
            self._give_back(at)
            raise

    def _reserve(self, max_wait: float) -> float:
        with self._lock.get():
            return self._window.reserve(time.monotonic(), max_wait)

    def _give_back(self, at: float) -> None:
        with self._lock.get():
            self._window.give_back(at)

    def _take(self, shared: _SharedWindow, end: float) -> None:
        turn = self._turn.get()
        if not turn.acquire(timeout=_until(end)):
            raise RateLimitTimeout
        try:
            while again := shared.take(end):
                time.sleep(_until(again))
        finally:
            turn.release()

    async def _take_async(self, shared: _SharedWindow, end: float) -> None:
        import anyio

        async def take() -> float:
            # On a thread: so one client of Redis, and one of ours, serves every kind of loop.
            alone = anyio.CapacityLimiter(1)
            return await anyio.to_thread.run_sync(shared.take, end, abandon_on_cancel=True, limiter=alone)

        with anyio.move_on_after(_until(end)):
            async with self._turn_of_loop():
                again = await take()
                while again:
                    await anyio.sleep(_until(again))
                    again = await take()
                return
        raise RateLimitTimeout

    def _turn_of_loop(self) -> anyio.Lock:
        """One attempt of a loop asks the storage at a time, in order of arrival: a crowd would only tread on itself."""
        import anyio
        from anyio.lowlevel import RunVar

        if self._async_turn is None:
            self._async_turn = RunVar("rate limit")
        turn: anyio.Lock | None = self._async_turn.get(None)
        if turn is None:
            turn = anyio.Lock()
            self._async_turn.set(turn)
        return turn


class _SharedWindow:
    """The window that processes share in a storage, for as long as it answers."""

    def __init__(self, item: RateLimitItem, storage: Storage, key: str) -> None:
        from limits import RateLimitItemPerSecond
        from limits.strategies import MovingWindowRateLimiter

        try:
            self._strategy = MovingWindowRateLimiter(storage)
        except NotImplementedError:
            raise ConfigurationError("rate_limit_storage: this storage keeps no moving window: use Redis") from None
        seconds = item.get_expiry()
        slack = int(min(_SLACK, _MOST_SLACK * seconds))  # whole seconds, as a storage has them
        self._item = RateLimitItemPerSecond(item.amount, seconds + slack)
        self._key = key
        self._asked_again = 0.0

    def take(self, end: float) -> float:
        """Take a place.

        Args:
            end: The latest moment for it.

        Returns:
            0 where one was taken, or none is needed; else when to try again.

        Raises:
            RateLimitTimeout: That would be after the end.
        """
        now = time.monotonic()
        if now < self._asked_again:
            return 0.0
        try:
            if self._strategy.hit(self._item, self._key):
                return 0.0
            window = self._strategy.get_window_stats(self._item, self._key)
            wait = 0.0 if window.remaining else window.reset_time - time.time()
        except Exception as error:  # noqa: BLE001 - whatever a storage raises, calls go on
            self._asked_again = now + RETRY_STORAGE
            _logger.warning(
                "rate limit: its storage failed (%s): counting in this process alone for %.0f s",
                type(error).__name__,
                RETRY_STORAGE,
            )
            return 0.0
        again = time.monotonic() + max(_LEAST_WAIT, wait)
        if again > end:
            raise RateLimitTimeout
        return again


def _until(moment: float) -> float:
    return max(0.0, moment - time.monotonic())


def _open(storage: str | Storage | None) -> Storage | None:
    """The storage that a URI names, without a word of the URI in an error: it may hold a password."""
    from limits.storage import Storage, storage_from_string

    if storage is None or isinstance(storage, Storage):
        return storage
    if not isinstance(storage, str):
        raise ConfigurationError(
            f"rate_limit_storage must be a URI or a limits.storage.Storage, not a {type(storage).__name__}"
        )
    uri = storage.removeprefix("async+")
    if uri.startswith("memory://"):
        return None
    try:
        return cast("Storage", storage_from_string(uri, **_options(uri)))
    except Exception as error:  # noqa: BLE001 - of this library, of the client of the storage, of its parsers
        reason = type(error).__name__
    raise ConfigurationError(
        f"rate_limit_storage is of no use ({reason}): it should look like redis://localhost:6379, and needs"
        ' pip install "sequence-customers-client[ratelimit]"'
    )


def _options(uri: str) -> dict[str, Any]:
    if not uri.startswith(("redis://", "rediss://", "redis+unix://")):
        return {}
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # Once more, at once: a connection that has been idle may have been closed.
    return {
        "retry": Retry(NoBackoff(), 1),
        "socket_connect_timeout": STORAGE_TIMEOUT,
        "socket_timeout": STORAGE_TIMEOUT,
    }

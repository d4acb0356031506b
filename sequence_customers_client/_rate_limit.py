"""Rate limits of the client's own: an attempt waits until it may be sent, alone or with other processes.

Every process keeps the limit by itself, exactly. With a storage that processes share, an attempt also needs a place in
their common window, which the library `limits` keeps there. While the storage does not answer, a process counts alone,
says so in the log, and asks again every RETRY_STORAGE seconds: a broken Redis fails no call.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from . import _concurrency
from ._errors import ConfigurationError
from ._failures import RateLimitTimeout
from ._logging import logger

if TYPE_CHECKING:
    from limits.storage import Storage

RETRY_STORAGE: Final = 5.0
"""Seconds until a storage that failed is asked again."""

_REDIS_SECONDS: Final = 0.25  # to connect, and to answer; it is tried twice
_LEAST_WAIT: Final = 0.001
_NEEDS: Final = 'needs a package: pip install "sequence-customers-client[ratelimit]"'


class Window:
    """A moving window: when each attempt may be sent, so that any span of time has so many at the most."""

    def __init__(self, amount: int, seconds: float) -> None:
        self._amount = amount
        self._seconds = seconds
        self._sent: deque[float] = deque()  # never falling; the last of them may lie ahead

    def reserve(self, now: float, max_wait: float) -> float:
        """Take a place: the moment to send. Where it is more than so many seconds away, RateLimitTimeout is raised."""
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
    """Where attempts wait until they may be sent; for threads and for event loops."""

    def __init__(self, rate_limit: str, storage: object = None, key: str = "") -> None:
        """Make a limiter of a client's arguments; nothing is connected yet. Limits of one key in a storage are one."""
        try:
            import limits  # noqa: PLC0415 - an extra

            (item,) = limits.parse_many(rate_limit)
        except ImportError:
            raise ConfigurationError(f"rate_limit {_NEEDS}") from None
        except (ValueError, TypeError):
            item = None
        if item is None or item.amount < 1:
            raise ConfigurationError(f"rate_limit: {rate_limit!r} is no limit: it should look like '1500/minute'")
        # A little longer: requests take unequal times to their server, which is to see no more than the limit either.
        seconds = item.get_expiry() + min(1.0, 0.03 * item.get_expiry())
        self._window, self._lock = Window(item.amount, seconds), _concurrency.PerProcess(threading.Lock)
        opened = _open(storage)
        self._shared = None if opened is None else _SharedWindow(item.amount, int(seconds), opened, key)
        # One attempt at a time asks the storage, in order of arrival: a crowd would only tread on itself.
        self._turn = _concurrency.PerProcess(threading.Lock)
        self._async_turn = _concurrency.PerLoop(_concurrency.async_lock)

    def acquire(self, timeout: float) -> None:
        """Wait until an attempt may be sent; RateLimitTimeout is raised once that cannot be in so many seconds."""
        end = time.monotonic() + timeout
        with self._place(timeout) as wait:
            turn = partial(_concurrency.locked, self._turn.get(), timeout - wait)
            _concurrency.run(self._wait(wait, end, time.sleep, turn, lambda take: take()))

    async def acquire_async(self, timeout: float) -> None:  # noqa: ASYNC109 - as of the call, whose clock it is
        """Wait until an attempt may be sent, on asyncio or trio; likewise."""
        end = time.monotonic() + timeout
        # On a thread: so one client of Redis, and one of ours, serves every kind of loop.
        ask = partial(_concurrency.call_aside, name="rate limit")
        with self._place(timeout) as wait:
            waiting = self._wait(wait, end, _concurrency.async_sleep, self._async_turn.get, ask)
            await _concurrency.wait_for(timeout, waiting)

    async def _wait(self, seconds: float, end: float, sleep: Any, turn: Any, ask: Any) -> None:
        if seconds:
            await _concurrency.settled(sleep(seconds))
        if self._shared is not None:
            async with turn():
                while again := await _concurrency.settled(ask(partial(self._shared.take, end))):
                    await _concurrency.settled(sleep(again))

    @contextmanager
    def _place(self, timeout: float) -> Iterator[float]:
        """A place of this process: the seconds until its moment. It is given back where it is not used."""
        with self._lock.get():
            now = time.monotonic()
            at = self._window.reserve(now, timeout)
        try:
            yield at - now
        except BaseException as error:
            with self._lock.get():
                self._window.give_back(at)
            if isinstance(error, _concurrency.WallClockTimeout):
                raise RateLimitTimeout from None
            raise


class _SharedWindow:
    """The window that processes share in a storage, for as long as it answers."""

    def __init__(self, amount: int, seconds: int, storage: "Storage", key: str) -> None:
        from limits import RateLimitItemPerSecond  # noqa: PLC0415 - an extra
        from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415 - likewise

        try:
            self._strategy = MovingWindowRateLimiter(storage)
        except NotImplementedError:
            raise ConfigurationError("rate_limit_storage: this storage keeps no moving window: use Redis") from None
        self._window = RateLimitItemPerSecond(amount, seconds), key
        self._asked_again = 0.0

    def take(self, end: float) -> float:
        """Take a place and return 0; or the seconds until the next try, where that is not after the end."""
        now = time.monotonic()
        if now < self._asked_again:
            return 0.0
        try:
            if self._strategy.hit(*self._window):
                return 0.0
            reset_time, remaining = self._strategy.get_window_stats(*self._window)
        except Exception as error:  # noqa: BLE001 - whatever a storage raises, calls go on
            self._asked_again = now + RETRY_STORAGE
            message = "rate limit: its storage failed (%s): this process counts alone, and asks again in %.0f s"
            logger.warning(message, type(error).__name__, RETRY_STORAGE)
            return 0.0
        wait = max(_LEAST_WAIT, 0.0 if remaining else reset_time - time.time())
        if time.monotonic() + wait > end:
            raise RateLimitTimeout
        return wait


def _open(storage: object) -> "Storage | None":
    """The storage that a URI names, without a word of the URI in an error: it may hold a password."""
    from limits.storage import Storage, storage_from_string  # noqa: PLC0415 - an extra

    if storage is None or isinstance(storage, Storage):
        return storage
    if not isinstance(storage, str):
        kind = type(storage).__name__
        raise ConfigurationError(f"rate_limit_storage must be a URI or a limits.storage.Storage, not a {kind}")
    uri = storage.removeprefix("async+")
    if uri.startswith("memory://"):
        return None
    options: dict[str, Any] = {}
    try:
        if uri.startswith(("redis://", "rediss://", "redis+unix://")):
            from redis.backoff import NoBackoff  # noqa: PLC0415 - an extra
            from redis.retry import Retry  # noqa: PLC0415 - likewise

            retry = Retry(NoBackoff(), 1)  # once more, at once: an idle connection may have been closed
            options = {"socket_connect_timeout": _REDIS_SECONDS, "socket_timeout": _REDIS_SECONDS, "retry": retry}
        return cast("Storage", storage_from_string(uri, **options))
    except Exception as error:  # noqa: BLE001 - of this library, of the client of the storage, of its parsers
        reason = type(error).__name__
    message = f"rate_limit_storage is of no use ({reason}): it should look like redis://localhost:6379, and {_NEEDS}"
    raise ConfigurationError(message)

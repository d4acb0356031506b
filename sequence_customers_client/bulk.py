"""Many calls: one operation over any number of arguments, some at a time, in memory that does not grow.

async for result in map_calls(sequence.customers.get_by_alias, aliases, concurrency=50):
    print(result.argument, result.error or result.value.legal_name)
"""

from __future__ import annotations

import asyncio
import queue
import time
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
)
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, Final, Generic, TypeVar, cast

from attrs import frozen

from ._concurrency import is_trio
from ._errors import AuthenticationError, ConfigurationError, RateLimitError

__all__ = ["CallResult", "is_fatal", "map_calls", "map_calls_sync"]

A = TypeVar("A")
T = TypeVar("T")
F = TypeVar("F", bound="asyncio.Task[Any] | Future[Any]")

_END: Any = object()
_LONGEST_PAUSE: Final = 3600.0
"""Seconds of one wait, after which another may follow: no clock waits for whatever number a server sends."""

_WINDOW: Final = 4
"""In order of input, this many times `concurrency` arguments are in hand: one slow call holds up that many results."""


@frozen
class CallResult(Generic[A, T]):
    """What one call came to: a value, or an error."""

    argument: A
    """What was asked, as it was given."""

    value: T | None = None
    """What the call returned; None where it failed."""

    error: Exception | None = None
    """What the call raised; None where it did not."""


def is_fatal(error: BaseException | None) -> bool:
    """Whether every other call would fail as this one did: refused credentials, a client that cannot call.

    Args:
        error: What a call raised.

    Returns:
        True for an AuthenticationError, and for a ConfigurationError that is not about the argument of one call.
    """
    return isinstance(error, AuthenticationError) or (
        # About an argument, it names the operation that the argument was for.
        isinstance(error, ConfigurationError) and error.operation is None
    )


class _Run(Generic[A, F]):
    """The calls of one run: what is in hand, and whether another may begin."""

    def __init__(self, concurrency: int, *, ordered: bool) -> None:
        if concurrency < 1:
            raise ConfigurationError(f"concurrency must be 1 or more, not {concurrency}")
        self.fatal: BaseException | None = None
        self.in_hand = 0
        """Arguments that were read, and not reported yet."""
        self.running: dict[object, F] = {}
        """The calls under way, by argument."""
        self._room = concurrency * _WINDOW if ordered else concurrency
        self._concurrency = concurrency
        self._resume = 0.0

    def may_begin(self) -> bool:
        """Whether another argument may be read, and its call begin."""
        full = self.in_hand >= self._room or len(self.running) >= self._concurrency
        return not full and self.fatal is None and not self.pause()

    def pause(self) -> float:
        """How many seconds from now everybody is to wait, 0 or more."""
        return min(_LONGEST_PAUSE, max(0.0, self._resume - time.monotonic()))

    def begin(self, argument: A, start: Callable[[A], F]) -> F:
        """Start a call, or join the one that is under way for an equal argument."""
        key: object = argument
        try:
            future = self.running.get(key)
        except TypeError:  # it has no hash
            key, future = object(), None
        if future is None:
            future = self.running[key] = start(argument)
            future.add_done_callback(partial(self._end, key))
        self.in_hand += 1
        return future

    def _end(self, key: object, future: Any) -> None:
        del self.running[key]
        error = asyncio.CancelledError() if future.cancelled() else future.exception()
        if isinstance(error, RateLimitError) and error.retry_after is not None:
            self._resume = max(self._resume, time.monotonic() + error.retry_after)
        elif self.fatal is None and (is_fatal(error) or not isinstance(error, Exception | None)):
            self.fatal = error


class _AsyncRun(_Run[A, "asyncio.Task[T]"], Generic[A, T]):
    """A run on asyncio: one task begins the calls, and whoever iterates takes what has ended."""

    feeder: asyncio.Task[None]

    def __init__(self, concurrency: int, *, ordered: bool) -> None:
        super().__init__(concurrency, ordered=ordered)
        self._ordered = ordered
        self._fed = False
        self._changed = asyncio.Event()
        self._outcomes: asyncio.Queue[tuple[A, asyncio.Task[T]] | None] = asyncio.Queue()

    async def feed(self, call: Callable[[A], Awaitable[T]], arguments: Iterable[A] | AsyncIterable[A]) -> None:
        """Begin a call for every argument."""

        async def ask(argument: A) -> T:
            return await call(argument)

        try:
            source: Any = aiter(arguments) if isinstance(arguments, AsyncIterable) else iter(arguments)
            while True:
                await self._until_one_may_begin()
                argument = await anext(source, _END) if isinstance(source, AsyncIterator) else next(source, _END)
                if argument is _END:
                    return
                await self._until_one_may_begin()  # once more: a pause may have begun while the argument was awaited
                task = self.begin(argument, lambda argument: asyncio.create_task(ask(argument)))
                task.add_done_callback(partial(self._ended, argument))
                if self._ordered:
                    self._outcomes.put_nowait((argument, task))
        finally:
            self._outcomes.put_nowait(None)

    async def take(self) -> tuple[A, asyncio.Task[T]] | None:
        """Wait for the next call that has ended, as they do or in the order of their arguments; None after the last."""
        while not self._fed or self.in_hand:
            outcome = await self._outcomes.get()
            if outcome is None:
                self._fed = True
                continue
            if not outcome[1].done():
                await asyncio.wait([outcome[1]])
            return outcome
        return None

    def reported(self) -> None:
        """Make room for another argument."""
        self.in_hand -= 1
        self._changed.set()

    async def _until_one_may_begin(self) -> None:
        while not self.may_begin():
            if self.fatal is not None:  # and the source did not heed that this was cancelled
                raise asyncio.CancelledError
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.pause() or None):
                    await self._changed.wait()

    def _ended(self, argument: A, task: asyncio.Task[T]) -> None:
        self._changed.set()
        if not self._ordered:
            self._outcomes.put_nowait((argument, task))
        if self.fatal is not None:
            self.feeder.cancel()


async def map_calls(
    call: Callable[[A], Awaitable[T]],
    arguments: Iterable[A] | AsyncIterable[A],
    *,
    concurrency: int = 50,
    ordered: bool = False,
) -> AsyncGenerator[CallResult[A, T], None]:
    """Call an operation once for every argument, several at a time, on asyncio.

    Arguments are read as they are needed, and no more than a fixed number is in hand at a time, so millions take no
    more memory than a hundred. Arguments that are equal and have a hash are asked once while they are in hand, and each
    has its result. A RateLimitError that says when to come back keeps every further call waiting until then.

    After an error that every other call would meet, too (`is_fatal`), or one of `arguments` itself, no further call
    begins; the calls under way are reported, then the error is raised. Whoever stops earlier cancels the calls under
    way: at once with `contextlib.aclosing`, and soon after a plain `break`.

    Args:
        call: Any async callable of one argument, a method of a client for example. Options go with
            `functools.partial(sequence.customers.get_by_alias, timeout=2)`.
        arguments: Any iterable or async iterable.
        concurrency: How many calls are under way at a time, at the most. Where the client has a rate limit, more than
            it allows within a call's deadline would fail for having waited too long.
        ordered: Whether results come in the order of the arguments, and not of completion.

    Yields:
        A CallResult for every argument whose call began.

    Raises:
        AuthenticationError: The server refused the credentials.
        ConfigurationError: The client cannot call, `concurrency` is below 1, or trio runs.

    Example:
        async for result in map_calls(sequence.customers.get_by_alias, aliases, concurrency=50):
            print(result.argument, result.error or result.value.legal_name)
    """
    if is_trio():
        raise ConfigurationError("map_calls needs asyncio, and trio runs: use map_calls_sync in a thread")
    run: _AsyncRun[A, T] = _AsyncRun(concurrency, ordered=ordered)
    feeder = run.feeder = asyncio.create_task(run.feed(call, arguments))
    try:
        while (outcome := await run.take()) is not None:
            if not outcome[1].cancelled():  # by itself, that is, which is raised below
                yield _result(*outcome)
            run.reported()
        if run.fatal is not None:
            raise run.fatal
        await feeder
    finally:
        left = [feeder, *run.running.values()]
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def map_calls_sync(
    call: Callable[[A], T], arguments: Iterable[A], *, concurrency: int = 50, ordered: bool = False
) -> Generator[CallResult[A, T], None, None]:
    """Call an operation once for every argument, several at a time, on threads.

    Arguments are read as they are needed, and no more than a fixed number is in hand at a time, so millions take no
    more memory than a hundred. Arguments that are equal and have a hash are asked once while they are in hand, and each
    has its result. A RateLimitError that says when to come back keeps every further call waiting until then.

    After an error that every other call would meet, too (`is_fatal`), or one of `arguments` itself, no further call
    begins; the calls under way are reported, then the error is raised. Whoever stops earlier waits for the calls under
    way: a thread cannot be cancelled.

    Args:
        call: Any callable of one argument, a method of a client for example. Options go with
            `functools.partial(sequence.customers.get_by_alias, timeout=2)`.
        arguments: Any iterable; it is read in the caller's thread, while results are asked for.
        concurrency: How many calls are under way at a time, at the most, each on a thread of its own. Where the client
            has a rate limit, more than it allows within a call's deadline would fail for having waited too long.
        ordered: Whether results come in the order of the arguments, and not of completion.

    Yields:
        A CallResult for every argument whose call began.

    Raises:
        AuthenticationError: The server refused the credentials.
        ConfigurationError: The client cannot call, or `concurrency` is below 1.

    Example:
        for result in map_calls_sync(sequence.customers.get_by_alias, aliases, concurrency=20):
            print(result.argument, result.error or result.value.legal_name)
    """
    run: _Run[A, Future[T]] = _Run(concurrency, ordered=ordered)
    in_order: deque[tuple[A, Future[T]]] = deque()
    done: queue.SimpleQueue[tuple[A, Future[T]]] = queue.SimpleQueue()
    source: Iterator[A] | None = iter(arguments)
    failure: Exception | None = None
    executor = ThreadPoolExecutor(concurrency, "map_calls_sync")
    try:
        while True:
            while source is not None and run.may_begin():
                try:
                    argument = next(source, _END)
                except Exception as error:  # noqa: BLE001 - raised when what is under way has been reported
                    failure, argument = error, _END
                if argument is _END:
                    source = None
                    break
                future = run.begin(argument, lambda argument: executor.submit(copy_context().run, call, argument))
                if ordered:
                    in_order.append((argument, future))
                future.add_done_callback(partial(_put, done, argument))
            if not run.in_hand:
                if source is None or run.fatal is not None:
                    break
                time.sleep(run.pause())
                continue
            try:
                outcomes = deque([done.get(timeout=run.pause() or None)])
            except queue.Empty:
                continue  # the pause is over
            if ordered:
                outcomes = in_order
            while outcomes and outcomes[0][1].done():
                yield _result(*outcomes.popleft())
                run.in_hand -= 1
    finally:
        executor.shutdown()
    fault = run.fatal or failure
    if fault is not None:
        raise fault


def _put(outcomes: queue.SimpleQueue[tuple[A, Future[T]]], argument: A, future: Future[T]) -> None:
    outcomes.put((argument, future))


def _result(argument: A, task: asyncio.Task[T] | Future[T]) -> CallResult[A, T]:
    error = task.exception()
    if error is None:
        return CallResult(argument, value=task.result())
    return CallResult(argument, error=cast(Exception, error))

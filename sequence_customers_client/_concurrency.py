"""Time, locks and event loops: the only module that sleeps, and the only one that tells trio from asyncio.

asyncio is imported where it is used: a program that awaits has it, and one that blocks shall not pay for it. anyio is
for trio only, likewise.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from asyncio import Future as AsyncFuture

T = TypeVar("T")

now = time.monotonic
sleep = time.sleep


class WallClockTimeout(Exception):  # noqa: N818 - a signal between our modules, not an error of the caller's
    """The wall-clock limit of an attempt was reached."""


class AcquireTimeout(Exception):  # noqa: N818 - likewise
    """Every connection was in use for too long."""


def _trio_token() -> object | None:
    trio: Any = sys.modules.get("trio")
    if trio is None:
        return None
    try:
        return cast(object, trio.lowlevel.current_trio_token())
    except RuntimeError:
        return None


def is_trio() -> bool:
    """Whether trio runs, and not asyncio."""
    return _trio_token() is not None


def async_lock() -> AbstractAsyncContextManager[object]:
    """A lock of the loop that is running."""
    if is_trio():
        import anyio

        return anyio.Lock()
    import asyncio

    return asyncio.Lock()


async def async_sleep(seconds: float) -> None:
    """Let others run for a time.

    Args:
        seconds: How long.
    """
    if is_trio():
        import anyio

        await anyio.sleep(seconds)
    else:
        import asyncio

        await asyncio.sleep(seconds)


def shield() -> AbstractContextManager[object]:
    """Around what must be done although the caller has been cancelled; asyncio cancels once, and it is enough there."""
    if is_trio():
        import anyio

        return anyio.CancelScope(shield=True)
    return nullcontext()


async def wait_for(seconds: float, work: Awaitable[T]) -> T:
    """Await something for a limited time, then cancel it.

    Args:
        seconds: The limit, wall clock.
        work: What to await.

    Raises:
        WallClockTimeout: The limit was reached.
    """
    if is_trio():
        import anyio

        with anyio.move_on_after(seconds):
            return await work
        raise WallClockTimeout
    import asyncio

    timer = asyncio.timeout(seconds)
    try:
        async with timer:
            return await work
    except TimeoutError:
        if timer.expired():
            raise WallClockTimeout from None
        raise


def run_in_thread(work: Callable[[], T], done: Callable[[], object], name: str) -> Callable[[], T]:
    """Run blocking work that may never end, in a thread that holds up neither the caller nor the interpreter's end.

    Args:
        work: What to run; it sees the caller's context variables.
        done: Called when the work has ended, well or not.
        name: What the thread is called.

    Returns:
        A function that returns what the work returned, or raises what it raised; to be called when it is done.
    """
    outcome: Future[T] = Future()
    context = copy_context()

    def target() -> None:
        try:
            outcome.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits
            outcome.set_exception(error)
        done()

    try:
        threading.Thread(target=target, name=name, daemon=True).start()
    except RuntimeError:
        # No thread can start any more: the process is at its limit, or the interpreter ends. Then without a time limit.
        target()
    return outcome.result


def call_within(seconds: float, work: Callable[[], T], name: str) -> T:
    """Call what may block for ever, for a limited time.

    Raises:
        WallClockTimeout: The limit was reached; the work goes on in a thread of its own, and nobody waits for it.
    """
    event = threading.Event()
    result = run_in_thread(work, event.set, name)
    if not event.wait(seconds):
        raise WallClockTimeout
    return result()


async def call_aside(work: Callable[[], T], name: str) -> T:
    """Await what may block for ever; whoever awaits can be cancelled, and the work then goes on unheeded."""
    waiter = _async_waiter()
    token: Any = _trio_token()
    if token is None:
        import asyncio

        soon: Callable[[Callable[[], object]], object] = asyncio.get_running_loop().call_soon_threadsafe
    else:
        soon = token.run_sync_soon

    def done() -> None:
        with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
            soon(waiter.set)

    result = run_in_thread(work, done, name)
    await waiter.wait(threading.TIMEOUT_MAX)
    return result()


class Waiter(Protocol):
    """Somebody who waits for a place."""

    def set(self) -> object:
        """Let whoever waits go on."""


WaiterT = TypeVar("WaiterT", bound=Waiter)


class _Places(Generic[WaiterT]):
    """A number of places, given to those who wait in the order in which they came, each time in constant time."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._waiting: deque[WaiterT] = deque()

    def release(self) -> None:
        """Give the place to whoever came first."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _take(self, make: Callable[[], WaiterT]) -> WaiterT | None:
        """Take a free place and return None; where there is none, return the waiter that will be given one."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            self._waiting.append(waiter := make())
            return waiter

    def _give_up(self, waiter: WaiterT) -> None:
        with self._lock:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
                return
        self.release()  # the place came in that very moment


class Semaphore(_Places[threading.Event]):
    """A semaphore for the threads of one process, first come, first served."""

    def acquire(self, timeout: Callable[[], float]) -> None:
        """Take a place.

        Args:
            timeout: Asked, only where no place is free, for the seconds that the wait may take.

        Raises:
            AcquireTimeout: No place came free in time.
        """
        waiter = self._take(threading.Event)
        if waiter is None:
            return
        came = False
        try:
            came = waiter.wait(timeout())
        finally:
            if not came:
                self._give_up(waiter)
        if not came:
            raise AcquireTimeout


class AsyncWaiter(Waiter, Protocol):
    """A task that waits for a place."""

    async def wait(self, seconds: float) -> bool:
        """Wait until it is set, at most for the seconds given; returns whether it was."""
        ...


class AsyncSemaphore(_Places[AsyncWaiter]):
    """A semaphore for the tasks of one event loop, first come, first served."""

    async def acquire(self, timeout: Callable[[], float]) -> None:  # noqa: ASYNC109 - asked where it waits
        """Take a place.

        Args:
            timeout: Asked, only where no place is free, for the seconds that the wait may take.

        Raises:
            AcquireTimeout: No place came free in time.
        """
        waiter = self._take(_async_waiter)
        if waiter is None:
            return
        came = False
        try:
            came = await waiter.wait(timeout())
        finally:
            if not came:
                self._give_up(waiter)
        if not came:
            raise AcquireTimeout


def _async_waiter() -> AsyncWaiter:
    if is_trio():
        return _TrioWaiter()
    import asyncio

    return AsyncioWaiter(asyncio.get_running_loop())


class AsyncioWaiter:
    """A task that waits on asyncio: with a timer and no scope, because a thousand may."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._came: AsyncFuture[bool] = loop.create_future()

    async def wait(self, seconds: float | None) -> bool:
        """Wait until it is set, at most for the seconds given; returns whether it was."""
        if seconds is None:
            return await self._came
        timer = self._loop.call_later(seconds, self._settle, False)  # noqa: FBT003
        try:
            return await self._came
        finally:
            timer.cancel()

    def set(self) -> None:
        """Let whoever waits go on."""
        self._settle(True)  # noqa: FBT003

    def _settle(self, came: bool) -> None:
        if not self._came.done():
            self._came.set_result(came)


class _TrioWaiter:
    def __init__(self) -> None:
        import anyio

        self._event = anyio.Event()

    async def wait(self, seconds: float) -> bool:
        import anyio

        with anyio.move_on_after(seconds):
            await self._event.wait()
        return self._event.is_set()

    def set(self) -> None:
        self._event.set()


class PerLoop(Generic[T]):
    """A value that every event loop has its own of, asyncio's or trio's: an object that uses it may outlive a loop.

    Args:
        make: Makes the value for the loop that is running.
        close: Awaited with the value when the loop shuts down its asynchronous generators, as `asyncio.run` and
            `trio.run` do at their end: what a loop had open is not left to the collector.
    """

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[object]] | None = None) -> None:
        self._make = make
        self._close = close
        self._values: WeakKeyDictionary[Any, tuple[T, object]] = WeakKeyDictionary()

    def get(self) -> T:
        """The value of the loop that is running, made when it is asked for first."""
        loop = _trio_token()
        if loop is None:
            import asyncio

            loop = asyncio.get_running_loop()
        try:
            return self._values[loop][0]
        except KeyError:
            for reference in self._values.keyrefs():  # a list made in one step, whatever other threads add
                # What a value has open may keep its loop alive, and the entry with it.
                old = reference()
                if getattr(old, "is_closed", bool)():
                    self._values.pop(old, None)
            value = self._make()
            guard = None if self._close is None else _start(_closing(self._close, value))
            return self._values.setdefault(loop, (value, guard))[0]


async def _closing(close: Callable[[T], Awaitable[object]], value: T) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        with shield():  # trio has cancelled whatever still runs by then
            await close(value)


def _start(generator: AsyncGenerator[None, None]) -> object:
    """Run to the first yield, so that the running loop knows of the generator (PEP 525)."""
    with suppress(StopIteration):
        generator.asend(None).send(None)
    return generator


class PerProcess(Generic[T]):
    """A value that every process has its own of: what a parent has open is not its children's to use."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._process, self._value = os.getpid(), make()

    def get(self) -> T:
        """The value of the process that is running, made after a fork."""
        if self._process != os.getpid():
            self._process, self._value = os.getpid(), self._make()
        return self._value

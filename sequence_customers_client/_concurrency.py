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
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from contextvars import copy_context
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

now = time.monotonic
sleep = time.sleep


class WallClockTimeout(Exception):  # noqa: N818 - a signal between our modules, not an error of the caller's
    """The wall-clock limit of an attempt was reached."""


class AcquireTimeout(Exception):  # noqa: N818 - likewise
    """Every connection was in use for too long."""


async def settled(outcome: T | Awaitable[T]) -> T:
    """What a function returned, or what awaiting that gives: it may be of a library's async half or of its sync one."""
    return cast("T", await outcome if isawaitable(outcome) else outcome)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end what never waits: async code that both clients share, over what blocks."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise TypeError("something async was given to a client that blocks")


def _trio_token() -> Any:
    trio: Any = sys.modules.get("trio")
    if trio is not None:
        with suppress(RuntimeError):
            return trio.lowlevel.current_trio_token()
    return None


def is_trio() -> bool:
    """Whether trio runs, and not asyncio."""
    return _trio_token() is not None


def _running_loop() -> Any:
    """What stands for the loop that is running: of trio, which has no object for it, its token."""
    if (token := _trio_token()) is not None:
        return token
    import asyncio

    return asyncio.get_running_loop()


def _library() -> Any:
    """Whose names to use: for trio anyio, which has those of asyncio."""
    library: Any
    if is_trio():
        import anyio as library
    else:
        import asyncio as library
    return library


def async_lock() -> Any:
    """A lock of the loop that is running."""
    return _library().Lock()


@asynccontextmanager
async def locked(lock: threading.Lock, seconds: float) -> AsyncGenerator[None, None]:
    """Hold a lock of threads in async code that never waits; WallClockTimeout once it took more than some seconds."""
    if not lock.acquire(timeout=max(0.0, seconds)):
        raise WallClockTimeout
    try:
        yield
    finally:
        lock.release()


async def async_sleep(seconds: float) -> None:
    """Let others run for some seconds."""
    await _library().sleep(seconds)


def shield() -> AbstractContextManager[object]:
    """Around what must be done although the caller has been cancelled; asyncio cancels once, and it is enough there."""
    return _library().CancelScope(shield=True) if is_trio() else nullcontext()


async def wait_for(seconds: float, work: Awaitable[T]) -> T:
    """Await something for some seconds of the wall clock, then cancel it and raise WallClockTimeout."""
    if is_trio():
        with _library().move_on_after(seconds):
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


def call_within(seconds: float, work: Callable[[], T], name: str) -> T:
    """Call what may block for ever, for some seconds.

    Raises:
        WallClockTimeout: The limit was reached; the work goes on in a thread of its own, and nobody waits for it.
    """
    outcome = _in_thread(work, name)
    try:
        return outcome.result(seconds)
    except TimeoutError:
        if not outcome.done():
            raise WallClockTimeout from None
        return outcome.result()


async def call_aside(work: Callable[[], T], name: str) -> T:
    """Await what may block for ever; whoever awaits can be cancelled, and the work then goes on unheeded."""
    token = _trio_token()
    outcome = _in_thread(work, name)
    if token is None:
        return await _library().wrap_future(outcome)  # type: ignore[no-any-return]
    event = _library().Event()

    def done(_: object) -> None:
        with suppress(RuntimeError):  # trio has ended, and whoever waited with it
            token.run_sync_soon(event.set)

    outcome.add_done_callback(done)
    await event.wait()
    return outcome.result()


def _future() -> Future[Any]:
    """One for threads. asyncio has imported it; a client that blocks does so when it is made."""
    from concurrent.futures import Future

    return Future()


def _in_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Run work, with the caller's context variables, in a thread that holds up not even the interpreter's end."""
    outcome: Future[T] = _future()
    outcome.set_running_or_notify_cancel()
    context = copy_context()

    def target() -> None:
        try:
            outcome.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits
            outcome.set_exception(error)

    try:
        threading.Thread(target=target, name=name, daemon=True).start()
    except RuntimeError:
        # No thread can start any more: the process is at its limit, or the interpreter ends. Then without a time limit.
        target()
    return outcome


class Semaphore:
    """A semaphore for the threads of one process, first come, first served: in threading's, who comes later may win."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._waiting: deque[Any] = deque()

    def acquire(self, timeout: Callable[[], float]) -> None:
        """Take a place; where none is free, `timeout` is asked for the seconds to wait before AcquireTimeout."""
        turn = self._take(_future)
        if turn is not None:
            try:
                turn.result(timeout())
            except TimeoutError:
                self._leave(turn)
                raise AcquireTimeout from None
            except BaseException:
                self._leave(turn)
                raise

    def release(self) -> None:
        """Give the place to whoever came first."""
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                if not turn.done():  # or else nobody waits any more
                    turn.set_result(None)
                    return
            self._free += 1

    def _take(self, future: Callable[[], Any]) -> Any:
        """Take a free place and return None; where there is none, return what is done when one's turn comes."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            self._waiting.append(turn := future())
            return turn

    def _leave(self, turn: Any) -> None:
        with self._lock:
            if turn.cancel() or turn.cancelled() or turn.exception():
                return
        self.release()  # the place came in that very moment


class AsyncSemaphore(Semaphore):
    """A semaphore for the tasks of one event loop, first come, first served."""

    async def acquire(self, timeout: Callable[[], float]) -> None:  # type: ignore[override]  # noqa: ASYNC109
        """Take a place; where none is free, `timeout` is asked for the seconds to wait before AcquireTimeout."""
        turn = self._take(lambda: _future() if is_trio() else _library().get_running_loop().create_future())
        if turn is not None:
            try:
                await _arrival(turn, timeout())
            except BaseException:
                self._leave(turn)
                raise


async def _arrival(turn: Any, seconds: float) -> None:
    """Await one's turn. On asyncio with a timer of its own: wait_for with an event costs three times as much."""
    if is_trio():
        event = _library().Event()
        turn.add_done_callback(lambda _: event.set())
        try:
            return await wait_for(seconds, event.wait())
        except WallClockTimeout:
            raise AcquireTimeout from None
    timer = turn.get_loop().call_later(seconds, _expire, turn)
    try:
        await turn
    finally:
        timer.cancel()


def _expire(turn: Any) -> None:
    if not turn.done():
        turn.set_exception(AcquireTimeout())


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
        loop = _running_loop()
        try:
            return self._values[loop][0]
        except KeyError:
            for reference in self._values.keyrefs():  # a list made in one step, whatever other threads add
                # What a value has open may keep its loop alive, and the entry with it.
                old = reference()
                if getattr(old, "is_closed", bool)():
                    self._values.pop(old, None)
            guard = self._guard()
            return self._values.setdefault(loop, (run(guard.__anext__()), guard))[0]

    async def _guard(self) -> AsyncGenerator[T, None]:
        """Begun, but never ended, in the running loop, which knows of it from then on (PEP 525)."""
        value = self._make()
        try:
            yield value
        finally:
            if self._close is not None:
                with shield():  # trio has cancelled whatever still runs by then
                    await self._close(value)


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

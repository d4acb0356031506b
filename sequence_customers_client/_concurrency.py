"""Time, locks and event loops: the only module that sleeps, and the only one that tells trio from asyncio.

Each is imported where it is used: who blocks shall not pay for asyncio, nor others for anyio, which is for trio only.
"""

import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from contextvars import copy_context
from functools import lru_cache, partial
from importlib import import_module
from inspect import isawaitable
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from ._failures import TransportError

T = TypeVar("T")

now = time.monotonic
sleep = time.sleep


class WallClockTimeout(TransportError):  # noqa: N818 - as libraries name theirs
    """The wall-clock limit of an attempt was reached."""

    def __init__(self) -> None:
        super().__init__("WallClockTimeout", timed_out=True)


class AcquireTimeout(TransportError):  # noqa: N818 - likewise
    """Every connection was in use for too long."""

    def __init__(self) -> None:
        super().__init__("AcquireTimeout", timed_out=True, phase="acquire", was_sent=False)


async def settled(outcome: T | Awaitable[T]) -> T:
    """What a function returned, or what awaiting that gives: it may be of a library's async half or of its sync one."""
    return cast("T", await outcome if isawaitable(outcome) else outcome)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end what never waits: async code that both clients share, over what blocks."""
    error = TypeError("something async was given to a client that blocks")
    try:
        work.send(None)
        work.throw(error)
    except StopIteration as end:
        return cast("T", end.value)
    work.close()
    raise error


def _trio_token() -> Any:
    """What stands for the loop of trio, where that runs and not asyncio's."""
    trio: Any = sys.modules.get("trio")
    try:
        # In a task of asyncio's that hosts trio as a guest there is a token, and no task.
        return None if trio is None else trio.lowlevel.current_task() and trio.lowlevel.current_trio_token()
    except RuntimeError:
        return None


def is_trio() -> bool:
    return _trio_token() is not None


def _library() -> Any:
    """Whose names to use: for trio anyio, which has those of asyncio."""
    return import_module("anyio" if is_trio() else "asyncio")


def async_lock() -> Any:
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

    task, expired = cast("asyncio.Task[Any]", asyncio.current_task()), False
    cancelled_before = task.cancelling()

    def expire() -> None:
        nonlocal expired
        expired = task.cancel()

    deadlines = _DEADLINES.get()
    deadlines.add(expire, seconds)
    try:
        return await work
    except asyncio.CancelledError:
        if not expired or task.cancelling() > cancelled_before + 1:
            raise
    finally:
        deadlines.ends.pop(expire, None)
        if expired:
            task.uncancel()
    raise WallClockTimeout


def call_within(seconds: float, work: Callable[[], T], name: str) -> T:
    """Call what may block for ever; after some seconds it goes on unheeded, and WallClockTimeout is raised."""
    event = threading.Event()
    outcome = _in_thread(work, name, event.set)
    if not event.wait(seconds):
        raise WallClockTimeout
    return cast("T", outcome.result())


async def call_aside(work: Callable[[], T], name: str) -> T:
    """Await what may block for ever; whoever awaits can be cancelled, and the work then goes on unheeded."""
    event, token = _library().Event(), _trio_token()
    wake = _library().get_running_loop().call_soon_threadsafe if token is None else token.run_sync_soon
    outcome = _in_thread(work, name, partial(wake, event.set))
    await event.wait()
    return cast("T", outcome.result())


def _in_thread(work: Callable[[], T], name: str, done: Callable[[], object]) -> Any:
    """Run work, with the caller's context variables, in a thread that holds up not even the interpreter's end."""
    outcome = _thread_future()

    def target() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits
            outcome.set_exception(error)
        with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
            done()

    try:
        threading.Thread(target=copy_context().run, args=(target,), name=name, daemon=True).start()
    except RuntimeError:
        # No thread can start any more: the process is at its limit, or the interpreter ends. Then without a time limit.
        target()
    return outcome


def _thread_future() -> Any:
    from concurrent.futures import Future  # asyncio has it; a client that blocks imports it when it is made

    return Future()


class AsyncSemaphore:
    """A semaphore for the tasks of one event loop, first come, first served."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.RLock()
        self._waiting: deque[Any] = deque()

    async def acquire(self, timeout: Callable[[], float]) -> None:  # noqa: ASYNC109 - asked for where it waits
        """Take a place; where none is free, `timeout` is asked for the seconds to wait before AcquireTimeout."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            self._waiting.append(turn := self._future())
        try:
            await self._wait(timeout(), turn)
        except BaseException as error:
            with self._lock:
                if not (turn.cancel() or turn.cancelled() or turn.exception()):  # it came in that very moment
                    self.release()
            if isinstance(error, TimeoutError | WallClockTimeout):
                raise AcquireTimeout from None
            raise

    def release(self) -> None:
        """Give the place to whoever came first, and waits still."""
        with self._lock:
            while self._waiting:
                if not (turn := self._waiting.popleft()).done():
                    turn.set_result(None)
                    return
            self._free += 1

    def _future(self) -> Any:
        return _thread_future() if is_trio() else _library().get_running_loop().create_future()

    async def _wait(self, seconds: float, turn: Any) -> None:
        if is_trio():
            event = _library().Event()
            turn.add_done_callback(lambda _: event.set())
            await wait_for(seconds, event.wait())
        else:  # with a thousand calls in flight most wait here, and wait_for would make twice as much to collect

            def expire() -> None:
                if not turn.done():
                    turn.set_exception(TimeoutError())

            deadlines = _DEADLINES.get()
            deadlines.add(expire, seconds)
            try:
                await turn
            finally:
                deadlines.ends.pop(expire, None)


class Semaphore(AsyncSemaphore):
    """A semaphore for the threads of one process, likewise, by `run`: in threading's, who comes later may win."""

    def _future(self) -> Any:
        return _thread_future()

    async def _wait(self, seconds: float, turn: Any) -> None:
        turn.result(seconds)


class PerLoop(Generic[T]):
    """A value that every event loop has its own of, closed where the loop ends as `asyncio.run` and `trio.run` do."""

    def __init__(self, make: Callable[[], T], close: Callable[[T], Awaitable[object]] | None = None) -> None:
        self._make = make
        self._close = close
        self._values: WeakKeyDictionary[Any, tuple[T, object]] = WeakKeyDictionary()

    def get(self) -> T:
        """The value of the loop that is running, made when it is asked for first."""
        loop = _trio_token() or sys.modules["asyncio"].get_running_loop()
        if (found := self._values.get(loop)) is not None:
            return found[0]
        for reference in self._values.keyrefs():  # a list made in one step, whatever other threads add
            # What a value has open may keep its loop alive, and the entry with it.
            if getattr(old := reference(), "is_closed", bool)():
                self._values.pop(old, None)
        guard = self._guard()
        value, _ = self._values[loop] = run(guard.__anext__()), guard
        return value

    async def _guard(self) -> AsyncGenerator[T, None]:
        """Begun, but never ended, in the running loop, which ends it when it shuts down what it knows of (PEP 525)."""
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
        self._of = lru_cache(maxsize=1)(lambda _: make())
        self.get()  # for the process that makes it

    def get(self) -> T:
        return self._of(os.getpid())


class Deadlines:
    """The time limits of one loop of asyncio, behind one timer: nearly everything ends before its limit does.

    A timer for each, as `asyncio.timeout` has, took a twentieth of a call over aiohttp, and a tenth of a thousand's.
    """

    def __init__(self) -> None:
        self.ends: dict[Callable[[], object], float] = {}
        self._timer: Any = None  # not every loop's tells when it is
        self._next = math.inf

    def add(self, expire: Callable[[], object], seconds: float) -> None:
        """Call a function, another for each limit, after some seconds; unless it is taken out of `ends` before."""
        loop = sys.modules["asyncio"].get_running_loop()
        self.ends[expire] = ends = loop.time() + seconds
        if ends < self._next:
            self._watch(loop, ends)

    def _watch(self, loop: Any, ends: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next, self._timer = ends, loop.call_at(ends, self._expire, loop)

    def _expire(self, loop: Any) -> None:
        self._next, self._timer = math.inf, None
        for expire in [expire for expire, ends in self.ends.items() if ends <= loop.time()]:
            self.ends.pop(expire, None)
            expire()
        if self.ends:
            self._watch(loop, min(self.ends.values()))


_DEADLINES = PerLoop(Deadlines)

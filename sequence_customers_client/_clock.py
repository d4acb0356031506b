"""Time, and the event loop's part in it: the only module that sleeps, and the only one that knows trio from asyncio.

asyncio is imported where it is used: a program that awaits has it, and one that blocks shall not pay for it. anyio is
for trio only, likewise.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

T = TypeVar("T")

now = time.monotonic
sleep = time.sleep


class TimeLimitReached(Exception):  # noqa: N818 - a signal of ours, not an error of the caller's
    """The wall clock struck during an attempt."""


class AsyncTurn(Protocol):
    """What one task can wait for."""

    async def wait(self, seconds: float) -> bool:
        """Wait until it is set, for so many seconds at the most; returns whether it was."""
        ...

    def set(self) -> None:
        """Let whoever waits go on."""
        ...


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


def async_turn() -> AsyncTurn:
    """A turn on the loop that is running."""
    if is_trio():
        return _TrioTurn()
    import asyncio

    return AsyncioTurn(asyncio.get_running_loop())


class AsyncioTurn:
    """With a timer and no scope: a thousand callers wait."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._came: Future[bool] = loop.create_future()

    async def wait(self, seconds: float | None) -> bool:
        """Wait until it is set, for so many seconds at the most; returns whether it was."""
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


class _TrioTurn:
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


def async_lock() -> AbstractAsyncContextManager[object]:
    """A lock of the loop that is running."""
    if is_trio():
        import anyio

        return anyio.Lock()
    import asyncio

    return asyncio.Lock()


async def async_sleep(seconds: float) -> None:
    """Let others run for so many seconds."""
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


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Await something for so many seconds at the most, then cancel it and raise TimeLimitReached."""
    if is_trio():
        import anyio

        with anyio.move_on_after(seconds):
            return await work
        raise TimeLimitReached
    import asyncio

    timer = asyncio.timeout(seconds)
    try:
        async with timer:
            return await work
    except TimeoutError:
        if timer.expired():
            raise TimeLimitReached from None
        raise


class PerLoop(Generic[T]):
    """A value that every event loop has its own of, asyncio's or trio's: an object that uses it may outlive a loop."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._values: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    def get(self) -> T:
        """The value of the loop that is running, made when it is asked for first."""
        loop = _trio_token()
        if loop is None:
            import asyncio

            loop = asyncio.get_running_loop()
        try:
            return self._values[loop]
        except KeyError:
            for old in list(self._values):
                # What a value has open may keep its loop alive, and the entry with it.
                if getattr(old, "is_closed", bool)():
                    del self._values[old]
            return self._values.setdefault(loop, self._make())


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

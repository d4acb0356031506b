"""Time, and the event loop's part in it: the only module that sleeps, and the only one that knows anyio."""

from __future__ import annotations

import os
import time
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import anyio
import anyio.lowlevel

T = TypeVar("T")

now = time.monotonic
sleep = time.sleep
async_sleep = anyio.sleep
AsyncLock = anyio.Lock
AsyncEvent = anyio.Event


def shield() -> anyio.CancelScope:
    """Around what must be done although the caller has been cancelled."""
    return anyio.CancelScope(shield=True)


class TimeLimitReached(Exception):  # noqa: N818 - a signal of ours, not an error of the caller's
    """The wall clock struck during an attempt."""


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Await something for so many seconds at the most, then cancel it and raise TimeLimitReached."""
    with anyio.move_on_after(seconds):
        return await work
    raise TimeLimitReached


def _loop() -> object:
    token = anyio.lowlevel.current_token()
    return getattr(token, "native_token", token)


def is_asyncio() -> bool:
    """Whether the event loop that is running is one of asyncio's kind."""
    return isinstance(_loop(), AbstractEventLoop)


class PerLoop(Generic[T]):
    """A value that every event loop has its own of, asyncio's or trio's: an object that uses it may outlive a loop."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._values: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    def get(self) -> T:
        """The value of the loop that is running, made when it is asked for first."""
        loop = _loop()
        try:
            return self._values[loop]
        except KeyError:
            for old in list(self._values):
                # What a value has open may keep its loop alive, and the entry with it.
                if isinstance(old, AbstractEventLoop) and old.is_closed():
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

"""Time, and the event loop's part in it: the only module that sleeps, and the only one that knows anyio."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TypeVar

import anyio
import anyio.lowlevel

T = TypeVar("T")

now = time.monotonic
sleep = time.sleep
async_sleep = anyio.sleep
AsyncLock = anyio.Lock
LoopVariable = anyio.lowlevel.RunVar
"""A value that every event loop has its own of, asyncio's or trio's; a client may outlive its first loop."""


class TimeLimitReached(Exception):  # noqa: N818 - a signal of ours, not an error of the caller's
    """The wall clock struck during an attempt."""


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Await something for so many seconds at the most, then cancel it and raise TimeLimitReached."""
    with anyio.move_on_after(seconds):
        return await work
    raise TimeLimitReached

"""Pools: which connection a call uses, and who is next when all are in use.

httpcore's own pool looks at every connection, and at everyone who waits, whenever a call comes or goes: five hundred
in flight block an event loop for seconds, and a call that is cancelled while it waits takes its place along. So each of
its pools holds one connection here. Which one is next, and whose turn it is, is decided in constant time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, Generic, TypeVar

import httpx

from . import _clock
from ._queue import AsyncQueue, Queue

TransportT = TypeVar("TransportT")

KEEPALIVE_SECONDS: Final = 30.0


class _Idle(Generic[TransportT]):
    """Transports that wait for their next call: the one used last is used next, so that the others can grow old."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, TransportT]] = deque()

    def take(self) -> TransportT | None:
        try:
            return self._waiting.pop()[1]
        except IndexError:
            return None

    def keep(self, transport: TransportT) -> None:
        self._waiting.append((_clock.now(), transport))

    def old(self, age: float = KEEPALIVE_SECONDS) -> Iterator[TransportT]:
        """Those that have waited too long, taken out."""
        while self._waiting and self._waiting[0][0] <= _clock.now() - age:
            try:
                yield self._waiting.popleft()[1]
            except IndexError:  # another thread was faster
                return


class AsyncPool:
    """For the tasks of one event loop.

    Args:
        given: The caller's transport, which has a pool of its own; None opens one for every connection.
        opens: What opens them.
        places: How many calls may be under way.
    """

    def __init__(
        self, given: httpx.AsyncBaseTransport | None, opens: Callable[[], httpx.AsyncBaseTransport], places: int
    ) -> None:
        self._given = given
        self._opens = opens
        self._queue = AsyncQueue(places)
        self._idle: _Idle[httpx.AsyncBaseTransport] = _Idle()
        self._closed = False

    @asynccontextmanager
    async def connection(self, seconds: float) -> AsyncIterator[httpx.AsyncBaseTransport]:
        """A transport for one exchange, after waiting for so many seconds at the most."""
        await self._queue.enter(seconds)
        try:
            if self._given is not None:
                yield self._given
                return
            transport = self._idle.take() or self._opens()
            try:
                yield transport
            except BaseException:
                # Whatever state it is in, it is nobody's any more.
                with _clock.shield():
                    await transport.aclose()
                raise
            self._idle.keep(transport)
            await self._close_old(0 if self._closed else KEEPALIVE_SECONDS)
        finally:
            self._queue.leave()

    async def aclose(self) -> None:
        """Close what is idle now, and the rest when its call ends."""
        self._closed = True
        if self._given is not None:
            await self._given.aclose()
        await self._close_old(0)

    async def _close_old(self, age: float) -> None:
        for transport in self._idle.old(age):
            await transport.aclose()


class Pool:
    """The twin for the threads of one process."""

    def __init__(
        self, given: httpx.BaseTransport | None, opens: Callable[[], httpx.BaseTransport], places: int
    ) -> None:
        self._given = given
        self._opens = opens
        self._queue = Queue(places)
        self._idle: _Idle[httpx.BaseTransport] = _Idle()
        self._closed = False

    @contextmanager
    def connection(self, seconds: float) -> Iterator[httpx.BaseTransport]:
        """A transport for one exchange, after waiting for so many seconds at the most."""
        self._queue.enter(seconds)
        try:
            if self._given is not None:
                yield self._given
                return
            transport = self._idle.take() or self._opens()
            try:
                yield transport
            except BaseException:
                transport.close()
                raise
            self._idle.keep(transport)
            self._close_old(0 if self._closed else KEEPALIVE_SECONDS)
        finally:
            self._queue.leave()

    def close(self) -> None:
        """Close what is idle now, and the rest when its call ends."""
        self._closed = True
        if self._given is not None:
            self._given.close()
        self._close_old(0)

    def _close_old(self, age: float) -> None:
        for transport in self._idle.old(age):
            transport.close()

"""Pools: which connection a call uses, and who is next when all are in use.

httpcore's own pool looks at every connection, and at everyone who waits, whenever a call comes or goes: five hundred
in flight block an event loop for seconds, and a call that is cancelled while it waits takes its place along. So its
connections are used here without it. Which one is next, and whose turn it is, is decided in constant time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Generic, TypeVar

from . import _clock
from ._connection import KEEPALIVE_SECONDS, AsyncConnection, AsyncLastingConnection, Connection, LastingConnection
from ._queue import AsyncQueue, Queue

T = TypeVar("T")
ConnectionT = TypeVar("ConnectionT")


class _Idle(Generic[ConnectionT]):
    """Connections that wait for their next call: the one used last is used next, so that the others can grow old."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, ConnectionT]] = deque()

    def take(self) -> ConnectionT | None:
        try:
            return self._waiting.pop()[1]
        except IndexError:
            return None

    def keep(self, connection: ConnectionT) -> None:
        self._waiting.append((_clock.now(), connection))

    def old(self, age: float = KEEPALIVE_SECONDS) -> Iterator[ConnectionT]:
        """Those that have waited too long, taken out."""
        while self._waiting and self._waiting[0][0] <= _clock.now() - age:
            try:
                yield self._waiting.popleft()[1]
            except IndexError:  # another thread was faster
                return


class AsyncPool:
    """For the tasks of one event loop.

    Args:
        shared: What carries every exchange, with a pool of its own; None where connections are opened.
        opens: What opens them.
        places: How many calls may be under way.
    """

    def __init__(
        self, shared: AsyncConnection | None, opens: Callable[[], AsyncLastingConnection], places: int
    ) -> None:
        self._shared = shared
        self._opens = opens
        self._queue = AsyncQueue(places)
        self._idle: _Idle[AsyncLastingConnection] = _Idle()
        self._closed = False

    async def lend(self, patience: Callable[[], float], use: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Use a connection for one exchange; where all are in use, wait for as many seconds as `patience` says."""
        await self._queue.enter(patience)
        try:
            if self._shared is not None:
                return await use(self._shared)
            connection = await self._take()
            try:
                result = await use(connection)
            except BaseException:
                # Whatever state it is in, it is nobody's any more.
                with _clock.shield():
                    await connection.aclose()
                raise
            self._idle.keep(connection)
            await self._close_old(0 if self._closed else KEEPALIVE_SECONDS)
            return result
        finally:
            self._queue.leave()

    async def aclose(self) -> None:
        """Close what is idle now, and the rest when its call ends."""
        self._closed = True
        if self._shared is not None:
            await self._shared.aclose()
        await self._close_old(0)

    async def _take(self) -> AsyncLastingConnection:
        while (connection := self._idle.take()) is not None:
            if connection.is_reusable():
                return connection
            await connection.aclose()
        return self._opens()

    async def _close_old(self, age: float) -> None:
        for connection in self._idle.old(age):
            await connection.aclose()


class Pool:
    """The twin for the threads of one process."""

    def __init__(self, shared: Connection | None, opens: Callable[[], LastingConnection], places: int) -> None:
        self._shared = shared
        self._opens = opens
        self._queue = Queue(places)
        self._idle: _Idle[LastingConnection] = _Idle()
        self._closed = False

    def lend(self, patience: Callable[[], float], use: Callable[[Connection], T]) -> T:
        """Use a connection for one exchange; where all are in use, wait for as many seconds as `patience` says."""
        self._queue.enter(patience)
        try:
            if self._shared is not None:
                return use(self._shared)
            connection = self._take()
            try:
                result = use(connection)
            except BaseException:
                connection.close()
                raise
            self._idle.keep(connection)
            self._close_old(0 if self._closed else KEEPALIVE_SECONDS)
            return result
        finally:
            self._queue.leave()

    def close(self) -> None:
        """Close what is idle now, and the rest when its call ends."""
        self._closed = True
        if self._shared is not None:
            self._shared.close()
        self._close_old(0)

    def _take(self) -> LastingConnection:
        while (connection := self._idle.take()) is not None:
            if connection.is_reusable():
                return connection
            connection.close()
        return self._opens()

    def _close_old(self, age: float) -> None:
        for connection in self._idle.old(age):
            connection.close()

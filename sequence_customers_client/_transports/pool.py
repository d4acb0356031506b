"""The pool: which connection a request uses.

httpcore's own pool looks at every connection, and at everyone who waits, whenever a call comes or goes: five hundred
in flight block an event loop for seconds. Here it is decided in constant time; how many may be in use at a time is the
client's semaphore's affair.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Generic, Protocol, TypeVar

from .. import _concurrency
from .._request import Request
from .._response import Response
from .._timeouts import AttemptTimeouts
from .base import AsyncTransport, Transport

KEEPALIVE_SECONDS: Final = 30.0


class _Reusable(Protocol):
    def is_reusable(self) -> bool:
        """Whether it is open, and nothing is on it that nobody asked for."""
        ...


class AsyncConnection(AsyncTransport, _Reusable, Protocol):
    """Carries one exchange at a time."""


class Connection(Transport, _Reusable, Protocol):
    """Carries one exchange at a time."""


ConnectionT = TypeVar("ConnectionT")


class _Idle(Generic[ConnectionT]):
    """Connections that wait for their next request: the one used last is used next, so that the others can grow old."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, ConnectionT]] = deque()

    def take(self) -> ConnectionT | None:
        try:
            return self._waiting.pop()[1]
        except IndexError:
            return None

    def keep(self, connection: ConnectionT) -> None:
        self._waiting.append((_concurrency.now(), connection))

    def since(self, moment: float) -> Iterator[ConnectionT]:
        """Those that have waited since a moment, or longer, taken out."""
        while self._waiting and self._waiting[0][0] <= moment:
            try:
                yield self._waiting.popleft()[1]
            except IndexError:  # another thread was faster
                return


class AsyncPool:
    """Connections of one event loop.

    Args:
        connect: Makes a connection; it opens when it is used.
    """

    def __init__(self, connect: Callable[[], AsyncConnection]) -> None:
        self._connect = connect
        self._idle: _Idle[AsyncConnection] = _Idle()
        self._is_closed = False

    async def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        """Send a request over an idle connection, or a new one; what is not in order afterwards is closed."""
        started = _concurrency.now()
        reused = await self._take()
        connection = reused or self._connect()
        try:
            response = await connection.send(request, timeouts, max_body_bytes)
        except BaseException:
            with _concurrency.shield():
                await connection.aclose()
                if reused is not None:
                    # What has been idle as long may be as dead: after a thaw, or behind a router that forgot.
                    await self._close_idle(started)
            raise
        self._idle.keep(connection)
        await self._close_idle(_concurrency.now() - (0 if self._is_closed else KEEPALIVE_SECONDS))
        return response

    async def aclose(self) -> None:
        """Close what is idle now, and the rest when its call ends."""
        self._is_closed = True
        await self._close_idle(_concurrency.now())

    async def _take(self) -> AsyncConnection | None:
        while (connection := self._idle.take()) is not None:
            if connection.is_reusable():
                return connection
            await connection.aclose()
        return None

    async def _close_idle(self, since: float) -> None:
        for connection in self._idle.since(since):
            await connection.aclose()


class Pool:
    """Connections of one process.

    Args:
        connect: Makes a connection; it opens when it is used.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._idle: _Idle[Connection] = _Idle()
        self._is_closed = False

    def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        """Send a request over an idle connection, or a new one; what is not in order afterwards is closed."""
        started = _concurrency.now()
        reused = self._take()
        connection = reused or self._connect()
        try:
            response = connection.send(request, timeouts, max_body_bytes)
        except BaseException:
            connection.close()
            if reused is not None:
                # What has been idle as long may be as dead: after a thaw, or behind a router that forgot.
                self._close_idle(started)
            raise
        self._idle.keep(connection)
        self._close_idle(_concurrency.now() - (0 if self._is_closed else KEEPALIVE_SECONDS))
        return response

    def close(self) -> None:
        """Close what is idle now, and the rest when its call ends."""
        self._is_closed = True
        self._close_idle(_concurrency.now())

    def _take(self) -> Connection | None:
        while (connection := self._idle.take()) is not None:
            if connection.is_reusable():
                return connection
            connection.close()
        return None

    def _close_idle(self, since: float) -> None:
        for connection in self._idle.since(since):
            connection.close()

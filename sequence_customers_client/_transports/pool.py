"""The pool: which connection a request uses, decided in constant time; the client's semaphore limits how many.

httpcore's own looks at every connection, and at everyone who waits, whenever a call comes or goes: five hundred in
flight block an event loop for seconds.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from .. import _concurrency
from .._request import Request
from .._response import Response
from .._timeouts import AttemptTimeouts
from .base import Transport

KEEPALIVE_SECONDS: Final = 30.0


class Connection(Transport, Protocol):
    """Carries one exchange at a time."""

    def is_reusable(self) -> bool:
        """Whether it is open, and nothing is on it that nobody asked for."""
        ...


class Pool:
    """Connections of one event loop, or of one process; the one used last is used next, so that others can grow old."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._idle: deque[tuple[float, Connection]] = deque()
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
        ended = _concurrency.now()
        self._idle.append((ended, connection))
        await self._close_idle(ended - (0 if self._is_closed else KEEPALIVE_SECONDS))
        return response

    async def aclose(self) -> None:
        """Close what is idle now, and the rest when its call ends."""
        self._is_closed = True
        await self._close_idle(_concurrency.now())

    async def _take(self) -> Connection | None:
        with suppress(IndexError):  # there is none, or another thread was faster
            while not (connection := self._idle.pop()[1]).is_reusable():
                await connection.aclose()
            return connection
        return None

    async def _close_idle(self, since: float) -> None:
        """Close what has been idle since then, or longer."""
        with suppress(IndexError):  # likewise
            while self._idle[0][0] <= since:
                await self._idle.popleft()[1].aclose()

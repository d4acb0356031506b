"""The queue before the connections: callers beyond max_connections wait here, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import httpx

from . import _clock


class QueueTimeout(httpx.PoolTimeout):
    """Every connection was in use for too long."""


class _Turn(Protocol):
    def set(self) -> object: ...


TurnT = TypeVar("TurnT", bound=_Turn)


class _Places(Generic[TurnT]):
    """So many places, and those who wait for one."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._waiting: deque[TurnT] = deque()

    def leave(self) -> None:
        """Give the place to whoever came first."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _take(self, make: Callable[[], TurnT]) -> TurnT | None:
        """Take a free place; where there is none, the turn is returned that will be set when one is given."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            self._waiting.append(turn := make())
            return turn

    def _give_up(self, turn: TurnT) -> None:
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self.leave()  # the turn came in that very moment


class AsyncQueue(_Places[_clock.AsyncTurn]):
    """For the tasks of one event loop."""

    async def enter(self, patience: Callable[[], float]) -> None:
        """Take a place; where none is free, wait as many seconds as `patience` says, and then raise QueueTimeout."""
        turn = self._take(_clock.async_turn)
        if turn is None:
            return
        came = False
        try:
            came = await turn.wait(patience())
        finally:
            if not came:
                self._give_up(turn)
        if not came:
            raise QueueTimeout("every connection is in use")


class Queue(_Places[threading.Event]):
    """For the threads of one process."""

    def enter(self, patience: Callable[[], float]) -> None:
        """Take a place; where none is free, wait as many seconds as `patience` says, and then raise QueueTimeout."""
        turn = self._take(threading.Event)
        if turn is None:
            return
        came = False
        try:
            came = turn.wait(patience())
        finally:
            if not came:
                self._give_up(turn)
        if not came:
            raise QueueTimeout("every connection is in use")

"""The queue before the connections: callers beyond max_connections wait here, first come, first served."""

from __future__ import annotations

import threading
from collections import deque

import httpx

from . import _clock


class QueueTimeout(httpx.PoolTimeout):
    """Every connection was in use for too long."""


class AsyncQueue:
    """For the tasks of one event loop."""

    def __init__(self, places: int) -> None:
        self._places = _clock.AsyncSemaphore(places, fast_acquire=True)

    async def enter(self, seconds: float) -> None:
        """Take a place, waiting for so many seconds at the most, and then raise QueueTimeout."""
        try:
            self._places.acquire_nowait()
        except _clock.WouldBlock:
            try:
                await _clock.within(seconds, self._places.acquire())
            except _clock.TimeLimitReached:
                raise QueueTimeout("every connection is in use") from None

    def leave(self) -> None:
        """Give the place to whoever came first."""
        self._places.release()


class Queue:
    """For the threads of one process."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    def enter(self, seconds: float) -> None:
        """Take a place, waiting for so many seconds at the most, and then raise QueueTimeout."""
        with self._lock:
            if self._places:
                self._places -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            if turn.wait(seconds):
                return
        except BaseException:
            self._step_out(turn)
            raise
        self._step_out(turn)
        raise QueueTimeout("every connection is in use")

    def leave(self) -> None:
        """Give the place to whoever came first."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._places += 1

    def _step_out(self, turn: threading.Event) -> None:
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self.leave()  # the turn came in that very moment

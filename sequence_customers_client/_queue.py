"""The queue before the connections: callers beyond max_connections wait here, first come, first served.

httpcore would let them wait in its pool. There every arrival and departure looks at all who wait, so that five hundred
calls in flight block an event loop for seconds, and a call that is cancelled while it waits takes its place along.
"""

from __future__ import annotations

import threading
from collections import deque

import httpx

from . import _clock


class AsyncQueue:
    """For the tasks of one event loop."""

    def __init__(self, places: int) -> None:
        self._places = _clock.AsyncSemaphore(places, fast_acquire=True)

    async def enter(self, seconds: float) -> None:
        """Take a place, waiting for so many seconds at the most, and then raise httpx.PoolTimeout."""
        try:
            self._places.acquire_nowait()
        except _clock.WouldBlock:
            try:
                await _clock.within(seconds, self._places.acquire())
            except _clock.TimeLimitReached:
                raise httpx.PoolTimeout("every connection is in use") from None

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
        """Take a place, waiting for so many seconds at the most, and then raise httpx.PoolTimeout."""
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
        raise httpx.PoolTimeout("every connection is in use")

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

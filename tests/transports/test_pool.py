"""The pool: the connection used last is used next, and what is not in order is closed, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sequence_customers_client._concurrency import run
from sequence_customers_client._failures import TransportError
from sequence_customers_client._request import Request
from sequence_customers_client._response import Headers, Response
from sequence_customers_client._timeouts import attempt_timeouts
from sequence_customers_client._transports.pool import KEEPALIVE_SECONDS, Pool

REQUEST = Request("GET", "https://a.test/", {}, None)
TIMEOUTS = attempt_timeouts(10.0, 60.0, 0.0)


class Connections:
    """A pool, and every connection that it made."""

    def __init__(self) -> None:
        self.made: list[Connection] = []
        self.during: Callable[[], object] = int
        """What happens while a connection carries a request."""

        self.pool = Pool(self._make)

    def _make(self) -> Any:
        self.made.append(Connection(self))
        return self.made[-1]

    def send(self) -> None:
        """One exchange."""
        run(self.pool.send(REQUEST, TIMEOUTS, 100))

    def close(self) -> None:
        run(self.pool.aclose())

    def side_by_side(self, count: int) -> None:
        """So many exchanges at a time, each begun while the one before it goes on."""

        def another() -> None:
            nonlocal count
            count -= 1
            if count > 0:
                self.send()

        self.during = another
        self.send()
        self.during = int

    @property
    def used(self) -> list[int]:
        """How often each connection was used."""
        return [connection.used for connection in self.made]

    @property
    def closed(self) -> list[int]:
        """How often each connection was closed."""
        return [connection.closed for connection in self.made]


class Connection:
    """A connection that counts what is done with it."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.used = self.closed = 0
        self.reusable = True

    async def send(self, *_: object) -> Response:
        self.used += 1
        self._connections.during()
        return Response(200, Headers(), b"")

    def is_reusable(self) -> bool:
        return self.reusable

    async def aclose(self) -> None:
        self.closed += 1


@contextmanager
def failing(connections: Connections, error: BaseException) -> Iterator[None]:
    """In the block, every exchange ends with the error."""

    def fail() -> None:
        raise error

    connections.during = fail
    with pytest.raises(type(error)):
        yield
    connections.during = int


@pytest.fixture
def connections() -> Connections:
    return Connections()


def test_one_after_the_other_share_a_connection(connections: Connections) -> None:
    """A connection is kept for the next request."""
    for _ in range(3):
        connections.send()

    assert ([3], [0]) == (connections.used, connections.closed)


def test_each_carries_one_exchange_at_a_time(connections: Connections) -> None:
    """Requests at the same time have a connection each, and none is closed after them."""
    connections.side_by_side(3)

    assert ([1, 1, 1], [0, 0, 0]) == (connections.used, connections.closed)


def test_the_connection_used_last_is_used_next(connections: Connections) -> None:
    """So the others grow old, and can be closed."""
    connections.side_by_side(2)  # the first is the last to come back
    connections.send()

    assert [2, 1] == connections.used


def test_what_has_been_idle_too_long_is_closed(connections: Connections, clock: Any) -> None:
    """The next request that ends closes those that nobody needed for so many seconds, and not the others."""
    connections.side_by_side(3)
    clock.pass_by(KEEPALIVE_SECONDS / 2)
    connections.side_by_side(2)
    clock.pass_by(KEEPALIVE_SECONDS / 2)
    connections.send()

    assert [0, 0, 1] == connections.closed


def test_what_is_not_reusable_is_closed_and_replaced(connections: Connections) -> None:
    """A connection that the server closed, or left something on, carries nothing more."""
    connections.side_by_side(2)
    for connection in connections.made:
        connection.reusable = False
    connections.send()

    assert ([1, 1, 1], [1, 1, 0]) == (connections.used, connections.closed)


@pytest.mark.parametrize(
    "error", [TransportError("ReadError"), asyncio.CancelledError(), KeyboardInterrupt()], ids=repr
)
def test_a_connection_that_failed_is_closed(connections: Connections, error: BaseException) -> None:
    """Whatever ends an exchange early, its connection is not used again; a new one says nothing of the others."""
    connections.side_by_side(2)
    connections.made[0].reusable = connections.made[1].reusable = False
    with failing(connections, error):
        connections.send()

    assert [1, 1, 1] == connections.closed


def test_where_a_kept_connection_fails_the_idle_ones_go_with_it(connections: Connections) -> None:
    """What has been idle as long may be as dead, and would fail the next calls one by one."""
    connections.side_by_side(3)
    with failing(connections, TransportError("ReadError")):
        connections.send()

    assert [1, 1, 1] == connections.closed


def test_where_a_new_connection_fails_the_idle_ones_stay(connections: Connections) -> None:
    """A server that takes no more connections says nothing of those it has."""

    def twice() -> None:
        def fail() -> None:
            raise TransportError("ConnectError")

        connections.during = fail
        with pytest.raises(TransportError):
            connections.send()

    connections.during = twice
    connections.send()

    assert ([1, 1], [0, 1]) == (connections.used, connections.closed)


def test_closing_closes_what_is_idle(connections: Connections) -> None:
    """Every connection is closed once, however often the pool is."""
    connections.side_by_side(3)
    connections.close()
    connections.close()

    assert [1, 1, 1] == connections.closed


def test_what_is_in_use_is_closed_when_its_call_ends(connections: Connections) -> None:
    """A call that is under way while the pool is closed comes to its end, and leaves nothing open."""
    seen: list[list[int]] = []

    def close() -> None:
        connections.close()
        seen.append(connections.closed)

    connections.during = close
    connections.send()

    assert ([[0]], [1]) == (seen, connections.closed)

"""Network streams for httpcore: each address has its turn, limits hold, and leftovers are seen."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client._concurrency import WallClockTimeout
from sequence_customers_client._transports.network import WALL_CLOCK, AsyncBackend, Attempts, Backend, Received

HANG = 30.0
"""Seconds that no test waits."""

SOON = 0.01

# --- Received


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """A response as it comes, and its headers."""
    # No CR: a chunk that holds what looks like the end of chunks is not sure to be the end, and is not tried here.
    body = draw(st.binary(max_size=40)).replace(b"\r", b"")
    if draw(st.booleans()):
        headers = [(draw(st.sampled_from([b"Content-Length", b"content-length"])), str(len(body)).encode())]
        content = body
    else:
        headers = [(b"Transfer-Encoding", b"chunked")]
        chunks = [body[start : start + 7] for start in range(0, len(body), 7)]
        content = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    fields = b"".join(b"%s: %s\r\n" % field for field in headers)
    return b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + content, headers


@st.composite
def pieces(draw: st.DrawFn, whole: bytes) -> list[bytes]:
    """Bytes cut anywhere; no piece is empty, which would be the end of the connection."""
    cuts = sorted(draw(st.sets(st.integers(0, len(whole)), max_size=8)) | {0, len(whole)})
    return [whole[start:end] for start, end in pairwise(cuts)]


def received(*parts: bytes) -> Received:
    """What was counted of an exchange."""
    counter = Received()
    for part in parts:
        counter.add(part)
    return counter


@given(exchanges(), st.data())
def test_a_whole_response_is_exact_in_whatever_pieces(
    exchange: tuple[bytes, list[tuple[bytes, bytes]]], data: st.DataObject
) -> None:
    """A response and nothing more is exact, wherever the network cuts it."""
    whole, headers = exchange

    assert received(*data.draw(pieces(whole))).is_exact(headers, has_body=True)


@given(exchanges(), st.binary(min_size=1, max_size=40) | st.just(b"0\r\n\r\n"), st.data())
def test_anything_more_is_never_exact(
    exchange: tuple[bytes, list[tuple[bytes, bytes]]], surplus: bytes, data: st.DataObject
) -> None:
    """Whatever follows a response, and wherever it is cut, the connection is not used again."""
    whole, headers = exchange

    assert not received(*data.draw(pieces(whole + surplus))).is_exact(headers, has_body=True)


@given(exchanges(), st.data())
def test_anything_less_is_never_exact(exchange: tuple[bytes, list[tuple[bytes, bytes]]], data: st.DataObject) -> None:
    """A response that is cut short is not exact, wherever it ends."""
    whole, headers = exchange
    end = data.draw(st.integers(0, len(whole) - 1))

    assert not received(*data.draw(pieces(whole[:end]))).is_exact(headers, has_body=True)


@given(exchanges(), exchanges(), st.data())
def test_each_exchange_is_counted_by_itself(first: Any, second: Any, data: st.DataObject) -> None:
    """What came before a request was sent does not count for its response."""
    counter = received(first[0], b"surplus")
    counter.start()
    for piece in data.draw(pieces(second[0])):
        counter.add(piece)

    assert counter.is_exact(second[1], has_body=True)


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    ("content", "headers", "has_body", "expected"),
    [
        (HEAD, [], False, True),
        (HEAD, [(b"content-length", b"9")], False, True),
        (HEAD + b"x", [], False, False),
        (HEAD + b"x", [], True, False),
        (HEAD + b"x", [(b"content-length", b"1")], True, True),
        (HEAD + b"x", [(b"content-length", b"+1")], True, False),
        (HEAD + b"x", [(b"content-length", b"1, 1")], True, False),
        (HEAD + b"1\r\na\r\n0\r\n\r\n0\r\n\r\n", [(b"transfer-encoding", b"chunked")], True, False),
        (HEAD + b"3;a=b\r\nabc\r\n0\r\n\r\n", [(b"transfer-encoding", b"chunked")], True, True),
        (HEAD + b"3\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n", [(b"transfer-encoding", b"chunked")], True, False),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD, [(b"content-length", b"0")], True, False),
        (b"", [], False, False),
        (b"HTTP/1.1 200 OK\r\n", [], False, False),
    ],
)
def test_where_framing_leaves_a_doubt_it_is_not_exact(
    content: bytes, headers: list[tuple[bytes, bytes]], has_body: bool, expected: bool
) -> None:
    """Only a length, chunks without trailers, or no body at all are sure."""
    assert expected is received(content).is_exact(headers, has_body=has_body)


# --- Attempts


def turns(attempts: Attempts, count: int) -> list[tuple[str, float | None]]:
    """So many turns, none of which comes to anything."""
    found = []
    for address, seconds in islice(attempts, count):
        found.append((address, seconds))
        attempts.failed(httpcore.ConnectTimeout())
    return found


@pytest.mark.usefixtures("clock")
def test_each_address_has_its_turn_and_then_a_longer_one() -> None:
    """Those that are too slow are tried again, for twice as long."""
    assert [("a", 0.25), ("b", 0.25), ("a", 0.5), ("b", 0.5), ("a", 1.0)] == turns(Attempts(["a", "b"], 60.0), 5)


def test_turns_without_a_limit_are_as_long() -> None:
    """Where there is no limit, addresses have turns all the same; the only one has all the time there is."""
    assert [("a", 0.25), ("b", 0.25), ("a", 0.5)] == turns(Attempts(["a", "b"], None), 3)
    assert [("a", None)] == turns(Attempts(["a"], None), 1)


def test_the_last_address_has_what_is_left(clock: Any) -> None:
    """Who refuses is not asked again, and who remains has all of the time."""
    attempts = Attempts(["a", "b", "c"], 10.0)
    found = []
    for address, seconds in islice(attempts, 3):
        found.append((address, seconds))
        clock.pass_by(1)
        attempts.failed(httpcore.ConnectError(address))

    assert [("a", 0.25), ("b", 0.25), ("c", 8.0)] == found
    assert [] == list(attempts)
    assert "c" == str(attempts.failure)


def test_the_limit_ends_all_turns(clock: Any) -> None:
    """No turn is longer than what is left, and none begins after it."""
    found = []
    attempts = Attempts(["a", "b"], 0.6)
    for address, seconds in attempts:
        found.append((address, seconds))
        clock.pass_by(seconds)
        attempts.failed(httpcore.ConnectTimeout())

    assert [("a", 0.25), ("b", 0.25)] == found[:2]
    assert pytest.approx(0.1) == found[2][1]
    assert 3 == len(found)


def test_no_address_is_a_failure() -> None:
    """A name without an address has nothing to try, and says so."""
    attempts = Attempts([], 1.0)

    assert [] == list(attempts)
    assert "the name has no address" == str(attempts.failure)


@given(st.lists(st.sampled_from("abcd"), unique=True), st.data())
def test_whoever_refuses_is_not_asked_again(addresses: list[str], data: st.DataObject) -> None:
    """Every address is asked, and those that refused once at most."""
    attempts, refused, asked = Attempts(addresses, None), set(), set()
    for address, _ in islice(attempts, 20):
        assert address not in refused
        asked.add(address)
        if data.draw(st.booleans()):
            refused.add(address)
            attempts.failed(httpcore.ConnectError())
        else:
            attempts.failed(httpcore.ConnectTimeout())

    assert set(addresses) == asked


@pytest.mark.usefixtures("clock")
def test_a_handshake_leaves_time_for_the_next_address() -> None:
    """The only address may take all of the time; one of several half of it, and at least a second."""
    assert [10.0, 5.0, 1.0] == [
        Attempts(addresses, seconds).handshake_seconds()
        for addresses, seconds in ((["a"], 10.0), (["a", "b"], 10.0), (["a", "b"], 1.0))
    ]


# --- The wall clock


def test_the_wall_clock_limits_what_a_socket_may_take(clock: Any) -> None:
    """A limit is the least of its own and what is left, until nothing is; and none after the block."""
    with WALL_CLOCK.after(10):
        clock.pass_by(6)
        assert [4, 4, 1] == [WALL_CLOCK.remaining(seconds) for seconds in (None, 10, 1)]
        clock.pass_by(4)
        with pytest.raises(WallClockTimeout):
            WALL_CLOCK.remaining(None)
    WALL_CLOCK.check()

    assert WALL_CLOCK.remaining(None) is None


def test_a_timeout_that_the_wall_clock_set_is_the_wall_clocks(clock: Any) -> None:
    """A wait that was cut short ends as the attempt does; one that had a limit of its own ends with that."""
    with WALL_CLOCK.after(10):
        with pytest.raises(httpcore.ReadTimeout), WALL_CLOCK.limiting():
            raise httpcore.ReadTimeout
        clock.pass_by(10)
        with pytest.raises(WallClockTimeout), WALL_CLOCK.limiting():
            raise httpcore.ReadTimeout


def test_each_thread_has_a_wall_clock(clock: Any) -> None:
    """One call's limit is not another's."""
    found: list[float | None] = []
    with WALL_CLOCK.after(10):
        clock.pass_by(10)
        thread = threading.Thread(target=lambda: found.append(WALL_CLOCK.remaining(None)))
        thread.start()
        thread.join(HANG)

    assert [None] == found


# --- Backends, on real sockets


@contextmanager
def listening() -> Iterator[int]:
    """A port that answers every connection with `hello`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with listener.accept()[0] as peer:
                peer.sendall(b"hello")
                peer.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(HANG)


def greeted_by(host: str, port: int) -> tuple[bytes, bytes]:
    """What comes over a connection of the sync backend, and what it counted."""
    backend = Backend()
    stream = backend.connect_tcp(host, port, HANG)
    try:
        return stream.read(100, HANG), backend.received._head
    finally:
        stream.close()


def greeted_by_async(host: str, port: int) -> tuple[bytes, bytes]:
    """What comes over a connection of the async backend, and what it counted."""

    async def main() -> tuple[bytes, bytes]:
        backend = AsyncBackend()
        stream = await backend.connect_tcp(host, port, HANG)
        try:
            return await stream.read(100, HANG), backend.received._head
        finally:
            await stream.aclose()

    return asyncio.run(main())


BOTH = pytest.mark.parametrize("greeted", [greeted_by, greeted_by_async], ids=["sync", "async"])
Greeted = Callable[[str, int], tuple[bytes, bytes]]


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What every name is said to have."""
    found: list[str] = []

    def getaddrinfo(host: str | bytes, port: int, *_: object, **__: object) -> list[Any]:
        if isinstance(host, str | bytes) and host in {"127.0.0.1", b"127.0.0.1"}:
            return really(host, port, type=socket.SOCK_STREAM)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port)) for address in found]

    really = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return found


@BOTH
def test_what_is_read_is_counted(greeted: Greeted) -> None:
    """The bytes of a connection go through the count."""
    with listening() as port:
        assert (b"hello", b"hello") == greeted("127.0.0.1", port)


@BOTH
def test_a_name_that_is_not_known_is_a_connect_error(greeted: Greeted, addresses: list[str]) -> None:
    """The error is httpcore's, with the resolver's word."""
    assert [] == addresses
    with pytest.raises(httpcore.ConnectError, match="no such name"):
        greeted("a.test", 1)


@BOTH
def test_nobody_listening_is_a_connect_error(greeted: Greeted, addresses: list[str]) -> None:
    """Where every address refuses, the error says so."""
    addresses += ["127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(httpcore.ConnectError, match=r"(?i)refused|Connect call failed"):
        greeted("a.test", port)


def test_a_resolver_that_hangs_is_a_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for looking up a name, which the system would not end."""
    event = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: event.wait(HANG) and [])
    try:
        with pytest.raises(httpcore.ConnectTimeout, match=r"a\.test was not resolved in time"):
            Backend().connect_tcp("a.test", 1, SOON)
    finally:
        event.set()

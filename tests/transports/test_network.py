"""Network streams for httpcore: each address has its turn, limits hold, and leftovers are seen."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client._concurrency import WallClockTimeout
from sequence_customers_client._transports.network import AsyncStream, Stream, remaining

HANG = 30.0
"""Seconds that no test waits."""

SOON = 0.01

# --- Exchanges


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


def received(*parts: bytes) -> Stream:
    """What came in an exchange."""
    counter = Stream(None)
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
    counter.start(HANG)
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
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}\r\n\r\n{}", [(b"content-length", b"2")], True, False),
        (b"", [], False, False),
        (b"HTTP/1.1 200 OK\r\n", [], False, False),
    ],
)
def test_where_framing_leaves_a_doubt_it_is_not_exact(
    content: bytes, headers: list[tuple[bytes, bytes]], has_body: bool, expected: bool
) -> None:
    """Only a length, chunks without trailers, or no body at all are sure."""
    assert expected is received(content).is_exact(headers, has_body=has_body)


def test_of_a_very_long_response_nothing_is_sure() -> None:
    """No more is kept than a megabyte, and beyond that a connection is not used again."""
    exchange = received(HEAD, *[bytes(65536)] * 99)

    assert not exchange.is_exact([(b"content-length", b"6488064")], has_body=True)
    assert len(exchange._received) < 2 * 1024 * 1024


def test_what_a_proxy_said_is_not_of_the_response() -> None:
    """After a tunnel is open the response begins anew."""
    exchange = received(HEAD)
    exchange.start()
    exchange.add(HEAD)

    assert exchange.is_exact([], has_body=False)


def test_the_wall_clock_limits_what_a_socket_may_take(clock: Any) -> None:
    """A limit is the least of its own and what is left, until nothing is."""
    ends = clock.now() + 10
    clock.pass_by(6)
    assert [4, 4, 1] == [remaining(ends, seconds) for seconds in (None, 10, 1)]
    clock.pass_by(4)
    with pytest.raises(WallClockTimeout):
        remaining(ends)


# --- Addresses


class Host:
    """A name with addresses, none of which answers, and what was asked of them."""

    def __init__(
        self, clock: Any, addresses: str, *, refusing: str = "", silent: str = "", scheme: str = "http"
    ) -> None:
        self.asked: list[tuple[str, float]] = []
        self.handshakes: list[tuple[str, float]] = []
        self._refusing = refusing
        self._silent = silent
        self._clock = clock
        self._addresses = addresses
        self._context = None if scheme == "http" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def connect(self, seconds: float) -> Any:
        """Connect with all of them."""
        stream = Stream(self._context)
        stream.start(self._clock.now() + seconds)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", lambda *_, **__: [("", "", 0, "", (it, 0)) for it in self._addresses])
            patch.setattr(httpcore, "SyncBackend", lambda: self)
            return stream.connect_tcp("a.test", 1, None)

    def connect_tcp(self, address: bytes, _: int, seconds: float) -> Host:
        self._current = address.decode()
        self.asked.append((self._current, round(seconds, 3)))
        if self._current in self._refusing:
            raise httpcore.ConnectError(self._current)
        if not self._silent:
            self._clock.pass_by(seconds)
            raise httpcore.ConnectTimeout
        return self

    def start_tls(self, _: Any, __: str, seconds: float) -> Host:
        self.handshakes.append((self._current, round(seconds, 3)))
        if self._current in self._silent:
            self._clock.pass_by(seconds)
            raise httpcore.ConnectTimeout
        return self

    def close(self) -> None:
        pass


def test_each_address_has_its_turn_and_then_a_longer_one(clock: Any) -> None:
    """Those that are too slow are tried again, for longer each time, until the time is over."""
    host = Host(clock, "ab")
    with pytest.raises(httpcore.ConnectTimeout):
        host.connect(2.0)

    assert [("a", 0.25), ("b", 0.375), ("a", 0.562), ("b", 0.812)] == host.asked


def test_whoever_refuses_is_not_asked_again(clock: Any) -> None:
    """Who remains has all of the time; where nobody does, the last word is the error."""
    host = Host(clock, "abc", refusing="ab")
    with pytest.raises(httpcore.ConnectTimeout):
        host.connect(10.0)
    assert [("a", 0.25), ("b", 0.25), ("c", 10.0)] == host.asked

    with pytest.raises(httpcore.ConnectError, match="b"):
        Host(clock, "ab", refusing="ab").connect(10.0)


def test_no_address_is_a_failure(clock: Any) -> None:
    """A name without an address has nothing to try, and says so."""
    with pytest.raises(httpcore.ConnectError, match="the name has no address"):
        Host(clock, "").connect(1.0)


def test_a_handshake_leaves_time_for_the_next_address(clock: Any) -> None:
    """One of several addresses has half of the time that is left, and at least a second; the only one has all."""
    found = []
    for addresses, silent, seconds in (("ab", "a", 10.0), ("ab", "a", 1.5), ("a", "-", 10.0)):
        host = Host(clock, addresses, silent=silent, scheme="https")
        host.connect(seconds)
        found.append(host.handshakes)

    assert [[("a", 5.0), ("b", 2.5)], [("a", 1.0), ("b", 0.5)], [("a", 10.0)]] == found


def test_a_stranger_s_certificate_is_not_asked_for_elsewhere(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It will be the same at the next address."""
    host = Host(clock, "ab", silent="-", scheme="https")

    def start_tls(*_: object) -> Any:
        raise httpcore.ConnectError from ssl.SSLCertVerificationError()

    monkeypatch.setattr(host, "start_tls", start_tls)
    with pytest.raises(httpcore.ConnectError):
        host.connect(10.0)

    assert [("a", 0.25)] == host.asked


def test_tls_is_begun_once(clock: Any) -> None:
    """What httpcore asks for has been done with the connection."""
    host = Host(clock, "a", silent="-", scheme="https")
    stream = host.connect(10.0)

    assert stream is stream.start_tls(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "a.test", 1.0)
    assert 1 == len(host.handshakes)


# --- Streams, on real sockets


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
    """What comes over a connection of the sync stream, and what it counted."""
    stream = Stream(None).connect_tcp(host, port, HANG)
    try:
        return stream.read(100, HANG), bytes(stream._received)
    finally:
        stream.close()


def greeted_by_async(host: str, port: int) -> tuple[bytes, bytes]:
    """What comes over a connection of the async stream, and what it counted."""

    async def main() -> tuple[bytes, bytes]:
        stream = await AsyncStream(None).connect_tcp(host, port, HANG)
        try:
            return await stream.read(100, HANG), bytes(stream._received)
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
            Stream(None).connect_tcp("a.test", 1, SOON)
    finally:
        event.set()

"""Sockets of asyncio for httpcore: every address gets its chance, every limit holds, and nothing stays open."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import socket
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore
import pytest

from sequence_customers_client import _socket
from sequence_customers_client._socket import _MOST_BUFFERED, Socket

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the addresses of 127.0.0.0/8 are Linux's")

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HANG = 30.0  # seconds that no test waits
SOON = 0.01


class Peer:
    """A listener on loopback that serves one connection after another with a coroutine."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._tasks: list[asyncio.Task[Any] | None] = []

    async def __aenter__(self) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._tasks.append(asyncio.current_task())
            try:
                await self._handler(reader, writer)
            except (OSError, asyncio.CancelledError):
                pass
            finally:
                writer.transport.abort()

        self._server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in filter(None, self._tasks):
            task.cancel()
        await asyncio.sleep(SOON)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run on a loop of its own, of which nothing may remain."""

    async def bounded() -> None:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
        before = open_files()
        async with asyncio.timeout(HANG):
            await work()
        await asyncio.sleep(0)
        gc.collect()

        assert before == open_files()
        assert [] == complaints
        assert {asyncio.current_task()} == asyncio.all_tasks()

    asyncio.run(bounded())


async def idle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def deaf(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(HANG)


async def connected(port: int, timeout: float | None = 5.0) -> Socket:  # noqa: ASYNC109 - as what it stands for
    return await Socket.connect("127.0.0.1", port, timeout, None)


@asynccontextmanager
async def a_stream_to(handler: Handler) -> AsyncIterator[Socket]:
    """A connection to a peer that serves it with the handler, closed in the end."""
    async with Peer(handler) as port:
        stream = await connected(port)
        yield stream
        await stream.aclose()


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - nobody sets an event for it
        await asyncio.sleep(0.001)


# --- Addresses


class Addresses:
    """What a name is said to have, and how an address that hangs is made: by a sock_connect that does."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.tried: list[str] = []
        self.hangs: set[str] = set()
        self.fails: dict[str, OSError] = {}

    def are(self, port: int, *hosts: str) -> None:
        """To be called on the loop that they are for."""
        loop: Any = asyncio.get_running_loop()
        really = loop.sock_connect

        async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, port)) for host in hosts]

        async def sock_connect(trying: socket.socket, address: tuple[str, int]) -> None:
            self.tried.append(address[0])
            if address[0] in self.fails:
                raise self.fails[address[0]]
            if address[0] in self.hangs:
                await asyncio.sleep(HANG)
            await really(trying, address)

        self._patch.setattr(loop, "getaddrinfo", getaddrinfo)
        self._patch.setattr(loop, "sock_connect", sock_connect)


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    return Addresses(monkeypatch)


def test_the_next_address_is_tried_at_once_after_a_refusal(
    addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address where nobody listens costs no wait."""
    monkeypatch.setattr(_socket, "_NEXT_ADDRESS_SECONDS", HANG)

    async def work() -> None:
        async with Peer(echo) as port:
            addresses.are(port, "127.0.0.2", "127.0.0.3", "127.0.0.1")
            stream = await connected(port)
            await stream.write(b"hello", 5.0)

            assert b"hello" == await stream.read(100, 5.0)
            assert ["127.0.0.2", "127.0.0.3", "127.0.0.1"] == addresses.tried
            await stream.aclose()

    run(work)


def test_the_next_address_is_tried_beside_one_that_hangs(addresses: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that does not answer delays the connection by little, and its socket is closed."""
    monkeypatch.setattr(_socket, "_NEXT_ADDRESS_SECONDS", 0.001)
    addresses.hangs = {"127.0.0.2", "127.0.0.3"}

    async def work() -> None:
        async with Peer(echo) as port:
            addresses.are(port, "127.0.0.2", "127.0.0.3", "127.0.0.1")
            stream = await connected(port)

            assert ("127.0.0.1", port) == stream.get_extra_info("server_addr")
            await stream.aclose()

    run(work)


def test_the_first_address_keeps_its_chance(addresses: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address may answer after the second has refused."""
    monkeypatch.setattr(_socket, "_NEXT_ADDRESS_SECONDS", 0.001)

    async def work() -> None:
        async with Peer(echo) as port:
            addresses.are(port, "127.0.0.1", "127.0.0.2")
            loop: Any = asyncio.get_running_loop()
            really = loop.sock_connect

            async def slowly(trying: socket.socket, address: tuple[str, int]) -> None:
                if address[0] == "127.0.0.1":
                    await until(lambda: addresses.tried)
                    await asyncio.sleep(SOON)
                await really(trying, address)

            monkeypatch.setattr(loop, "sock_connect", slowly)
            stream = await connected(port)

            assert ["127.0.0.2", "127.0.0.1"] == addresses.tried
            await stream.aclose()

    run(work)


def test_two_addresses_that_answer_at_once_leave_one_connection(
    addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where two attempts succeed in the same moment, one of them is closed."""
    monkeypatch.setattr(_socket, "_NEXT_ADDRESS_SECONDS", 0.001)

    async def work() -> None:
        async with Peer(echo) as port:
            addresses.are(port, "127.0.0.1", "127.0.0.1")
            loop: Any = asyncio.get_running_loop()
            really = loop.sock_connect
            both = asyncio.Event()

            async def together(trying: socket.socket, address: tuple[str, int]) -> None:
                await really(trying, address)
                if len(addresses.tried) == 2:
                    both.set()
                await both.wait()

            monkeypatch.setattr(loop, "sock_connect", together)
            stream = await connected(port)
            await stream.aclose()

    run(work)


def test_addresses_that_all_refuse_are_a_connect_error(addresses: Addresses) -> None:
    """Where nobody listens at any address, the error is httpcore's, and says why."""

    async def work() -> None:
        async with Peer(idle) as port:
            addresses.are(port, "127.0.0.2", "127.0.0.3")
            with pytest.raises(httpcore.ConnectError, match=r"refused|Connect call failed"):
                await connected(port)

    run(work)


def test_addresses_that_fail_in_the_same_moment_are_one_error(
    addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where two attempts fail in the same moment, no failure goes to the event loop's handler."""
    monkeypatch.setattr(_socket, "_NEXT_ADDRESS_SECONDS", 0.001)

    async def work() -> None:
        addresses.are(1, "127.0.0.2", "127.0.0.3")
        both = asyncio.Event()

        async def together(_: socket.socket, address: tuple[str, int]) -> None:
            addresses.tried.append(address[0])
            if len(addresses.tried) == 2:
                both.set()
            await both.wait()
            raise ConnectionRefusedError("refused")

        monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", together)
        with pytest.raises(httpcore.ConnectError):
            await connected(1)

    run(work)


def test_a_host_without_addresses_is_a_connect_error(addresses: Addresses) -> None:
    """A name that has no address is an error that names it."""

    async def work() -> None:
        addresses.are(1)
        with pytest.raises(httpcore.ConnectError, match=r"127\.0\.0\.1 has no address"):
            await connected(1)

    run(work)


def test_addresses_that_all_hang_are_a_connect_timeout(addresses: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for all addresses together, and no socket outlives it."""
    monkeypatch.setattr(_socket, "_NEXT_ADDRESS_SECONDS", 0.001)
    addresses.hangs = {"127.0.0.2", "127.0.0.3"}

    async def work() -> None:
        addresses.are(1, "127.0.0.2", "127.0.0.3")
        with pytest.raises(httpcore.ConnectTimeout):
            await connected(1, timeout=SOON)

    run(work)


@pytest.mark.parametrize("turns", range(12))
def test_connecting_can_be_cancelled_at_any_moment(turns: int) -> None:
    """Whoever cancels a connection in the making, even in the moment of success, leaves no socket."""

    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:  # it accepts nothing: the kernel connects
            task = asyncio.create_task(connected(listener.getsockname()[1]))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            outcome = (await asyncio.gather(task, return_exceptions=True))[0]
            if isinstance(outcome, Socket):
                await outcome.aclose()

    run(work)


def test_the_local_address_is_that_which_is_asked_for() -> None:
    """A connection may be made from a certain address."""

    async def work() -> None:
        async with Peer(idle) as port:
            stream = await Socket.connect("127.0.0.1", port, 5.0, "127.0.0.9")

            assert stream.get_extra_info("client_addr")[0] == "127.0.0.9"
            await stream.aclose()

    run(work)


# --- Reading and writing


def test_a_body_larger_than_the_buffer_arrives_whole() -> None:
    """A reader that is slower than the server gets every byte, and no more than so many are kept for it."""
    content = os.urandom(1024) * (8 * _MOST_BUFFERED // 1024)

    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.write_eof()
        await asyncio.sleep(HANG)

    async def work() -> None:
        async with a_stream_to(send) as stream:
            received = bytearray()
            most = 0
            while data := await stream.read(60_000, 5.0):
                received += data
                most = max(most, len(stream._received))
                await asyncio.sleep(0.001)
            await stream.aclose()

            assert content == bytes(received)
            assert most <= 2 * _MOST_BUFFERED
            assert most > _MOST_BUFFERED // 2

    run(work)


def test_reading_stops_while_nobody_takes_what_came() -> None:
    """A server that sends and sends to someone who does not read is made to wait."""

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    async def work() -> None:
        async with a_stream_to(flood) as stream:
            await until(lambda: stream._is_paused)
            kept = len(stream._received)
            await asyncio.sleep(SOON)

            assert kept == len(stream._received) <= 2 * _MOST_BUFFERED
            assert bytes(10) == await stream.read(10, 5.0)

    run(work)


def test_no_more_is_read_than_asked_for() -> None:
    """A read takes no more than so many bytes, and the next goes on behind them."""

    async def work() -> None:
        async with a_stream_to(echo) as stream:
            await stream.write(b"abcdef", 5.0)

            assert b"ab" == await stream.read(2, 5.0)
            assert b"cdef" == await stream.read(100, 5.0)

    run(work)


def test_the_limit_of_a_read_holds() -> None:
    """A server that says nothing is a read timeout, after which the connection can still be read."""

    async def work() -> None:
        async with a_stream_to(echo) as stream:
            with pytest.raises(httpcore.ReadTimeout):
                await stream.read(10, SOON)
            await stream.write(b"late", None)

            assert b"late" == await stream.read(10, None)

    run(work)


def test_the_limit_of_a_write_holds() -> None:
    """A server that does not read is a write timeout."""

    async def work() -> None:
        async with a_stream_to(deaf) as stream:
            with pytest.raises(httpcore.WriteTimeout):
                await stream.write(bytes(32 * 1024 * 1024), SOON)

    run(work)


def test_a_large_write_ends_when_the_server_reads() -> None:
    """A body that does not fit the kernel's buffers goes out whole."""
    length = 4 * 1024 * 1024
    received: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(SOON)
        received.append(await reader.readexactly(length))
        writer.write(b"thanks")
        await writer.drain()
        await reader.read()

    async def work() -> None:
        async with a_stream_to(take) as stream:
            await stream.write(bytes(length), 5.0)

            assert b"thanks" == await stream.read(100, 5.0)
            assert [bytes(length)] == received

    run(work)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection once it has been used."""
    await reader.read(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_reset_is_a_read_error() -> None:
    """A peer that resets the connection ends a read that waits with httpcore's error."""

    async def work() -> None:
        async with a_stream_to(reset) as stream:
            await stream.write(b"x", 5.0)
            with pytest.raises(httpcore.ReadError, match="reset"):
                await stream.read(10, 5.0)
            with pytest.raises(httpcore.ReadError, match="reset"):
                await stream.read(10, 5.0)

    run(work)


def test_a_reset_is_a_write_error() -> None:
    """A peer that resets the connection ends a write that waits, and each one after it, with httpcore's error."""

    async def work() -> None:
        async with a_stream_to(reset) as stream:
            with pytest.raises(httpcore.WriteError):
                await stream.write(bytes(32 * 1024 * 1024), 5.0)
            with pytest.raises(httpcore.WriteError):
                await stream.write(b"x", 5.0)

    run(work)


def test_a_write_after_closing_is_a_write_error() -> None:
    """A connection that is closed takes nothing, and gives nothing."""

    async def work() -> None:
        async with a_stream_to(idle) as stream:
            await stream.aclose()
            with pytest.raises(httpcore.WriteError, match="closed"):
                await stream.write(b"x", 5.0)

            assert b"" == await stream.read(10, 5.0)

    run(work)


def test_what_came_before_the_end_is_read_before_it() -> None:
    """The last bytes of a server that hangs up are not lost."""

    async def farewell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"farewell")
        await writer.drain()
        writer.write_eof()

    async def work() -> None:
        async with a_stream_to(farewell) as stream:
            await until(lambda: stream._has_ended)

            assert b"farewell" == await stream.read(100, 5.0)
            assert b"" == await stream.read(100, 5.0)

    run(work)


# --- Closing, and what is known of a connection


def test_closing_has_closed_when_it_returns() -> None:
    """The file descriptor is free by the time aclose returns, and closing again does nothing."""

    async def work() -> None:
        async with a_stream_to(idle) as stream:
            plain = stream.get_extra_info("socket")

            assert plain.fileno() >= 0
            await stream.aclose()
            assert plain.fileno() == -1

    run(work)


def test_closing_does_not_wait_for_a_server_that_does_not_read() -> None:
    """What has not been sent is thrown away."""

    async def work() -> None:
        async with a_stream_to(deaf) as stream:
            with pytest.raises(httpcore.WriteTimeout):
                await stream.write(bytes(32 * 1024 * 1024), 0.0)
            plain = stream.get_extra_info("socket")
            await stream.aclose()

            assert plain.fileno() == -1

    run(work)


@pytest.mark.parametrize("seen", [False, True], ids=["before the loop looked", "after the loop looked"])
@pytest.mark.parametrize("says", [b"", b"surplus"], ids=["end", "surplus"])
def test_a_connection_with_something_on_it_is_readable(says: bytes, seen: bool) -> None:
    """An idle connection is not readable, and one that ended or has more on it is, whether or not the loop knows."""

    async def work() -> None:
        with ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            stream = await connected(listener.getsockname()[1])
            peer = stack.enter_context(listener.accept()[0])

            assert stream.get_extra_info("is_readable") is False
            if says:
                peer.sendall(says)
            else:
                peer.shutdown(socket.SHUT_WR)
            if seen:
                await until(lambda: stream._received or stream._has_ended)
            assert stream.get_extra_info("is_readable") is True
            await stream.aclose()
            assert stream.get_extra_info("is_readable") is True

    run(work)


def test_readability_is_known_without_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no poll, select says it."""
    monkeypatch.delattr(select, "poll")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not _socket._is_readable(ours)
        theirs.sendall(b"x")
        assert _socket._is_readable(ours)

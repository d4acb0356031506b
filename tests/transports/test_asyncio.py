"""The stream of asyncio for httpcore: every limit holds, every byte arrives, and nothing stays open."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import httpcore
import pytest

from sequence_customers_client._transports.asyncio import _MOST_AT_ONCE, AsyncioStream, _Reader, is_readable

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]]

HANG = 30.0
"""Seconds that no test waits."""

SOON = 0.01
MOST_BUFFERED = (128 + 256) * 1024
"""Beyond the first of which asyncio's streams stop reading; the second is what it reads at once."""

TOO_MUCH = bytes(32 * 1024 * 1024)
"""More than the buffers of any kernel hold."""


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run on a loop of its own, of which nothing may remain."""

    async def bounded() -> None:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, complaint: complaints.append(complaint))
        async with asyncio.timeout(HANG):
            await work()
        await asyncio.sleep(0)
        gc.collect()  # a socket that was left open warns, and warnings are errors

        assert [] == complaints
        assert {asyncio.current_task()} == asyncio.all_tasks()

    asyncio.run(bounded())


async def idle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def deaf(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(HANG)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection once it has been used."""
    await reader.read(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def connected(port: int, timeout: float | None = HANG) -> AsyncioStream:  # noqa: ASYNC109 - as what it stands for
    return await AsyncioStream.connect("127.0.0.1", port, timeout)


@asynccontextmanager
async def a_stream_to(handler: Handler) -> AsyncIterator[AsyncioStream]:
    """A connection to a peer on loopback that serves it with the handler; both are closed in the end."""
    tasks: list[asyncio.Task[Any] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        try:
            await handler(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    stream = await connected(server.sockets[0].getsockname()[1])
    try:
        yield stream
    finally:
        await stream.aclose()
        server.close()
        for task in filter(None, tasks):
            task.cancel()
        await asyncio.gather(*filter(None, tasks), return_exceptions=True)


def waiting(stream: AsyncioStream) -> int:
    """How many bytes have come that nobody has read."""
    return stream._reader.waiting


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - nobody sets an event for it
        await asyncio.sleep(0.001)


# --- Connecting


def test_nobody_listening_is_a_connect_error() -> None:
    """A refusal is httpcore's error, with the system's word."""

    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(httpcore.ConnectError, match=r"(?i)refused|Connect call failed"):
            await connected(port)

    run(work)


def test_the_limit_of_connecting_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that does not answer is a connect timeout."""

    async def work() -> None:
        async def hang(*_: Any, **__: Any) -> None:
            await asyncio.sleep(HANG)

        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", hang)
        with pytest.raises(httpcore.ConnectTimeout):
            await connected(1, SOON)

    run(work)


@pytest.mark.parametrize("turns", range(8))
def test_connecting_can_be_cancelled_at_any_moment(turns: int) -> None:
    """Whoever cancels a connection in the making, even in the moment of success, leaves no socket."""

    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:  # it accepts nothing: the kernel connects
            task = asyncio.create_task(connected(listener.getsockname()[1]))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            outcome = (await asyncio.gather(task, return_exceptions=True))[0]
            if isinstance(outcome, AsyncioStream):
                await outcome.aclose()

    run(work)


def test_a_handshake_that_hangs_is_a_connect_timeout() -> None:
    """The limit of TLS holds against a server that accepts and then says nothing."""

    async def work() -> None:
        async with a_stream_to(deaf) as stream:
            with pytest.raises(httpcore.ConnectTimeout):
                await stream.start_tls(ssl.create_default_context(), "a.test", SOON)

    run(work)


# --- Reading


def test_a_body_larger_than_the_buffer_arrives_whole() -> None:
    """A reader that is slower than the server gets every byte, and no more than so many are kept for it."""
    content = os.urandom(1024) * (4 * MOST_BUFFERED // 1024)

    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        writer.write_eof()
        await asyncio.sleep(HANG)

    async def work() -> None:
        async with a_stream_to(send) as stream:
            received, most, largest = bytearray(), 0, 0
            while data := await stream.read(60_000, HANG):
                received += data
                most, largest = max(most, waiting(stream)), max(largest, len(data))

            assert content == bytes(received)
            assert most <= MOST_BUFFERED
            assert largest <= _MOST_AT_ONCE

    run(work)


def test_reading_stops_while_nobody_takes_what_came() -> None:
    """A server that sends and sends to someone who does not read is made to wait."""

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    async def work() -> None:
        async with a_stream_to(flood) as stream:
            transport: Any = stream._writer.transport
            await until(lambda: not transport.is_reading())
            kept = waiting(stream)
            await asyncio.sleep(SOON)

            assert kept == waiting(stream) <= MOST_BUFFERED
            assert bytes(10) == await stream.read(10, HANG)

    run(work)


def test_no_more_is_read_than_asked_for() -> None:
    """A read takes no more than so many bytes, and the next goes on behind them."""

    async def work() -> None:
        async with a_stream_to(echo) as stream:
            await stream.write(b"abcdef", HANG)
            await until(lambda: waiting(stream) == 6)

            assert [b"ab", b"cdef"] == [await stream.read(2, HANG), await stream.read(100, HANG)]

    run(work)


def test_a_socket_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """No read takes memory that the system would have to give anew each time."""
    pieces: list[int] = []
    feed = _Reader.feed_data

    def feed_data(reader: _Reader, data: bytes) -> None:
        pieces.append(len(data))
        feed(reader, data)

    async def work() -> None:
        async with a_stream_to(echo) as stream:
            await stream.write(bytes(300_000))
            while sum(pieces) < 300_000:
                await stream.read(300_000, HANG)

    monkeypatch.setattr(_Reader, "feed_data", feed_data)
    run(work)

    assert max(pieces) <= 64 * 1024


def test_the_limit_of_a_read_holds() -> None:
    """A server that says nothing is a read timeout, after which the connection can still be read."""

    async def work() -> None:
        async with a_stream_to(echo) as stream:
            with pytest.raises(httpcore.ReadTimeout):
                await stream.read(10, SOON)
            await stream.write(b"late", None)

            assert b"late" == await stream.read(10, None)

    run(work)


def test_what_came_before_the_end_is_read_before_it() -> None:
    """The last bytes of a server that hangs up are not lost."""

    async def farewell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"farewell")
        await writer.drain()

    async def work() -> None:
        async with a_stream_to(farewell) as stream:
            await until(lambda: waiting(stream))

            assert [b"farewell", b""] == [await stream.read(100, HANG), await stream.read(100, HANG)]

    run(work)


def test_a_reset_is_a_read_error() -> None:
    """A peer that resets the connection ends a read that waits, and each one after it, with httpcore's error."""

    async def work() -> None:
        async with a_stream_to(reset) as stream:
            await stream.write(b"x", HANG)
            for _ in range(2):
                with pytest.raises(httpcore.ReadError):
                    await stream.read(10, HANG)

    run(work)


# --- Writing


def test_the_limit_of_a_write_holds() -> None:
    """A server that does not read is a write timeout."""

    async def work() -> None:
        async with a_stream_to(deaf) as stream:
            with pytest.raises(httpcore.WriteTimeout):
                await stream.write(TOO_MUCH, SOON)

    run(work)


def test_a_large_write_ends_when_the_server_reads() -> None:
    """A body that does not fit the kernel's buffers goes out whole."""
    content = os.urandom(1024) * 4096

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"whole" if content == await reader.readexactly(len(content)) else b"broken")
        await reader.read()

    async def work() -> None:
        async with a_stream_to(take) as stream:
            await stream.write(content, HANG)

            assert b"whole" == await stream.read(100, HANG)

    run(work)


def test_a_reset_is_a_write_error() -> None:
    """A peer that resets the connection ends a write that waits, and each one after it, with httpcore's error."""

    async def work() -> None:
        async with a_stream_to(reset) as stream:
            for content in (TOO_MUCH, b"x"):
                with pytest.raises(httpcore.WriteError):
                    await stream.write(content, HANG)

    run(work)


# --- Closing, and what is known of a connection


def test_closing_has_closed_when_it_returns() -> None:
    """The socket is closed by the time aclose returns, closing again does nothing, and nothing goes in or out."""

    async def work() -> None:
        async with a_stream_to(idle) as stream:
            plain = stream.get_extra_info("socket")
            await stream.aclose()

            assert -1 == plain.fileno()
            await stream.aclose()
            with pytest.raises(httpcore.WriteError, match="lost"):
                await stream.write(b"x", HANG)
            assert b"" == await stream.read(10, HANG)

    run(work)


def test_closing_does_not_wait_for_a_server_that_does_not_read() -> None:
    """What has not been sent is thrown away."""

    async def work() -> None:
        async with a_stream_to(deaf) as stream:
            plain = stream.get_extra_info("socket")
            with pytest.raises(httpcore.WriteTimeout):
                await stream.write(TOO_MUCH, 0.0)
            await stream.aclose()

            assert -1 == plain.fileno()

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
                await until(lambda: waiting(stream) or stream._reader.at_eof())
            assert stream.get_extra_info("is_readable") is True
            await stream.aclose()
            assert stream.get_extra_info("is_readable") is True

    run(work)


def test_what_has_no_socket_counts_as_readable() -> None:
    """Of what is gone nothing is known, and it is not used again."""
    assert is_readable(None)


def test_addresses_are_known_by_httpcores_names() -> None:
    """Both ends of the connection can be asked for."""

    async def work() -> None:
        async with a_stream_to(idle) as stream:
            plain = stream.get_extra_info("socket")

            assert (plain.getsockname(), plain.getpeername()) == (
                stream.get_extra_info("client_addr"),
                stream.get_extra_info("server_addr"),
            )

    run(work)

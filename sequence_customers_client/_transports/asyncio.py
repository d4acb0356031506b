"""A network stream of asyncio for httpcore: its own, of anyio, turns the event loop four more times in a call."""

import asyncio
import select
import ssl
import sys
from collections.abc import Awaitable
from typing import Any, Final, Self

import httpcore

_MOST_AT_ONCE: Final = 8 * 1024
"""What is read in one turn of the loop: a flood of tiny pieces is parsed while everything else waits."""

_MOST_READ: Final = 64 * 1024
"""What a socket is read into. Of asyncio's 256 KiB most goes back to the system after each read, and comes again for
the next: a fifth of a call over aiohttp, a tenth over httpx. TLS has a buffer of its own."""


class _Reader(asyncio.StreamReader):
    """A reader that knows how much has come, and gives all of it before it says what broke."""

    waiting = 0
    failure: Exception | None = None

    def feed_data(self, data: Any) -> None:
        self.waiting += len(data)
        super().feed_data(data)

    def set_exception(self, exc: Exception) -> None:
        self.failure = exc
        self.feed_eof()


class AsyncioStream(httpcore.AsyncNetworkStream):
    """A connected socket: asyncio's own streams, with the limits and the errors of httpcore's."""

    def __init__(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, address: str, port: int, timeout: float | None) -> Self:
        """Connect to an address; raises httpcore's ConnectTimeout or ConnectError."""
        loop = asyncio.get_running_loop()
        protocol = asyncio.StreamReaderProtocol(reader := _Reader())
        connecting = loop.create_connection(lambda: protocol, address, port)
        transport, _ = await _within(timeout, connecting, httpcore.ConnectTimeout, httpcore.ConnectError)
        limit_reads(transport)
        return cls(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._reader.waiting:
            await asyncio.sleep(0)  # whatever is there already, others and the clock have their turn
        reading = self._reader.read(min(max_bytes, _MOST_AT_ONCE))
        data: bytes = await _within(timeout, reading, httpcore.ReadTimeout, httpcore.ReadError)
        self._reader.waiting -= len(data)
        if not data and self._reader.failure is not None:
            raise httpcore.ReadError(str(self._reader.failure)) from self._reader.failure
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:  # h11 sends two that are empty after a request without a body
            self._writer.write(buffer)
            await _within(timeout, self._writer.drain(), httpcore.WriteTimeout, httpcore.WriteError)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Self:
        handshake = self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        await _within(timeout, handshake, httpcore.ConnectTimeout, httpcore.ConnectError)
        return self

    async def aclose(self) -> None:
        # Not close, which would wait for the other side: for it to read on, or to take part in the farewell of TLS.
        self._writer.transport.abort()
        await asyncio.sleep(0)  # in which the loop closes it

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._reader.waiting > 0 or self._reader.at_eof() or is_readable(self._writer.transport)
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._writer.get_extra_info(names.get(info, info))


async def _within(
    timeout: float | None, work: Awaitable[Any], expired: type[Exception], failed: type[Exception]
) -> Any:
    try:
        if timeout is None:  # a timer takes time
            return await work
        async with asyncio.timeout(timeout):
            return await work
    except TimeoutError:
        raise expired from None
    except OSError as error:
        raise failed(str(error)) from error


def limit_reads(transport: Any) -> None:
    """Have asyncio read a new connection's socket in smaller pieces; not all loops have such a setting."""
    if hasattr(transport, "max_size"):
        transport.max_size = min(transport.max_size, _MOST_READ)


def is_readable(transport: asyncio.BaseTransport | None) -> bool:
    """Whether something waits in a transport's socket, or it is closed: a loop that did not run has not heard of it."""
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return True
    if sys.platform == "win32":
        return bool(select.select([sock.fileno()], [], [], 0)[0])
    poll = select.poll()  # which needs no descriptor of its own, and takes any
    poll.register(sock.fileno(), select.POLLIN)
    return bool(poll.poll(0))

"""A network stream of asyncio for httpcore: its own, of anyio, turns the event loop four more times in a call."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - or the first call would, to resolve a name
import select
import ssl
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import Any, Final

import httpcore

_MOST_BUFFERED: Final = 256 * 1024
_MOST_AT_ONCE: Final = 8 * 1024
"""What is read in one turn of the loop: a flood of tiny pieces is parsed while everything else waits."""

_UNLIMITED: Final = nullcontext()


class AsyncioStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connected socket: the protocol of an asyncio transport, and a stream of httpcore's."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._received = bytearray()
        self._has_ended = self._is_closed = False
        self._failure: Exception | None = None
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    @staticmethod
    async def connect(address: str, port: int, timeout: float | None) -> AsyncioStream:
        """Connect to an address; raises httpcore's ConnectTimeout or ConnectError."""
        loop = asyncio.get_running_loop()
        with _connecting():
            async with asyncio.timeout(timeout):
                return (await loop.create_connection(AsyncioStream, address, port))[1]

    # --- What httpcore asks for

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._received:
            await asyncio.sleep(0)  # whatever is there already, others and the clock have their turn
        elif not self._has_ended:
            self._readable.clear()
            await _wait(self._readable, timeout, httpcore.ReadTimeout)
        if not self._received and self._failure is not None:
            raise httpcore.ReadError(str(self._failure)) from self._failure
        buffered = len(self._received)
        size = min(max_bytes, _MOST_AT_ONCE)
        data = bytes(self._received[:size])
        del self._received[:size]
        if buffered > _MOST_BUFFERED >= len(self._received) and not self._has_ended:
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not self._is_closed:
            self._transport.write(buffer)
        if not self._writable.is_set():
            await _wait(self._writable, timeout, httpcore.WriteTimeout)
        if self._is_closed:
            raise httpcore.WriteError(str(self._failure or "the connection is closed")) from self._failure

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        with _connecting():
            async with asyncio.timeout(timeout):
                self._transport = await loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        return self

    async def aclose(self) -> None:
        # Not close, which would wait for the other side: for it to read on, or to take part in the farewell of TLS.
        self._transport.abort()
        await asyncio.sleep(0)  # in which the loop closes it

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._has_ended or bool(self._received) or is_readable(self._transport)
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))

    # --- What asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > _MOST_BUFFERED:
            self._transport.pause_reading()
        self._readable.set()

    def eof_received(self) -> None:
        self._has_ended = True
        self._readable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_closed = self._has_ended = True
        self._failure = exc
        self._readable.set()
        self._writable.set()


async def _wait(event: asyncio.Event, timeout: float | None, expired: type[Exception]) -> None:
    limit: AbstractAsyncContextManager[Any] = _UNLIMITED if timeout is None else asyncio.timeout(timeout)
    try:
        async with limit:
            await event.wait()
    except TimeoutError:
        raise expired from None


@contextmanager
def _connecting() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise httpcore.ConnectTimeout from None
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error


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

"""A network stream of asyncio for httpcore: its own, of anyio, turns the event loop four more times in a call."""

from __future__ import annotations

import asyncio
import selectors
import ssl
from typing import Any, Final

import httpcore

from .. import _concurrency

_MOST_BUFFERED: Final = 256 * 1024
_MOST_AT_ONCE: Final = 16 * 1024
"""What is read in one turn of the loop: a flood of tiny pieces is parsed while everything else waits."""

_SELECTOR: Final[type[selectors.BaseSelector]] = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""One that opens no file of its own: a process may be at its limit of them."""


class AsyncioStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connected socket: the protocol of an asyncio transport, and a stream of httpcore's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: Any = None
        self._received = bytearray()
        self._is_paused = False
        self._has_ended = False
        self._is_closed = False
        self._failure: Exception | None = None
        self._readable: _concurrency.AsyncioWaiter | None = None
        self._writable: _concurrency.AsyncioWaiter | None = None

    @staticmethod
    async def connect(address: str, port: int, timeout: float | None, local_address: str | None) -> AsyncioStream:
        """Connect to an address.

        Raises:
            httpcore.ConnectTimeout: It did not answer in time.
            httpcore.ConnectError: Nobody listens.
        """
        loop = asyncio.get_running_loop()
        local = None if local_address is None else (local_address, 0)
        try:
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(lambda: AsyncioStream(loop), address, port, local_addr=local)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return stream

    # --- What httpcore asks for

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._received:
            await asyncio.sleep(0)  # whatever is there already, others and the clock have their turn
        while not self._received:
            if self._failure is not None:
                raise httpcore.ReadError(str(self._failure)) from self._failure
            if self._has_ended:
                return b""
            self._readable = _concurrency.AsyncioWaiter(self._loop)
            if not await self._readable.wait(timeout):
                raise httpcore.ReadTimeout
        size = min(max_bytes, _MOST_AT_ONCE)
        data = bytes(self._received[:size])
        del self._received[:size]
        if self._is_paused and not self._has_ended and len(self._received) <= _MOST_BUFFERED:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not self._is_closed:
            self._transport.write(buffer)
        if self._writable is not None and not await self._writable.wait(timeout):
            raise httpcore.WriteTimeout
        if self._is_closed:
            raise httpcore.WriteError(str(self._failure or "the connection is closed")) from self._failure

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                self._transport = await self._loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
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
        if len(self._received) > _MOST_BUFFERED and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        _wake(self._readable)

    def eof_received(self) -> None:
        self._has_ended = True
        _wake(self._readable)

    def pause_writing(self) -> None:
        self._writable = _concurrency.AsyncioWaiter(self._loop)

    def resume_writing(self) -> None:
        _wake(self._writable)
        self._writable = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_closed = self._has_ended = True
        self._failure = exc
        _wake(self._readable)
        _wake(self._writable)


def _wake(waiter: _concurrency.AsyncioWaiter | None) -> None:
    if waiter is not None:
        waiter.set()


def is_readable(transport: asyncio.BaseTransport | None) -> bool:
    """Whether something waits in a transport's socket, or it is closed: a loop that did not run has not heard of it."""
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return True
    with _SELECTOR() as selector:
        selector.register(sock.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))

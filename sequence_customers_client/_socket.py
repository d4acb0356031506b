"""Sockets of asyncio for httpcore.

It has them of anyio, with which an event loop turns four more times in a call.
"""

from __future__ import annotations

import select
import socket
import ssl
from typing import TYPE_CHECKING, Any, Final

import httpcore

from ._clock import AsyncioTurn

if TYPE_CHECKING:
    import asyncio
    from asyncio import Protocol as _Protocol
else:

    class _Protocol:
        """Nothing that asyncio needs to find."""


_MOST_BUFFERED: Final = 256 * 1024
_NEXT_ADDRESS_SECONDS: Final = 0.25
"""Until another address of the same name is tried beside the first (RFC 8305, section 8)."""


class Socket(_Protocol, httpcore.AsyncNetworkStream):
    """A connected socket: the protocol of an asyncio transport, and a stream of httpcore's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: Any = None
        self._received = bytearray()
        self._is_paused = False
        self._has_ended = False
        self._is_closed = False
        self._failure: Exception | None = None
        self._readable: AsyncioTurn | None = None
        self._writable: AsyncioTurn | None = None

    @staticmethod
    async def connect(host: str, port: int, timeout: float | None, local_address: str | None) -> Socket:
        """Connect to whichever address of a host answers first.

        Raises:
            httpcore.ConnectTimeout: None did in time.
            httpcore.ConnectError: There is no such host, or nobody listens.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                connected = await _connect(loop, host, port, local_address)
                _, stream = await loop.create_connection(lambda: Socket(loop), sock=connected)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return stream

    # --- What httpcore asks for

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while not self._received:
            if self._failure is not None:
                raise httpcore.ReadError(str(self._failure)) from self._failure
            if self._has_ended:
                return b""
            self._readable = AsyncioTurn(self._loop)
            if not await self._readable.wait(timeout):
                raise httpcore.ReadTimeout
        data = bytes(self._received[:max_bytes])
        del self._received[:max_bytes]
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
        import asyncio

        try:
            async with asyncio.timeout(timeout):
                self._transport = await self._loop.start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except BaseException as error:
            # A handshake that is cancelled would leave its socket open.
            await self.aclose()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout from None
            if isinstance(error, OSError):
                raise httpcore.ConnectError(str(error)) from error
            raise
        return self

    async def aclose(self) -> None:
        import asyncio

        # Not close, which would wait for the other side: for it to read on, or to take part in the farewell of TLS.
        self._transport.abort()
        await asyncio.sleep(0)  # in which the loop closes it

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._has_ended or bool(self._received) or _is_readable(self._transport.get_extra_info("socket"))
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
        self._writable = AsyncioTurn(self._loop)

    def resume_writing(self) -> None:
        _wake(self._writable)
        self._writable = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_closed = self._has_ended = True
        self._failure = exc
        _wake(self._readable)
        _wake(self._writable)


async def _connect(loop: asyncio.AbstractEventLoop, host: str, port: int, local_address: str | None) -> socket.socket:
    """Try the addresses of a host, each a little later than the one before, until one answers.

    As the event loop would, but for its connection that is lost when it is cancelled in the moment of success.
    """
    import asyncio

    connected: list[socket.socket] = []

    async def attempt(family: int, kind: int, protocol: int, _: str, address: Any) -> None:
        trying = socket.socket(family, kind, protocol)
        try:
            trying.settimeout(0)
            if local_address is not None:
                trying.bind((local_address, 0))
            await loop.sock_connect(trying, address)
        except BaseException:
            trying.close()
            raise
        connected.append(trying)

    # In bytes: a host that is ASCII already needs no codec for names that are not.
    found = await loop.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    last = len(found) - 1
    failure: BaseException | None = None
    attempts: set[asyncio.Task[None]] = set()
    try:
        for number, entry in enumerate(found):
            attempts.add(loop.create_task(attempt(*entry)))
            while attempts and not connected:
                patience = None if number == last else _NEXT_ADDRESS_SECONDS
                ended, attempts = await asyncio.wait(attempts, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    failure = task.exception() or failure
                if not ended:
                    break
            if connected:
                return connected.pop()
    finally:
        for task in attempts:
            task.cancel()
            task.add_done_callback(_forget)
        for unused in connected:
            unused.close()
    raise failure or OSError(f"{host} has no address")


def _forget(attempt: asyncio.Task[None]) -> None:
    if not attempt.cancelled():
        attempt.exception()  # or the loop would complain of one that nobody asked for


def _wake(waiter: AsyncioTurn | None) -> None:
    if waiter is not None:
        waiter.set()


def _is_readable(connected: Any) -> bool:
    # The loop may not have looked yet.
    number = connected.fileno()
    if number < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))

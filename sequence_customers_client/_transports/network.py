"""Network streams for httpcore, over its own: addresses tried by turns, limits that hold, leftovers that are seen.

httpcore gives each address of a name all of the time there is, starts a socket's time limit anew with every byte, and
takes whatever is left on a connection for the next response. Its public `network_backend` is where that is mended.
"""

from __future__ import annotations

import math
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import zip_longest
from typing import Any, Final

import httpcore

from .. import _concurrency
from .._failures import fails_verification

_TURN_SECONDS: Final = 0.25
"""How long one of several addresses is waited for before the next (RFC 8305, section 8); longer the next time."""

_LONGEST: Final = 1024 * 1024
"""Of a response that is longer it is not known whether it was all that came: its connection is not used again."""

_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"
_FAILURES: Final = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ReadError, httpcore.ReadTimeout)


def check(ends: float) -> None:
    """Raise WallClockTimeout once the time is over."""
    if _concurrency.now() >= ends:
        raise _concurrency.WallClockTimeout


class Exchange:
    """One request and its response: when it has to end, and all the bytes that came.

    httpcore would read what came beyond the response as the response to the next request, and hands out no count.
    """

    def __init__(self) -> None:
        self.start(math.inf)

    def start(self, ends: float) -> None:
        """Begin what has to end by then: a request is about to be sent."""
        self._ends = ends
        self._received = bytearray()

    def remaining(self, timeout: float | None) -> float:
        """The least of a timeout and what the wall clock leaves: a socket's own limit starts anew with every byte."""
        check(self._ends)
        return min(math.inf if timeout is None else timeout, max(0.001, self._ends - _concurrency.now()))

    def add(self, data: bytes) -> None:
        """Note what was read."""
        if len(self._received) < _LONGEST:
            self._received += data

    def forget(self) -> None:
        """Drop what came so far: it was not of the response, a proxy said it, or is not needed any more."""
        self._received.clear()

    def is_exact(self, headers: Iterable[tuple[bytes, bytes]], *, has_body: bool) -> bool:
        """Whether nothing came beyond the response, as far as its framing lets one be sure.

        Args:
            headers: The response's headers.
            has_body: False where its status or the method says that there is none.
        """
        start = self._received.find(b"\r\n\r\n") + 2
        if start < 2 or len(self._received) >= _LONGEST or self._received.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")):
            return False
        size = len(self._received) - start - 2
        fields = {name.lower(): value for name, value in headers}
        length = fields.get(b"content-length", b"")
        if has_body and b"transfer-encoding" in fields:
            return self._received.find(_LAST_CHUNK, start) == len(self._received) - len(_LAST_CHUNK)
        return size == 0 if not has_body else length.isdigit() and size == int(length)


def _distinct(entries: Iterable[Any]) -> list[str]:
    """The addresses of look-up results, both families by turns (RFC 8305, section 4)."""
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    preferred = [address for address in addresses if (":" in address) == (":" in addresses[0])]
    others = [address for address in addresses if address not in preferred]
    turns = zip_longest(preferred, others)
    return [address for pair in turns for address in pair if address is not None]


class _Connecting:
    """What both backends share: where to connect, and TLS with it, for an address may be silent there.

    Args:
        exchange: What goes over the connection.
        ssl_context: Whom to trust, where TLS begins at once; None where it does not, or a proxy comes before it.
    """

    _stream: Callable[..., Any]
    _look_up: Callable[..., Any]
    _open: Callable[..., Any]

    def __init__(self, exchange: Exchange, ssl_context: ssl.SSLContext | None) -> None:
        self._exchange = exchange
        self._ssl_context = ssl_context

    async def _connect(self, host: str, port: int, timeout: float | None) -> Any:
        """Each address has its turn, who was too slow another, and the last all the time that is left."""
        ends = _concurrency.now() + self._exchange.remaining(timeout)
        addresses = deque(await self._addresses(host, port, ends))
        failure: Exception = httpcore.ConnectError("the name has no address")
        turn = _TURN_SECONDS
        while addresses and (left := ends - _concurrency.now()) > 0:
            address = addresses.popleft()
            try:
                stream = await _concurrency.settled(self._open(address, port, min(turn, left) if addresses else left))
                stream = self._stream(stream, self._exchange)
                if self._ssl_context is not None:
                    left = max(0.001, ends - _concurrency.now())
                    seconds = min(left, max(1.0, left / 2)) if addresses else left
                    stream = await _concurrency.settled(stream.start_tls(self._ssl_context, host, seconds))
                    stream.is_ready = True
            except _FAILURES as error:
                failure = error
                if fails_verification(error):
                    break
                if isinstance(error, httpcore.TimeoutException):
                    addresses.append(address)
                    turn *= 1.5
            else:
                return stream
        raise failure

    async def _addresses(self, host: str, port: int, ends: float) -> list[str]:
        """Look a name up in a thread: the system's resolver knows no time limit."""
        if ":" in host or host.replace(".", "").isdigit():
            return [host]
        # In bytes: a string would have the first call import a codec for names that are not ASCII.
        work = partial(socket.getaddrinfo, host.encode("ascii"), port, type=socket.SOCK_STREAM)
        try:
            found = self._look_up(ends - _concurrency.now(), work, f"resolve {host}")
            return _distinct(await _concurrency.settled(found))
        except _concurrency.WallClockTimeout:
            raise httpcore.ConnectTimeout(f"the name {host} was not resolved in time") from None
        except OSError as failure:
            raise httpcore.ConnectError(str(failure)) from failure


class _Stream(httpcore.NetworkStream):
    is_ready = False
    """Whether TLS has begun already."""

    def __init__(self, stream: httpcore.NetworkStream, exchange: Exchange) -> None:
        self._stream = stream
        self._exchange = exchange

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._exchange.remaining(timeout))
        self._exchange.add(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._exchange.remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        if self.is_ready:
            return self
        self._exchange.forget()
        seconds = self._exchange.remaining(timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._exchange)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Backend(_Connecting, httpcore.NetworkBackend):
    """Opens connections, one at a time, within what the wall clock leaves."""

    _stream = _Stream
    _look_up = staticmethod(_concurrency.call_within)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore.NetworkStream:
        return _concurrency.run(self._connect(host, port, timeout))  # type: ignore[no-any-return]

    def _open(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        host: Any = address.encode("ascii")  # in bytes: see above
        return httpcore.SyncBackend().connect_tcp(host, port, seconds)


class _AsyncStream(httpcore.AsyncNetworkStream):
    is_ready = False

    def __init__(self, stream: httpcore.AsyncNetworkStream, exchange: Exchange) -> None:
        self._stream = stream
        self._exchange = exchange

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self._exchange.add(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        if self.is_ready:
            return self
        self._exchange.forget()
        try:
            return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._exchange)
        except BaseException:
            # A handshake that is cancelled would leave its socket open.
            with _concurrency.shield():
                await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class AsyncBackend(_Connecting, httpcore.AsyncNetworkBackend):
    """Opens connections, one at a time, on asyncio or on trio."""

    _stream = _AsyncStream

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore.AsyncNetworkStream:
        return await self._connect(host, port, timeout)  # type: ignore[no-any-return]

    async def _look_up(self, seconds: float, work: Callable[[], Any], name: str) -> Any:
        return await _concurrency.wait_for(seconds, _concurrency.call_aside(work, name))

    async def _open(self, address: str, port: int, seconds: float) -> httpcore.AsyncNetworkStream:
        if _concurrency.is_trio():
            trio: Any = httpcore.TrioBackend()
            return await trio.connect_tcp(address, port, seconds)  # type: ignore[no-any-return]
        from .asyncio import AsyncioStream  # noqa: PLC0415 - a program that blocks does without

        return await AsyncioStream.connect(address, port, seconds)

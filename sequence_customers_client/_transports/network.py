"""Streams for httpcore, over its own: addresses tried by turns, limits that hold, leftovers that are seen.

httpcore gives each address of a name all of the time there is, starts a socket's time limit anew with every byte, and
takes whatever is left on a connection for the next response. Its public `network_backend` is where that is mended.
"""

import math
import socket
import ssl
from collections.abc import Iterable
from functools import partial
from typing import Any, Final, Self

import httpcore

from .. import _concurrency
from .._failures import fails_verification

_TURN_SECONDS: Final = 0.25
"""How long one of several addresses is waited for before the next (RFC 8305, section 8); longer the next time."""

_LONGEST: Final = 1024 * 1024
"""Of a response that is longer it is not known whether it was all that came: its connection is not used again."""


def remaining(ends: float, timeout: float | None = None) -> float:
    """The least of a timeout and what the wall clock leaves, or WallClockTimeout: a socket's starts with every byte."""
    if (left := ends - _concurrency.now()) <= 0:
        raise _concurrency.WallClockTimeout
    return left if timeout is None else min(timeout, left)


class AsyncStream:
    """The one stream of a connection, and the backend that opens it: with an `ssl_context`, TLS begins at once."""

    _is_async = True

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._ssl_context = ssl_context
        self._is_secure = False
        self._stream: Any = None
        self.start()

    def start(self, ends: float = math.inf) -> None:
        """Begin what has to end by then, without what came so far: it was of no response, or is not needed any more."""
        self._ends = ends
        self._received = bytearray()

    def add(self, data: bytes) -> None:
        if len(self._received) < _LONGEST:
            self._received += data

    def is_exact(self, headers: Iterable[tuple[bytes, bytes]], *, has_body: bool) -> bool:
        """Whether nothing came beyond the response, as far as its framing lets one be sure."""
        head, end, content = self._received.partition(b"\r\n\r\n")
        if not end or len(self._received) >= _LONGEST or head.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")):
            return False
        if b"\n" in head.replace(b"\r\n", b""):  # it ended earlier, maybe, with bare line feeds
            return False
        fields = {name.lower(): value for name, value in headers}
        if has_body and b"transfer-encoding" in fields:
            _, last, rest = (b"\r\n" + content).partition(b"\r\n0\r\n\r\n")
            return bool(last) and not rest
        return fields.get(b"content-length") == b"%d" % len(content) if has_body else not content

    async def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any) -> Self:
        """Give each address its turn, who was too slow another, and the last all the time that is left."""
        ends = _concurrency.now() + remaining(self._ends, timeout)
        addresses = await self._addresses(host, port, ends)
        failure: Exception = httpcore.ConnectError("the name has no address")
        turn = _TURN_SECONDS
        while addresses and (left := ends - _concurrency.now()) > 0:
            address = addresses.pop(0)
            try:
                opened = self._open(address, port, min(turn, left) if addresses else left)
                self._stream = await _concurrency.settled(opened)
                if self._ssl_context is not None:  # an address may be silent in TLS
                    left = max(0.001, ends - _concurrency.now())
                    seconds = min(left, max(1.0, left / 2)) if addresses else left
                    await _concurrency.settled(self.start_tls(self._ssl_context, host, seconds))
                    self._is_secure = True
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                failure = error
                if fails_verification(error):
                    break
                if isinstance(error, httpcore.TimeoutException):
                    addresses.append(address)
                    turn *= 1.5
            else:
                return self
        raise failure

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Any:
        if not self._is_secure:
            self.start(self._ends)  # what came so far, a proxy said
            try:
                beginning = self._stream.start_tls(ssl_context, server_hostname, remaining(self._ends, timeout))
                self._stream = await _concurrency.settled(beginning)
            except BaseException:
                # A handshake that is cancelled would leave its socket open.
                with _concurrency.shield():
                    await _concurrency.settled(getattr(self._stream, "aclose" if self._is_async else "close")())
                raise
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = await self._stream.read(max_bytes, timeout)
        self.add(data)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _open(self, address: str, port: int, seconds: float) -> Any:
        if not self._is_async:
            return httpcore.SyncBackend().connect_tcp(address.encode(), port, seconds)  # type: ignore[arg-type] # below
        if _concurrency.is_trio():
            trio: Any = httpcore.TrioBackend()
            return trio.connect_tcp(address, port, seconds)
        from .asyncio import AsyncioStream  # noqa: PLC0415 - a program that blocks does without

        return AsyncioStream.connect(address, port, seconds)

    async def _addresses(self, host: str, port: int, ends: float) -> list[str]:
        """Look a name up in a thread: the system's resolver knows no time limit."""
        if ":" in host or host.replace(".", "").isdigit():
            return [host]
        # In bytes: a string would have the first call import a codec for names that are not ASCII.
        work = partial(socket.getaddrinfo, host.encode("ascii"), port, type=socket.SOCK_STREAM)
        seconds, name = ends - _concurrency.now(), f"resolve {host}"
        try:
            if self._is_async:
                entries = await _concurrency.wait_for(seconds, _concurrency.call_aside(work, name))
            else:
                entries = _concurrency.call_within(seconds, work, name)
        except _concurrency.WallClockTimeout:
            raise httpcore.ConnectTimeout(f"the name {host} was not resolved in time") from None
        except OSError as failure:
            raise httpcore.ConnectError(str(failure)) from failure
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        families = [":" in address for address in addresses]
        # Both families by turns (RFC 8305, section 4).
        places = sorted(range(len(addresses)), key=lambda place: families[:place].count(families[place]))
        return [addresses[place] for place in places]


class Stream(AsyncStream):
    """The same, blocking, within what the wall clock leaves."""

    _is_async = False

    def connect_tcp(self, *args: Any, **options: Any) -> Any:
        return _concurrency.run(super().connect_tcp(*args, **options))

    def start_tls(self, *args: Any, **options: Any) -> Any:
        return _concurrency.run(super().start_tls(*args, **options))

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        data = self._stream.read(max_bytes, remaining(self._ends, timeout))
        self.add(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> Any:
        if buffer:  # h11 sends two that are empty after a request without a body
            self._stream.write(buffer, remaining(self._ends, timeout))

"""Streams for httpcore, over its own: addresses tried by turns, limits that hold, leftovers that are seen.

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
from typing import Any, Final, Self

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


class AsyncStream:
    """The one stream of a connection of httpcore's, and the backend that opens it, on asyncio or on trio.

    It knows when an exchange has to end, and all the bytes that came: httpcore would read what came beyond a response
    as the response to the next request, and hands out no count.

    Args:
        ssl_context: Whom to trust, where TLS begins at once; None where it does not, or a proxy comes before it.
    """

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._ssl_context = ssl_context
        self._stream: Any = None
        self.start(math.inf)

    # --- One request and its response

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

    # --- What httpcore asks for

    async def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any) -> Self:
        """Give each address its turn, who was too slow another, and the last all the time that is left."""
        ends = _concurrency.now() + self.remaining(timeout)
        addresses = deque(await self._addresses(host, port, ends))
        failure: Exception = httpcore.ConnectError("the name has no address")
        turn = _TURN_SECONDS
        while addresses and (left := ends - _concurrency.now()) > 0:
            address = addresses.popleft()
            try:
                opened = self._open(address, port, min(turn, left) if addresses else left)
                self._stream = await _concurrency.settled(opened)
                if self._ssl_context is not None:  # an address may be silent in TLS
                    left = max(0.001, ends - _concurrency.now())
                    seconds = min(left, max(1.0, left / 2)) if addresses else left
                    await self._begin_tls(self._ssl_context, host, seconds)
            except _FAILURES as error:
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
    ) -> Self:
        if self._ssl_context is None:  # else it has begun
            await self._begin_tls(ssl_context, server_hostname, timeout)
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data: bytes = await self._stream.read(max_bytes, timeout)
        self.add(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> Any:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    # --- What a stream that blocks does otherwise, and what it shares

    async def _look_up(self, seconds: float, work: Callable[[], Any], name: str) -> Any:
        return await _concurrency.wait_for(seconds, _concurrency.call_aside(work, name))

    def _open(self, address: str, port: int, seconds: float) -> Any:
        if _concurrency.is_trio():
            trio: Any = httpcore.TrioBackend()
            return trio.connect_tcp(address, port, seconds)
        from .asyncio import AsyncioStream  # noqa: PLC0415 - a program that blocks does without

        return AsyncioStream.connect(address, port, seconds)

    async def _begin_tls(self, ssl_context: ssl.SSLContext, host: str | None, timeout: float | None) -> None:
        self.forget()
        try:
            self._stream = await _concurrency.settled(self._stream.start_tls(ssl_context, host, timeout))
        except BaseException:
            # A handshake that is cancelled would leave its socket open.
            with _concurrency.shield():
                await _concurrency.settled(self.aclose())
            raise

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


class Stream(AsyncStream):
    """The same, blocking, within what the wall clock leaves."""

    def connect_tcp(self, *args: Any, **options: Any) -> Any:
        return _concurrency.run(super().connect_tcp(*args, **options))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Any:
        return _concurrency.run(super().start_tls(ssl_context, server_hostname, self.remaining(timeout)))

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        data = self._stream.read(max_bytes, self.remaining(timeout))
        self.add(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> Any:
        self._stream.write(buffer, self.remaining(timeout))

    def aclose(self) -> Any:
        self._stream.close()

    close = aclose
    _look_up = staticmethod(_concurrency.call_within)

    def _open(self, address: str, port: int, seconds: float) -> Any:
        host: Any = address.encode("ascii")  # in bytes: see above
        return httpcore.SyncBackend().connect_tcp(host, port, seconds)


def _distinct(entries: Iterable[Any]) -> list[str]:
    """The addresses of look-up results, both families by turns (RFC 8305, section 4)."""
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    preferred = [address for address in addresses if (":" in address) == (":" in addresses[0])]
    turns = zip_longest(preferred, [address for address in addresses if address not in preferred])
    return [address for pair in turns for address in pair if address is not None]

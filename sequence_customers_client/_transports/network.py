"""Network streams for httpcore, over its own: addresses tried side by side, limits that hold, leftovers that are seen.

httpcore gives each address of a name all of the time there is, starts a socket's time limit anew with every byte, and
takes whatever is left on a connection for the next response. Its public `network_backend` is where that is mended.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import zip_longest
from typing import Any, Final

import httpcore

from .. import _concurrency
from .base import fails_verification

_TURN_SECONDS: Final = 0.25
"""How long one of several addresses is waited for before the next (RFC 8305, section 8); twice that the next time."""

_FAILURES: Final = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ReadError, httpcore.ReadTimeout)


class _Alarm(threading.local):
    """When the wall clock ends the exchange of this thread: a socket's own limit starts anew with every byte."""

    _at: float | None = None

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """End what is done in the block after a time.

        Args:
            seconds: How long it may take.
        """
        self._at = _concurrency.now() + seconds
        try:
            yield
        finally:
            self._at = None

    def check(self) -> None:
        """Raise WallClockTimeout once the time is over."""
        if self._at is not None and _concurrency.now() >= self._at:
            raise _concurrency.WallClockTimeout

    def remaining(self, timeout: float | None) -> float | None:
        """The least of a timeout and what is left."""
        self.check()
        if self._at is None:
            return timeout
        left = max(0.001, self._at - _concurrency.now())
        return left if timeout is None else min(timeout, left)

    @contextmanager
    def limiting(self) -> Iterator[None]:
        """Around a wait that `remaining` cut short: what ended it then was this clock, and not the timeout given."""
        try:
            yield
        except httpcore.TimeoutException:
            self.check()
            raise


WALL_CLOCK: Final = _Alarm()


class Received:
    """Counts the bytes of an exchange, to tell whether more came than its response.

    httpcore would read the rest as the response to the next request. It hands out no count of its own.
    """

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin to count: a request is about to be sent."""
        self._head = b""
        self._body = 0
        self._tail = b""
        self._last_chunks = 0

    def add(self, data: bytes) -> None:
        """Count what was read."""
        if not self._tail:
            head, end, data = (self._head + data).partition(b"\r\n\r\n")
            self._head = head + end
            if not end:
                return
            self._tail = end
        self._body += len(data)
        window = self._tail[-6:] + data
        # Looked ahead for: the end of one may be the start of the next.
        self._last_chunks += len(re.findall(rb"\r\n(?=0\r\n\r\n)", window))
        self._tail = window[-7:]

    def is_exact(self, headers: Iterable[tuple[bytes, bytes]], *, has_body: bool) -> bool:
        """Whether nothing came beyond the response, as far as its framing lets one be sure.

        Args:
            headers: The response's headers.
            has_body: False where its status or the method says that there is none.
        """
        fields = {name.lower(): value for name, value in headers}
        if not self._tail or self._head.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")):
            return False
        if not has_body:
            return self._body == 0
        if b"transfer-encoding" in fields:
            return self._last_chunks == 1 and self._tail.endswith(b"\r\n0\r\n\r\n")
        length = fields.get(b"content-length", b"")
        return length.isdigit() and self._body == int(length)


class Attempts:
    """Which address to try next, and for how long: each has its turn, and those that were too slow have another.

    Args:
        addresses: Where the host may be reached.
        timeout: Seconds for all of it; None without a limit.
    """

    def __init__(self, addresses: list[str], timeout: float | None) -> None:
        self._open = addresses
        self._ends = None if timeout is None else _concurrency.now() + timeout
        self._turns = self._take_turns()
        self.failure: Exception = httpcore.ConnectError("the name has no address")

    def __iter__(self) -> Iterator[tuple[str, float | None]]:
        return self._turns

    def _take_turns(self) -> Iterator[tuple[str, float | None]]:
        turn = _TURN_SECONDS
        while self._open:
            for address in list(self._open):
                left = self.remaining()
                if left is not None and left <= 0:
                    return
                self._current = address
                yield address, left if self.is_last else min(turn, left or turn)
            turn *= 2

    @property
    def is_last(self) -> bool:
        """Whether there is no other address to turn to."""
        return len(self._open) <= 1

    def remaining(self) -> float | None:
        """Seconds until the limit; None without one."""
        return None if self._ends is None else self._ends - _concurrency.now()

    def handshake_seconds(self) -> float | None:
        """How long a TLS handshake may take: an address that accepts and then says nothing is not the only one."""
        left = self.remaining()
        return left if self.is_last else max(1.0, (left or 0.0) / 2)

    def failed(self, failure: Exception) -> None:
        """Note how the attempt ended: who refuses is not asked again, and who was too slow may be."""
        self.failure = failure
        if not isinstance(failure, httpcore.TimeoutException):
            self._open = [address for address in self._open if address != self._current]


def _literal(host: str) -> list[str]:
    """The host, where it is an address and needs no looking up."""
    return [host] if ":" in host or host.replace(".", "").isdigit() else []


def _distinct(entries: Iterable[Any]) -> list[str]:
    """The addresses of look-up results, both families by turns (RFC 8305, section 4)."""
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    preferred = [address for address in addresses if (":" in address) == (":" in addresses[0])]
    others = [address for address in addresses if address not in preferred]
    turns = zip_longest(preferred, others)
    return [address for pair in turns for address in pair if address is not None]


class _Stream(httpcore.NetworkStream):
    def __init__(
        self,
        stream: httpcore.NetworkStream,
        received: Received,
        attempts: Attempts | None = None,
        connect: Callable[[Attempts], httpcore.NetworkStream] | None = None,
    ) -> None:
        self._stream = stream
        self._received = received
        self._attempts = attempts
        self._connect = connect

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with WALL_CLOCK.limiting():
            data = self._stream.read(max_bytes, WALL_CLOCK.remaining(timeout))
        self._received.add(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._attempts = None  # what was sent here cannot go on elsewhere
        with WALL_CLOCK.limiting():
            self._stream.write(buffer, WALL_CLOCK.remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._received.start()  # what a proxy answered is not of the response
        attempts, stream = self._attempts, self._stream
        with WALL_CLOCK.limiting():
            if attempts is None or self._connect is None:
                return _Stream(
                    stream.start_tls(ssl_context, server_hostname, WALL_CLOCK.remaining(timeout)), self._received
                )
            while True:
                try:
                    seconds = WALL_CLOCK.remaining(attempts.handshake_seconds())
                    return _Stream(stream.start_tls(ssl_context, server_hostname, seconds), self._received)
                except _FAILURES as failure:
                    attempts.failed(failure)
                    if fails_verification(failure):
                        raise
                stream = self._connect(attempts)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Opens connections, one at a time, within what the wall clock leaves."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()
        self.received = Received()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        def connect(attempts: Attempts) -> httpcore.NetworkStream:
            for address, seconds in attempts:
                # In bytes: a string would have the first call import a codec for names that are not ASCII.
                ready: Any = address.encode("ascii")
                try:
                    return self._backend.connect_tcp(ready, port, seconds, local_address, socket_options)
                except _FAILURES as failure:
                    attempts.failed(failure)
            raise attempts.failure

        with WALL_CLOCK.limiting():
            left = WALL_CLOCK.remaining(timeout)
            attempts = Attempts(_literal(host) or self._look_up(host, port, left), left)
            return _Stream(connect(attempts), self.received, attempts, connect)

    def _look_up(self, host: str, port: int, seconds: float | None) -> list[str]:
        """Look a name up in a thread: the system's resolver knows no time limit."""
        limit = threading.TIMEOUT_MAX if seconds is None else seconds
        # In bytes, and for the system's resolver alone: see above.
        work = partial(socket.getaddrinfo, host.encode("ascii"), port, type=socket.SOCK_STREAM)
        try:
            return _distinct(_concurrency.call_within(limit, work, f"resolve {host}"))
        except _concurrency.WallClockTimeout:
            WALL_CLOCK.check()
            raise httpcore.ConnectTimeout(f"the name {host} was not resolved in time") from None
        except OSError as failure:
            raise httpcore.ConnectError(str(failure)) from failure


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(
        self,
        stream: httpcore.AsyncNetworkStream,
        received: Received,
        attempts: Attempts | None = None,
        connect: Callable[[Attempts], Awaitable[httpcore.AsyncNetworkStream]] | None = None,
    ) -> None:
        self._stream = stream
        self._received = received
        self._attempts = attempts
        self._connect = connect

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self._received.add(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._attempts = None
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        self._received.start()  # what a proxy answered is not of the response
        attempts, stream = self._attempts, self._stream
        while True:
            seconds = timeout if attempts is None else attempts.handshake_seconds()
            try:
                return _AsyncStream(await stream.start_tls(ssl_context, server_hostname, seconds), self._received)
            except BaseException as failure:
                # A handshake that is cancelled would leave its socket open.
                with _concurrency.shield():
                    await stream.aclose()
                if attempts is None or self._connect is None or not isinstance(failure, _FAILURES):
                    raise
                attempts.failed(failure)
                if fails_verification(failure):
                    raise
            stream = await self._connect(attempts)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens connections, one at a time, on asyncio or on trio."""

    def __init__(self) -> None:
        self.received = Received()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        open_stream: Callable[..., Awaitable[httpcore.AsyncNetworkStream]]
        if _concurrency.is_trio():
            trio: Any = httpcore.TrioBackend()
            open_stream = partial(trio.connect_tcp, socket_options=socket_options)
        else:
            from .asyncio import AsyncioStream  # noqa: PLC0415 - a program that blocks does without

            open_stream = AsyncioStream.connect

        async def connect(attempts: Attempts) -> httpcore.AsyncNetworkStream:
            for address, seconds in attempts:
                try:
                    return await open_stream(address, port, seconds, local_address)
                except _FAILURES as failure:
                    attempts.failed(failure)
            raise attempts.failure

        attempts = Attempts(_literal(host) or await self._look_up(host, port), timeout)
        return _AsyncStream(await connect(attempts), self.received, attempts, connect)

    async def _look_up(self, host: str, port: int) -> list[str]:
        work = partial(socket.getaddrinfo, host.encode("ascii"), port, type=socket.SOCK_STREAM)
        try:
            return _distinct(await _concurrency.call_aside(work, f"resolve {host}"))
        except OSError as failure:
            raise httpcore.ConnectError(str(failure)) from failure

"""Network streams for httpcore: what its own lack for a call to end well.

Sync: a limit that holds, however slowly the bytes come. A socket's timeout starts anew with every byte, so each read
and write is given what is left until the alarm of the thread that waits. Async exchanges need none: they are cancelled.

Async: sockets of asyncio; and on trio, a TLS handshake that is cancelled closes its socket.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpcore

from . import _clock
from ._socket import Socket


class _Alarm(threading.local):
    """When the clock strikes for the exchange of this thread."""

    _at: float | None = None

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Let the clock strike so many seconds from now."""
        self._at = _clock.now() + seconds
        try:
            yield
        finally:
            self._at = None

    def check(self) -> None:
        """Raise TimeLimitReached once the clock has struck."""
        if self._at is not None and _clock.now() >= self._at:
            raise _clock.TimeLimitReached

    def cap(self, timeout: float | None) -> float | None:
        """The least of a timeout and what is left."""
        self.check()
        if self._at is None:
            return timeout
        remaining = max(0.001, self._at - _clock.now())
        return remaining if timeout is None else min(timeout, remaining)

    @contextmanager
    def named(self) -> Iterator[None]:
        """Around a wait that `cap` cut short: what struck then was this clock, and not the timeout that was given."""
        try:
            yield
        except httpcore.TimeoutException:
            self.check()
            raise


ALARM: Final = _Alarm()


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with ALARM.named():
            return self._stream.read(max_bytes, ALARM.cap(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with ALARM.named():
            self._stream.write(buffer, ALARM.cap(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        with ALARM.named():
            return _Stream(self._stream.start_tls(ssl_context, server_hostname, ALARM.cap(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int, seconds: float | None) -> list[str]:
    """Look a name up, for so many seconds at the most: in a thread, because the system's resolver hears no alarm."""
    found: list[list[str] | OSError] = []

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
            found.append(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=look_up, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        ALARM.check()
        raise httpcore.ConnectTimeout(f"the name {host} was not resolved in time")
    outcome = found[0]
    if isinstance(outcome, OSError):
        raise httpcore.ConnectError(str(outcome)) from outcome
    return outcome


class Backend(httpcore.NetworkBackend):
    """Opens connections, within what is left until the alarm."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        # Address by address: the backend would give each of them the whole timeout.
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _addresses(host, port, ALARM.cap(timeout)):
            # In bytes, like the host: a string would have the first call import a codec for names that are not ASCII.
            ready: Any = address.encode("ascii")
            try:
                stream = self._backend.connect_tcp(ready, port, ALARM.cap(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream)
        raise failure


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            with _clock.shield():
                await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens connections: on asyncio sockets of ours, on trio those of the backend, closed if their handshake is."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if not _clock.is_trio():
            return await Socket.connect(host, port, timeout, local_address)
        backend: Any = httpcore.TrioBackend()
        return _AsyncStream(await backend.connect_tcp(host, port, timeout, local_address, socket_options))

"""A server on loopback that misbehaves as it is told: what it does is data, a script of small steps."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

LIFETIME = 10.0
"""Seconds after which a connection ends whatever its script says."""


@dataclass(frozen=True)
class Read:
    """Wait for the header of a request."""


@dataclass(frozen=True)
class Hear:
    """Wait for the first bytes, whatever they are."""


@dataclass(frozen=True)
class Send:
    """Send bytes at once."""

    data: bytes


@dataclass(frozen=True)
class Drip:
    """Send bytes one at a time."""

    data: bytes
    seconds: float = 0.02


@dataclass(frozen=True)
class Flood:
    """Send the same bytes over and over, until the client hangs up."""

    data: bytes


@dataclass(frozen=True)
class Pause:
    """Wait a little, so that what was sent arrives by itself."""

    seconds: float = 0.03


@dataclass(frozen=True)
class Meet:
    """Wait until as many connections have come as the barrier wants."""

    barrier: threading.Barrier


@dataclass(frozen=True)
class Silence:
    """Neither read nor write, and keep the connection."""


@dataclass(frozen=True)
class HalfClose:
    """Close the direction to the client, and go on listening."""


@dataclass(frozen=True)
class Close:
    """Close the connection."""


@dataclass(frozen=True)
class Reset:
    """Abort the connection: the client gets a RST."""


@dataclass(frozen=True)
class Tls:
    """Speak TLS from here on."""

    context: ssl.SSLContext = field(repr=False)


@dataclass(frozen=True)
class Raw:
    """Send bytes past TLS, as nobody but an attacker would."""

    data: bytes


@dataclass(frozen=True)
class DripTls:
    """Answer the client's hello as TLS demands, one byte at a time."""

    context: ssl.SSLContext = field(repr=False)
    seconds: float = 0.02


Step = Read | Hear | Send | Drip | Flood | Pause | Meet | Silence | HalfClose | Close | Reset | Tls | Raw | DripTls
Script = tuple[Step, ...]


class _ClientWentAway(Exception):  # noqa: N818 - the end of a script, no error
    """The client closed the connection."""


class FaultServer:
    """Plays one script after the other, one for each request, or connection where the script does not read first.

    Where the scripts end, `otherwise` is played for every request. It listens on a free port of loopback, and closes
    everything it opened when its with-block ends.
    """

    def __init__(
        self, *scripts: Script, otherwise: Script, scheme: str = "http", port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self._scripts: Iterator[Script] = iter(scripts)
        self._next = next(self._scripts, None)
        self._otherwise = otherwise
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._talks: list[_Conversation] = []
        self._threads: list[threading.Thread] = []
        self.requests: list[bytes] = []
        """The header of every request that was read."""
        self.connections = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self.base_url = f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        # Connecting is the portable way to wake a thread that accepts.
        with suppress(OSError):
            socket.create_connection(self._listener.getsockname()[:2], 1.0).close()
        self._threads[0].join(LIFETIME)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(LIFETIME)
        assert not any(thread.is_alive() for thread in self._threads)

    def recover(self, script: Script) -> None:
        """Play this for every request from now on, and have done with all that came before."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            # Connections are accepted as they came: those before this one have been, once it is.
            while not self._knows(last.getsockname()):
                time.sleep(0.001)
            self.hang_up()
            self.settle()
        with self._lock:
            self._scripts, self._next, self._otherwise = iter(()), None, script

    def _knows(self, name: object) -> bool:
        with self._lock:
            return any(talk.peer == name for talk in self._talks)

    def wait_for_requests(self) -> None:
        """Wait until the header of a request has been read."""
        ends = time.monotonic() + LIFETIME
        while not self.requests and time.monotonic() < ends:
            time.sleep(0.001)

    def hang_up(self) -> None:
        """End every connection there is."""
        with self._lock:
            for talk in self._talks:
                talk.end()

    def settle(self) -> None:
        """Wait until every connection has ended on this side."""
        with self._starting:
            threads = self._threads[1:]
        for thread in threads:
            thread.join(LIFETIME)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        with self._starting:  # so that nobody waits for all threads and misses this one
            thread.start()
            self._threads.append(thread)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stopping.is_set():
                connection.close()
                return
            connection.settimeout(LIFETIME)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk = _Conversation(connection, self.requests)
            with self._lock:
                self.connections += 1
                self._talks.append(talk)
            self._start(self._play, talk)

    def _take(self) -> Script:
        with self._lock:
            script = self._next
            if script is None:
                return self._otherwise
            self._next = next(self._scripts, None)
            return script

    def _play(self, talk: _Conversation) -> None:
        try:
            with self._lock:
                first = self._otherwise if self._next is None else self._next
            if not isinstance(first[0], Read):
                talk.play(self._take())
            while not talk.over:
                talk.expect()
                talk.play(self._take())
        except (OSError, threading.BrokenBarrierError, _ClientWentAway):
            pass
        finally:
            with self._lock:
                self._talks.remove(talk)
                talk.close()


class _Conversation:
    """One connection, and what is done on it."""

    def __init__(self, connection: socket.socket, requests: list[bytes]) -> None:
        self._socket = connection
        self._ending = threading.Event()
        self._requests = requests
        self._received = b""
        self.peer: object = connection.getpeername()
        self.over = False

    def end(self) -> None:
        """Make an end, from another thread."""
        self.over = True
        self._ending.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def expect(self) -> None:
        """Wait until there is something of a request."""
        if not self._received:
            self._receive()

    def play(self, script: Iterable[Step]) -> None:
        for step in script:
            if self.over:
                return
            self._do(step)

    def close(self) -> None:
        self.over = True
        self._socket.close()

    def _do(self, step: Step) -> None:
        match step:
            case Read():
                while b"\r\n\r\n" not in self._received:
                    self._receive()
                head, self._received = self._received.split(b"\r\n\r\n", 1)
                self._requests.append(head)
            case Hear():
                self.expect()
            case Send(data):
                self._socket.sendall(data)
            case Drip(data, seconds):
                self._drip(self._socket, data, seconds)
            case Flood(data):
                while not self.over:
                    self._socket.sendall(data)
            case Pause(seconds):
                self._ending.wait(seconds)
            case Meet(barrier):
                barrier.wait(LIFETIME / 2)
            case Silence():
                self._ending.wait(LIFETIME)
            case HalfClose():
                self._socket.shutdown(socket.SHUT_WR)
            case Close():
                self.close()
            case Reset():
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close()
            case Tls(context):
                plain = self._socket
                self._socket = context.wrap_socket(plain, server_side=True)
            case Raw(data):
                os.write(self._socket.fileno(), data)
            case DripTls(context, seconds):
                hello, flight = ssl.MemoryBIO(), ssl.MemoryBIO()
                hello.write(self._socket.recv(65536))
                with suppress(ssl.SSLWantReadError):
                    context.wrap_bio(hello, flight, server_side=True).do_handshake()
                self._drip(self._socket, flight.read(), seconds)

    def _drip(self, connection: socket.socket, data: bytes, seconds: float) -> None:
        for index in range(len(data)):
            connection.sendall(data[index : index + 1])
            if self._ending.wait(seconds):
                return

    def _receive(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise _ClientWentAway
        self._received += data

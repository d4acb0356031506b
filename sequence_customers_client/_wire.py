"""The fast transport: HTTP/1.1 on our own sockets, with httptools to read it, to be had with the extra `fast`.

httptools is the parser of Node.js, in C; what h11, httpcore and httpx do in Python costs three times what all the rest
of a call does. One connection, no redirects, no cookies, no proxies, nothing but what this client asks for.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, ClassVar, Final, cast

import httpcore
import httptools
import httpx

from . import _clock
from ._body import Body
from ._connection import BROKE_OFF, KEEPALIVE_SECONDS
from ._limit import Limit, TimeLimit
from ._network import AsyncBackend, Backend
from ._request import Outgoing
from ._response import Answer

_HTTPCORE: Final = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
_PIECE: Final = 64 * 1024
_LONGEST_HEADER: Final = 100 * 1024  # h11's limit


class AsyncWireConnection:
    """One connection to the server."""

    watches_clock: ClassVar[bool] = True

    def __init__(self, server: httpx.URL, options: Mapping[str, Any]) -> None:
        self._end = _End(server, options["verify"])
        self._stream: httpcore.AsyncNetworkStream | None = None

    def is_reusable(self) -> bool:
        """Whether it is open, and there is nothing on it that nobody asked for."""
        return self._end.is_reusable(self._stream)

    async def exchange(self, outgoing: Outgoing, most: int) -> Answer:
        """Send a request, and read its answer, of whose body no more than so many bytes are kept."""
        reply = _Reply(outgoing.method, most)
        left = _Left(outgoing.limit)
        try:
            stream = self._stream
            if stream is None:
                stream = self._stream = await self._connect(left)
            with suppress(httpcore.WriteError):  # there may be an answer that says why
                await stream.write(self._end.head(outgoing), left.of("write"))
            while not reply.has_ended:
                reply.feed(await stream.read(_PIECE, left.of("read")))
        except _HTTPCORE as error:
            left.check()
            reply.fail(error)
        if reply.keeps_connection:
            self._end.idle_since = _clock.now()
        else:
            await self.aclose()
        return reply.answer()

    async def aclose(self) -> None:
        """Close it."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def _connect(self, left: _Left) -> httpcore.AsyncNetworkStream:
        stream = await AsyncBackend().connect_tcp(self._end.host, self._end.port, left.of("connect"))
        if self._end.context is None:
            return stream
        return await stream.start_tls(self._end.context, self._end.host, left.of("connect"))


class WireConnection:
    """The twin."""

    def __init__(self, server: httpx.URL, options: Mapping[str, Any]) -> None:
        self._end = _End(server, options["verify"])
        self._stream: httpcore.NetworkStream | None = None

    def is_reusable(self) -> bool:
        """Whether it is open, and there is nothing on it that nobody asked for."""
        return self._end.is_reusable(self._stream)

    def exchange(self, outgoing: Outgoing, most: int) -> Answer:
        """Send a request, and read its answer, of whose body no more than so many bytes are kept."""
        reply = _Reply(outgoing.method, most)
        limits = outgoing.limit.phases
        try:
            stream = self._stream
            if stream is None:
                stream = self._stream = self._connect(_seconds(limits, "connect"))
            with suppress(httpcore.WriteError):  # there may be an answer that says why
                stream.write(self._end.head(outgoing), _seconds(limits, "write"))
            while not reply.has_ended:
                reply.feed(stream.read(_PIECE, _seconds(limits, "read")))
        except _HTTPCORE as error:
            reply.fail(error)
        if reply.keeps_connection:
            self._end.idle_since = _clock.now()
        else:
            self.close()
        return reply.answer()

    def close(self) -> None:
        """Close it."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _connect(self, timeout: float | None) -> httpcore.NetworkStream:
        stream = Backend().connect_tcp(self._end.host, self._end.port, timeout)
        if self._end.context is None:
            return stream
        return stream.start_tls(self._end.context, self._end.host, timeout)


class _End:
    """What a connection knows of its server, and of itself between two exchanges."""

    def __init__(self, server: httpx.URL, context: ssl.SSLContext) -> None:
        self.host = server.raw_host.decode("ascii")
        self.port = server.port or (443 if server.scheme == "https" else 80)
        self.context = context if server.scheme == "https" else None
        context.set_alpn_protocols(["http/1.1"])
        self._path = server.raw_path.rstrip(b"/").decode("ascii")
        self._host_line = f"Host: {server.netloc.decode('ascii')}\r\n"
        self.idle_since = 0.0

    def head(self, outgoing: Outgoing) -> bytes:
        """The request, its header and its body."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in outgoing.headers.items()])
        if outgoing.length is not None:
            lines += f"Content-Length: {outgoing.length}\r\n"
        head = f"{outgoing.method} {self._path}{outgoing.path} HTTP/1.1\r\n{self._host_line}{lines}\r\n"
        return head.encode("ascii") + (outgoing.content or b"")

    def is_reusable(self, stream: httpcore.NetworkStream | httpcore.AsyncNetworkStream | None) -> bool:
        if stream is None or _clock.now() - self.idle_since > KEEPALIVE_SECONDS:
            return False
        return not stream.get_extra_info("is_readable")


class _Reply:
    """One answer, fed with what comes over the connection; httptools calls the methods that begin with `on_`.

    They raise nothing, which it would wrap.
    """

    def __init__(self, method: str, most: int) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._method = method
        self._most = most
        self._headers: list[tuple[bytes, bytes]] = []
        self._without_body = 0
        self._body: Body | None = None
        self._ends_with_connection = False
        self._fault = ""
        self.has_ended = False
        self.keeps_connection = False
        """Whether the server does, and sent nothing beyond the answer."""

    def feed(self, data: bytes) -> None:
        """Take what came; nothing is the end of the connection.

        Raises:
            httpcore.RemoteProtocolError: It is no answer, or not all of one.
        """
        if not data:
            self._end_of_connection()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.has_ended:
                switched = isinstance(error, httptools.HttpParserUpgrade)
                reason = "the server switched to a protocol that nobody asked for" if switched else str(error)
                raise httpcore.RemoteProtocolError(reason) from None
            self.keeps_connection = False
        if self._fault:
            self._body = None
            raise httpcore.RemoteProtocolError(self._fault)
        self._without_body += len(data)
        if self._without_body > _LONGEST_HEADER and not self.has_ended:
            raise httpcore.RemoteProtocolError("the header is too long, or what stands between the pieces of the body")

    def fail(self, error: Exception) -> None:
        """End with what came before the connection failed, if that is worth having.

        Raises:
            httpx.TransportError: The failure, by httpx's name.
        """
        ours: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        if self._body is None or not issubclass(ours, BROKE_OFF) or not self._body.broke_off():
            raise ours(str(error)) from error
        self.keeps_connection = False

    def answer(self) -> Answer:
        """The answer, when it has ended."""
        return cast(Body, self._body).answer()

    def on_message_begin(self) -> None:
        if self.has_ended:
            self.keeps_connection = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._body is None:  # or it is a trailer
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self.has_ended or 100 <= status <= 199:
            return
        if status < 100:
            self._fault = f"there is no status {status:03}"
        given: dict[bytes, bytes] = {}
        for name, value in self._headers:
            key = name.lower()
            given[key] = given[key] + b", " + value if key in given else value
        encoding = given.get(b"transfer-encoding")
        if encoding is not None and encoding.strip().lower() != b"chunked":
            self._fault = "the body has a transfer encoding that was not asked for"
        self._ends_with_connection = encoding is None and b"content-length" not in given
        content_encoding = given.get(b"content-encoding", b"").decode("latin-1")
        self._body = Body(status, _Headers(self._headers), content_encoding, self._most)
        self.has_ended = self._method == "HEAD"

    def on_body(self, data: bytes) -> None:
        self._without_body = -len(data)
        if not self.has_ended:
            self.has_ended = not cast(Body, self._body).feed(data)

    def on_message_complete(self) -> None:
        if self._body is None:  # it was informational (RFC 9110, section 15.2)
            self._headers = []
            self._without_body = 0
        elif not self.has_ended:
            self.has_ended = True
            self.keeps_connection = self._parser.should_keep_alive()

    def _end_of_connection(self) -> None:
        if self._body is None:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not self._ends_with_connection:
            raise httpcore.RemoteProtocolError("the connection ended before the body did")
        self.has_ended = True


class _Headers(Mapping[str, str]):
    """The headers of an answer, as httpx reads them; which costs a call that nobody asks for them nothing."""

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self._raw = raw

    @cached_property
    def _read(self) -> httpx.Headers:
        return httpx.Headers(self._raw)

    def __getitem__(self, name: str) -> str:
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)

    def __repr__(self) -> str:
        return repr(self._read)


class _Left:
    """The time that an attempt has left: what the clients need not watch for it, and no scope has to be opened for."""

    def __init__(self, limit: TimeLimit) -> None:
        self._end = _clock.now() + limit.whole.seconds
        self._phases = limit.phases

    def check(self) -> float:
        """Seconds in all; raises TimeLimitReached where there are none, although something always comes."""
        left = self._end - _clock.now()
        if left <= 0.0:
            raise _clock.TimeLimitReached
        return left

    def of(self, phase: str) -> float:
        """Seconds for one step of a phase, likewise."""
        left = self.check()
        own = _seconds(self._phases, phase)
        return left if own is None else min(left, own)


def _seconds(phases: Mapping[str, Limit], phase: str) -> float | None:
    # Where phases have no limits of their own, the wall clock is watched anyway.
    limit = phases.get(phase)
    return None if limit is None else limit.seconds

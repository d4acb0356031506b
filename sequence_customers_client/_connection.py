"""Connections: what takes one request to the server, and brings back one answer."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, ClassVar, Final, Protocol, cast

import httpcore
import httpx

from ._body import Body
from ._network import ALARM, AsyncBackend, Backend
from ._request import Outgoing
from ._response import Answer

KEEPALIVE_SECONDS: Final = 30.0
BROKE_OFF: Final = (httpx.NetworkError, httpx.RemoteProtocolError)


class AsyncConnection(Protocol):
    """What carries one exchange at a time, or, where it has a pool of its own, any number."""

    watches_clock: ClassVar[bool]
    """Whether an exchange ends by itself when its time is over."""

    async def exchange(self, outgoing: Outgoing, most: int) -> Answer:
        """Send a request, and read its answer, of whose body no more than so many bytes are kept."""
        ...

    async def aclose(self) -> None:
        """Close it."""


class AsyncLastingConnection(AsyncConnection, Protocol):
    """One that may carry another exchange when one has ended."""

    def is_reusable(self) -> bool:
        """Whether it is open, and there is nothing on it that nobody asked for."""
        ...


class Connection(Protocol):
    """The twin."""

    def exchange(self, outgoing: Outgoing, most: int) -> Answer:
        """Send a request, and read its answer, of whose body no more than so many bytes are kept."""
        ...

    def close(self) -> None:
        """Close it."""


class LastingConnection(Connection, Protocol):
    """The twin."""

    def is_reusable(self) -> bool:
        """Whether it is open, and there is nothing on it that nobody asked for."""
        ...


class AsyncHttpxConnection:
    """Over an httpx transport."""

    watches_clock: ClassVar[bool] = False

    def __init__(self, transport: httpx.AsyncBaseTransport, server: httpx.URL) -> None:
        self._transport = transport
        self._server = server

    async def exchange(self, outgoing: Outgoing, most: int) -> Answer:
        response = await self._transport.handle_async_request(_request(outgoing, self._server))
        try:
            body = _body(response, most)
            try:
                # Not aiter_raw, which hands the connection on before anyone can look at what is left on it.
                async for piece in cast(httpx.AsyncByteStream, _stream(response)):
                    if not body.feed(piece):
                        break
            except BROKE_OFF:
                if not body.broke_off():
                    raise
            if _has_surplus(response):
                await response.extensions["network_stream"].aclose()
            return body.answer()
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()


class HttpxConnection:
    """The twin."""

    def __init__(self, transport: httpx.BaseTransport, server: httpx.URL) -> None:
        self._transport = transport
        self._server = server

    def exchange(self, outgoing: Outgoing, most: int) -> Answer:
        response = self._transport.handle_request(_request(outgoing, self._server))
        try:
            body = _body(response, most)
            try:
                for piece in cast(httpx.SyncByteStream, _stream(response)):
                    ALARM.check()
                    if not body.feed(piece):
                        break
            except BROKE_OFF:
                if not body.broke_off():
                    raise
            if _has_surplus(response):
                response.extensions["network_stream"].close()
            return body.answer()
        finally:
            response.close()

    def close(self) -> None:
        self._transport.close()


class _AsyncLink(httpcore.AsyncHTTPConnection):
    """httpcore's connection without its locks: here one call at a time has it, and they turn the event loop thrice."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_request_lock":
            value = nullcontext()
        elif isinstance(value, httpcore.AsyncHTTP11Connection):
            cast(Any, value)._state_lock = nullcontext()
        super().__setattr__(name, value)


class AsyncOwnConnection(AsyncHttpxConnection):
    """Over httpx's own transport, which has one connection here in the place of its pool, or in its pool of a proxy.

    No public way leads there, and tests notice if the private ones move.
    """

    def __init__(self, server: httpx.URL, options: dict[str, Any]) -> None:
        transport = httpx.AsyncHTTPTransport(**options)
        super().__init__(transport, server)
        self._link: _AsyncLink | None = None
        if "proxy" in options:
            cast(Any, transport._pool)._network_backend = AsyncBackend()
        else:
            self._link = _AsyncLink(
                _origin(server),
                ssl_context=options["verify"],
                keepalive_expiry=KEEPALIVE_SECONDS,
                network_backend=AsyncBackend(),
            )
            transport._pool = cast(Any, self._link)

    def is_reusable(self) -> bool:
        """Whether it is open, and there is nothing on it that nobody asked for."""
        return _is_reusable(self._link)


class OwnConnection(HttpxConnection):
    """The twin."""

    def __init__(self, server: httpx.URL, options: dict[str, Any]) -> None:
        transport = httpx.HTTPTransport(**options)
        super().__init__(transport, server)
        self._link: httpcore.HTTPConnection | None = None
        if "proxy" in options:
            cast(Any, transport._pool)._network_backend = Backend()
        else:
            self._link = httpcore.HTTPConnection(
                _origin(server),
                ssl_context=options["verify"],
                keepalive_expiry=KEEPALIVE_SECONDS,
                network_backend=Backend(),
            )
            transport._pool = cast(Any, self._link)

    def is_reusable(self) -> bool:
        """Whether it is open, and there is nothing on it that nobody asked for."""
        return _is_reusable(self._link)


def _is_reusable(link: httpcore.AsyncConnectionInterface | httpcore.ConnectionInterface | None) -> bool:
    # Behind a proxy it is httpcore's pool that sees to it.
    return link is None or (link.is_available() and not link.has_expired())


def _origin(server: httpx.URL) -> httpcore.Origin:
    return httpcore.URL(scheme=server.raw_scheme, host=server.raw_host, port=server.port, target=b"/").origin


def _request(outgoing: Outgoing, server: httpx.URL) -> httpx.Request:
    """A request as httpx's transports take it, made of parts that are ready: httpx would work them out each time."""
    url = httpx.URL(server)
    path, _, query = (server.path.rstrip("/") + outgoing.path).partition("?")
    url._uri_reference = url._uri_reference._replace(path=path, query=query or None)
    headers = [(b"Host", url.netloc)]
    headers += [(name.encode("ascii"), value.encode("ascii")) for name, value in outgoing.headers.items()]
    if outgoing.length is not None:
        headers.append((b"Content-Length", str(outgoing.length).encode("ascii")))
    extensions = {"timeout": outgoing.limit.extension()}
    stream = httpx.ByteStream(outgoing.content or b"")
    return httpx.Request(outgoing.method, url, headers=headers, stream=stream, extensions=extensions)


def _body(response: httpx.Response, most: int) -> Body:
    # A transport or a hook may have read the body before it came to us, and decompressed it.
    encoding = "" if response.is_stream_consumed else response.headers.get("content-encoding", "")
    return Body(response.status_code, response.headers, encoding, most)


def _stream(response: httpx.Response) -> object:
    return httpx.ByteStream(response.content) if response.is_stream_consumed else response.stream


def _has_surplus(response: httpx.Response) -> bool:
    """Whether more came over the connection than the answer.

    httpcore would take the rest for the answer to the next request. To be asked before the response is closed. No
    public way leads there; a test notices if this one moves.
    """
    node: Any = response.stream
    while node is not None:
        if (state := getattr(node, "_h11_state", None)) is not None:
            return bool(state.trailing_data[0])
        links = (getattr(node, name, None) for name in ("_httpcore_stream", "_stream", "_connection"))
        node = next((link for link in links if link is not None), None)
    return False

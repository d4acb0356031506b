"""Transports over httpx or httpx2: a transport or a client of the caller's, or httpx's own with one connection each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, cast

import httpcore

from .._base_url import Server
from .._concurrency import async_sleep
from .._request import Request
from .._response import Headers, Response
from .._timeouts import AttemptTimeouts
from . import network
from .base import TransportError, chain, fails_verification, one_line, unquoted, without_context
from .body import Body
from .pool import KEEPALIVE_SECONDS
from .proxies import Proxy

_PHASES: Final = {"ConnectTimeout": "connect", "ReadTimeout": "read", "WriteTimeout": "write", "PoolTimeout": "pool"}
_PIECES_A_TURN: Final = 256
_NOT_SENT: Final = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
_NO_THREAD: Final = re.compile("can't (start|create) new thread|cannot schedule new futures")
"""What Python says where names are looked up in threads, and the process is at its limit of them, or ends."""


class _Library:
    """What both transports need of httpx, or of httpx2, which has the same names."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self.failures: tuple[type[Exception], ...] = (module.HTTPError, module.StreamError, OSError, RuntimeError)
        self.breaks: tuple[type[Exception], ...] = (module.NetworkError, module.RemoteProtocolError)

    def request(self, request: Request, timeouts: AttemptTimeouts) -> Any:
        """A request as the library takes it; all of its headers are there, so that it adds none of its own."""
        return self._module.Request(
            request.method,
            request.url,
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in request.headers.items()],
            stream=self._module.ByteStream(request.content or b""),
            extensions={"timeout": timeouts.phase_seconds()},
        )

    def body(self, response: Any, max_bytes: int) -> Body:
        """What takes the body; a transport or a hook of the caller's may have read, and so decompressed, it before."""
        headers = Headers(response.headers.raw)
        return Body(response.status_code, headers, max_bytes, is_decoded=response.is_stream_consumed)

    def failure(self, failure: Exception) -> TransportError | Response:
        """What one of `failures` comes to."""
        if isinstance(failure, self._module.HTTPStatusError):
            # From a hook of the caller's client, which had a response.
            response = cast(Any, failure).response
            return Response(response.status_code, Headers(response.headers.raw), b"", fault="a hook refused it")
        name = type(failure).__name__
        if name == "RuntimeError" and not _NO_THREAD.match(str(failure)):
            raise failure  # a fault in a transport of the caller's own
        kind = next((kind.__name__ for kind in type(failure).__mro__ if kind.__module__.startswith("httpx")), name)
        return TransportError(
            name,
            _text(failure, kind),
            was_sent=kind not in _NOT_SENT,
            timed_out=isinstance(failure, self._module.TimeoutException | TimeoutError),
            phase=_PHASES.get(kind),
            is_final=kind == "ProxyError" or fails_verification(failure),
        )


def _text(failure: Exception, kind: str) -> str:
    """What is said of a failure, where that is the system's or httpcore's word: others may name the URL."""
    if kind == "ProxyError":
        # The reason that a proxy gives may repeat its password; a status cannot.
        status = re.match(r"[1-5][0-9]{2}\b", str(failure))
        return f"the proxy answered {status.group()}" if status else "the proxy refused"
    if isinstance(failure, OSError):
        return one_line(failure.strerror or str(failure))
    if kind == "RuntimeError":
        return str(failure)
    if not any(type(link).__module__.startswith("httpcore") for link in chain(failure)):
        return ""
    # Of a server that does not speak HTTP, h11 quotes what it said.
    return unquoted(str(failure))


class AsyncHttpxTransport:
    """Over any async transport, or client, of httpx or httpx2.

    Args:
        library: The module it is of.
        handle: Sends a request of the library's, and returns its response with the body unread.
        close: Awaited when this is closed.
    """

    def __init__(self, library: Any, handle: Callable[[Any], Any], close: Callable[[], Any] | None = None) -> None:
        self._library = _Library(library)
        self._handle = handle
        self._close = close

    async def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        """Send a request and read its response."""
        try:
            return await self._exchange(self._library.request(request, timeouts), max_body_bytes)
        except self._library.failures as error:
            outcome = self._library.failure(error)
        if isinstance(outcome, Response):
            return outcome
        raise without_context(outcome)

    async def _exchange(self, request: Any, max_body_bytes: int) -> Response:
        response = await self._handle(request)
        try:
            body = self._library.body(response, max_body_bytes)
            try:
                if response.is_stream_consumed:
                    body.feed(response.content)
                else:
                    pieces = 0
                    async for piece in response.stream:
                        if not body.feed(piece):
                            break
                        pieces += 1
                        if not pieces % _PIECES_A_TURN:
                            await async_sleep(0)  # a flood of tiny chunks is not to keep the loop to itself
            except self._library.breaks:
                if not body.broke_off():
                    raise
            return body.response()
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close the transport, where it is this client's to close."""
        if self._close is not None:
            await self._close()


class HttpxTransport:
    """Over any sync transport, or client, of httpx or httpx2.

    Args:
        library: The module it is of.
        handle: Sends a request of the library's, and returns its response with the body unread.
        close: Called when this is closed.
    """

    def __init__(self, library: Any, handle: Callable[[Any], Any], close: Callable[[], Any] | None = None) -> None:
        self._library = _Library(library)
        self._handle = handle
        self._close = close

    def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        """Send a request and read its response."""
        try:
            return self._exchange(self._library.request(request, timeouts), max_body_bytes)
        except self._library.failures as error:
            outcome = self._library.failure(error)
        if isinstance(outcome, Response):
            return outcome
        raise without_context(outcome)

    def _exchange(self, request: Any, max_body_bytes: int) -> Response:
        response = self._handle(request)
        try:
            body = self._library.body(response, max_body_bytes)
            try:
                if response.is_stream_consumed:
                    body.feed(response.content)
                else:
                    for piece in response.stream:
                        network.WALL_CLOCK.check()
                        if not body.feed(piece):
                            break
            except self._library.breaks:
                if not body.broke_off():
                    raise
            return body.response()
        finally:
            response.close()

    def close(self) -> None:
        """Close the transport, where it is this client's to close."""
        if self._close is not None:
            self._close()


async def _handle_async(transport: Any, request: Any) -> Any:
    return await transport.handle_async_request(request)


def _handle(transport: Any, request: Any) -> Any:
    return transport.handle_request(request)


def _put(transport: Any, connection: Any) -> None:
    """Give an httpx transport one connection in the place of its pool, which grows slower with every call in flight."""
    # No public way leads there. tests/transports/test_httpx.py fails when this one moves.
    transport._pool = connection


def _connection_options(server: Server, proxy: Proxy | None, ssl_context: Any) -> tuple[str, Mapping[str, Any]]:
    """Which class of httpcore's carries the exchanges of one connection, without its Async, and its arguments."""
    common = {"ssl_context": ssl_context, "keepalive_expiry": KEEPALIVE_SECONDS * 2}
    if proxy is None:
        url = httpcore.URL(scheme=server.scheme, host=server.host, port=server.port, target=b"/")
        return "HTTPConnection", {"origin": url.origin, **common}
    common |= {"proxy_url": proxy.url, "proxy_auth": proxy.auth, "max_connections": 1}
    return ("SOCKSProxy" if proxy.scheme.startswith("socks") else "HTTPProxy"), common


class AsyncHttpxConnection(AsyncHttpxTransport):
    """Over httpx's own transport with one connection of httpcore's: what looks into httpx sees its calls.

    Args:
        server: Where it leads.
        proxy: What leads there, or None.
        ssl_context: With which certificates a server is trusted.
    """

    def __init__(self, server: Server, proxy: Proxy | None, ssl_context: Any) -> None:
        import httpx  # noqa: PLC0415 - whoever brings httpx2 or aiohttp does without

        transport = httpx.AsyncHTTPTransport(verify=ssl_context)
        # Looked up at each call: what instruments httpx may come later than the client.
        super().__init__(httpx, partial(_handle_async, transport), transport.aclose)
        self._backend = network.AsyncBackend()
        kind, options = _connection_options(server, proxy, ssl_context)
        self._connection: Any = getattr(httpcore, f"Async{kind}")(network_backend=self._backend, **options)
        self._is_exact = True
        _put(transport, self._connection)

    async def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        """Send a request and read its response."""
        self._backend.received.start()
        self._is_exact = False
        response = await super().send(request, timeouts, max_body_bytes)
        self._is_exact = _is_exact(self._backend.received, request, response)
        return response

    def is_reusable(self) -> bool:
        """Whether it is open, and nothing is on it that nobody asked for."""
        return self._is_exact and _is_open(self._connection)


class HttpxConnection(HttpxTransport):
    """Over httpx's own transport with one connection of httpcore's: what looks into httpx sees its calls.

    Args:
        server: Where it leads.
        proxy: What leads there, or None.
        ssl_context: With which certificates a server is trusted.
    """

    def __init__(self, server: Server, proxy: Proxy | None, ssl_context: Any) -> None:
        import httpx  # noqa: PLC0415 - whoever brings httpx2 does without

        transport = httpx.HTTPTransport(verify=ssl_context)
        # Looked up at each call: what instruments httpx may come later than the client.
        super().__init__(httpx, partial(_handle, transport), transport.close)
        self._backend = network.Backend()
        kind, options = _connection_options(server, proxy, ssl_context)
        self._connection: Any = getattr(httpcore, kind)(network_backend=self._backend, **options)
        self._is_exact = True
        _put(transport, self._connection)

    def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        """Send a request and read its response."""
        self._backend.received.start()
        self._is_exact = False
        response = super().send(request, timeouts, max_body_bytes)
        self._is_exact = _is_exact(self._backend.received, request, response)
        return response

    def is_reusable(self) -> bool:
        """Whether it is open, and nothing is on it that nobody asked for."""
        return self._is_exact and _is_open(self._connection)


def _is_exact(received: network.Received, request: Request, response: Response) -> bool:
    has_body = request.method != "HEAD" and response.status_code not in {204, 304}
    return received.is_exact(response.headers.raw, has_body=has_body)


def _is_open(connection: Any) -> bool:
    # A proxy of httpcore's is a pool of one.
    links = [connection] if hasattr(connection, "has_expired") else connection.connections
    return all(link.is_available() and not link.has_expired() for link in links)

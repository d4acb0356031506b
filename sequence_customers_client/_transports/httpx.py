"""Transports over httpx or httpx2: a transport or a client of the caller's, or httpx's own with one connection each."""

import re
from typing import Any, Final, cast

import httpcore

from .. import _concurrency, _failures
from .._base_url import Server
from .._request import Request
from .._response import Headers, Response
from .._timeouts import AttemptTimeouts
from . import network
from .body import Body
from .pool import KEEPALIVE_SECONDS
from .proxies import Proxy

_PHASES: Final = {"ConnectTimeout": "connect", "ReadTimeout": "read", "WriteTimeout": "write", "PoolTimeout": "pool"}
_PIECES_A_TURN: Final = 256
_LIBRARIES: Final = {"httpcore", "httpcore2", "h11", "h2", "anyio"}
_NOT_SENT: Final = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}


class HttpxTransport:
    """Over any transport, or client, of a library that is httpx or httpx2; `handle` leaves a response's body unread."""

    _needs_limits = True  # phases are given one where they have none of their own

    def __init__(self, library: Any, handle: Any, close: Any = bool, *, is_async: bool) -> None:
        self._library = library
        self._handle = handle
        self._close = close
        self._is_async = is_async

    async def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        try:
            return await self._exchange(request, timeouts, max_body_bytes)
        except BaseException as error:  # noqa: BLE001 - raised again
            outcome = self._outcome(error)
            if outcome is None:  # a cancellation, a signal's exception, a mistake in the caller's mock
                raise _failures.without_frames(error) from error.__cause__
        if isinstance(outcome, Response):
            return outcome
        if outcome.timed_out and not self._is_async:
            network.remaining(timeouts.ends)
        raise _failures.without_context(outcome)

    async def aclose(self) -> None:
        await _concurrency.settled(self._close())

    async def _exchange(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        sent = self._library.Request(
            request.method,
            request.url,
            # All of them: the library adds none of its own.
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in request.headers.items()],
            stream=self._library.ByteStream(request.content or b""),
            extensions={"timeout": timeouts.phase_seconds(timeouts.total.seconds if self._needs_limits else None)},
        )
        response = await _concurrency.settled(self._handle(sent))
        # A transport or a hook of the caller's may have read, and so decompressed, the body.
        is_read = response.is_stream_consumed
        body = Body(response.status_code, Headers(response.headers.raw), max_body_bytes, is_decoded=is_read)
        try:
            if is_read:
                body.feed(response.content)
            elif self._is_async:
                pieces = 0
                async for piece in response.stream:
                    if not body.feed(piece):
                        break
                    pieces += 1
                    if not pieces % _PIECES_A_TURN:  # a flood of tiny ones is not to keep the loop to itself
                        await _concurrency.async_sleep(0)
            else:
                for piece in response.stream:
                    network.remaining(timeouts.ends)
                    if not body.feed(piece):
                        break
        except (self._library.NetworkError, self._library.RemoteProtocolError):
            if not body.broke_off():
                raise
        finally:
            await _concurrency.settled((response.aclose if self._is_async else response.close)())
        return body.response()

    def _outcome(self, failure: BaseException) -> _failures.TransportError | Response | None:
        """What an exception comes to, where the network is behind it."""
        library = self._library
        if isinstance(failure, library.HTTPStatusError):
            # From a hook of the caller's client, which had a response.
            response = cast(Any, failure).response
            return Response(response.status_code, Headers(response.headers.raw), b"", fault="a hook refused it")
        is_below = type(failure).__module__.partition(".")[0] in _LIBRARIES
        if not (is_below or isinstance(failure, library.HTTPError | library.StreamError | OSError)):
            return _failures.no_thread(failure)
        name = type(failure).__name__
        kind = next((kind.__name__ for kind in type(failure).__mro__ if kind.__module__.startswith("httpx")), name)
        return _failures.TransportError(
            name,
            _text(failure, kind),
            was_sent=kind not in _NOT_SENT,
            timed_out=isinstance(failure, library.TimeoutException | TimeoutError),
            phase=_PHASES.get(kind),
            is_final=kind == "ProxyError" or _failures.fails_verification(failure),
        )


def _text(failure: BaseException, kind: str) -> str:
    """What is said of a failure, where that is the system's or httpcore's word: others may name the URL."""
    if kind == "ProxyError":
        # The reason that a proxy gives may repeat its password; a status cannot.
        status = re.match(r"[1-5][0-9]{2}\b", str(failure))
        return f"the proxy answered {status.group()}" if status else "the proxy refused"
    if isinstance(failure, OSError):
        return _failures.one_line(failure.strerror or str(failure))
    if not any(type(link).__module__.startswith("httpcore") for link in _failures.chain(failure)):
        return ""
    # Of a server that does not speak HTTP, h11 quotes what it said.
    return _failures.unquoted(str(failure))


class HttpxConnection(HttpxTransport):
    """Over httpx's own transport with one connection of httpcore's: what looks into httpx sees its calls."""

    _needs_limits = False  # its streams hold the wall clock, and timers take time

    def __init__(self, server: Server, proxy: Proxy | None, ssl_context: Any, *, is_async: bool) -> None:
        import httpx  # noqa: PLC0415 - whoever brings httpx2 or aiohttp does without

        prefix, name = ("Async", "handle_async_request") if is_async else ("", "handle_request")
        transport: Any = getattr(httpx, f"{prefix}HTTPTransport")(verify=ssl_context)
        super().__init__(
            httpx,
            # Looked up at each call: what instruments httpx may come later than the client.
            lambda request: getattr(transport, name)(request),  # noqa: PLW0108
            transport.aclose if is_async else transport.close,
            is_async=is_async,
        )
        # Through a proxy TLS begins later than with the connection.
        begins_tls = proxy is None and server.scheme == "https"
        self._stream = (network.AsyncStream if is_async else network.Stream)(ssl_context if begins_tls else None)
        self._is_exact = False
        if proxy is None:
            kind = "HTTPConnection"
            to: dict[str, Any] = {"origin": httpcore.URL(server.url).origin}
        else:
            kind = "SOCKSProxy" if proxy.scheme.startswith("socks") else "HTTPProxy"
            auth = proxy.auth and tuple(map(str.encode, proxy.auth))  # httpcore refuses strings beyond ASCII
            to = {"proxy_url": proxy.url, "proxy_auth": auth, "max_connections": 1}
        self._connection: Any = getattr(httpcore, prefix + kind)(
            network_backend=self._stream, ssl_context=ssl_context, keepalive_expiry=KEEPALIVE_SECONDS * 2, **to
        )
        # httpx's pool grows slower with every call in flight, and no public way leads around it: one connection stands
        # in its place. tests/transports/test_httpx.py fails when this name moves.
        transport._pool = self._connection

    async def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        self._stream.start(timeouts.ends)
        self._is_exact = False
        response = await super().send(request, timeouts, max_body_bytes)
        has_body = request.method != "HEAD" and response.status_code not in {204, 304}
        self._is_exact = self._stream.is_exact(response.headers.raw, has_body=has_body)
        self._stream.start()
        return response

    def is_reusable(self) -> bool:
        # A proxy of httpcore's is a pool of one.
        links = getattr(self._connection, "connections", [self._connection])
        return self._is_exact and all(link.is_available() and not link.has_expired() for link in links)

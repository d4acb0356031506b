"""Transports over aiohttp: sessions of ours with one connection each, or the connector of a caller's session."""

import asyncio
import ssl
from functools import partial
from typing import Any, Final

import aiohttp
from yarl import URL

from .._concurrency import is_trio
from .._errors import ConfigurationError
from .._failures import TransportError, fails_verification, no_thread, one_line, without_context, without_frames
from .._request import Request
from .._response import Headers, Response
from .._timeouts import AttemptTimeouts
from .asyncio import is_readable, limit_reads
from .body import Body
from .pool import KEEPALIVE_SECONDS
from .proxies import Proxy

_LONGEST_LINE: Final = 64 * 1024
_NO_HTTP: Final = "the server does not speak HTTP"
_UNLIMITED: Final = aiohttp.ClientTimeout(total=None)


class AiohttpTransport:
    """Over the connector of a session, which the caller closes: its cookies, redirects and headers stay out of it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._given = self._session = session
        self._refuse_closed()
        self._session = _session(session.connector, trust_env=session.trust_env)
        self._session.trace_configs[:] = session.trace_configs  # what instruments each session would be there twice
        self._proxy: dict[str, Any] = {}

    async def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        self._refuse_closed()
        try:
            return await self._exchange(request, timeouts, max_body_bytes)
        except TransportError as error:
            failure = error.with_traceback(None)
        except (aiohttp.ClientError, OSError) as error:
            failure = _failure(error)
        except BaseException as error:  # noqa: BLE001 - raised again
            found = no_thread(error)
            if found is None:  # a cancellation, say
                raise without_frames(error) from error.__cause__
            failure = found
        raise without_context(failure)

    async def aclose(self) -> None:
        """Leave the connector to whoever made it."""
        self._session.detach()

    def _refuse_closed(self) -> None:
        if self._given.closed:
            raise ConfigurationError("http_client is closed: open a new session, and make a new client with it")
        if self._session.closed:
            raise ConfigurationError("the client is closed: make a new one, or close it later")

    async def _exchange(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        # No traceback has this frame, which holds arguments and credentials: whatever it raises is raised anew.
        url = URL(request.url, encoded=True)
        # aiohttp has them in the request for a tunnel only.
        proxy_headers = self._proxy.get("proxy_headers", {}) if url.scheme == "http" else {}
        response = await self._session.request(
            request.method,
            url,
            data=request.content,
            allow_redirects=False,
            # It would name a type for a body that is empty; and whatever it skips makes it look at all headers again.
            skip_auto_headers=None if request.method == "GET" else ("Content-Type",),
            timeout=_timeout(timeouts),
            middlewares=(partial(_send, {**request.headers, **proxy_headers}),),
            **self._proxy,
        )
        try:
            return await _read(response, max_body_bytes)
        finally:
            response.close()


class AiohttpConnection(AiohttpTransport):
    """A session with one connection."""

    def __init__(self, proxy: Proxy | None, ssl_context: ssl.SSLContext) -> None:
        if is_trio():
            raise ConfigurationError('transport="aiohttp" needs asyncio, and trio runs: leave transport out')
        self._connector = _Connector(
            limit=1, ssl=ssl_context, keepalive_timeout=KEEPALIVE_SECONDS * 2, use_dns_cache=False
        )
        self._given = self._session = _session(self._connector)
        self._proxy = {} if proxy is None else {"proxy": URL(proxy.url), "proxy_headers": proxy.headers()}

    def is_reusable(self) -> bool:
        return not self._session.closed  # the connector sees to the rest when it is used

    async def aclose(self) -> None:
        """Close it, without waiting for the server to agree."""
        self._connector.abort()
        await self._session.close()
        await asyncio.sleep(0)  # what was aborted closes its socket in the loop's next turn


class _Connector(aiohttp.TCPConnector):
    """One connection, which is not used again when something is on it that nobody asked for, or its end."""

    _used: asyncio.BaseTransport | None = None

    async def connect(self, req: Any, traces: Any, timeout: aiohttp.ClientTimeout) -> Any:  # noqa: ASYNC109 - aiohttp's
        while True:
            connection = await super().connect(req, traces, timeout)
            transport, protocol = connection.transport, connection.protocol
            is_reused, self._used = transport is self._used, transport
            if not is_reused:
                limit_reads(transport)
            if not is_reused or not (protocol is None or protocol.should_close or is_readable(transport)):
                return connection
            connection.close()

    def abort(self) -> None:
        """Drop the connection: a close of TLS would wait for a server that may be silent."""
        if isinstance(self._used, asyncio.WriteTransport):
            self._used.abort()


def _session(connector: Any, *, trust_env: bool = False) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=trust_env,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )


async def _send(
    headers: dict[str, str], request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send it with our headers, and once: how often it is sent is the client's affair, and not aiohttp's."""
    request.headers.update(headers)
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        failure = _failure(error)
    raise without_context(failure)


async def _read(response: aiohttp.ClientResponse, max_body_bytes: int) -> Response:
    if response.status < 200 or response.headers.get("Transfer-Encoding", "chunked").strip().lower() != "chunked":
        raise TransportError("ClientResponseError", _NO_HTTP)
    body = Body(response.status, Headers(response.raw_headers), max_body_bytes)
    try:
        while not response.content.at_eof() and body.feed(await response.content.readany()):
            pass
    except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError):
        if not body.broke_off():
            raise
    return body.response()


def _timeout(timeouts: AttemptTimeouts) -> aiohttp.ClientTimeout:
    # Without limits of the phases the client's wall clock is enough, and a timer less.
    if not timeouts.phases:
        return _UNLIMITED
    phases = {phase: limit.seconds for phase, limit in timeouts.phases.items()}
    return aiohttp.ClientTimeout(total=None, sock_connect=phases.get("connect"), sock_read=phases.get("read"))


def _failure(error: Exception) -> TransportError:
    """What an exception of aiohttp's comes to; their texts name the host, the URL, or what the server said."""
    connecting = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    refused = isinstance(error, aiohttp.ClientHttpProxyError)
    return TransportError(
        type(error).__name__,
        _text(error),
        was_sent=not (connecting or refused),
        timed_out=isinstance(error, TimeoutError),
        phase="connect" if connecting else "read",
        is_final=refused or fails_verification(error),
    )


def _text(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answered {error.status}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return one_line(str(error.certificate_error))  # before 3.14 it has no os_error
    if isinstance(error, aiohttp.ClientConnectorError):
        return one_line(error.os_error.strerror or str(error.os_error))
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without a response"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the body broke off"
    if isinstance(error, aiohttp.ClientResponseError):
        return _NO_HTTP
    return one_line(error.strerror or "") if isinstance(error, OSError) else ""

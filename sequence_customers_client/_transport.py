"""Transports: httpx's own with this package's limits, the caller's, and those of the caller's httpx client."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Literal
from urllib.request import getproxies, proxy_bypass

import httpx

from . import _clock
from ._connection import (
    KEEPALIVE_SECONDS,
    AsyncHttpxConnection,
    AsyncLastingConnection,
    AsyncOwnConnection,
    HttpxConnection,
    LastingConnection,
    OwnConnection,
)
from ._errors import ConfigurationError
from ._pool import AsyncPool, Pool
from ._settings import Settings, is_loopback, is_server


def _check(transport: object, http_client: object, transport_type: type[Any], client_type: type[Any]) -> None:
    """Refuse what cannot carry this client's requests.

    Raises:
        ConfigurationError: Both are given, or one is sync where async is due, or of another library.
    """
    if transport is not None and http_client is not None:
        raise ConfigurationError("transport and http_client are both given: a client has a transport already")
    if transport == "fast":
        return
    for name, value, expected in (("transport", transport, transport_type), ("http_client", http_client, client_type)):
        if value is not None and not isinstance(value, expected):
            found = f"{type(value).__module__}.{type(value).__qualname__}"
            other = '; "fast" is another choice' if name == "transport" else ""
            raise ConfigurationError(f"{name} must be an httpx.{expected.__name__}, not a {found}{other}")


class AsyncClientTransport(httpx.AsyncBaseTransport):
    """The transport of an httpx client of the caller's, who closes it; its auth and redirects stay out of it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._client.is_closed:
            raise ConfigurationError("http_client is closed: open a new one, and make a new client with it")
        return await self._client.send(request, stream=True, auth=None, follow_redirects=False)


class ClientTransport(httpx.BaseTransport):
    """The transport of an httpx client of the caller's, who closes it; its auth and redirects stay out of it."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._client.is_closed:
            raise ConfigurationError("http_client is closed: open a new one, and make a new client with it")
        return self._client.send(request, stream=True, auth=None, follow_redirects=False)


class AsyncConnections:
    """What a client and its copies share: a pool for every event loop."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | Literal["fast"] | None,
        http_client: httpx.AsyncClient | None,
    ) -> None:
        import concurrent.futures.thread  # noqa: F401, PLC0415 - or the first call would, to resolve a name in one

        _check(transport, http_client, httpx.AsyncBaseTransport, httpx.AsyncClient)
        server = httpx.URL(settings.base_url)
        shared: AsyncHttpxConnection | None = None
        opens: Callable[[], AsyncLastingConnection] = partial(AsyncOwnConnection, server, {})
        if http_client is not None:
            transport = AsyncClientTransport(http_client)
        if isinstance(transport, httpx.AsyncBaseTransport):
            shared = AsyncHttpxConnection(transport, server)
        else:
            options = _options(settings)
            kind = _wire().AsyncWireConnection if transport == "fast" else AsyncOwnConnection
            opens = partial(AsyncOwnConnection if "proxy" in options else kind, server, options)
        self._closed = False
        self._pools = _clock.PerLoop(partial(AsyncPool, shared, opens, settings.max_connections))

    def pool(self) -> AsyncPool:
        """What carries the next request, on the loop that is running."""
        _refuse_closed(self._closed)
        return self._pools.get()

    async def aclose(self) -> None:
        """Close what belongs to the running loop; what belonged to loops that ended, ended with them."""
        if not self._closed:
            self._closed = True
            await self._pools.get().aclose()


class Connections:
    """What a client and its copies share: a pool for every process."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.BaseTransport | Literal["fast"] | None,
        http_client: httpx.Client | None,
    ) -> None:
        _check(transport, http_client, httpx.BaseTransport, httpx.Client)
        server = httpx.URL(settings.base_url)
        shared: HttpxConnection | None = None
        opens: Callable[[], LastingConnection] = partial(OwnConnection, server, {})
        if http_client is not None:
            transport = ClientTransport(http_client)
        if isinstance(transport, httpx.BaseTransport):
            shared = HttpxConnection(transport, server)
        else:
            options = _options(settings)
            kind = _wire().WireConnection if transport == "fast" else OwnConnection
            opens = partial(OwnConnection if "proxy" in options else kind, server, options)
        self._closed = False
        self._pools = _clock.PerProcess(partial(Pool, shared, opens, settings.max_connections))

    def pool(self) -> Pool:
        """What carries the next request, in the process that is running."""
        _refuse_closed(self._closed)
        return self._pools.get()

    def close(self) -> None:
        """Close the connections."""
        if not self._closed:
            self._closed = True
            self._pools.get().close()


def _refuse_closed(closed: bool) -> None:
    if closed:
        raise ConfigurationError("the client is closed: make a new one, or close it later")


def _wire() -> Any:
    """The module of the fast transport, whose parser not everybody has."""
    try:
        from . import _wire as module  # noqa: PLC0415 - an extra
    except ImportError:
        message = 'transport="fast" needs a package: pip install "sequence-customers-client[fast]"'
        raise ConfigurationError(message) from None
    return module


def _options(settings: Settings) -> dict[str, Any]:
    url = httpx.URL(settings.base_url)
    options: dict[str, Any] = {
        # For the pool that stays behind a proxy, with one connection: see _pool.
        "limits": httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEPALIVE_SECONDS),
        "verify": _tls_context(url.scheme, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
    }
    proxy = _environment_proxy(url)
    if proxy is not None:
        options["proxy"] = proxy
    return options


@cache
def _tls_context(scheme: str, *environment: str | None) -> ssl.SSLContext:
    # Shared by every client of the process: reading the certificates is most of what a client costs to make. Plain
    # HTTP, which is for this machine, needs none.
    del environment  # the key of the cache; httpx reads the variables itself
    return httpx.create_ssl_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _environment_proxy(url: httpx.URL) -> httpx.Proxy | None:
    """What HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, or the system's settings, say for the one server."""
    if is_loopback(url.host):
        # Plain HTTP is allowed there because nobody else can read it.
        return None
    proxies = getproxies()
    address = proxies.get(url.scheme) or proxies.get("all")
    if not address or proxy_bypass(url.netloc.decode("ascii")):
        return None
    # The address may hold a password: no message repeats it.
    try:
        proxy = httpx.Proxy(address if "://" in address else f"http://{address}")
    except (httpx.InvalidURL, ValueError):
        proxy = None
    if proxy is None or not is_server(proxy.url):
        raise ConfigurationError(f"the proxy that the environment names for {url.scheme} is no proxy URL")
    if proxy.url.scheme.startswith("socks"):
        from importlib.util import find_spec  # noqa: PLC0415 - few have such a proxy

        if find_spec("socksio") is None:
            raise ConfigurationError("the proxy that the environment names needs a package: pip install httpx[socks]")
    return proxy

"""Transports: what carries the bytes, one library a file; here is which of them a client uses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any, cast

from .._config import Config
from .._errors import ConfigurationError
from .base import AsyncHandler, AsyncTransport, Handler, Transport, TransportError
from .pool import AsyncPool, Pool
from .proxies import Proxy, proxy_for
from .tls import ssl_context

__all__ = ["AsyncTransport", "Transport", "TransportError", "async_transport", "sync_transport"]

_LIBRARIES = ("httpx", "httpx2")
_FAST = (
    'transport="fast" is no more: use transport="aiohttp", with the extra `aiohttp`, in async code; '
    "leave it out in sync code"
)


def async_transport(config: Config, transport: object, http_client: object) -> Callable[[], AsyncTransport]:
    """Choose what carries an async client's requests.

    Args:
        config: The client's configuration.
        transport: None, "aiohttp", or an async transport of httpx or httpx2.
        http_client: None, or an async client of httpx or httpx2, or an `aiohttp.ClientSession`.

    Returns:
        A function that makes the transport for the event loop that is running.

    Raises:
        ConfigurationError: One of these is of no use; or the environment names a proxy or certificates that are not.
    """
    _refuse_both(transport, http_client)
    if http_client is not None and _is_instance(http_client, "aiohttp", "ClientSession"):
        from .aiohttp import AiohttpTransport  # noqa: PLC0415 - an extra

        return partial(AiohttpTransport, http_client)  # type: ignore[arg-type]
    from .httpx import AsyncHttpxConnection, AsyncHttpxTransport  # noqa: PLC0415 - imports no httpx by itself

    if http_client is not None:
        library = _library(http_client, "http_client", "AsyncClient")
        return partial(AsyncHttpxTransport, library, partial(_send_async, http_client))
    if not isinstance(transport, str | None):
        library, given = _library(transport, "transport", "AsyncBaseTransport"), cast(AsyncHandler, transport)
        return partial(AsyncHttpxTransport, library, given.handle_async_request, given.aclose)
    proxy, context = _surroundings(config)
    if transport == "aiohttp":
        return partial(AsyncPool, _aiohttp_connect(proxy, context))
    _refuse_word(transport)
    import httpx  # noqa: F401, PLC0415 - or the first call would

    from . import asyncio  # noqa: F401, PLC0415 - likewise

    return partial(AsyncPool, partial(AsyncHttpxConnection, config.server, proxy, context))


def sync_transport(config: Config, transport: object, http_client: object) -> Callable[[], Transport]:
    """Choose what carries a sync client's requests.

    Args:
        config: The client's configuration.
        transport: None, or a sync transport of httpx or httpx2.
        http_client: None, or a sync client of httpx or httpx2.

    Returns:
        A function that makes the transport for the process that is running.

    Raises:
        ConfigurationError: One of these is of no use; or the environment names a proxy or certificates that are not.
    """
    _refuse_both(transport, http_client)
    from .httpx import HttpxConnection, HttpxTransport  # noqa: PLC0415 - imported when a client is made

    if http_client is not None:
        library = _library(http_client, "http_client", "Client")
        return partial(HttpxTransport, library, partial(_send, http_client))
    if not isinstance(transport, str | None):
        library, given = _library(transport, "transport", "BaseTransport"), cast(Handler, transport)
        return partial(HttpxTransport, library, given.handle_request, given.close)
    if transport == "aiohttp":
        raise ConfigurationError('transport="aiohttp" needs AsyncSequenceClient: aiohttp has no sync client')
    _refuse_word(transport)
    import httpx  # noqa: F401, PLC0415 - or the first call would

    proxy, context = _surroundings(config)
    return partial(Pool, partial(HttpxConnection, config.server, proxy, context))


async def _send_async(client: Any, request: Any) -> Any:
    _refuse_closed(client)
    return await client.send(request, stream=True, auth=None, follow_redirects=False)


def _send(client: Any, request: Any) -> Any:
    _refuse_closed(client)
    return client.send(request, stream=True, auth=None, follow_redirects=False)


def _refuse_closed(client: Any) -> None:
    if client.is_closed:
        raise ConfigurationError("http_client is closed: open a new one, and make a new client with it")


def _refuse_both(transport: object, http_client: object) -> None:
    if transport is not None and http_client is not None:
        raise ConfigurationError("transport and http_client are both given: a client has a transport already")


def _refuse_word(transport: object) -> None:
    if transport == "fast":
        raise ConfigurationError(_FAST)
    if transport is not None:
        raise ConfigurationError(f'transport: {transport!r} is unknown; the one word that is known is "aiohttp"')


def _is_instance(value: object, library: str, name: str) -> bool:
    """Whether it is an instance of a library's class; who made one has imported the library."""
    kind = getattr(sys.modules.get(library), name, None)
    return kind is not None and isinstance(value, kind)


def _library(value: object, argument: str, kind: str) -> Any:
    """The module that an object is of.

    Raises:
        ConfigurationError: It is of neither library, or sync where async is due.
    """
    for library in _LIBRARIES:
        if _is_instance(value, library, kind):
            return sys.modules[library]
    found = f"{type(value).__module__}.{type(value).__qualname__}"
    raise ConfigurationError(f"{argument} must be an httpx.{kind} or an httpx2.{kind}, not a {found}")


def _surroundings(config: Config) -> tuple[Proxy | None, Any]:
    proxy = proxy_for(config.server)
    uses_tls = "https" in {config.server.scheme, proxy.scheme if proxy else ""}
    return proxy, ssl_context(verifies=uses_tls)


def _aiohttp_connect(proxy: Proxy | None, context: Any) -> Callable[[], Any]:
    if find_spec("aiohttp") is None:
        raise ConfigurationError(
            'transport="aiohttp" needs a package: pip install "sequence-customers-client[aiohttp]"'
        )
    if proxy is not None and proxy.scheme.startswith("socks"):
        raise ConfigurationError("aiohttp knows no SOCKS proxy, and the environment names one: leave transport out")
    from .aiohttp import AiohttpConnection  # noqa: PLC0415 - an extra

    return partial(AiohttpConnection, proxy, context)

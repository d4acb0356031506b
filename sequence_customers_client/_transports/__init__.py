"""Transports: what carries the bytes, one library a file; here is which of them a client uses."""

import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

from .._config import Config
from .._errors import ConfigurationError
from .._timeouts import library_of
from .base import Transport
from .pool import Pool
from .proxies import proxy_for
from .tls import ssl_context


def choose_transport(config: Config, transport: Any, http_client: Any, *, is_async: bool) -> Callable[[], Transport]:
    """Choose what carries a client's requests: a function that makes it for the loop, or process, that is running."""
    if transport is not None and http_client is not None:
        raise ConfigurationError("transport and http_client are both given: a client has a transport already")
    if is_async and http_client is not None and library_of(http_client, "ClientSession", "aiohttp"):
        from .aiohttp import AiohttpTransport  # noqa: PLC0415 - an extra

        return partial(AiohttpTransport, http_client)
    from .httpx import HttpxConnection, HttpxTransport  # noqa: PLC0415 - imported when a client is made

    if http_client is not None:
        library = _library(http_client, "http_client", "AsyncClient" if is_async else "Client")
        return partial(HttpxTransport, library, partial(_send, http_client), is_async=is_async)
    if not isinstance(transport, str | None):
        library = _library(transport, "transport", "AsyncBaseTransport" if is_async else "BaseTransport")
        names = ("handle_async_request", "aclose") if is_async else ("handle_request", "close")
        return partial(HttpxTransport, library, *(getattr(transport, name) for name in names), is_async=is_async)
    _check_word(transport, is_async=is_async)
    proxy = proxy_for(config.server)
    context = ssl_context(verifies="https" in {config.server.scheme, proxy.scheme if proxy else ""})
    if transport == "aiohttp":
        if proxy is not None and proxy.scheme.startswith("socks"):
            raise ConfigurationError("aiohttp knows no SOCKS proxy, and the environment names one: leave transport out")
        from .aiohttp import AiohttpConnection  # noqa: PLC0415 - an extra

        return partial(Pool, partial(AiohttpConnection, proxy, context))
    import httpx  # noqa: F401, PLC0415 - or the first call would

    if is_async and "asyncio" in sys.modules:
        from . import asyncio  # noqa: F401, PLC0415 - likewise; a program on trio does without
    elif not is_async:
        import concurrent.futures  # noqa: F401, PLC0415 - likewise, to resolve a name
    return partial(Pool, partial(HttpxConnection, config.server, proxy, context, is_async=is_async))


def _send(client: Any, request: Any) -> Any:
    """Send over a client of the caller's; what it returns is awaited where that is async."""
    if client.is_closed:
        raise ConfigurationError("http_client is closed: open a new one, and make a new client with it")
    return client.send(request, stream=True, auth=None, follow_redirects=False)


def _check_word(word: object, *, is_async: bool) -> None:
    if word == "fast":
        raise ConfigurationError(
            'transport="fast" is no more: use transport="aiohttp", with the extra `aiohttp`, in async code; '
            "leave it out in sync code"
        )
    if word not in {None, "aiohttp"}:
        raise ConfigurationError(f'transport: {word!r} is unknown; the one word that is known is "aiohttp"')
    if word == "aiohttp" and not is_async:
        raise ConfigurationError('transport="aiohttp" needs AsyncSequenceClient: aiohttp has no sync client')
    if word == "aiohttp" and find_spec("aiohttp") is None:
        raise ConfigurationError(
            'transport="aiohttp" needs a package: pip install "sequence-customers-client[aiohttp]"'
        )


def _library(value: object, argument: str, kind: str) -> Any:
    if (library := library_of(value, kind)) is None:  # of neither, or sync where async is due
        found = f"{type(value).__module__}.{type(value).__qualname__}"
        raise ConfigurationError(f"{argument} must be an httpx.{kind} or an httpx2.{kind}, not a {found}")
    return library

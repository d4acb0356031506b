"""Logs: a logger named after the package, which says what was called and how it ended, never with what.

Records name the route template, statuses, causes and times. No alias, header or body is ever in one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx

from ._errors import ConfigurationError

logger = logging.getLogger("sequence_customers_client")
logger.addHandler(logging.NullHandler())

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}


def configure_from_environment() -> None:
    """Turn on readable logs on standard error where SEQUENCE_LOG is `debug` or `info`; done once a process."""
    value = os.environ.get("SEQUENCE_LOG", "").strip().lower()
    if not value:
        return
    if value not in _LEVELS:
        raise ConfigurationError(f"SEQUENCE_LOG: {value!r} is unknown; use one of {', '.join(_LEVELS)}")
    logger.setLevel(_LEVELS[value])
    if not any(isinstance(handler, _Handler) for handler in logger.handlers):
        handler = _Handler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logger.addHandler(handler)


_ROUTE: ContextVar[str | None] = ContextVar("route", default=None)


@contextmanager
def routes_for_urls(route: str) -> Iterator[None]:
    """While an httpx client of the caller's sends for us, its logs name the route: their URLs would hold arguments."""
    httpx_logger = logging.getLogger("httpx")
    if _route_for_url not in httpx_logger.filters:
        httpx_logger.addFilter(_route_for_url)
    token = _ROUTE.set(route)
    try:
        yield
    finally:
        _ROUTE.reset(token)


def _route_for_url(record: logging.LogRecord) -> bool:
    route = _ROUTE.get()
    if route is not None and isinstance(record.args, tuple):
        record.args = tuple(route if isinstance(argument, httpx.URL) else argument for argument in record.args)
    return True


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Ours, so that it is added once."""

"""Logs: a logger named after the package, which says what was called and how it ended, never with what.

Records name the route template, statuses, causes and times. No alias, header or body is ever in one.
"""

from __future__ import annotations

import logging
import os
import re
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
def discreet(route: str) -> Iterator[None]:
    """While a request of ours is under way, what httpx and httpcore log holds no argument and nothing of a body.

    httpx names the URL; httpcore, of answers that are no HTTP, what they were.
    """
    token = _ROUTE.set(route)
    try:
        yield
    finally:
        _ROUTE.reset(token)


def _make_discreet(record: logging.LogRecord) -> bool:
    route = _ROUTE.get()
    if route is not None:
        if isinstance(record.args, tuple):
            record.args = tuple(route if isinstance(argument, httpx.URL) else argument for argument in record.args)
        record.msg = re.sub(r"(exception=\w+).*", r"\1", str(record.msg), flags=re.DOTALL)
    return True


for _name in ("httpx", "httpcore.http11", "httpcore.http2"):
    logging.getLogger(_name).addFilter(_make_discreet)


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Ours, so that it is added once."""

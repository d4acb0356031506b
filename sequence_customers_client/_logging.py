"""Logs: a logger named after the package, which says what was called and how it ended, never with what."""

import logging
import os
import re
import sys
from contextvars import ContextVar
from itertools import product
from typing import Final

logger = logging.getLogger("sequence_customers_client")
logger.addHandler(logging.NullHandler())

SENT: ContextVar[str | None] = ContextVar("SENT", default=None)
"""The route of the request of ours that is under way: what the libraries below log then holds nothing of it."""

_LIBRARIES: Final = (
    *map("".join, product(["httpcore", "httpcore2"], ["", ".connection", ".http11", ".http2", ".proxy", ".socks"])),
    *("httpx", "httpx2", "aiohttp.access", "aiohttp.client", "aiohttp.internal", "asyncio"),
    *("h2", "h11", "hpack", "hpack.hpack", "hpack.huffman", "hpack.table", "hyperframe"),
)


def _is_printed_by_us_alone(_: logging.LogRecord) -> bool:
    printing = (getattr(handler, "stream", None) for handler in logging.getLogger().handlers)
    return not any(stream in {sys.stdout, sys.stderr} for stream in printing)


def configure_from_environment() -> None:
    """Turn on readable logs on standard error where SEQUENCE_LOG names a level of logging; once a process."""
    value = os.environ.get("SEQUENCE_LOG", "").strip().upper()
    if not value:
        return
    levels = logging.getLevelNamesMapping()
    if value in levels:
        logger.setLevel(levels[value])
        if not any(_is_printed_by_us_alone in handler.filters for handler in logger.handlers):
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
            handler.addFilter(_is_printed_by_us_alone)
            logger.addHandler(handler)
    else:
        names = ", ".join(name.lower() for name in levels if name != "NOTSET")
        logger.warning("SEQUENCE_LOG: %r is no level, and is ignored; use one of %s", value.lower(), names)


def _redact(record: logging.LogRecord) -> bool:
    route = SENT.get()
    if route is None:
        return True
    if record.name.startswith(("hpack", "h2", "hyperframe", "h11")):
        return False
    if record.name == "asyncio":
        record.msg, record.args = "%s", (f"{str(record.msg)[:20]} … during {route}",)
        return True
    if isinstance(record.args, tuple):
        record.args = tuple(route if type(argument).__name__ == "URL" else argument for argument in record.args)
    record.msg = re.sub(r"((?:exception|return_value)=\w*).*", r"\1", str(record.msg), flags=re.DOTALL)
    return True


for _name in _LIBRARIES:
    logging.getLogger(_name).addFilter(_redact)

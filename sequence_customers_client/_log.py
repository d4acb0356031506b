"""Logs: a logger named after the package, which says what was called and how it ended, never with what.

Records name the route template, statuses, causes and times. No alias, header or body is ever in one.
"""

from __future__ import annotations

import logging
import os

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


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Ours, so that it is added once."""

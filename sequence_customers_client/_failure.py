"""Failures: from an exception of the transport's, where no answer came, to the error that says so."""

from __future__ import annotations

import re
from typing import Any, Final

import httpx

from . import _clock
from ._errors import APIConnectionError, APITimeoutError
from ._limit import TimeLimit
from ._response import one_line

FAILURES: Final = (httpx.HTTPError, httpx.StreamError, OSError, _clock.TimeLimitReached)
"""What ends an attempt without an answer. Anything else a transport raises is its programmer's business."""

NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before the first byte of a request."""


def failure_error(
    failure: Exception, limit: TimeLimit, *, operation: str, history: str, **context: Any
) -> APIConnectionError:
    """The error for a call whose last attempt got no answer, to be raised from the failure.

    Args:
        failure: One of FAILURES.
        limit: How long the attempt was allowed to take.
        operation: What was called.
        history: What the message says of the attempts.
        context: `attempts` and `elapsed`.
    """
    _drop_frames(failure)
    if isinstance(failure, httpx.TimeoutException | _clock.TimeLimitReached | TimeoutError):
        struck = limit.struck(failure)
        message = f"{operation}: no answer within the {struck.name} of {struck.seconds:.3g} s{history}"
        return APITimeoutError(message, limit=struck.name, operation=operation, **context)
    message = f"{operation}: no answer: {_describe(failure)}{history}"
    return APIConnectionError(message, operation=operation, **context)


def _describe(failure: Exception) -> str:
    """The kind of a failure, and its text where that is the system's or httpcore's: others may name the URL."""
    name = type(failure).__name__
    cause = failure.__cause__
    if not isinstance(failure, OSError) and not type(cause).__module__.startswith("httpcore"):
        return name
    # Of a server that does not speak HTTP, h11 quotes what it said: a body, perhaps.
    text = one_line(re.split(r"[:(]?\s*(?:bytearray\()?\bb['\"]", str(failure))[0])
    return f"{name}: {text}" if text else name


def _drop_frames(failure: BaseException) -> None:
    # Those below hold the request as it went out, secret and alias, and reporters of errors print local variables.
    seen: set[int] = set()
    link: BaseException | None = failure
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        link.__traceback__ = None
        link = link.__cause__ or link.__context__

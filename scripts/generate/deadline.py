"""A limit in time: a document that keeps the tools busy for ever ends in one line, like any other that is of no use."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from .document import DocumentError

SECONDS: Final = 900.0
"""By the clock; the vendor's whole file takes a tenth of a minute."""


@contextmanager
def deadline(seconds: float | None = None) -> Iterator[None]:
    """Raise DocumentError in the main thread once the time is over; a child that is waited for is ended, too."""
    limit = SECONDS if seconds is None else seconds

    def stop(*_: Any) -> None:
        raise DocumentError(f"took more than {limit:g} s; leave out what takes so long with openapi/operations.yaml")

    former = signal.signal(signal.SIGALRM, stop)
    left, _ = signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, former)

"""Time limits: how long one attempt may take, and which limit was reached."""

import math
import sys
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from . import _concurrency

PHASES: Final = ("connect", "read", "write", "pool")


class PhaseTimeouts(Protocol):
    """An `httpx.Timeout` or an `httpx2.Timeout`: seconds for each phase of an attempt."""

    def as_dict(self) -> dict[str, float | None]:
        """The seconds of the phases connect, read, write and pool."""
        ...


def library_of(value: object, kind: str, *names: str) -> Any:
    """The library that an object is of, an instance of a class of that name; whoever made one has imported it."""
    libraries = map(sys.modules.get, names or ("httpx", "httpx2"))
    return next((library for library in libraries if isinstance(value, getattr(library, kind, ()))), None)


def is_phase_timeouts(value: object) -> bool:
    return library_of(value, "Timeout") is not None


class Limit(NamedTuple):
    """A number of seconds, and the name of the option that sets it: `timeout`, `deadline`, or a phase."""

    seconds: float
    name: str


class AttemptTimeouts(NamedTuple):
    """How long one attempt may take."""

    acquire: Limit  # the wait for a connection, before it
    total: Limit  # the wall clock, from then on
    phases: Mapping[str, Limit] = {}  # those that have limits of their own
    ends: float = math.inf  # when the wall clock ends the attempt, by `now`

    def phase_seconds(self, default: float | None) -> dict[str, float | None]:
        """The seconds of every phase, as httpx's transports read them from a request."""
        return {phase: self.phases[phase].seconds if phase in self.phases else default for phase in PHASES}


def attempt_timeouts(timeout: float | PhaseTimeouts, deadline: float, spent: float) -> AttemptTimeouts:
    """How long an attempt that begins now may take, of a call that has spent so many seconds before its deadline."""
    remaining = Limit(max(0.0, deadline - spent), "deadline")
    if isinstance(timeout, int | float):
        total = min(Limit(timeout, "timeout"), remaining)
        return AttemptTimeouts(remaining, total, ends=_concurrency.now() + total.seconds)
    given = timeout.as_dict().items()
    phases = {phase: remaining if own is None else min(Limit(own, phase), remaining) for phase, own in given}
    return AttemptTimeouts(phases["pool"], remaining, phases, _concurrency.now() + remaining.seconds)

"""Time limits: how long one attempt may take, and which limit it was that struck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import httpx

from ._queue import QueueTimeout
from ._settings import Settings

_PHASES: Final[dict[type[Exception], str]] = {
    httpx.ConnectTimeout: "connect",
    httpx.ReadTimeout: "read",
    httpx.WriteTimeout: "write",
    httpx.PoolTimeout: "pool",
}
_NONE: Final[Mapping[str, Any]] = {}


class Limit(NamedTuple):
    """So many seconds, by the name of what limits them: `timeout`, `deadline`, or a phase of an `httpx.Timeout`."""

    seconds: float
    name: str


class TimeLimit(NamedTuple):
    """How long one attempt may take."""

    queue: Limit
    """The wait for a connection, before it."""

    whole: Limit
    """The wall clock, from then on."""

    phases: Mapping[str, Limit]
    """The phases that httpx's transports know, where they have limits of their own."""

    def extension(self) -> dict[str, float]:
        """The phases as httpx's transports read them from a request."""
        return {phase: self.phases.get(phase, self.whole).seconds for phase in _PHASES.values()}

    def struck(self, failure: Exception) -> Limit:
        """Which limit it was."""
        if isinstance(failure, QueueTimeout):
            return self.queue
        return self.phases.get(_PHASES.get(type(failure), ""), self.whole)


def time_limit(settings: Settings, spent: float) -> TimeLimit:
    """How long an attempt may take that begins so many seconds into its call."""
    deadline = Limit(max(0.0, settings.deadline - spent), "deadline")
    if not isinstance(settings.timeout, httpx.Timeout):
        return TimeLimit(deadline, min(Limit(settings.timeout, "timeout"), deadline), _NONE)
    given = settings.timeout.as_dict().items()
    phases = {phase: deadline if own is None else min(Limit(own, phase), deadline) for phase, own in given}
    return TimeLimit(phases["pool"], deadline, phases)

"""What was set as a goal, and whether a run meets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from .contestants import AIOHTTP, BASE, OURS, TYPED
from .report import Report
from .rounds import excess, middle, ratio


class Goal(NamedTuple):
    """A figure, and the most that it may be."""

    what: str
    limit: float
    figure: Callable[[Report], float]
    unit: str = ""

    def measured(self, report: Report) -> float | None:
        """The figure, or None where one of those that it is made from was absent."""
        try:
            return self.figure(report)
        except KeyError:
            return None

    def met(self, report: Report) -> bool | None:
        """Whether it is met; None where that was not measured."""
        figure = self.measured(report)
        return None if figure is None else figure <= self.limit


def _call(name: str, base: str, in_flight: int, limit: float) -> Goal:
    what = f"CPU of a call, {name}, {in_flight:,} in flight, beside {base}"
    return Goal(what, limit, lambda report: ratio(report.calls[in_flight], name, "cpu", base))


def _sync(threads: int) -> Goal:
    what = f"CPU of a call, sync, in {threads} thread{'s' * (threads > 1)}, beside {BASE}"
    return Goal(what, 1, lambda report: ratio(report.sync[threads], OURS, "cpu", BASE))


GOALS: Final = (
    _call(OURS, BASE, 1, 0.80),
    _call(OURS, BASE, 50, 0.30),
    _call(OURS, BASE, 1000, 0.15),
    _call(AIOHTTP, TYPED, 1, 1.3),
    _call(AIOHTTP, TYPED, 50, 1.5),
    _call(AIOHTTP, TYPED, 1000, 1.5),
    _sync(1),
    _sync(50),
    Goal(f"CPU of import and first client, beside {BASE}", 1.2, lambda report: ratio(report.starts, OURS, "cpu", BASE)),
    Goal(f"memory after that, above {BASE}", 3, lambda report: excess(report.starts, OURS, "memory", BASE), " MiB"),
    Goal("CPU of one more client", 2, lambda report: middle(report.starts, OURS, "second") * 1e3, " ms"),
)

"""What was set as a goal, and whether a run meets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from .contestants import BASE, FAST, OURS
from .figures import excess, middle, ratio
from .report import Report


class Goal(NamedTuple):
    """A figure and its limit, which meets the goal; with `below` only less than the limit does."""

    what: str
    limit: float
    figure: Callable[[Report], float]
    unit: str = ""
    below: bool = False

    @property
    def target(self) -> str:
        """The limit in words."""
        return f"{'<' if self.below else '≤'} {self.limit:g}{self.unit}"

    def measured(self, report: Report) -> float | None:
        """The figure, or None where one of those that it is made from was absent."""
        try:
            return self.figure(report)
        except KeyError:
            return None

    def met(self, report: Report) -> bool | None:
        """Whether it is met; None where that was not measured."""
        figure = self.measured(report)
        if figure is None:
            return None
        return figure < self.limit if self.below else figure <= self.limit


def _cpu(name: str, in_flight: int) -> Callable[[Report], float]:
    return lambda report: ratio(report.calls[in_flight], name, "cpu", BASE)


def _growth(report: Report) -> float:
    # Of two levels, which were not measured side by side: so not by pairs.
    return middle(report.calls[1000], FAST, "cpu") / middle(report.calls[1], FAST, "cpu")


def _memory(report: Report) -> float:
    return max(excess(report.starts, OURS, figure, BASE) for figure in ("memory", "memory used"))


GOALS: Final = (
    Goal("CPU per call beside httpx, ours, 1 in flight", 0.85, _cpu(OURS, 1)),
    Goal("CPU per call beside httpx, ours, 1,000 in flight", 0.45, _cpu(OURS, 1000)),
    Goal("CPU per call beside httpx, best extra, 1 in flight", 0.45, _cpu(FAST, 1)),
    Goal("CPU per call beside httpx, best extra, 1,000 in flight", 0.05, _cpu(FAST, 1000)),
    Goal("CPU per call, best extra, 1,000 in flight beside 1", 1.2, _growth),
    Goal("CPU of import and construction beside httpx", 1.15, lambda report: ratio(report.starts, OURS, "cpu", BASE)),
    Goal("memory above httpx, also after 100 calls", 3, _memory, " MiB"),
    Goal("a second client", 2, lambda report: middle(report.starts, OURS, "second") * 1e3, " ms", below=True),
    Goal("modules that the first call imports", 0, lambda report: middle(report.starts, OURS, "imports")),
    Goal("CPU per call beside httpx, sync", 1, lambda report: ratio(report.sync, OURS, "cpu", BASE), below=True),
)

"""What was set as a goal, and whether a run meets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from .contestants import AIOHTTP, BASE, OURS, TYPED
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


def _beside_typed(in_flight: int) -> Callable[[Report], float]:
    return lambda report: ratio(report.calls[in_flight], AIOHTTP, "cpu", TYPED)


def _memory(report: Report) -> float:
    return max(excess(report.starts, OURS, figure, BASE) for figure in ("memory", "memory used"))


GOALS: Final = (
    Goal("CPU per call beside httpx, ours, 1 in flight", 0.80, _cpu(OURS, 1)),
    Goal("CPU per call beside httpx, ours, 50 in flight", 0.30, _cpu(OURS, 50)),
    Goal("CPU per call beside httpx, ours, 1,000 in flight", 0.15, _cpu(OURS, 1000)),
    Goal("CPU per call over aiohttp, beside aiohttp with our models, 1 in flight", 1.3, _beside_typed(1)),
    Goal("CPU per call over aiohttp, beside aiohttp with our models, 50 in flight", 1.5, _beside_typed(50)),
    Goal("CPU per call over aiohttp, beside aiohttp with our models, 1,000 in flight", 1.5, _beside_typed(1000)),
    Goal("CPU of import and construction beside httpx", 1.2, lambda report: ratio(report.starts, OURS, "cpu", BASE)),
    Goal("memory above httpx, also after 100 calls", 3, _memory, " MiB"),
    Goal("a second client", 2, lambda report: middle(report.starts, OURS, "second") * 1e3, " ms", below=True),
    Goal("CPU per call beside httpx, sync", 1, lambda report: ratio(report.sync, OURS, "cpu", BASE), below=True),
)

"""The tables that a run comes to, in Markdown that reads well as plain text too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from .calls import KEPT, WARM_UP
from .contestants import ASYNC, BASE
from .decode import DECODERS, FLOOR
from .figures import Rounds, excess, middle, ratio
from .goals import GOALS, Goal
from .report import Report

_TITLES: Final = {"cpu": "CPU", "wall": "wall", "p50": "p50", "p99": "p99"}

Column = tuple[str, Mapping[str, str]]
"""A title, and a cell for each row."""

_METHOD: Final = f"""\
One nginx on loopback answers every call with the document's example. All contestants run in one process and take turns
in every round. A figure is the median over the rounds of the ratio to bare {BASE} in the same round: {BASE} is 1, less
is better. So many calls in flight are so many tasks, each of which calls again as soon as it has an answer; p50 and p99
are of single calls. CPU is the client's process, all threads included. Settings are the defaults, except that bare
{BASE} has a timeout of 60 s, without which it fails at 1,000.

Before each measurement come {WARM_UP} calls that are not counted, at most {KEPT} at a time: {BASE} then has as many
connections as it keeps by default. What it costs with many calls in flight depends on that: with the 100 connections
that 1,000 calls open when they meet an empty pool, more than ten times as much as here; with ten, half."""


def number(value: float) -> str:
    """A ratio, to the digits that mean something."""
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= 0.095 else f"{value:.3f}"


def table(rows: Sequence[str], columns: Sequence[Column]) -> str:
    """A Markdown table, aligned; a row that a column does not have is empty there."""
    lines = [["", *(title for title, _ in columns)]]
    lines += [[row, *(cells.get(row, "") for _, cells in columns)] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [
        [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        for line in (lines[0], rule, *lines[1:])
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in padded)


def calls_table(calls: Mapping[int, Rounds], figures: Sequence[str]) -> str:
    """Some figures at every level, beside the base."""
    columns = [
        (f"{_TITLES[figure]}, {in_flight:,}", _ratios(rounds, figure, BASE))
        for figure in figures
        for in_flight, rounds in calls.items()
    ]
    return table(_names(*calls.values()), columns)


def starts_table(starts: Rounds) -> str:
    """Cold start, memory, and clients after the first."""
    columns = [
        ("CPU", _ratios(starts, "cpu", BASE)),
        ("wall", _ratios(starts, "wall", BASE)),
        ("MiB", _cells(starts, lambda name: f"{excess(starts, name, 'memory', BASE):+.1f}")),
        ("MiB after 100 calls", _cells(starts, lambda name: f"{excess(starts, name, 'memory used', BASE):+.1f}")),
        ("second client, ms", _cells(starts, lambda name: f"{middle(starts, name, 'second') * 1e3:.2f}")),
        (f"beside {BASE}", _ratios(starts, "second", BASE)),
        ("modules of the first call", _cells(starts, lambda name: f"{middle(starts, name, 'imports'):.0f}")),
    ]
    return table(_names(starts), columns)


def decoders_table(decoders: Rounds) -> str:
    """Decoding, beside the floor."""
    return table(_names(decoders), [("time", _ratios(decoders, "wall", FLOOR))])


def goals_table(report: Report) -> str:
    """Every goal: its limit, what was measured, and whether that meets it."""
    verdicts = {True: "met", False: "not met", None: "not measured"}
    columns = [
        ("goal", {goal.what: goal.target for goal in GOALS}),
        ("measured", {goal.what: _measured(goal, report) for goal in GOALS}),
        ("", {goal.what: verdicts[goal.met(report)] for goal in GOALS}),
    ]
    return table([goal.what for goal in GOALS], columns)


def base_line(report: Report) -> str:
    """What the ratios are ratios to, the only times that there are."""
    calls = ", ".join(
        f"{middle(rounds, BASE, 'cpu') * 1e6:,.0f} µs at {level:,}" for level, rounds in report.calls.items()
    )
    return (
        f"1 is, as CPU: {calls} in flight; {middle(report.sync, BASE, 'cpu') * 1e6:,.0f} µs sync; "
        f"{middle(report.starts, BASE, 'cpu') * 1e3:,.0f} ms to start; "
        f"decoding, {middle(report.decoders, FLOOR, 'wall') * 1e6:.2f} µs."
    )


def markdown(report: Report) -> str:
    """The whole of results.md."""
    sections = [
        "# What it costs, beside others",
        "Written by `make bench`.",
        _METHOD,
        f"{base_line(report)}\n\n{report.where}",
        "## Goals",
        goals_table(report),
        "## A call",
        calls_table(report.calls, ["cpu", "wall"]),
        calls_table(report.calls, ["p50", "p99"]),
        _bullets({each.name: each.what for each in ASYNC}),
        *(["Absent:", _bullets(report.absent)] if report.absent else []),
        "## A call, sync, one at a time",
        calls_table({1: report.sync}, ["cpu", "wall", "p50", "p99"]),
        "## A start",
        "Import and construction in a fresh interpreter, its caches warm; memory is resident, above bare httpx.",
        starts_table(report.starts),
        "## From bytes to a model",
        f"Beside {FLOOR}.",
        decoders_table(report.decoders),
        _bullets({each.name: each.what for each in DECODERS}),
    ]
    return "\n\n".join(section.strip("\n") for section in sections) + "\n"


def _measured(goal: Goal, report: Report) -> str:
    figure = goal.measured(report)
    if figure is None:
        return ""
    return (number(figure) if figure % 1 else f"{figure:.0f}") + goal.unit


def _names(*rounds: Rounds) -> list[str]:
    return list(dict.fromkeys(name for each in rounds for name in each))


def _ratios(rounds: Rounds, figure: str, base: str) -> dict[str, str]:
    return _cells(rounds, lambda name: number(ratio(rounds, name, figure, base)))


def _cells(rounds: Rounds, cell: Callable[[str], str]) -> dict[str, str]:
    return {name: cell(name) for name in rounds}


def _bullets(lines: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {line}" for name, line in lines.items())

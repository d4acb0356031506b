"""The tables that a run comes to, in Markdown that reads well as plain text too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from .contestants import ASYNC, BASE, DECODERS
from .goals import GOALS, Goal
from .report import Report
from .rounds import Rounds, excess, least, middle, ratio
from .worker import KEPT, WARM_UP

_METHOD: Final = f"""\
One nginx on loopback answers every call with the document's example. One contestant runs at a time, in every round in a
new process: what a call costs depends by a quarter on where in a process its memory happens to lie. CPU is that
process, all threads included, and the server is not in it. "CPU beside {BASE}" is the median over the rounds of the
ratio to bare {BASE} in the same round, less is better; next to it the least and the median of the rounds. So many calls
in flight are so many tasks, or threads, each of which calls again as soon as it has an answer. Settings are the
defaults, except that bare {BASE} and httpx2 have a timeout of 60 s, without which they fail at 1,000.

Before each measurement come {WARM_UP} calls that are not counted, at most {KEPT} at a time: {BASE} then has as many
connections as it keeps by default. What it costs with many calls in flight depends on that: with the 100 connections
that 1,000 calls open when they meet an empty pool, more than ten times as much as here; with ten, half."""

Column = tuple[str, Mapping[str, str]]
"""A title, and a cell for each row."""


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


def costs_table(rounds: Rounds, base: str = BASE) -> str:
    """What a call costs each, and beside the base."""
    return table(
        list(rounds),
        [
            (f"CPU beside {base}", _cells(rounds, lambda name: number(ratio(rounds, name, "cpu", base)))),
            ("least, µs", _cells(rounds, lambda name: f"{least(rounds, name, 'cpu') * 1e6:,.1f}")),
            ("median, µs", _cells(rounds, lambda name: f"{middle(rounds, name, 'cpu') * 1e6:,.1f}")),
            (f"time beside {base}", _cells(rounds, lambda name: number(ratio(rounds, name, "wall", base)))),
        ],
    )


def starts_table(starts: Rounds) -> str:
    """Import and first client, memory, and clients after the first."""
    return table(
        list(starts),
        [
            (f"CPU beside {BASE}", _cells(starts, lambda name: number(ratio(starts, name, "cpu", BASE)))),
            ("least, ms", _cells(starts, lambda name: f"{least(starts, name, 'cpu') * 1e3:.1f}")),
            ("median, ms", _cells(starts, lambda name: f"{middle(starts, name, 'cpu') * 1e3:.1f}")),
            (f"MiB above {BASE}", _cells(starts, lambda name: f"{excess(starts, name, 'memory', BASE):+.1f}")),
            ("one more client, ms", _cells(starts, lambda name: f"{middle(starts, name, 'second') * 1e3:.2f}")),
        ],
    )


def imports_table(imports: Mapping[str, float]) -> str:
    """Where the start goes, by package."""
    return table(list(imports), [("ms", {package: f"{cost:.1f}" for package, cost in imports.items()})])


def goals_table(report: Report) -> str:
    """Every goal: its limit, what was measured, and whether that meets it."""
    verdicts = {True: "met", False: "not met", None: "not measured"}
    columns = [
        ("goal", {goal.what: f"≤ {goal.limit:g}{goal.unit}" for goal in GOALS}),
        ("measured", {goal.what: _measured(goal, report) for goal in GOALS}),
        ("", {goal.what: verdicts[goal.met(report)] for goal in GOALS}),
    ]
    return table([goal.what for goal in GOALS], columns)


def sections(report: Report) -> Iterable[tuple[str, str]]:
    """All of it, by title."""
    yield "Goals", goals_table(report)
    for in_flight, rounds in report.calls.items():
        yield f"A call, {in_flight:,} in flight", costs_table(rounds)
    for threads, rounds in report.sync.items():
        yield f"A call, sync, {threads} thread{'s' * (threads > 1)}", costs_table(rounds)
    yield "From bytes to a model", costs_table(report.decoders, DECODERS[0].name)
    yield "Import and first client, in a fresh interpreter, its caches warm", starts_table(report.starts)
    yield f"What is imported beyond what {BASE} imports", imports_table(report.imports)


def markdown(report: Report) -> str:
    """The whole of results.md."""
    parts = ["# What it costs, beside others", "Written by `make bench`.", _METHOD, report.where]
    for title, text in sections(report):
        parts += [f"## {title}", text.strip("\n")]
    parts += ["## Who is who", _bullets({each.name: each.what for each in ASYNC})]
    parts += ["Decoders:", _bullets({each.name: each.what for each in DECODERS})]
    if report.absent:
        parts += ["Absent:", _bullets(report.absent)]
    return "\n\n".join(parts) + "\n"


def _measured(goal: Goal, report: Report) -> str:
    figure = goal.measured(report)
    return "" if figure is None else number(figure) + goal.unit


def _cells(rounds: Rounds, cell: Callable[[str], str]) -> dict[str, str]:
    return {name: cell(name) for name in rounds}


def _bullets(lines: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {line}" for name, line in lines.items())

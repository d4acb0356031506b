"""What `make bench` makes of what it measures: ratios, goals, tables, and a plot."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from benchmarks.contestants import AIOHTTP, ASYNC, BASE, OURS, SYNC, TYPED, Contestant
from benchmarks.decode import FLOOR
from benchmarks.figures import Rounds, call_figures, excess, middle, ratio, turns
from benchmarks.goals import GOALS
from benchmarks.plot import draw, plot
from benchmarks.report import Report
from benchmarks.results import markdown, number, table

SVG = "{http://www.w3.org/2000/svg}"


def costs(**cpu: float) -> Rounds:
    return {name: [{"cpu": value, "wall": value, "p50": value, "p99": value}] * 3 for name, value in cpu.items()}


def start(cpu: float, memory: float, second: float, imports: float) -> list[dict[str, float]]:
    figures = {"cpu": cpu, "wall": cpu, "memory": memory, "memory used": memory + 1}
    return [{**figures, "second": second, "imports": imports}]


@pytest.fixture
def report() -> Report:
    return Report(
        calls={level: costs(httpx=1e-3, ours=ours) for level, ours in ((1, 0.8e-3), (50, 0.5e-3), (1000, 0.5e-3))},
        sync=costs(httpx=1e-3, ours=1e-3),
        starts={BASE: start(0.1, 30, 0.02, 30), OURS: start(0.11, 31, 0.0001, 0)},
        decoders={FLOOR: [{"wall": 1e-6}], OURS: [{"wall": 8e-6}]},
        absent={AIOHTTP: "it is <not> there"},
        where="Somewhere.",
    )


def test_ratio_is_of_pairs() -> None:
    """A round in which the machine is slow is slow for both, and moves no ratio."""
    rounds = {"a": [{"cpu": 1.0}, {"cpu": 20.0}, {"cpu": 3.0}], "b": [{"cpu": 2.0}, {"cpu": 40.0}, {"cpu": 6.0}]}

    assert 0.5 == ratio(rounds, "a", "cpu", "b")
    assert -3.0 == excess(rounds, "a", "cpu", "b")
    assert 6.0 == middle(rounds, "b", "cpu")


def test_call_figures() -> None:
    """Times are per call, and the percentiles are those of single calls."""
    figures = call_figures(2.02, 4.04, [*range(101)] * 2)

    assert pytest.approx({"cpu": 0.01, "wall": 0.02, "p50": 50, "p99": 99}) == figures


def test_turns() -> None:
    """In every round each has a turn, and follows another one than before."""
    rounds = [turns(["a", "b", "c"], number) for number in range(20)]

    assert {("a", "b", "c")} == {tuple(sorted(names)) for names in rounds}
    assert {"ab", "ac", "ba", "bc", "ca", "cb"} == {"".join(pair) for names in rounds for pair in pairwise(names)}


@pytest.mark.parametrize("contestant", [*ASYNC, *SYNC], ids=lambda each: f"{each.name}{' sync' * each.sync}")
def test_programs(contestant: Contestant) -> None:
    """The text of every contestant is a Python program."""
    compile(contestant.program("http://127.0.0.1:1"), contestant.name, "exec")


@pytest.mark.parametrize(("value", "text"), [(26.6, "27"), (1, "1.00"), (0.449, "0.45"), (0.0501, "0.050")])
def test_number(value: float, text: str) -> None:
    """A ratio has as many digits as mean something."""
    assert text == number(value)


def test_table() -> None:
    """Cells are aligned, and one that is not there is empty."""
    expected = "|     |  x |\n| --- | -: |\n| one | 12 |\n| b   |    |\n"

    assert expected == table(["one", "b"], [("x", {"one": "12"})])


def test_goals(report: Report) -> None:
    """A goal is judged by the figures; what was absent is not judged."""
    verdicts = {(goal.what, goal.target): goal.met(report) for goal in GOALS}

    assert {
        ("CPU per call beside httpx, ours, 1 in flight", "≤ 0.8"): True,
        ("CPU per call beside httpx, ours, 50 in flight", "≤ 0.3"): False,
        ("CPU per call beside httpx, ours, 1,000 in flight", "≤ 0.15"): False,
        ("CPU per call over aiohttp, beside aiohttp with our models, 1 in flight", "≤ 1.3"): None,
        ("CPU per call over aiohttp, beside aiohttp with our models, 50 in flight", "≤ 1.5"): None,
        ("CPU per call over aiohttp, beside aiohttp with our models, 1,000 in flight", "≤ 1.5"): None,
        ("CPU of import and construction beside httpx", "≤ 1.2"): True,
        ("memory above httpx, also after 100 calls", "≤ 3 MiB"): True,
        ("a second client", "< 2 ms"): True,
        ("CPU per call beside httpx, sync", "< 1"): False,
    } == verdicts


def test_aiohttp_is_held_against_aiohttp(report: Report) -> None:
    """What our client adds to aiohttp is measured beside aiohttp with the same models."""
    report.calls = {1: costs(httpx=1.0, **{AIOHTTP: 0.30, TYPED: 0.20})}
    beside = next(goal for goal in GOALS if goal.limit == 1.3)

    assert pytest.approx(1.5) == beside.measured(report)
    assert not beside.met(report)


def test_markdown(report: Report) -> None:
    """The page holds goals beside figures, every table, the base in times, and who was absent."""
    page = markdown(report)

    assert "1 is, as CPU: 1,000 µs at 1, 1,000 µs at 50, 1,000 µs at 1,000 in flight; 1,000 µs sync; 100 ms" in page
    assert re.search(r"ours, 1 in flight +\| +≤ 0\.8 \| +0\.80 \| +met +\|", page)
    assert re.search(r"ours, 1,000 in flight +\| +≤ 0\.15 \| +0\.50 \| +not met +\|", page)
    assert re.search(r"\| ours +\| +0\.80 \| +0\.50 \| +0\.50 \| +0\.80 \| +0\.50 \| +0\.50 \|", page)
    assert "- ours, aiohttp: it is <not> there\n" in page
    assert "\n\n\n" not in page


def test_plot(report: Report) -> None:
    """The plot is XML, says in words what it shows, and has a bar for everyone in every panel."""
    drawing = ET.fromstring(plot(report))  # noqa: S314 - our own

    assert drawing.findtext(f"{SVG}title") == "CPU per call beside bare httpx"
    assert "1,000 in flight: httpx 1.00, ours 0.50" in (drawing.findtext(f"{SVG}desc") or "")
    assert 6 == len([bar for bar in drawing.iter(f"{SVG}rect") if "bar" in bar.attrib["class"].split()])


def test_plot_of_anything() -> None:
    """Bars stay in the picture, and names may hold any character."""
    drawing = ET.fromstring(draw({"<&": {"a<b": 0.0001, "c": 1.0, "d": 500.0}}))  # noqa: S314 - our own
    width = float(drawing.attrib["width"])
    bars = [bar.attrib for bar in drawing.iter(f"{SVG}rect") if "x" in bar.attrib]

    assert 3 == len(bars)
    assert all(float(bar["x"]) > 0 and float(bar["x"]) + float(bar["width"]) < width for bar in bars)

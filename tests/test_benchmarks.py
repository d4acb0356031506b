"""What `make bench` makes of what it measures: ratios, goals, tables, a plot; and its processes, on a small scale."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from benchmarks.contestants import AIOHTTP, ASYNC, BASE, DECODERS, OURS, SYNC, TYPED, Contestant
from benchmarks.goals import GOALS
from benchmarks.plot import draw, plot
from benchmarks.report import Report
from benchmarks.results import markdown, number, table
from benchmarks.rounds import (
    Level,
    Rounds,
    excess,
    find_workers,
    least,
    measure_imports,
    measure_starts,
    middle,
    ratio,
    turns,
)
from sequence_customers_client.testing import SequenceServer

SVG = "{http://www.w3.org/2000/svg}"


def costs(**cpu: float) -> Rounds:
    return {name: [{"cpu": value, "wall": value}] * 3 for name, value in cpu.items()}


def start(cpu: float, memory: float, second: float) -> list[dict[str, float]]:
    return [{"cpu": cpu, "wall": cpu, "memory": memory, "second": second}]


@pytest.fixture
def report() -> Report:
    return Report(
        calls={level: costs(httpx=1e-3, ours=ours) for level, ours in ((1, 0.8e-3), (50, 0.5e-3), (1000, 0.5e-3))},
        sync={1: costs(httpx=1e-3, ours=1e-3), 50: costs(httpx=1e-3, ours=2e-3)},
        decoders=costs(json=1e-6, ours=3e-6),
        starts={BASE: start(0.1, 30, 0.02), OURS: start(0.11, 31, 0.0001)},
        imports={"attr": 11.0},
        absent={AIOHTTP: "it is <not> there"},
        where="Somewhere.",
    )


def present(name: str) -> Contestant:
    return next(each for each in ASYNC if each.name == name)


def test_ratio_is_of_pairs() -> None:
    """A round in which the machine is slow is slow for both, and moves no ratio."""
    rounds = {"a": [{"cpu": 1.0}, {"cpu": 20.0}, {"cpu": 3.0}], "b": [{"cpu": 2.0}, {"cpu": 40.0}, {"cpu": 6.0}]}

    assert 0.5 == ratio(rounds, "a", "cpu", "b")
    assert -3.0 == excess(rounds, "a", "cpu", "b")
    assert 6.0 == middle(rounds, "b", "cpu")
    assert 2.0 == least(rounds, "b", "cpu")


def test_turns() -> None:
    """In every round each has a turn, and follows another one than before."""
    rounds = [turns(["a", "b", "c"], number) for number in range(20)]

    assert {("a", "b", "c")} == {tuple(sorted(names)) for names in rounds}
    assert {"ab", "ac", "ba", "bc", "ca", "cb"} == {"".join(pair) for names in rounds for pair in pairwise(names)}


@pytest.mark.parametrize(
    "contestant", [*ASYNC, *SYNC, *DECODERS], ids=lambda each: f"{each.name}-{each.call[:12]}{'-sync' * each.sync}"
)
def test_programs(contestant: Contestant) -> None:
    """The text of every contestant is a Python program."""
    compile(contestant.program("http://127.0.0.1:1"), contestant.name, "exec")


def test_workers() -> None:
    """Each contestant is a new process in every round, and makes its calls; one that is not installed is absent."""
    missing = Contestant("missing", "nothing", "import missing_from_everywhere", "None", "None")
    with SequenceServer() as server:
        server.customers.add(aliases=["acme"])
        found = find_workers([present(OURS), SYNC[1]._replace(name="sync"), missing], server.base_url)
        rounds = found.measure(Level(in_flight=3, calls=5, rounds=2))

    assert {OURS: 2, "sync": 2} == {name: len(figures) for name, figures in rounds.items()}
    assert all(0 < figure < 1 for figures in rounds.values() for each in figures for figure in each.values())
    assert {"missing": "ModuleNotFoundError: No module named 'missing_from_everywhere'"} == found.absent


def test_starts() -> None:
    """A start is measured in an interpreter that has nothing yet, and told apart by package."""
    ours = present(OURS)
    starts = measure_starts([ours], 1)
    packages = measure_imports(ours, present(BASE), 1)

    assert ["cpu", "memory", "second", "wall"] == sorted(starts[OURS][0])
    assert {"sequence_customers_client"} == packages.keys() - {"the standard library"}
    assert packages["sequence_customers_client"] > 0


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
    verdicts = {(goal.what, goal.limit): goal.met(report) for goal in GOALS}

    assert {
        ("CPU of a call, ours, 1 in flight, beside httpx", 0.80): True,
        ("CPU of a call, ours, 50 in flight, beside httpx", 0.30): False,
        ("CPU of a call, ours, 1,000 in flight, beside httpx", 0.15): False,
        ("CPU of a call, ours, aiohttp, 1 in flight, beside aiohttp, typed", 1.3): None,
        ("CPU of a call, ours, aiohttp, 50 in flight, beside aiohttp, typed", 1.5): None,
        ("CPU of a call, ours, aiohttp, 1,000 in flight, beside aiohttp, typed", 1.5): None,
        ("CPU of a call, sync, in 1 thread, beside httpx", 1): True,
        ("CPU of a call, sync, in 50 threads, beside httpx", 1): False,
        ("CPU of import and first client, beside httpx", 1.2): True,
        ("memory after that, above httpx", 3): True,
        ("CPU of one more client", 2): True,
    } == verdicts


def test_aiohttp_is_held_against_aiohttp(report: Report) -> None:
    """What our client adds to aiohttp is measured beside aiohttp with the same models."""
    report.calls = {1: costs(httpx=1.0, **{AIOHTTP: 0.30, TYPED: 0.20})}
    beside = next(goal for goal in GOALS if goal.limit == 1.3)

    assert pytest.approx(1.5) == beside.measured(report)
    assert not beside.met(report)


def test_markdown(report: Report) -> None:
    """The page holds goals beside figures, every table, times as well as ratios, and who was absent."""
    page = markdown(report)

    assert re.search(r"ours, 1 in flight, beside httpx +\| +≤ 0\.8 \| +0\.80 \| +met +\|", page)
    assert re.search(r"ours, 1,000 in flight, beside httpx +\| +≤ 0\.15 \| +0\.50 \| +not met +\|", page)
    assert "## A call, 1,000 in flight" in page
    assert re.search(r"\| ours +\| +0\.80 \| +800\.0 \| +800\.0 \| +0\.80 \|", page)
    assert re.search(r"\| ours +\| +1\.10 \| +110\.0 \| +110\.0 \| +\+1\.0 \| +0\.10 \|", page)
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

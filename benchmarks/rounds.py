"""Rounds in which the contestants take turns, each in a process of its own, and what their figures come to.

What counts is the median over the rounds of the ratio to the base *of the same round*: when the machine is slow for a
while, it is slow for both.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final, NamedTuple

from .contestants import Contestant

HERE: Final = Path(__file__).resolve().parent
SECONDS: Final = 120

_HTTPS: Final = "https://localhost"
"""What is started is a client for https, as in production, where it needs certificates. The server here has none."""

Figures = Mapping[str, float]
"""Of one contestant in one round, by name."""

Rounds = Mapping[str, Sequence[Figures]]
"""By contestant, round after round."""


class Level(NamedTuple):
    """How much is asked of each contestant."""

    in_flight: int
    calls: int
    rounds: int


class Workers(NamedTuple):
    """The contestants that are there, their programs by name, and why the others are not."""

    programs: Mapping[str, str]
    absent: Mapping[str, str]

    def measure(self, level: Level) -> Rounds:
        """Let them make their calls, one after the other, in every round each in a process of its own.

        What a call costs depends on where in a process its memory happens to lie, by a quarter: where the end of the
        heap moves with every call, the system takes pages back and gives them again.
        """

        def cost(name: str) -> Figures:
            with _worker(self.programs[name]) as process:
                _answer(name, process)
                figures: Figures = _answer(name, process, f"{level.in_flight} {level.calls}\n")
            return figures

        return _in_turns(list(self.programs), level.rounds, cost)


def find_workers(contestants: Sequence[Contestant], url: str) -> Workers:
    """Start each contestant once, to see which there are."""
    programs, absent = {}, {}
    for each in contestants:
        program = each.program(url)
        with _worker(program) as process:
            reason = _answer(each.name, process)
        if reason is None:
            programs[each.name] = program
        else:
            absent[each.name] = reason
    return Workers(programs, absent)


@contextmanager
def _worker(program: str) -> Iterator[subprocess.Popen[str]]:
    command: list[str | Path] = [sys.executable, "-P", HERE / "worker.py", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def measure_starts(contestants: Sequence[Contestant], count: int) -> Rounds:
    """Start every contestant in fresh interpreters, once more than is counted, so that all is compiled and cached."""
    programs = {each.name: each.program(_HTTPS) for each in contestants}

    def cost(name: str) -> Figures:
        figures: Figures = json.loads(_run(HERE / "start.py", programs[name]).stdout)
        return figures

    _in_turns(list(programs), 1, cost)
    return _in_turns(list(programs), count, cost)


def measure_imports(contestant: Contestant, base: Contestant, count: int) -> dict[str, float]:
    """By package, the milliseconds that the modules take which the contestant imports and the base does not."""
    samples = [_imports(contestant) for _ in range(count)]
    foreign = _imports(contestant).keys() - _imports(base).keys()
    packages: dict[str, float] = {}
    for module in foreign:
        top = module.partition(".")[0]
        package = "the standard library" if top in sys.stdlib_module_names else top
        packages[package] = packages.get(package, 0) + median(sample.get(module, 0) for sample in samples) / 1e3
    return dict(sorted(packages.items(), key=lambda item: -item[1]))


def turns(names: Sequence[str], number: int) -> list[str]:
    """The order of a round: shuffled, and the same in every run, so that none always follows the same one.

    Whoever comes after a contestant that fills the processor's caches pays for it.
    """
    return Random(number).sample(names, len(names))  # noqa: S311 - no secret


def middle(rounds: Rounds, name: str, figure: str) -> float:
    """The median of a figure."""
    return median(each[figure] for each in rounds[name])


def least(rounds: Rounds, name: str, figure: str) -> float:
    """The least of a figure: what it is when nothing else happens on the machine."""
    return min(each[figure] for each in rounds[name])


def ratio(rounds: Rounds, name: str, figure: str, base: str) -> float:
    """The median of the ratios to the base, round by round."""
    pairs = zip(rounds[name], rounds[base], strict=True)
    return median(each[figure] / of_base[figure] for each, of_base in pairs)


def excess(rounds: Rounds, name: str, figure: str, base: str) -> float:
    """The median of the differences from the base, round by round."""
    pairs = zip(rounds[name], rounds[base], strict=True)
    return median(each[figure] - of_base[figure] for each, of_base in pairs)


def _in_turns(names: Sequence[str], count: int, cost: Callable[[str], Figures]) -> Rounds:
    rounds: dict[str, list[Figures]] = {name: [] for name in names}
    for number in range(count):
        for name in turns(names, number):
            rounds[name].append(cost(name))
    return rounds


def _imports(contestant: Contestant) -> dict[str, float]:
    # Lines of "import time:  self |  cumulative |  module", in microseconds.
    said = _run("-X", "importtime", "-c", f"{contestant.program(_HTTPS)}\nmake()").stderr
    rows = [line.removeprefix("import time:").split("|") for line in said.splitlines()[1:]]
    return {module.strip(): float(own) for own, _, module in rows}


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S603 - our own data
        [sys.executable, "-P", *arguments], capture_output=True, check=False, text=True, timeout=SECONDS
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[-1]}\ndoes not start:\n{done.stderr}")
    return done


def _answer(name: str, process: subprocess.Popen[str], question: str = "") -> Any:
    if process.stdin is None or process.stdout is None:
        raise TypeError("a worker is asked and answers through pipes")
    process.stdin.write(question)
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{name} ended with {process.wait(SECONDS)}; what it said is above")
    return json.loads(line)

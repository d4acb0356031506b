"""What calls cost: CPU and wall-clock time per call, and latencies, at so many calls in flight."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from time import perf_counter, process_time
from typing import Any, Final, NamedTuple

from .contestants import Contestant
from .figures import Figures, Rounds, call_figures, turns

WARM_UP: Final = 40
"""Calls that open, before each measurement, what was idle for too long while the others had their turn."""

KEPT: Final = 20
"""How many of them at a time: as many connections as httpx keeps open by default.

What httpx costs with many calls in flight depends on how many connections its pool came to have, because each call
looks at all of them for each that waits: with 100, which 1,000 calls that meet an empty pool open, more than ten times
as much as with these; with ten, half. A pool stays with what it has, so this makes every round start, and cost, the
same.
"""


class Level(NamedTuple):
    """How much is asked of each contestant."""

    in_flight: int
    calls: int
    rounds: int


class Field(NamedTuple):
    """The contestants that are there, by name, and why the others are not."""

    running: Mapping[str, Mapping[str, Any]]
    absent: Mapping[str, str]


@asynccontextmanager
async def opened(contestants: Sequence[Contestant], url: str) -> AsyncIterator[Field]:
    """Make the clients, and close them in the end; each has to answer once."""
    field = _make(contestants, url)
    for name, module in field.running.items():
        _prove(name, await module["call"]())
    try:
        yield field
    finally:
        for module in field.running.values():
            await module["close"]()


@contextmanager
def opened_sync(contestants: Sequence[Contestant], url: str) -> Iterator[Field]:
    """The twin."""
    field = _make(contestants, url)
    for name, module in field.running.items():
        _prove(name, module["call"]())
    try:
        yield field
    finally:
        for module in field.running.values():
            module["close"]()


async def measure(field: Field, level: Level) -> Rounds:
    """Let the contestants make their calls, interleaved."""
    rounds: dict[str, list[Figures]] = {name: [] for name in field.running}
    for number in range(level.rounds):
        for name in turns(list(rounds), number):
            call = field.running[name]["call"]
            await _calls(call, min(level.in_flight, KEPT), WARM_UP)
            rounds[name].append(await _calls(call, level.in_flight, level.calls))
    return rounds


def measure_sync(field: Field, level: Level) -> Rounds:
    """The twin; one call at a time."""
    rounds: dict[str, list[Figures]] = {name: [] for name in field.running}
    for number in range(level.rounds):
        for name in turns(list(rounds), number):
            call = field.running[name]["call"]
            _calls_sync(call, WARM_UP)
            rounds[name].append(_calls_sync(call, level.calls))
    return rounds


def _make(contestants: Sequence[Contestant], url: str) -> Field:
    running, absent = {}, {}
    for contestant in contestants:
        module: dict[str, Any] = {}
        try:
            exec(contestant.program(url), module)  # noqa: S102 - our own data
        except (ImportError, ValueError) as error:  # what is not installed, or not offered
            absent[contestant.name] = f"{type(error).__name__}: {error}"
        else:
            running[contestant.name] = module
    return Field(running, absent)


def _prove(name: str, result: object) -> None:
    if result is None:
        raise RuntimeError(f"{name} does not understand the answer")


async def _calls(call: Callable[[], Awaitable[object]], in_flight: int, count: int) -> Figures:
    remaining = iter(range(count))
    latencies: list[float] = []

    async def work() -> None:
        for _ in remaining:
            started = perf_counter()
            await call()
            latencies.append(perf_counter() - started)

    gc.collect()
    cpu, wall = process_time(), perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return call_figures(process_time() - cpu, perf_counter() - wall, latencies)


def _calls_sync(call: Callable[[], object], count: int) -> Figures:
    latencies: list[float] = []
    gc.collect()
    cpu, wall = process_time(), perf_counter()
    for _ in range(count):
        started = perf_counter()
        call()
        latencies.append(perf_counter() - started)
    return call_figures(process_time() - cpu, perf_counter() - wall, latencies)

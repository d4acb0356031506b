"""A contestant in a process of its own: it makes as many calls as each line of its input says, and says what they cost.

A script by itself: worker.py PROGRAM, with lines of two numbers, calls in flight and calls. For each it prints the
seconds of one call as JSON, `cpu` and `wall`; first of all, what keeps the contestant away, or nothing.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from inspect import iscoroutinefunction
from time import perf_counter, process_time
from typing import Any, Final

SECONDS: Final = 120
"""How long the calls of one line may take before the process ends itself."""

WARM_UP: Final = 40
"""Calls that open, before each measurement, what is kept open."""

KEPT: Final = 20
"""How many of them at a time: as many connections as httpx keeps open by default.

What httpx costs with many calls in flight depends on how many connections its pool came to have, because each call
looks at all of them for each that waits: with 100, which 1,000 calls that meet an empty pool open, more than ten times
as much as with these; with ten, half. A pool stays with what it has, so this makes every round start, and cost, the
same.
"""


def _tasks(program: dict[str, Any]) -> Callable[[int, int], None]:
    loop = asyncio.new_event_loop()

    async def work(remaining: Iterator[int]) -> None:
        for _ in remaining:
            await program["call"]()

    async def calls(in_flight: int, count: int) -> None:
        remaining = iter(range(count))
        await asyncio.gather(*(work(remaining) for _ in range(in_flight)))

    async def make() -> None:
        program["client"] = program["make"]()
        _prove(await program["call"]())

    loop.run_until_complete(make())
    return lambda in_flight, count: loop.run_until_complete(calls(in_flight, count))


def _threads(program: dict[str, Any]) -> Callable[[int, int], None]:
    def work(remaining: Iterator[int]) -> None:
        for _ in remaining:
            program["call"]()

    def calls(in_flight: int, count: int) -> None:
        remaining = iter(range(count))
        with ThreadPoolExecutor(in_flight) as pool:
            list(pool.map(work, [remaining] * in_flight))

    program["client"] = program["make"]()
    _prove(program["call"]())
    return calls


def _prove(result: object) -> None:
    if result is None:
        raise RuntimeError("it does not understand the answer")


def main() -> None:
    """Read, measure, print, until the input ends."""
    program: dict[str, Any] = {}
    try:
        exec(compile(sys.argv[1], "contestant", "exec", dont_inherit=True), program)  # noqa: S102 - our own data
    except (ImportError, ValueError) as error:  # what is not installed, or not offered
        print(json.dumps(f"{type(error).__name__}: {error}"), flush=True)
        return
    calls = (_tasks if iscoroutinefunction(program["call"]) else _threads)(program)
    print(json.dumps(None), flush=True)
    for line in sys.stdin:
        in_flight, count = map(int, line.split())
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        calls(min(in_flight, KEPT), WARM_UP)
        gc.collect()
        cpu, wall = process_time(), perf_counter()
        calls(in_flight, count)
        cost = {"cpu": (process_time() - cpu) / count, "wall": (perf_counter() - wall) / count}
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps(cost), flush=True)


if __name__ == "__main__":
    main()

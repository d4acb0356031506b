"""What a client costs before its first call, and what it holds: measured by itself, in fresh interpreters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from .contestants import Contestant
from .figures import Figures, Rounds, turns

CHILD_SECONDS: Final = 120

_BEFORE: Final = """
import sys, time
started_cpu, started_wall = time.process_time(), time.perf_counter()
"""

_AFTER: Final = """
figures = {{"cpu": time.process_time() - started_cpu, "wall": time.perf_counter() - started_wall}}

def memory():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024

figures["memory"] = memory()

seconds = []
for _ in range(9):
    started = time.perf_counter()
    another = make()
    seconds.append(time.perf_counter() - started)
figures["second"] = sorted(seconds)[4]

import asyncio, json

async def main():
    started = memory()
    before = len(sys.modules)
    await call()
    figures["imports"] = len(sys.modules) - before
    for _ in range(99):
        await call()
    figures["memory used"] = figures["memory"] + memory() - started

URL = {url!r}
client = make()
asyncio.run(main())
print(json.dumps(figures))
"""
"""Nothing is imported before what is measured; what a loop needs is there before the first call."""

_HTTPS: Final = "https://localhost"
"""What is started is a client for https, as in production, where it needs certificates. The server here has none."""


def measure_starts(contestants: Sequence[Contestant], url: str, packages: Path, count: int) -> Rounds:
    """Start every contestant so many times, in turns.

    Args:
        contestants: Who.
        url: The server.
        packages: Where the stock client is.
        count: How many times; once more, before, so that every file is compiled and cached.

    Returns:
        `cpu` and `wall` of import and construction in seconds; `memory` after them, and `memory used` after 100 calls,
        in MiB; `second`, the seconds that one more client costs; `imports`, how many modules the first call imports.
    """
    programs = {each.name: f"{_BEFORE}{each.program(_HTTPS)}{_AFTER.format(url=url)}" for each in contestants}
    rounds: dict[str, list[Figures]] = {name: [] for name in programs}
    for number in range(-1, count):
        for name in turns(list(programs), number):
            figures = _start(name, programs[name], packages)
            if number >= 0:
                rounds[name].append(figures)
    return rounds


def _start(name: str, program: str, packages: Path) -> dict[str, Any]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(  # noqa: S603 - our own data
        [sys.executable, "-c", program],
        cwd=packages,
        env=environment,
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=CHILD_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{name} does not start:\n{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures

"""Compare, print the tables as they come, and write results.md and results.svg: `make bench`.

python -m benchmarks            all of it, some minutes; on a machine that does nothing else
python -m benchmarks --quick    a smoke run: the figures mean little, and go to build/benchmarks/
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import signal
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from sequence_customers_client import __version__
from sequence_customers_client.testing import example_customer

from . import nginx
from .calls import Level, measure, measure_sync, opened, opened_sync
from .coldstart import measure_starts
from .contestants import ASYNC, SYNC
from .decode import measure_decoders
from .plot import plot
from .report import Report
from .results import base_line, calls_table, decoders_table, goals_table, markdown, starts_table
from .stock import generate_stock

HERE: Final = Path(__file__).resolve().parent
FILES: Final = 8192
"""How many open files 1,000 calls in flight may need, with what all contestants keep open."""

PACKAGES: Final = (
    *("httpx", "httpcore", "anyio", "attrs", "openapi-python-client", "orb-billing", "metronome-sdk", "pydantic"),
    *("httpx-aiohttp", "aiohttp", "pyreqwest", "msgspec"),
)


class Scale(NamedTuple):
    """How much is measured."""

    levels: tuple[Level, ...]
    sync: Level
    starts: int
    decoders: int


FULL: Final = Scale((Level(1, 500, 11), Level(50, 1000, 9), Level(1000, 2000, 7)), Level(1, 500, 11), 15, 50)
QUICK: Final = Scale((Level(1, 100, 3), Level(50, 200, 3), Level(1000, 1000, 1)), Level(1, 100, 3), 1, 5)


def main() -> int:
    """Run it; 0 where everything could be measured, whatever came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run, of less than a minute")
    options = parser.parse_args()
    output = HERE.parent / "build" / "benchmarks" if options.quick else HERE
    _prepare()
    try:
        with tempfile.TemporaryDirectory() as name:
            report = _compare(Path(name), QUICK if options.quick else FULL)
    except nginx.NginxError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.md").write_text(markdown(report), encoding="utf-8")
    (output / "results.svg").write_text(plot(report), encoding="utf-8")
    print(f"written: {output / 'results.md'}, {output / 'results.svg'}")
    return 0


def _prepare() -> None:
    # The server is on loopback: no proxy, and no setting of somebody's, has a say in this.
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SEQUENCE_"):
            del os.environ[name]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    # So that whoever ends this ends nginx too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _compare(folder: Path, scale: Scale) -> Report:
    content = json.dumps(example_customer()).encode()
    report = Report(where=_where())
    print(report.where, flush=True)
    generate_stock(folder)
    sys.path.insert(0, str(folder))
    with nginx.nginx(folder / "nginx", content) as url:
        asyncio.run(_compare_calls(report, scale, url))
        with opened_sync(SYNC, url) as field:
            _excuse(report, {f"{name}, sync": reason for name, reason in field.absent.items()})
            report.sync = measure_sync(field, scale.sync)
        _show("sync, one at a time", calls_table({1: report.sync}, ["cpu", "wall", "p50", "p99"]))
        starting = [each for each in ASYNC if each.starts and each.name not in report.absent]
        report.starts = measure_starts(starting, url, folder, scale.starts)
        _show("import and construction", starts_table(report.starts))
    report.decoders = measure_decoders(content, scale.decoders)
    _show("decoding", decoders_table(report.decoders))
    _show("goals", goals_table(report))
    print(base_line(report))
    return report


async def _compare_calls(report: Report, scale: Scale, url: str) -> None:
    async with opened(ASYNC, url) as field:
        _excuse(report, field.absent)
        for level in scale.levels:
            rounds = report.calls[level.in_flight] = await measure(field, level)
            _show(
                f"{level.in_flight:,} in flight", calls_table({level.in_flight: rounds}, ["cpu", "wall", "p50", "p99"])
            )


def _excuse(report: Report, absent: Mapping[str, str]) -> None:
    report.absent |= absent
    for name, reason in absent.items():
        print(f"absent: {name}: {reason}", flush=True)


def _show(title: str, table: str) -> None:
    print(f"\n{title}\n\n{table}", flush=True)


def _where() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{platform.python_implementation()} {platform.python_version()}, {nginx.version()}; ours {__version__}, "
        f"{packages}."
    )


if __name__ == "__main__":
    sys.exit(main())

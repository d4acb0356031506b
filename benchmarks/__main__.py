"""Compare, print the tables as they come, and write results.md and results.svg: `make bench`.

python -m benchmarks            all of it, some minutes; on a machine that does nothing else
python -m benchmarks --quick    a smoke run: the figures mean little, and go to build/benchmarks/
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from sequence_customers_client import __version__
from sequence_customers_client.testing import example_customer

from . import nginx
from .contestants import ASYNC, BASE, DECODERS, OURS, SYNC, Contestant
from .plot import plot
from .report import Report
from .results import costs_table, goals_table, imports_table, markdown, starts_table
from .rounds import Level, Rounds, find_workers, measure_imports, measure_starts

HERE: Final = Path(__file__).resolve().parent
FILES: Final = 8192
"""How many open files 1,000 calls in flight may need."""

PACKAGES: Final = (
    *("httpx", "httpcore", "httpx2", "aiohttp", "pyreqwest", "anyio", "attrs", "openapi-python-client"),
    *("openai", "orb-billing", "metronome-sdk", "pydantic"),
)


class Scale(NamedTuple):
    """How much is measured."""

    calls: tuple[Level, ...]
    threads: tuple[Level, ...]
    decoders: Level
    starts: int


FULL: Final = Scale(
    calls=(Level(1, 500, 11), Level(50, 1000, 9), Level(1000, 2000, 7)),
    threads=(Level(1, 500, 9), Level(50, 1000, 7)),
    decoders=Level(1, 20_000, 9),
    starts=15,
)
QUICK: Final = Scale(
    calls=(Level(1, 50, 2), Level(50, 100, 2), Level(1000, 1000, 1)),
    threads=(Level(1, 50, 2), Level(50, 100, 2)),
    decoders=Level(1, 1000, 2),
    starts=1,
)


def main() -> int:
    """Run it; 0 where everything could be measured, whatever came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run, of less than a minute")
    options = parser.parse_args()
    output = HERE.parent / "build" / "benchmarks" if options.quick else HERE
    try:
        with tempfile.TemporaryDirectory() as name:
            _prepare(Path(name))
            report = _compare(Path(name), QUICK if options.quick else FULL)
    except nginx.NginxError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.md").write_text(markdown(report), encoding="utf-8")
    (output / "results.svg").write_text(plot(report), encoding="utf-8")
    print(f"written: {output / 'results.md'}, {output / 'results.svg'}")
    return 0


def _prepare(packages: Path) -> None:
    # The server is on loopback: no proxy, and no setting of somebody's, has a say in this.
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("SEQUENCE_", "PYTHON")):
            del os.environ[name]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if hard == resource.RLIM_INFINITY else min(hard, FILES), hard))
    # So that whoever ends this ends nginx too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # The package `stock` is what openapi-python-client makes of the vendor's document when it is left alone.
    os.environ["PYTHONPATH"] = str(packages)
    config = packages / "stock.yaml"
    config.write_text("post_hooks: []\n", encoding="ascii")
    command: list[str | Path] = [sys.executable, "-m", "openapi_python_client", "generate", "--config", config]
    command += ["--path", HERE.parent / "openapi" / "customers.yaml"]
    command += ["--meta", "none", "--output-path", packages / "stock"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - the generator


def _compare(folder: Path, scale: Scale) -> Report:
    report = Report(where=_where())
    print(report.where, flush=True)
    with nginx.nginx(folder / "nginx", json.dumps(example_customer()).encode()) as url:
        for level, rounds in _measure(report, ASYNC, url, scale.calls):
            report.calls[level] = rounds
            _show(f"{level:,} in flight", costs_table(rounds))
        for level, rounds in _measure(report, SYNC, url, scale.threads):
            report.sync[level] = rounds
            _show(f"sync, threads: {level}", costs_table(rounds))
        for _, rounds in _measure(report, DECODERS, url, [scale.decoders]):
            report.decoders = rounds
            _show("decoding", costs_table(rounds, DECODERS[0].name))
    present = {each.name: each for each in ASYNC if each.starts and each.name not in report.absent}
    report.starts = measure_starts(list(present.values()), scale.starts)
    _show("import and first client", starts_table(report.starts))
    report.imports = measure_imports(present[OURS], present[BASE], scale.starts)
    _show("what is imported beyond the base", imports_table(report.imports))
    _show("goals", goals_table(report))
    return report


def _measure(
    report: Report, contestants: Sequence[Contestant], url: str, levels: Sequence[Level]
) -> Iterator[tuple[int, Rounds]]:
    workers = find_workers(contestants, url)
    report.absent |= workers.absent
    for level in levels:
        yield level.in_flight, workers.measure(level)


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

"""Update the vendored document, the package, their provenance and the changelog from what the vendor publishes.

    python -m scripts.update SOURCE…     (`make update-spec FROM="…"`)

A source is an OpenAPI document, YAML or JSON, of the whole API; or a documentation page, Markdown, with one fenced
OpenAPI block. A document speaks for the whole API: an operation of ours that it does not have is gone. A page speaks
of its own operations; the others stay as they are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from scripts.generate.document import DocumentError
from scripts.generate.generation import ROOT

from .update import DONE, Order, update

REPORT: Final = Path("build", "update-report.md")


class _Stopped(BaseException):
    """Somebody asks the process to end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the update, and print its report; returns what the process exits with."""
    parser = argparse.ArgumentParser(prog="update-spec", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", nargs="+", type=Path, help="an OpenAPI file, or a page with a fenced OpenAPI block")
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout than this")
    parser.add_argument("--report", type=Path, help=f"where the report goes; {REPORT.as_posix()} unless told")
    parser.add_argument("--date", type=dt.date.fromisoformat, help="another day than today")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    stages = ["starting"]
    try:
        today = options.date or dt.datetime.now(tz=dt.UTC).date()
        report = update(Order(options.root.resolve(), tuple(options.source), today, stages.append))
        page = report.markdown()
        print(page, end="")
        target = options.report or options.root / REPORT
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")
    except (DocumentError, OSError) as error:
        print(f"update-spec: {error}\nupdate-spec: {_outcome(stages)}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, _Stopped):
        print(f"update-spec: interrupted; {_outcome(stages)}", file=sys.stderr)
        return 130
    return 0


def _outcome(stages: Sequence[str]) -> str:
    if stages[-1] == DONE:
        return "the update itself is made, all of it"
    return f"nothing was changed (while {stages[-1]})"


def _stop(*_: Any) -> None:
    raise _Stopped


if __name__ == "__main__":
    sys.exit(main())

"""Update the vendored document, the package, their provenance and the changelog from what the vendor publishes.

    python -m scripts.update SOURCE…     (`make update-spec FROM="…"`)

A source is an OpenAPI document, YAML or JSON, of the whole API; or a documentation page, Markdown, with one fenced
OpenAPI block. A document speaks for the whole API: an operation of ours that it does not have is gone. A page speaks
of its own operations; the others stay as they are.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scripts.generate.document import DocumentError
from scripts.generate.generation import ROOT

from .update import DONE, MENDED, update

_REMEDY: Final = "; mend the source or openapi/overlay.yaml, or leave an operation out with openapi/operations.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the update, and print its report; returns what the process exits with."""
    parser = argparse.ArgumentParser(prog="update-spec", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", nargs="+", type=Path, help="an OpenAPI file, or a page with a fenced OpenAPI block")
    parser.add_argument("--root", type=Path, default=ROOT, help="another checkout than this")
    parser.add_argument("--report", type=Path, help="where the report goes; build/update-report.md unless told")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    target = options.report or options.root / "build" / "update-report.md"
    stages = ["starting"]
    try:
        page = update(options.root.resolve(), options.source, stages.append).markdown()
        print(page, end="")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")
    except (DocumentError, OSError, KeyboardInterrupt) as error:
        done = "the update itself is made, all of it"
        outcome = done if stages[-1] == DONE else f"nothing was changed (while {stages[-1]})"
        if isinstance(error, KeyboardInterrupt):
            print(f"update-spec: interrupted; {outcome}", file=sys.stderr)
            return 130
        remedy = _REMEDY if isinstance(error, DocumentError) and stages[-1] in MENDED else ""
        print(f"update-spec: {error}\nupdate-spec: {outcome}{remedy}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

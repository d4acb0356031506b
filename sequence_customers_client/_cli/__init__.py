"""The command `sequence-customers`: customers at a terminal, in bulk, and what keeps them from being found."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command; the extra `cli` brings what it needs."""
    try:
        from .app import app  # noqa: PLC0415 - who has not the extra shall read what to do, and no traceback
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"rich", "typer"}:
            raise
        sys.exit('This command needs the extra "cli": pip install "sequence-customers-client[cli]"')
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # what a terminal cannot show; what is for programs is ASCII
    app()

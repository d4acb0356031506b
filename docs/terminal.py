"""Draws terminal.svg: what the command prints, run for real against a fake (`.venv/bin/python docs/terminal.py`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from sequence_customers_client.testing import Reply, SequenceServer, example_customer

_PICTURE: Final = Path(__file__).resolve().with_name("terminal.svg")
_COMMANDS: Final = (["get", "acme"], ["get", "nobody"], ["doctor"])
_PROGRAM: Final = "from sequence_customers_client._cli import main; main()"
_WIDTH: Final = 92


def draw(path: Path) -> None:
    """Run the commands, and draw what they print.

    Args:
        path: Where the picture goes.
    """
    console = Console(record=True, width=_WIDTH, file=StringIO(), force_terminal=True)
    with SequenceServer({"acme": Reply(body=example_customer(legalName="Acme Ltd"))}) as server:
        given = {
            **os.environ,
            "COLUMNS": str(_WIDTH),
            "FORCE_COLOR": "1",
            "SEQUENCE_BASE_URL": server.base_url,
            "SEQUENCE_CLIENT_ID": "id",
            "SEQUENCE_CLIENT_SECRET": "secret",
        }
        for arguments in _COMMANDS:
            console.print(f"[bold green]$[/] sequence-customers {' '.join(arguments)}", highlight=False)
            command = [sys.executable, "-c", _PROGRAM, *arguments]
            done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)  # noqa: S603 - ours
            console.print(Text.from_ansi(done.stdout + done.stderr))
    picture = console.export_svg(title="sequence-customers", unique_id="terminal")
    # Whoever looks at it shall not fetch a font from elsewhere.
    path.write_text(re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    draw(_PICTURE)

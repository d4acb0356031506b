"""The blocks of code in our Markdown files, and how they run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .processes import PYTEST

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = "sequence_customers_client.testing.pytest_plugin"


class Block(NamedTuple):
    """What stands between two fences."""

    line: int
    language: str
    text: str

    @property
    def file_name(self) -> str | None:
        """The file that the block is, where its first line says so: `# service.py`."""
        named = re.match(r"# (\w+\.py)\n", self.text)
        return named and named[1]


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, in order."""
    content = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(?P<language>\S*).*\n(?P<text>(?s:.*?))^```$", content, re.MULTILINE):
        yield Block(content.count("\n", 0, found.start()) + 2, found["language"], found["text"])


def commands(page: Path) -> list[str]:
    """What a page types at a shell's prompt."""
    text = "".join(block.text for block in blocks(page) if block.language == "console")
    return re.findall(r"^\$ (.*)$", text, re.MULTILINE)


def run_python(page: Path, folder: Path) -> dict[str, Any]:
    """Run the blocks of a page in their order, as one would who copies them: those that have a name into files.

    Args:
        page: The page.
        folder: Where the files go; what they test is run by pytest there.

    Returns:
        What the blocks defined.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    python = [block for block in blocks(page) if block.language == "python"]
    for block in python:
        if block.file_name:
            (folder / block.file_name).write_text(block.text, encoding="utf-8")
        else:
            exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), names)  # noqa: S102 - our own page
    if any((block.file_name or "").startswith("test_") for block in python):
        run_pytest(folder)
    return names


def run_pytest(folder: Path) -> None:
    """Run the tests that are in a folder, with this package as the only plugin."""
    options = "-q", "-W", "error", "-p", PLUGIN, "-p", "no:cacheprovider", "--rootdir", str(folder)

    done = subprocess.run(  # noqa: S603 - pytest
        [sys.executable, "-c", PYTEST, *options, str(folder)],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr

"""Try a wheel as its users will have it: a fresh environment, what the lock pins, one look-up each way over HTTP."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .refusal import call

LOOKUP: Final = Path(__file__).with_name("lookup.py")


@contextmanager
def installed(wheel: Path, root: Path) -> Iterator[Path]:
    """The Python of a fresh environment that has the wheel, with the dependencies that the lock pins."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder, "venv", "bin", "python")
        uv: list[str | Path] = [sys.executable, "-m", "uv", "--quiet"]
        call([*uv, "venv", "--python", sys.executable, str(python.parent.parent)], what="uv venv", cwd=root)
        pip: list[str | Path] = [*uv, "pip", "install", "--python", python]
        lock = root / "requirements" / "runtime.txt"
        exact: list[str | Path] = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", lock]
        call([*pip, *exact], what="installing the dependencies", cwd=root)
        name, version, *_ = wheel.name.split("-")
        # By name, and not by path: so the environment does not remember where the wheel lay.
        options: list[str | Path] = [
            "--no-deps",
            "--no-index",
            "--no-cache",
            "--find-links",
            wheel.parent,
            f"{name}=={version}",
        ]
        call([*pip, *options], what=f"installing {wheel.name}", cwd=root)
        yield python


def look_up(python: Path, version: str) -> str:
    """Use an installed package; what it says of itself, or a refusal."""
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("SEQUENCE_")}
    command: list[str | Path] = [python, "-I", "-W", "error", LOOKUP, version]
    folder = Path(tempfile.gettempdir())
    return call(command, what="the built wheel does not work", cwd=folder, env=surroundings).strip()


def check(wheel: Path, root: Path) -> str:
    """Install a wheel and use it; one line of what it says of itself, or a refusal."""
    with installed(wheel, root) as python:
        return look_up(python, wheel.name.split("-")[1])

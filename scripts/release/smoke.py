"""Try a wheel as its users will have it: a fresh environment, what the lock pins, one look-up each way over HTTP."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .build import TOOL
from .refusal import call

LOOKUP: Final = Path(__file__).with_name("lookup.py")


@contextmanager
def installed(wheel: Path, root: Path) -> Iterator[Path]:
    """The Python of a fresh environment that has the wheel, with the dependencies that the lock pins."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder, "bin", "python")
        call(*TOOL, "uv", "venv", "--quiet", "--python", sys.executable, folder, what="uv venv", cwd=root)
        install = (*TOOL, "uv", "pip", "install", "--quiet", "--python", python, "--no-deps", "--only-binary", ":all:")
        lock = ("--require-hashes", "--requirement", root / "requirements" / "runtime.txt")
        call(*install, *lock, what="installing the dependencies", cwd=root)
        name, version, *_ = wheel.name.split("-")
        # By name, and not by path: so the environment does not remember where the wheel lay.
        there = ("--no-index", "--no-cache", "--find-links", wheel.parent, f"{name}=={version}")
        call(*install, *there, what=f"installing {wheel.name}", cwd=root)
        yield python


def look_up(python: Path, version: str) -> str:
    """Use an installed package; what it says of itself, or a refusal."""
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("SEQUENCE_")}
    command = (python, "-I", "-W", "error", LOOKUP, version)
    return call(*command, what="the built wheel does not work", cwd=LOOKUP.parent, env=surroundings).strip()


def check(wheel: Path, root: Path) -> str:
    """Install a wheel and use it; one line of what it says of itself, or a refusal."""
    with installed(wheel, root) as python:
        return look_up(python, wheel.name.split("-")[1])

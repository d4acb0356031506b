"""The Pythons of this machine that the package supports, and clean environments of theirs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13")


@cache
def find_python(version: str) -> Path | None:
    """A Python of this version, or None where there is none."""
    return next((path for path in _candidates(version) if _version_of(path) == version), None)


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    found = shutil.which(f"python{version}")
    if found:
        yield Path(found)
    # pyenv puts a shim on PATH that only works for the version that is chosen.
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"))


def _version_of(path: Path) -> str | None:
    program = "import sys, ensurepip, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(  # noqa: S603 - a Python
            [path, "-I", "-c", program], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def make_environment(python: Path, folder: Path) -> Path:
    """The Python of a new environment that has nothing in it."""
    subprocess.run([python, "-I", "-m", "venv", "--without-pip", folder], check=True)  # noqa: S603 - a Python
    return folder / "bin" / "python"

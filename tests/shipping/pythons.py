"""The Pythons that the package supports, wherever this machine has them, and clean environments of theirs.

python -m tests.shipping.pythons     fetch what is missing from Debian, and say what there is (`make test-services`)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
THIS = ".".join(map(str, sys.version_info[:2]))

_FETCHED = Path(sys.prefix, "pythons")
_FETCH = Path(__file__).resolve().parents[2] / "scripts" / "fetch-python.sh"


@cache
def find_python(version: str) -> Path | None:
    """A Python of this version, or None where there is none."""
    return next((path for path in _candidates(version) if _version_of(path) == version), None)


def why_not(version: str) -> str:
    """Why there is no Python of this version."""
    log = _FETCHED / f"{version}.log"
    said = log.read_text(encoding="utf-8").strip().splitlines() if log.exists() else []
    return f"no Python {version} on this machine; {said[-1] if said else 'make test-services looks for one in Debian'}"


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    found = shutil.which(f"python{version}")
    if found:
        yield Path(found)
    # pyenv puts a shim on PATH that only works for the version that is chosen.
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    yield _FETCHED / version / "usr" / "bin" / f"python{version}"


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


def main() -> None:
    """Fetch the Pythons that are missing; name those that are not to be had."""
    for version in VERSIONS:
        if not find_python(version):
            print(f"Python {version}: fetching it from Debian", flush=True)
            _FETCHED.mkdir(exist_ok=True)
            with (_FETCHED / f"{version}.log").open("w", encoding="utf-8") as log:
                subprocess.run(  # noqa: S603 - our script
                    [_FETCH, version, _FETCHED / version],
                    env=os.environ | {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"},
                    stdout=log,
                    stderr=log,
                    check=False,
                )
            find_python.cache_clear()
        print(f"Python {version}: {find_python(version) or f'NOT RUN: {why_not(version)}'}", flush=True)


if __name__ == "__main__":
    main()

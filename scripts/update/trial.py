"""The tests that hold for every document, run on a package that is not in its place yet."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scripts.generate.document import DocumentError
from scripts.release.snapshot import PACKAGE

from .checkout import GENERATED, copy_package

EVERY_DOCUMENT: Final = Path("tests", "document")
_CACHE: Final = Path(".mypy_cache", "update")


def try_out(root: Path, replacements: Mapping[Path, Path], tree: Path) -> None:
    """Run the tests in a copy of what they need; raises DocumentError where one fails."""
    copy_package(root / PACKAGE, replacements[GENERATED], tree / PACKAGE)
    shutil.copytree(root / EVERY_DOCUMENT, tree / EVERY_DOCUMENT, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(root / "pyproject.toml", tree / "pyproject.toml")
    for target, new in replacements.items():
        if new.is_file():
            (tree / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(new, tree / target)
    # They are about the package, not about who runs them.
    surroundings = ("COV_", "COVERAGE_", "MYPY", "PYTEST_", "PYTHON")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(surroundings)}
    done = subprocess.run(  # noqa: S603 - our own tests
        [
            *(sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"),
            *("--rootdir", ".", "-c", "pyproject.toml", EVERY_DOCUMENT.as_posix()),
        ],
        cwd=tree,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1", "MYPY_CACHE_DIR": str(root / _CACHE)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
        said = failed or (done.stdout + done.stderr).strip().splitlines()[-3:]
        lines = "\n".join(f"  {' '.join(line.split())[:200]}" for line in said[:6])
        raise DocumentError(f"the tests that hold for every document fail:\n{lines}")

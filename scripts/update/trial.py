"""The tests that hold for every document, run on a package that is not in its place yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.generate.document import DocumentError

EVERY_DOCUMENT: Final = Path("tests", "document")


def try_out(tree: Path, cache: Path) -> None:
    """Run the tests in a tree that has what they need; raises DocumentError where one fails."""
    # They are about the package, not about who runs them; what else is installed for pytest takes seconds to load.
    surroundings = ("COV_", "COVERAGE_", "MYPY", "PYTEST_", "PYTHON")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(surroundings)}
    done = subprocess.run(  # noqa: S603 - our own tests
        [
            *(sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"),
            *("-p", "pytest_asyncio.plugin", "--rootdir", ".", "-c", "pyproject.toml", EVERY_DOCUMENT.as_posix()),
        ],
        cwd=tree,
        env=environment
        | {"PYTHONDONTWRITEBYTECODE": "1", "MYPY_CACHE_DIR": str(cache), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
        said = failed or (done.stdout + done.stderr).strip().splitlines()[-3:]
        first = "; ".join(each[:200] for each in said[:6])
        raise DocumentError(f"the tests that hold for every document fail: {first}")

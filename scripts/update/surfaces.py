"""The public API of the checkout with another generated part."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from scripts.release.snapshot import PACKAGE, Json, snapshot


def surface_of(root: Path, generated: Path) -> Json:
    """The public API that the checkout has with another generated package in the place of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        copy_package(root / PACKAGE, generated, Path(temporary) / PACKAGE)
        shutil.copy(root / "pyproject.toml", temporary)
        return snapshot(Path(temporary))[0]


def copy_package(package: Path, generated: Path, target: Path) -> None:
    """Copy the package, with another generated part."""
    shutil.copytree(package, target, ignore=shutil.ignore_patterns("_generated", "__pycache__"))
    shutil.copytree(generated, target / "_generated", ignore=shutil.ignore_patterns("__pycache__"))

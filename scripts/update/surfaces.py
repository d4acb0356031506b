"""The public API of a package that lies in a folder, read as that of a wheel is."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
import zipfile
from pathlib import Path

from scripts.release.project import PACKAGE
from scripts.release.surface import Json, read_surface


def surface_of(root: Path, generated: Path) -> Json:
    """The public API that the checkout has with another generated package in the place of its own."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with tempfile.TemporaryDirectory() as temporary:
        package = Path(temporary) / PACKAGE
        copy_package(root / PACKAGE, generated, package)
        wheel = Path(temporary) / f"{PACKAGE}-{project['version']}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path in sorted(package.rglob("*.py")):
                archive.write(path, path.relative_to(temporary))
            metadata = f"Requires-Python: {project['requires-python']}\n"
            archive.writestr(f"{PACKAGE}-{project['version']}.dist-info/METADATA", metadata)
        return read_surface(wheel)


def copy_package(package: Path, generated: Path, target: Path) -> None:
    """Copy the package, with another generated part."""
    shutil.copytree(package, target, ignore=shutil.ignore_patterns("_generated", "__pycache__"))
    shutil.copytree(generated, target / "_generated", ignore=shutil.ignore_patterns("__pycache__"))

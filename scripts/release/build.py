"""Build the wheel and the sdist, byte for byte the same wherever and whenever the commit is the same.

    python -m scripts.release.build      into dist/ (`make build`)

uv builds the sdist, and the wheel from that: so whoever builds from the sdist gets the wheel that was released. The
timestamps inside are hatchling's constant, not the commit's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
import zipfile
from importlib.metadata import PackageMetadata, PathDistribution
from pathlib import Path
from typing import Final, NamedTuple

from .project import PACKAGE, ROOT
from .refusal import RefusalError, call, run

TOOL: Final = (sys.executable, "-m")

_FIELDS: Final = ("Summary", "Requires-Python", "License-Expression", "License-File", "Description-Content-Type")
_BESIDE: Final = {".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}


class Distributions(NamedTuple):
    """The two files of a release."""

    wheel: Path
    sdist: Path


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(root: Path, folder: Path) -> Distributions:
    """Build both into a folder, with the hatchling that the lock pins."""
    # What is set around us has no say in what comes out.
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("SOURCE_DATE_EPOCH", "HATCH_"))}
    options = ("--quiet", "--offline", "--no-config", "--no-build-isolation", "--python", sys.executable)
    call(*TOOL, "uv", "build", *options, "--out-dir", folder, what="uv build", cwd=root, env=ours)
    return Distributions(*folder.glob("*.whl"), *folder.glob("*.tar.gz"))


def check(built: Distributions, root: Path) -> None:
    """Refuse a wheel or an sdist that holds too much, too little, or metadata that an index would not take."""
    metadata, name = read_metadata(built.wheel), built.wheel.name
    if not zipfile.Path(built.wheel, f"{PACKAGE}/py.typed").exists():
        raise RefusalError(f"{name} has no py.typed: nobody's type checker would look at it")
    if missing := [field for field in _FIELDS if field not in metadata]:
        raise RefusalError(f"{name}: the metadata has no {missing[0]}")
    if not (metadata["Description"] or "").strip():
        raise RefusalError(f"{name}: the metadata has no readme")
    if "Private :: Do Not Upload" not in metadata.get_all("Classifier", []):
        raise RefusalError(f"{name}: the classifier 'Private :: Do Not Upload' is missing")
    with tarfile.open(built.sdist) as archive:
        found = {member.name.partition("/")[2] for member in archive.getmembers() if not member.isdir()}
    if strange := {each for each in found if not each.startswith(f"{PACKAGE}/")} ^ _BESIDE:
        raise RefusalError(f"{built.sdist.name}: more or less than belongs there: {', '.join(sorted(strange))}")
    call(*TOOL, "twine", "check", "--strict", *built, what="twine check", cwd=root)
    contents = ("--no-config", "--toplevel", PACKAGE, "--package", PACKAGE)
    call(*TOOL, "check_wheel_contents", *contents, built.wheel, what="check-wheel-contents", cwd=root)


def read_metadata(wheel: Path) -> PackageMetadata:
    """The METADATA of a wheel."""
    (folder,) = (path for path in zipfile.Path(wheel).iterdir() if path.name.endswith(".dist-info"))
    return PathDistribution(folder).metadata


def main() -> None:
    """Build and check in a temporary folder; only what is good replaces what is in dist/."""
    target = ROOT / "dist"
    with tempfile.TemporaryDirectory() as temporary:
        built = build(ROOT, Path(temporary))
        check(built, ROOT)
        target.mkdir(exist_ok=True)
        for former in [*target.glob(f"{PACKAGE}-*.whl"), *target.glob(f"{PACKAGE}-*.tar.gz")]:
            former.unlink()
        for path in built:
            shutil.copyfile(path, target / path.name)
            print(f"dist/{path.name}  {path.stat().st_size} bytes  sha256 {sha256(path)}")


if __name__ == "__main__":
    run(main)

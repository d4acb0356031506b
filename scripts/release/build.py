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
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Final, NamedTuple

from .project import PACKAGE, ROOT
from .refusal import RefusalError, call, run

_REQUIRED: Final = ("Summary", "Requires-Python", "License-Expression", "License-File", "Description-Content-Type")
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
    surroundings = {
        key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH" and not key.startswith("HATCH_")
    }
    uv = [sys.executable, "-m", "uv", "build", "--quiet", "--offline", "--no-config", "--no-build-isolation"]
    call([*uv, "--python", sys.executable, "--out-dir", folder], what="uv build", cwd=root, env=surroundings)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Distributions(wheel, sdist)


def check(built: Distributions, root: Path) -> None:
    """Refuse a wheel or an sdist that holds too much, too little, or metadata that an index would not take."""
    with zipfile.ZipFile(built.wheel) as archive:
        if f"{PACKAGE}/py.typed" not in archive.namelist():
            raise RefusalError(f"{built.wheel.name} has no py.typed: nobody's type checker would look at it")
    metadata = read_metadata(built.wheel)
    for field in _REQUIRED:
        if not metadata.get(field):
            raise RefusalError(f"{built.wheel.name}: the metadata has no {field}")
    if not str(metadata.get_payload()).strip():
        raise RefusalError(f"{built.wheel.name}: the metadata has no readme")
    if "Private :: Do Not Upload" not in metadata.get_all("Classifier", []):
        raise RefusalError(f"{built.wheel.name}: the classifier 'Private :: Do Not Upload' is missing")
    with tarfile.open(built.sdist) as archive:
        found = {member.name.partition("/")[2] for member in archive.getmembers() if not member.isdir()}
    if strange := {name for name in found if not name.startswith(f"{PACKAGE}/")} ^ _BESIDE:
        raise RefusalError(f"{built.sdist.name}: more or less than belongs there: {', '.join(sorted(strange))}")
    python: list[str | Path] = [sys.executable, "-m"]
    call([*python, "twine", "check", "--strict", *built], what="twine check", cwd=root)
    contents = ["check_wheel_contents", "--no-config", "--toplevel", PACKAGE, "--package", PACKAGE]
    call([*python, *contents, built.wheel], what="check-wheel-contents", cwd=root)


def read_metadata(wheel: Path) -> Message:
    """The METADATA of a wheel."""
    name, version, *_ = wheel.name.split("-")
    with zipfile.ZipFile(wheel) as archive:
        return HeaderParser().parsestr(archive.read(f"{name}-{version}.dist-info/METADATA").decode())


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

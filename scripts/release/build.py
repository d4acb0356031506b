"""Build the wheel and the sdist, byte for byte the same wherever and whenever the commit is the same.

    python -m scripts.release.build      into dist/ (`make build`)

The timestamps inside are hatchling's constant, not the commit's: a wheel that somebody builds from the sdist, where no
commit is known, is then the same too, and that is checked here each time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import contents
from .project import ROOT
from .refusal import RefusalError, call, run


class Distributions(NamedTuple):
    """The two files of a release."""

    wheel: Path
    sdist: Path


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(root: Path, folder: Path) -> Distributions:
    """Build both into a folder, and check that the sdist gives the same wheel."""
    with tempfile.TemporaryDirectory() as temporary:
        sdist = _hatchling(root, folder, "sdist")
        with tarfile.open(sdist) as archive:
            # Python 3.11.2, which Debian has, knows no argument `filter` yet.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(temporary)  # noqa: S202 - we made it ourselves
        again = _hatchling(Path(temporary, sdist.name.removesuffix(".tar.gz")), Path(temporary), "wheel")
        wheel = _hatchling(root, folder, "wheel")
        if wheel.name != again.name or sha256(wheel) != sha256(again):
            raise RefusalError("the sdist does not build the same wheel as the checkout")
    return Distributions(wheel, sdist)


def build_wheel(root: Path, folder: Path) -> Path:
    """Build the wheel alone."""
    return _hatchling(root, folder, "wheel")


def _hatchling(root: Path, folder: Path, target: str) -> Path:
    # What is set around us has no say in what comes out.
    surroundings = {
        key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH" and not key.startswith("HATCH_")
    }
    hatchling = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder.resolve())]
    call(hatchling, what=f"building the {target}", cwd=root, env=surroundings)
    (built,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


def _former(folder: Path, name: str) -> Iterator[Path]:
    for pattern in ("*.whl", "*.tar.gz"):
        yield from folder.glob(f"{name}-{pattern}")


def main() -> None:
    """Build and check in a temporary folder; only what is good replaces what is in dist/."""
    target = ROOT / "dist"
    with tempfile.TemporaryDirectory() as temporary:
        built = build(ROOT, Path(temporary))
        contents.check(built.wheel, built.sdist, ROOT)
        target.mkdir(exist_ok=True)
        for former in [*_former(target, built.wheel.name.split("-", maxsplit=1)[0])]:
            former.unlink()
        for path in built:
            shutil.copyfile(path, target / path.name)
            print(f"dist/{path.name}  {path.stat().st_size} bytes  sha256 {sha256(path)}")


if __name__ == "__main__":
    run(main)

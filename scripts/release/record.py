"""The record of the last release: its public API, and the typing tests that it passed. Committed, for the gate.

python -m scripts.release.record     take it from the newest release on INDEX_URL (`make release-record`)
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from packaging.version import Version

from .address import read_address
from .build import sha256
from .credentials import find_credentials
from .index import Index
from .project import ROOT, read_project
from .refusal import RefusalError, run
from .surface import Json, read_surface

FOLDER: Final = Path("scripts", "release", "released")
USES: Final = Path("tests", "typing", "api.py")
"""What users write, type-checked: what of it was fine in one release must be fine in the next."""


class Record(NamedTuple):
    """What was released last."""

    version: Version
    sha256: str
    surface: Json
    uses: str


def read_record(root: Path) -> Record | None:
    """The committed record, or None where nothing has been released yet."""
    folder = root / FOLDER
    if not (folder / "release.json").exists():
        return None
    release = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    uses = folder / "uses.py.txt"
    text = uses.read_text(encoding="utf-8") if uses.exists() else ""
    return Record(Version(release["version"]), release["sha256"], release["surface"], text)


def write_record(root: Path, wheel: Path) -> Record:
    """Write down a wheel as the last release, with the typing tests of the checkout."""
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    version = wheel.name.split("-")[1]
    release: Json = {"version": version, "sha256": sha256(wheel), "surface": read_surface(wheel)}
    (folder / "release.json").write_text(json.dumps(release, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    uses = root / USES
    text = uses.read_text(encoding="utf-8") if uses.exists() else ""
    (folder / "uses.py.txt").write_text(text, encoding="utf-8")
    return Record(Version(version), release["sha256"], release["surface"], text)


def main() -> None:
    """Record the release that the checkout is at, as the index has it."""
    project = read_project(ROOT)
    address = read_address(os.environ)
    index = Index(address, find_credentials(address, os.environ), project.name)
    wheels = [file for file in index.files() if file.is_wheel and file.version == project.version]
    if not wheels:
        raise RefusalError(f"the index has no wheel of {project}: publish it, and then record it")
    with tempfile.TemporaryDirectory() as folder:
        record = write_record(ROOT, index.download(wheels[0], Path(folder)))
    print(f"recorded {project} in {FOLDER.as_posix()}/: commit it")
    print(f"  wheel sha256 {record.sha256}")


if __name__ == "__main__":
    run(main)

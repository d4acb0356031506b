"""The gate: whether the version of the checkout is high enough for what changed in its API since the last release.

    python -m scripts.release.gate       compare with the committed record (`make check-api`)

The rule is Semantic Versioning, before 1.0.0 as well: what breaks calls for a new major version, what is new for a
minor one. A user's `>=0.1,<1` then means what it says.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

from packaging.version import Version

from . import changelog
from .build import build_wheel
from .compatibility import Change, Level, compare, describe, level
from .project import PACKAGE, ROOT, read_project
from .record import Record, read_record
from .refusal import RefusalError, call, run
from .surface import read_surface


def check(record: Record, wheel: Path, version: Version, *, root: Path) -> list[Change]:
    """The changes since a release; refused where the version does not tell of them.

    The version of the release itself passes only while nothing has changed.
    """
    changes = compare(record.surface, read_surface(wheel))
    if level(changes) < Level.MAJOR:
        changes = [*_broken_uses(record, wheel, root), *changes]
    refuse_small_bump(record.version, changes, version)
    return changes


def refuse_small_bump(last: Version, changes: list[Change], version: Version) -> None:
    """Refuse a version that is lower than what the changes call for."""
    if not changes and version >= last:
        return
    required = level(changes).after(last)
    if version < required:
        what = {
            Level.MAJOR: "what breaks calls for a new major version",
            Level.MINOR: "what is new calls for a new minor version",
            Level.PATCH: "a version follows the one before it",
        }[level(changes)]
        lines = "".join(f"\n{line}" for line in describe(changes))
        raise RefusalError(f"{version} is too low after {last}: {what}, {required} or higher{lines}")


def _broken_uses(record: Record, wheel: Path, root: Path) -> list[Change]:
    """Whether what users wrote for the last release still passes their type checker."""
    if not record.uses.strip():
        return []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        (folder / "uses.py").write_text(record.uses, encoding="utf-8")
        mypy: list[str | Path] = [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file",
            "",
            "--no-warn-unused-ignores",
        ]
        cache: list[str | Path] = ["--cache-dir", root / ".mypy_cache" / "gate", "--no-error-summary", "--no-pretty"]
        try:
            call([*mypy, *cache, "uses.py"], what="mypy", cwd=folder)
        except RefusalError as refusal:
            found = str(refusal).removeprefix("mypy: ")
            return [Change(Level.MAJOR, "the last release's typing tests", found)]
    return []


def _forgotten(record: Record | None, version: Version, root: Path) -> None:
    """Refuse a changelog that tells of releases which nobody recorded."""
    for section in changelog.sections(root):
        if section.version < version and (record is None or section.version > record.version):
            raise RefusalError(
                f"CHANGELOG.md tells of {section.version}, and the last release on record is "
                f"{record.version if record else 'none'}: make release-record INDEX_URL=…"
            )


def main() -> None:
    """Compare the checkout with the committed record."""
    project, record = read_project(ROOT), read_record(ROOT)
    _forgotten(record, project.version, ROOT)
    if record is None:
        print(f"{project}: no release is on record, so there is nothing that it could break")
        return
    with tempfile.TemporaryDirectory() as folder:
        changes = check(record, build_wheel(ROOT, Path(folder)), project.version, root=ROOT)
    print(f"{project}: {len(changes)} changes of the API of {PACKAGE} since {record.version}")
    for line in describe(changes):
        print(line)


if __name__ == "__main__":
    run(main)

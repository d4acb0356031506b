"""The gate: whether the version of the checkout is high enough for what changed in its API since the last release.

    python -m scripts.release.gate               compare with the committed record (`make check-api`)
    python -m scripts.release.gate --record      write the checkout down as its version (`make release-record`)

The rule is Semantic Versioning, before 1.0.0 as well: what breaks calls for a new major version, what is new for a
minor one. A user's `>=0.1,<1` then means what it says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from packaging.version import Version

from . import changelog
from .project import ROOT, read_project
from .refusal import RefusalError, run
from .snapshot import Change, Json, Level, compare, level, snapshot

FOLDER: Final = Path("scripts", "release")


def read_record(root: Path, version: Version) -> tuple[Version, Json] | None:
    """The public API of the last release up to a version, or None where none is on record."""
    paths = {Version(path.stem.removeprefix("api-")): path for path in (root / FOLDER).glob("api-*.json")}
    last = max((each for each in paths if each <= version), default=None)
    return None if last is None else (last, json.loads(paths[last].read_text(encoding="utf-8")))


def write_record(root: Path) -> Path:
    """Write down the public API of the checkout as that of its version."""
    path = root / FOLDER / f"api-{read_project(root).version}.json"
    (found,) = snapshot(root)
    lines = (f"{json.dumps(each)}: {json.dumps(entry, ensure_ascii=False)}" for each, entry in found.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def check(root: Path) -> str:
    """The changes since the last release, in lines; refused where the version or the changelog does not tell of them.

    The version of the release itself passes only while nothing has changed.
    """
    project = read_project(root)
    record = read_record(root, project.version)
    for section in changelog.sections(root):
        if section.version < project.version and (record is None or section.version > record[0]):
            last = record[0] if record else "none"
            raise RefusalError(f"CHANGELOG.md tells of {section.version}, and the last release on record is {last}")
    if record is None:
        return f"{project}: no release is on record, so there is nothing that it could break"
    (now,) = snapshot(root)
    changes = compare(record[1], now)
    refuse_small_bump(record[0], changes, project.version)
    return f"{project}: {len(changes)} changes of the API since {record[0]}{_lines(changes)}"


def after(version: Version, size: Level) -> Version:
    """The lowest version that may follow, with a change of this size."""
    major, minor, patch = version.release
    lowest = {
        Level.MAJOR: (major + 1, 0, 0),
        Level.MINOR: (major, minor + 1, 0),
        Level.PATCH: (major, minor, patch + 1),
    }
    return Version(".".join(map(str, lowest[size])))


def refuse_small_bump(last: Version, changes: list[Change], version: Version) -> None:
    """Refuse a version that is lower than what the changes call for."""
    if not changes and version >= last:
        return
    size = level(changes)
    if version < (lowest := after(last, size)):
        what = ["a version follows the one before it", "what is new calls for a new minor version", ""][size]
        what = what or "what breaks calls for a new major version"
        raise RefusalError(f"{version} is too low after {last}: {what}, {lowest} or higher{_lines(changes)}")


def _lines(changes: list[Change], shown: int = 20) -> str:
    lines = [f"\n  {change}" for change in changes[:shown]]
    return "".join(lines) + (f"\n  and {len(changes) - shown} more" if len(changes) > shown else "")


def main() -> None:
    """Compare the checkout with the committed record, or write it down."""
    print(f"wrote {write_record(ROOT).relative_to(ROOT)}: commit it" if "--record" in sys.argv else check(ROOT))


if __name__ == "__main__":
    run(main)

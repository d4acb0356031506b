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

from .project import ROOT, RefusalError, read_changelog, read_project
from .snapshot import Change, Json, Level, compare, level, snapshot

_RULE: Final = {
    Level.MAJOR: "what breaks calls for a new major version",
    Level.MINOR: "what is new calls for a new minor version",
    Level.PATCH: "a version follows the one before it",
}


def read_record(root: Path, version: Version) -> tuple[Version, Json] | None:
    """The public API of the last release up to a version, or None where none is on record."""
    paths = {Version(path.stem.removeprefix("api-")): path for path in root.glob("scripts/release/api-*.json")}
    last = max((each for each in paths if each <= version), default=None)
    return None if last is None else (last, json.loads(paths[last].read_text(encoding="utf-8")))


def write_record(root: Path) -> Path:
    """Write down the public API of the checkout as that of its version."""
    path = root / "scripts" / "release" / f"api-{read_project(root).version}.json"
    (found,) = snapshot(root)
    lines = (f"{json.dumps(each)}: {json.dumps(entry, ensure_ascii=False)}" for each, entry in found.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def check(root: Path) -> str:
    """The changes since the last release, in lines; refused where the version or the changelog does not tell of them.

    The version of the release itself passes only while nothing has changed.
    """
    project = read_project(root)
    last, record = read_record(root, project.version) or (None, {})
    for version in read_changelog(root):
        if version < project.version and (last is None or version > last):
            raise RefusalError(f"CHANGELOG.md tells of {version}, and the last release on record is {last or 'none'}")
    if last is None:
        return f"{project}: no release is on record, so there is nothing that it could break"
    (now,) = snapshot(root)
    changes = compare(record, now)
    refuse_small_bump(last, changes, project.version)
    return f"{project}: {len(changes)} changes of the API since {last}{_lines(changes)}"


def after(version: Version, size: Level) -> Version:
    """The lowest version that may follow, with a change of this size."""
    place = Level.MAJOR - size
    parts = [*version.release[:place], version.release[place] + 1, 0, 0]
    return Version(".".join(map(str, parts[:3])))


def refuse_small_bump(last: Version, changes: list[Change], version: Version) -> None:
    """Refuse a version that is lower than what the changes call for."""
    size = level(changes)
    if version < (lowest := after(last, size)) and (changes or version < last):
        raise RefusalError(f"{version} is too low after {last}: {_RULE[size]}, {lowest} or higher{_lines(changes)}")


def _lines(changes: list[Change]) -> str:
    more = [f"and {len(changes) - 20} more"] if changes[20:] else []
    return "".join(f"\n  {line}" for line in [*changes[:20], *more])


if __name__ == "__main__":
    print(f"wrote {write_record(ROOT).relative_to(ROOT)}: commit it" if "--record" in sys.argv else check(ROOT))

"""The gate: whether a checkout may be the version that it says, by what changed in its API since the last release.

The rule is Semantic Versioning, before 1.0.0 as well: what breaks calls for a new major version, what is new for a
minor one. A user's `>=0.1,<1` then means what it says. `make check-api` compares with the last record, and
`make release-record` (--record) writes one.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Final

from packaging.version import Version

from .snapshot import PACKAGE, ROOT, Change, Json, Level, compare, level, snapshot

NAME: Final = "sequence-customers-client"

_SECTION: Final = r"(?m)^## \[?(\d+\.\d+\.\d+)\]?(?:\(\S*\))?(?: - (.*))?$((?s:.*?))(?=^## |\Z)"
_RULE: Final = {
    Level.MAJOR: "what breaks calls for a new major version",
    Level.MINOR: "what is new calls for a new minor version",
    Level.PATCH: "a version follows the one before it",
}


class RefusalError(SystemExit):
    """Something is in the way of a release; the message is one line, and holds no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.code = f"refused: {why}"


def refuse_if(problem: object, why: str) -> None:
    """Refuse a release with a problem."""
    if problem:
        raise RefusalError(why)


def read_version(root: Path) -> Version:
    """What pyproject.toml says; the package itself must say the same."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    is_plain = re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version)
    refuse_if(not is_plain, f"pyproject.toml: version {version!r} is not of the form X.Y.Z")
    same = f'\n__version__ = "{version}"\n' in (root / PACKAGE / "_version.py").read_text(encoding="utf-8")
    refuse_if(not same, f"{PACKAGE}/_version.py does not say {version}, as pyproject.toml does: set both")
    return Version(version)


def read_changelog(root: Path) -> dict[Version, tuple[str, str]]:
    """Date and text of the sections of CHANGELOG.md that name a version."""
    sections = re.findall(_SECTION, (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    return {Version(version): (date.strip(), text) for version, date, text in sections}


def read_record(root: Path, version: Version | None = None) -> tuple[Version, Json] | None:
    """The public API of the last release, or the last up to a version, or None where none is on record."""
    paths = {Version(path.stem.removeprefix("api-")): path for path in root.glob("scripts/release/api-*.json")}
    last = max((each for each in paths if version is None or each <= version), default=None)
    return None if last is None else (last, json.loads(paths[last].read_text(encoding="utf-8")))


def write_record(root: Path) -> Path:
    """Write down the public API of the checkout as that of its version."""
    path = root / "scripts" / "release" / f"api-{read_version(root)}.json"
    (found,) = snapshot(root)
    lines = (f"{json.dumps(each)}: {json.dumps(entry, ensure_ascii=False)}" for each, entry in found.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def check(root: Path) -> str:
    """The changes since the last release, in lines; refused where version or changelog does not tell of them."""
    version = read_version(root)
    last, record = read_record(root) or (None, {})
    for told in read_changelog(root):
        missed = told < version and (last is None or told > last)
        refuse_if(missed, f"CHANGELOG.md tells of {told}, and the last release on record is {last or 'none'}")
    if last is None:
        return f"{NAME} {version}: no release is on record, so there is nothing that it could break"
    changes = compare(record, *snapshot(root))
    refuse_small_bump(last, changes, version)
    return f"{NAME} {version}: {len(changes)} changes of the API since {last}{_lines(changes)}"


def after(version: Version, size: Level) -> Version:
    """The lowest version that may follow, with a change of this size."""
    place = Level.MAJOR - size
    parts = [*version.release[:place], version.release[place] + 1, 0, 0]
    return Version(".".join(map(str, parts[:3])))


def next_version(root: Path, version: Version, size: Level, surface: Json) -> Version:
    """The lowest version that may ship a change of this size, with what else has changed since the last release."""
    last, record = read_record(root, version) or (version, surface)
    return max(after(last, max(size, level(compare(record, surface)))), version)


def refuse_small_bump(last: Version, changes: list[Change], version: Version) -> None:
    """Refuse a version that is lower than what the changes call for."""
    size = level(changes)
    is_low = version < (lowest := after(last, size)) and (changes or version < last)
    refuse_if(is_low, f"{version} is too low after {last}: {_RULE[size]}, {lowest} or higher{_lines(changes)}")


def _lines(changes: list[Change]) -> str:
    more = [f"and {len(changes) - 20} more"] if changes[20:] else []
    return "".join(f"\n  {line}" for line in [*changes[:20], *more])


if __name__ == "__main__":
    print(f"wrote {write_record(ROOT).relative_to(ROOT)}: commit it" if "--record" in sys.argv else check(ROOT))

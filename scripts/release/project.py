"""The checkout that a release is made from: its name, its version, its commit, its changelog."""

from __future__ import annotations

import ast
import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from packaging.version import Version

from .refusal import RefusalError, call

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PACKAGE: Final = "sequence_customers_client"

_SECTION: Final = re.compile(
    r"^## \[?(?P<version>\d+\.\d+\.\d+)\]?(?:\(\S*\))?(?: - (?P<date>.*))?$(?P<text>(?s:.*?))(?=^## |\Z)", re.MULTILINE
)


class Project(NamedTuple):
    """What pyproject.toml says, and where it lies."""

    root: Path
    name: str
    version: Version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def read_project(root: Path = ROOT) -> Project:
    """Read name and version; the package itself must say the same version."""
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = str(table["version"])
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise RefusalError(f"pyproject.toml: version {version!r} is not of the form X.Y.Z")
    module = root / PACKAGE / "_version.py"
    found = re.search(r"^__version__ = (.+)$", module.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None or ast.literal_eval(found[1]) != version:
        raise RefusalError(f"{PACKAGE}/_version.py does not say {version}, as pyproject.toml does: set both")
    return Project(root, table["name"], Version(version))


def read_commit(root: Path) -> str:
    """The commit that the tree is exactly, or a refusal."""
    what = "a release is made from a git commit"
    if Path(call("git", "rev-parse", "--show-toplevel", what=what, cwd=root).strip()).resolve() != root.resolve():
        raise RefusalError(f"{what}: this folder is not the top of a repository")
    status = call("git", "status", "--porcelain", "--untracked-files=all", what="git status", cwd=root)
    changed = [line[3:] for line in status.splitlines()]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise RefusalError(f"the tree is dirty: {changed[0]}{more}; commit, or put it away, and try again")
    return call("git", "rev-parse", "--short=12", "HEAD", what=what, cwd=root).strip()


def read_changelog(root: Path) -> Iterator[tuple[Version, str, str]]:
    """Version, date and text of the sections of CHANGELOG.md that name a version."""
    for section in _SECTION.finditer((root / "CHANGELOG.md").read_text(encoding="utf-8")):
        yield Version(section["version"]), (section["date"] or "").strip(), section["text"]


def read_date(root: Path, version: Version) -> str:
    """When a version was made, as CHANGELOG.md says, which also has to say what changed; or a refusal."""
    date, text = next(((date, text) for each, date, text in read_changelog(root) if each == version), (None, ""))
    if date is None:
        raise RefusalError(f"CHANGELOG.md has no section '## {version} - DATE': say what changed")
    try:
        dt.date.fromisoformat(date)
    except ValueError:
        raise RefusalError(f"CHANGELOG.md: the section of {version} has no date: '## {version} - YYYY-MM-DD'") from None
    if not re.sub(r"^#.*$", "", text, flags=re.MULTILINE).strip():
        raise RefusalError(f"CHANGELOG.md: the section of {version} is empty: say what changed")
    return date

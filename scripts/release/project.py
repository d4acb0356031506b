"""The checkout that a release is made from, as it says itself: its name, its version, its changelog."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final, NamedTuple

from packaging.version import Version

ROOT: Final = Path(__file__).resolve().parent.parent.parent

_MODULE: Final = "sequence_customers_client/_version.py"
_SECTION: Final = r"(?m)^## \[?(\d+\.\d+\.\d+)\]?(?:\(\S*\))?(?: - (.*))?$((?s:.*?))(?=^## |\Z)"


class RefusalError(SystemExit):
    """Something is in the way of a release; the message is one line, and holds no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.code = f"refused: {why}"


class Project(NamedTuple):
    """What pyproject.toml says."""

    name: str
    version: Version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def read_project(root: Path) -> Project:
    """Read name and version; the package itself must say the same version."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = table["version"]
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise RefusalError(f"pyproject.toml: version {version!r} is not of the form X.Y.Z")
    if f'\n__version__ = "{version}"\n' not in (root / _MODULE).read_text(encoding="utf-8"):
        raise RefusalError(f"{_MODULE} does not say {version}, as pyproject.toml does: set both")
    return Project(table["name"], Version(version))


def read_changelog(root: Path) -> dict[Version, tuple[str, str]]:
    """Date and text of the sections of CHANGELOG.md that name a version."""
    sections = re.findall(_SECTION, (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    return {Version(version): (date.strip(), text) for version, date, text in sections}

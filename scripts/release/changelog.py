"""The changelog: which versions it speaks of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from .refusal import RefusalError

_HEADING = re.compile(r"^## \[?(?P<version>\d+\.\d+\.\d+)\]?(?:\(\S*\))?(?: - (?P<date>.*))?$", re.MULTILINE)


class Section(NamedTuple):
    """What changed in one version."""

    version: Version
    date: str
    text: str


def sections(root: Path) -> Iterator[Section]:
    """The sections of CHANGELOG.md that name a version, as they stand there."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    for heading in _HEADING.finditer(text):
        rest = text[heading.end() :].split("\n## ", maxsplit=1)[0]
        yield Section(Version(heading["version"]), (heading["date"] or "").strip(), rest.strip())


def check(root: Path, version: Version) -> Section:
    """The section of a version, or a refusal."""
    section = next((section for section in sections(root) if section.version == version), None)
    if section is None:
        raise RefusalError(f"CHANGELOG.md has no section '## {version} - DATE': say what changed")
    try:
        dt.date.fromisoformat(section.date)
    except ValueError:
        raise RefusalError(f"CHANGELOG.md: the section of {version} has no date: '## {version} - YYYY-MM-DD'") from None
    if not re.sub(r"^#.*$", "", section.text, flags=re.MULTILINE).strip():
        raise RefusalError(f"CHANGELOG.md: the section of {version} is empty: say what changed")
    return section

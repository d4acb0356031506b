"""The changelog's entry for an update, under Unreleased, in the words of users of the package."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from scripts.generate.document import DocumentError, printable

from .judgement import Finding, Verdict

_ORDER: Final = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
_WRAPPED: Final = partial(
    textwrap.fill, width=118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
)
_UNRELEASED: Final = re.compile(r"^## \[?Unreleased\]?.*$", re.MULTILINE | re.IGNORECASE)


def with_news(changelog: str, findings: Sequence[Finding]) -> str:
    """The changelog with the findings told under Unreleased."""
    heading = _UNRELEASED.search(changelog)
    if heading is None:
        latest = re.search(r"^## ", changelog, re.MULTILINE)
        if latest is None:
            raise DocumentError("CHANGELOG.md: has no section that an entry could stand in or before")
        return with_news(f"{changelog[: latest.start()]}## Unreleased\n\n{changelog[latest.start() :]}", findings)
    end = changelog.find("\n## ", heading.end())
    end = len(changelog) if end < 0 else end + 1
    section = changelog[heading.end() : end]
    for title, lines in _entries(findings).items():
        section = _with_entry(section, title, lines)
    return changelog[: heading.end()] + section + changelog[end:]


def _entries(findings: Sequence[Finding]) -> dict[str, list[str]]:
    entries: dict[str, list[str]] = {}
    for finding in findings:
        if finding.verdict is Verdict.ADDITIVE:
            entries.setdefault("Added", []).append(f"- {printable(finding.meaning)}.")
        elif finding.verdict is Verdict.BREAKING:
            removed = finding.what.endswith("removed")
            entries.setdefault("Removed" if removed else "Changed", []).append(
                f"- **Breaking:** {printable(finding.meaning)}."
            )
    if any(finding.verdict is Verdict.DOCUMENTATION for finding in findings):
        entries.setdefault("Changed", []).append("- Docstrings and examples follow the vendor's document.")
    return {title: [_WRAPPED(line) for line in dict.fromkeys(entries[title])] for title in _ORDER if title in entries}


def _with_entry(section: str, title: str, lines: Iterable[str]) -> str:
    """The section of a version, with lines under one of its titles."""
    blocks = re.split(r"(?m)^(?=### )", section)
    lead, titled = blocks[0], blocks[1:]
    names = [block.splitlines()[0].removeprefix("### ").strip() for block in titled]
    fresh = [line for line in lines if line not in section]
    if not fresh:
        return section
    if title in names:
        index = names.index(title)
        block = titled[index]
        titled[index] = block.rstrip("\n") + "\n" + "\n".join(fresh) + block[len(block.rstrip("\n")) :]
    else:
        position = next((at for at, name in enumerate(names) if _rank(name) > _rank(title)), len(titled))
        titled.insert(position, f"### {title}\n\n" + "\n".join(fresh) + "\n\n")
        if position:
            titled[position - 1] = titled[position - 1].rstrip("\n") + "\n\n"
    body = (lead.rstrip("\n") + "\n\n" if not lead.strip() else lead) + "".join(titled)
    return body.rstrip("\n") + section[len(section.rstrip("\n")) :] if section.strip() else body


def _rank(title: str) -> int:
    return _ORDER.index(title) if title in _ORDER else len(_ORDER)

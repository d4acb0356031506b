"""The changelog's entry for an update, under Unreleased, in the words of users of the package."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from scripts.generate.document import DocumentError, printable

from .judgement import Finding, Verdict

_ORDER: Final = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
_WRAPPED: Final = partial(
    textwrap.fill, width=118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
)


def with_news(changelog: str, findings: Sequence[Finding]) -> str:
    """The changelog with the findings told under Unreleased."""
    head, *versions = re.split(r"(?m)^(?=## )", changelog)
    if not versions:
        raise DocumentError("CHANGELOG.md: has no section that an entry could stand in or before; add one, `## 0.1.0`")
    if not re.match(r"## \[?Unreleased", versions[0], re.IGNORECASE):
        versions.insert(0, "## Unreleased\n\n")
    lead, *parts = re.split(r"(?m)^(?=### )", versions[0])
    titled = {part.splitlines()[0].removeprefix("### ").strip(): part.rstrip("\n") for part in parts}
    for title, line in _entries(findings):
        known = titled.setdefault(title, f"### {title}\n")
        titled[title] = known if line in known else f"{known}\n{line}"
    order = sorted(titled, key=lambda title: _ORDER.index(title) if title in _ORDER else len(_ORDER))
    versions[0] = "\n\n".join([lead.rstrip("\n"), *(titled[title] for title in order), ""])
    return head + versions[0] + "".join(versions[1:])


def _entries(findings: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        if finding.verdict is Verdict.ADDITIVE:
            yield "Added", _WRAPPED(f"- {printable(finding.meaning)}.")
        elif finding.verdict is Verdict.BREAKING:
            title = "Removed" if finding.what.endswith("removed") else "Changed"
            yield title, _WRAPPED(f"- **Breaking:** {printable(finding.meaning)}.")
    if any(finding.verdict is Verdict.DOCUMENTATION for finding in findings):
        yield "Changed", "- Docstrings and examples follow the vendor's document."

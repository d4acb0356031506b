"""What an update tells: the page that a person reads before it is shipped, and the changelog's entries for users."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from packaging.version import Version

from scripts.generate.document import DocumentError, printable
from scripts.release.gate import after
from scripts.release.snapshot import Level

from .judgement import Finding, Verdict

_HEADINGS: Final = dict(zip(("Breaking", "Additive", "Documentation only"), reversed(Verdict), strict=False))
_SHOWN: Final = 200
_LONGEST: Final = 600
_TITLES: Final = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


class Report(NamedTuple):
    """What an update found."""

    sources: tuple[str, ...]
    findings: tuple[Finding, ...]
    noise: tuple[str, ...]
    version: Version
    """The version of the package now."""
    servers: tuple[str, ...] = ()
    """What became of servers, whether anything follows or not."""
    last: Version | None = None
    """The version that was released last, where one is on record."""
    pending: Verdict = Verdict.NONE
    """What has changed since that release."""

    @property
    def verdict(self) -> Verdict:
        """The worst of all findings."""
        return max((finding.verdict for finding in self.findings), default=Verdict.NONE)

    @property
    def next_version(self) -> Version:
        """The lowest version that may ship this; the present one where nothing changed."""
        if self.verdict is Verdict.NONE:
            return self.version
        if self.last is None:
            return after(self.version, Level(self.verdict))
        return max(after(self.last, Level(max(self.verdict, self.pending))), self.version)

    def markdown(self) -> str:
        """The page: its first line is the verdict, its last the version that follows."""
        # What comes from a document stays within its line.
        body = (printable(line).replace("\n", "\ufffd") for line in self._body())
        return "\n".join([f"verdict: {self.verdict}", "", *body, f"next version: {self.next_version}", ""])

    def _body(self) -> Iterator[str]:
        yield from (f"From {', '.join(f'`{name}`' for name in self.sources)}.", "")
        if self.verdict is Verdict.NONE:
            yield from ("Nothing to do: the sources say what the vendored document says.", "")
        sections = {
            heading: [_line(finding) for finding in self.findings if finding.verdict is verdict]
            for heading, verdict in _HEADINGS.items()
        }
        for heading, lines in {**sections, "Servers": self.servers, "Noise": self.noise}.items():
            if lines:
                yield from (f"## {heading}", "", *(f"- {line}" for line in lines[:_SHOWN]))
                yield from ([f"- and {len(lines) - _SHOWN} more", ""] if len(lines) > _SHOWN else [""])


def _line(finding: Finding) -> str:
    place = f"`{finding.pointer}`: " if finding.pointer else ""
    meaning = finding.meaning if len(finding.meaning) <= _LONGEST else f"{finding.meaning[:_LONGEST]}…"
    return f"{place}{finding.what}. {meaning}"


def with_news(changelog: str, findings: Sequence[Finding]) -> str:
    """The changelog with the findings told under Unreleased, in the words of users of the package."""
    head, *versions = re.split(r"(?m)^(?=## )", changelog)
    if not versions:
        raise DocumentError("CHANGELOG.md: has no section that an entry could stand in or before; add one, `## 0.1.0`")
    if not re.match(r"## \[?Unreleased", versions[0], re.IGNORECASE):
        versions.insert(0, "## Unreleased\n\n")
    lead, *parts = re.split(r"(?m)^(?=### )", versions[0])
    titled = {part.splitlines()[0].removeprefix("### ").strip(): part.rstrip("\n") for part in parts}
    for title, line in map(_entry, findings):
        known = titled.setdefault(title, f"### {title}\n")
        titled[title] = known if line in known else f"{known}\n{line}"
    order = sorted(titled, key=lambda title: [*_TITLES, title].index(title))
    versions[0] = "\n\n".join([lead.rstrip("\n"), *(titled[title] for title in order), ""])
    return head + "".join(versions)


def _entry(finding: Finding) -> tuple[str, str]:
    """The title that a finding is told under, and its entry."""
    if finding.verdict is Verdict.DOCUMENTATION:
        return "Changed", "- Docstrings and examples follow the vendor's document."
    title = "Added" if finding.verdict is Verdict.ADDITIVE else "Changed"
    title = "Removed" if title == "Changed" and finding.what.endswith("removed") else title
    entry = f"- {'' if title == 'Added' else '**Breaking:** '}{printable(finding.meaning)}."
    return title, textwrap.fill(entry, 118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)

"""The page that a person reads before an update is shipped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from packaging.version import Version

from scripts.generate.document import printable
from scripts.release.gate import after
from scripts.release.snapshot import Level

from .judgement import Finding, Verdict

_HEADINGS: Final = {
    Verdict.BREAKING: "Breaking",
    Verdict.ADDITIVE: "Additive",
    Verdict.DOCUMENTATION: "Documentation only",
}
_SHOWN: Final = 200
_LONGEST: Final = 600


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
            for verdict, heading in _HEADINGS.items()
        }
        for heading, lines in {**sections, "Servers": self.servers, "Noise": self.noise}.items():
            if lines:
                yield from (f"## {heading}", "", *(f"- {line}" for line in lines[:_SHOWN]))
                yield from ([f"- and {len(lines) - _SHOWN} more", ""] if len(lines) > _SHOWN else [""])


def _line(finding: Finding) -> str:
    place = f"`{finding.pointer}`: " if finding.pointer else ""
    meaning = finding.meaning if len(finding.meaning) <= _LONGEST else f"{finding.meaning[:_LONGEST]}…"
    return f"{place}{finding.what}. {meaning}"

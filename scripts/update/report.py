"""The page that a person reads before an update is shipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from packaging.version import Version

from scripts.generate.document import printable

from .judgement import Finding, Verdict

_HEADINGS: Final = {
    Verdict.BREAKING: "Breaking",
    Verdict.ADDITIVE: "Additive",
    Verdict.DOCUMENTATION: "Documentation only",
}
_SHOWN: Final = 200


class Report(NamedTuple):
    """What an update found."""

    sources: tuple[str, ...]
    findings: tuple[Finding, ...]
    noise: tuple[str, ...]
    version: Version
    """The version of the package now."""
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
        if self.last is not None:
            return max(_after(self.last, max(self.verdict, self.pending)), self.version)
        return _after(self.version, self.verdict)

    def markdown(self) -> str:
        """The page: its first line is the verdict, its last the version that follows."""
        # What comes from a document stays within its line.
        body = (printable(line).replace("\n", "\ufffd") for line in self._body())
        return "\n".join([f"verdict: {self.verdict}", "", *body, f"next version: {self.next_version}", ""])

    def _body(self) -> Iterator[str]:
        yield f"From {', '.join(f'`{name}`' for name in self.sources)}."
        yield ""
        if self.verdict is Verdict.NONE:
            yield "Nothing to do: the sources say what the vendored document says."
            yield ""
        for verdict, heading in _HEADINGS.items():
            listed = [finding for finding in self.findings if finding.verdict is verdict]
            if listed:
                yield from _section(heading, listed)
        if self.noise:
            yield "## Noise"
            yield ""
            yield from (f"- {line}" for line in self.noise[:_SHOWN])
            yield ""


def _after(version: Version, verdict: Verdict) -> Version:
    major, minor, patch = version.release
    numbers = {Verdict.BREAKING: (major + 1, 0, 0), Verdict.ADDITIVE: (major, minor + 1, 0)}
    return Version(".".join(map(str, numbers.get(verdict, (major, minor, patch + 1)))))


def _section(heading: str, findings: Sequence[Finding]) -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    for finding in findings[:_SHOWN]:
        place = f"`{finding.pointer}`: " if finding.pointer else ""
        yield f"- {place}{finding.what}. {_shortened(finding.meaning)}"
    if len(findings) > _SHOWN:
        yield f"- and {len(findings) - _SHOWN} more"
    yield ""


def _shortened(text: str, limit: int = 600) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"

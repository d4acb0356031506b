"""What an update tells: what changes mean for users of the package, on a page to read first, and in the changelog.

The packages of either document are compared as their users see them, and each change of the document is told with what
it did there. OpenAPI would call an enum that grew in an answer breaking; our enums are open, so it is one more member.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from openapi_python_client.strings import pascal_case
from packaging.version import Version

from scripts.generate.document import DocumentError, operations, printable
from scripts.generate.meaning import Json, reachable
from scripts.generate.naming import field_name
from scripts.release.snapshot import Change as ApiChange
from scripts.release.snapshot import Level

from .changes import Change

_CLIENT: Final = re.compile(r"^(Async)?SequenceClient(\.with_raw_response)?\.")
_LIMIT: Final = re.compile(r"(?:(?:max|min|exclusive|multiple|pattern|unique)\w*) (added|changed|removed)")
_TAKEN: Final = re.compile(r"\((\w+)\)$")
_SHOWN: Final = 200
_LONGEST: Final = 600
_TITLES: Final = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


class Finding(NamedTuple):
    """One change, judged: where it stands in the document, if it does, and what it means for a user of the package."""

    verdict: Level
    pointer: str
    what: str
    meaning: str

    def line(self) -> str:
        """What the page says of it."""
        place = f"`{self.pointer}`: " if self.pointer else ""
        return f"{place}{self.what}. {self.meaning if len(self.meaning) <= _LONGEST else f'{self.meaning[:_LONGEST]}…'}"

    def entry(self) -> tuple[str, str]:
        """What the changelog says of it, and under which title."""
        if self.verdict is Level.DOCUMENTATION:
            return "Changed", "- Docstrings and examples follow the vendor's document."
        breaking = "Removed" if self.what.endswith("removed") else "Changed"
        title = "Added" if self.verdict is Level.ADDITIVE else breaking
        entry = f"- {'' if title == 'Added' else '**Breaking:** '}{printable(self.meaning)}."
        return title, textwrap.fill(entry, 118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


class Side(NamedTuple):
    """A document, its operations named as its package names them; and what the classes of its components are called."""

    document: Json
    classes: dict[str, str]

    def sends(self, keys: Sequence[str]) -> bool:
        """Whether requests are made of a part of the document."""
        found = {"parameters", "requestBody"} & set(keys)
        for path, method, operation in operations(self.document):
            asked = {"parameters": self.document["paths"][path].get("parameters") or []}
            asked[method] = {**operation, "responses": {}}
            found |= {"/".join(keys[:3])} & {each[2:] for each in reachable(self.document, asked, "item")}
        return bool(found)

    def subjects(self, change: Change) -> list[list[str]]:
        """What of the package a change is about: `["Customer", "label"]`."""
        match change.keys:
            case ["servers", *_]:
                return [["Environment"]]
            case ["paths", path, *rest]:
                return [
                    operation["operationId"].split(".")
                    for route, method, operation in operations(self.document)
                    if route == path and rest[:1] in ([method], ["parameters"])
                ]
            case ["components", "schemas", name, *rest] if name in self.classes:
                fields = [change.old, change.new] if rest == ["required"] or change.what == "field renamed" else []
                fields += rest[1:2] if rest[:1] == ["properties"] else []
                return [[self.classes[name], field_name(each)] for each in fields] or [[self.classes[name]]]
        return []


def judge(changes: Sequence[Change], api: Sequence[ApiChange], old: Side, new: Side) -> list[Finding]:
    """Every change of the document, judged, and what only the package shows; each once, the worst first."""
    told: set[ApiChange] = set()
    findings = []
    for change in changes:
        subjects = [each for side in (old, new) for each in side.subjects(change)]
        mine = [each for each in api if any(_is_about(each, subject) for subject in subjects)]
        untold = [each for each in mine if each not in told]
        verdict, meaning = _by_itself(change, old, new)
        if mine and change.what[:5] != "words":
            verdict = max(each.level for each in mine)
            meaning = sentences(untold) or "the same as above"
            if change.what in {"operation added", "operation removed"}:
                how = "new" if change.what.endswith("added") else "gone"
                others = sentences(each for each in untold if not _CLIENT.match(each.path))
                meaning = f"`client.{'.'.join(subjects[0])}` is {how}{others and '; '}{others}"
            told.update(mine)
        findings.append(Finding(verdict, change.pointer, change.what, meaning))
    findings += [
        Finding(level, "", "in the package besides", group)
        for level in (Level.BREAKING, Level.ADDITIVE)
        if (group := sentences(each for each in api if each not in told and each.level is level))
    ]
    return sorted(findings, key=lambda finding: -finding.verdict)


def _by_itself(change: Change, old: Side, new: Side) -> tuple[Level, str]:
    """What a change means that shows in no name or type of the package."""
    keys = change.keys
    limit = _LIMIT.fullmatch(change.what if change.what != "changed" else f"{keys[-1]} changed")
    how = limit[1] if limit and (old.sends(keys) or new.sends(keys)) else ""
    version = "parameters" in keys and re.search(r"'\d{4}-\d{2}-\d{2}'", f"{change.old}{change.new}")
    rules = [
        (how == "removed", Level.ADDITIVE, "calls may send more than before"),
        (how, Level.BREAKING, "calls that were right may be refused now"),
        (version, Level.ADDITIVE, "`API_VERSION`, which the clients send, follows the document"),
        (keys[0] == "servers", Level.DOCUMENTATION, "each URL stays until openapi/environments.yaml has another"),
        (change.what.startswith("words "), Level.DOCUMENTATION, "docstrings and examples say it; nothing to do"),
        (True, Level.DOCUMENTATION, "no name, type or behaviour of the package changes"),
    ]
    return next((level, meaning) for holds, level, meaning in rules if holds)


def _is_about(change: ApiChange, subject: list[str]) -> bool:
    path = re.findall(r"\w+", _CLIENT.sub("", change.path))
    part = "".join(each if each[0].isupper() else pascal_case(each) for each in subject)
    # What is named after it, like an enum in place; and the resource that came or went with its method.
    named_after = len(subject) > 1 and path[0].startswith(part)
    whole = change.text in {"added", "removed"} and subject[: len(path)] == path
    return path[: len(subject)] == subject or named_after or whole


def sentences(api: Iterable[ApiChange]) -> str:
    """What changed in the package, each thing once."""
    words = {"added": " is new", "removed": " is gone"}
    told = dict.fromkeys((_CLIENT.sub("client.", change.path), change.text) for change in api)
    # A field is told once, though a constructor takes it and an instance has it.
    once = [each for each in told if not _TAKEN.search(each[0]) or (_TAKEN.sub(r".\1", each[0]), each[1]) not in told]
    return "; ".join(f"`{path}`{words.get(text, f': {text}')}" for path, text in once)


class Report(NamedTuple):
    """What an update found."""

    sources: tuple[str, ...]
    findings: tuple[Finding, ...]
    noise: tuple[str, ...]
    version: Version
    """The lowest that may ship this; the present one where nothing changed."""
    servers: tuple[str, ...] = ()
    """What became of servers, whether anything follows or not."""

    @property
    def verdict(self) -> Level:
        """The worst of all findings."""
        return max((finding.verdict for finding in self.findings), default=Level.NONE)

    def markdown(self) -> str:
        """The page: its first line is the verdict, its last the version that follows."""
        body = [f"From {', '.join(f'`{name}`' for name in self.sources)}.", ""]
        if self.verdict is Level.NONE:
            body += ["Nothing to do: the sources say what the vendored document says.", ""]
        sections = {
            heading: [finding.line() for finding in self.findings if finding.verdict is verdict]
            for heading, verdict in zip(("Breaking", "Additive", "Documentation only"), reversed(Level), strict=False)
        }
        for heading, lines in {**sections, "Servers": self.servers, "Noise": self.noise}.items():
            if lines:
                body += [f"## {heading}", "", *(f"- {line}" for line in lines[:_SHOWN])]
                body += [f"- and {len(lines) - _SHOWN} more", ""] if len(lines) > _SHOWN else [""]
        # What comes from a document stays within its line.
        body = [printable(line).replace("\n", "\ufffd") for line in body]
        return "\n".join([f"verdict: {self.verdict}", "", *body, f"next version: {self.version}", ""])


def with_news(changelog: str, findings: Sequence[Finding]) -> str:
    """The changelog with the findings told under Unreleased, in the words of users of the package."""
    head, *versions = re.split(r"(?m)^(?=## )", changelog)
    if not versions:
        raise DocumentError("CHANGELOG.md: has no section that an entry could stand in or before; add one, `## 0.1.0`")
    if not re.match(r"## \[?Unreleased", versions[0], re.IGNORECASE):
        versions.insert(0, "## Unreleased\n\n")
    lead, *parts = re.split(r"(?m)^(?=### )", versions[0])
    titled = {part.splitlines()[0].removeprefix("### ").strip(): part.rstrip("\n") for part in parts}
    for title, line in map(Finding.entry, findings):
        known = titled.setdefault(title, f"### {title}\n")
        titled[title] = known if line in known else f"{known}\n{line}"
    order = sorted(titled, key=lambda title: [*_TITLES, title].index(title))
    versions[0] = "\n\n".join([lead.rstrip("\n"), *(titled[title] for title in order), ""])
    return head + "".join(versions)

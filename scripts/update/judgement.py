"""What the changes of a document mean for users of the Python package.

Rules judge each change where it stands, by who meets it: those who send, or those who receive. The package of either
document is then compared as its users see it; what that shows beyond the rules counts as well. OpenAPI would call an
enum that grew in an answer breaking; our enums are open, so it is one more member.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from openapi_python_client.strings import pascal_case

from scripts.generate.document import operations
from scripts.generate.meaning import Json, reachable
from scripts.generate.naming import field_name
from scripts.release.snapshot import Change as ApiChange
from scripts.release.snapshot import Level

from .changes import Change

_CLIENT: Final = re.compile(r"^(Async)?SequenceClient(\.with_raw_response)?\.")
_LIMITS: Final = re.compile(r"(max|min|exclusive|multiple|pattern|unique)\w*")


class Verdict(IntEnum):
    """What a change asks of those who use the package."""

    NONE = 0
    DOCUMENTATION = 1
    ADDITIVE = 2
    BREAKING = 3

    def __str__(self) -> str:
        return self.name.lower()


VERDICTS: Final = {Level.PATCH: Verdict.DOCUMENTATION, Level.MINOR: Verdict.ADDITIVE, Level.MAJOR: Verdict.BREAKING}
"""What the sizes of changes of the package are called here."""


class Finding(NamedTuple):
    """One change, judged."""

    verdict: Verdict
    pointer: str
    """Where it stands in the document; empty where the package alone shows it."""
    what: str
    meaning: str
    """What it means for a user of the package."""


class Side(NamedTuple):
    """A document, with what is needed to find its parts in the package."""

    document: Json
    methods: dict[tuple[str, str], str]
    """Where operations are found on a client, by path and method: `customers.list`."""
    classes: dict[str, str]
    """The public names of components."""

    def components(self, *, sent: bool) -> set[str]:
        """The schemas that requests are made of, or answers."""
        found: set[str] = set()
        for path, _, operation in operations(self.document):
            shared = self.document["paths"][path].get("parameters") or []
            asked = [(shared, "parameter[]"), (operation.get("parameters") or [], "parameter[]")]
            asked.append((operation.get("requestBody") or {}, "body"))
            for node, kind in asked if sent else [(operation["responses"], "response*")]:
                found.update(pointer.rpartition("/")[2] for pointer in reachable(self.document, node, kind))
        return found


def judge(changes: Sequence[Change], api: Sequence[ApiChange], old: Side, new: Side) -> list[Finding]:
    """Every change of the document, judged, and what only the package shows; each once, the worst first."""
    sent, received = ({*old.components(sent=way), *new.components(sent=way)} for way in (True, False))
    api = concerning(api, old, new)
    told: set[ApiChange] = set()
    findings = []
    for change in _with_renames(changes):
        about = [each for side in (old, new) for each in _subjects(change, side)]
        mine = [each for each in api if _is_about(each, about)]
        first = [each for each in mine if each not in told]
        told.update(mine)
        verdict, meaning = _rule(change, _is_sent(change, sent), _is_received(change, received))
        if change.what in _OPERATION:
            told.update(each for each in mine if each.path.partition("(")[0][0].islower() or _CLIENT.match(each.path))
            side, words = (new, "new") if change.old is None else (old, "gone")
            meaning = f"`client.{side.methods[change.keys[1], change.keys[2]]}` is {words}"
        elif mine and meaning != MOVED:
            verdict = max(VERDICTS[each.level] for each in mine)
            meaning = sentences(first) or "the same as above"
        findings.append(Finding(verdict, change.pointer, change.what, meaning))
    rest = [each for each in api if each not in told]
    findings += [
        Finding(VERDICTS[level], "", "in the package besides", group)
        for level in (Level.MAJOR, Level.MINOR)
        if (group := sentences(each for each in rest if each.level is level))
    ]
    return sorted(findings, key=lambda finding: -finding.verdict)


def concerning(api: Sequence[ApiChange], old: Side, new: Side) -> list[ApiChange]:
    """The changes of the package that users can meet: nobody makes a model that the server alone makes."""
    sent, received = (old.components(sent=way) | new.components(sent=way) for way in (True, False))
    return [change for change in api if not _is_nobodys_affair(change, old, new, sent, received)]


# --- One change

MOVED: Final = "Environment keeps its URL: to follow, change it in openapi/environments.yaml"
_OPERATION: Final = {"operation added", "operation removed"}
_NOTHING: Final = "no name, type or behaviour of the package changes"


def _rule(change: Change, sent: bool, received: bool) -> tuple[Verdict, str]:
    what, keys = change.what, change.keys
    if change.is_words:
        return Verdict.DOCUMENTATION, "docstrings and examples say it; nothing to do"
    if keys[0] == "servers":
        known = {server.get("description") for server in change.old or []}
        added = [each["description"] for each in change.new or [] if each.get("description") not in known]
        return (
            (Verdict.ADDITIVE, f"an Environment more: {', '.join(added)}") if added else (Verdict.DOCUMENTATION, MOVED)
        )
    if _is_version(change):
        return Verdict.ADDITIVE, "`API_VERSION`, which the clients send, follows the document"
    needed = isinstance(change.new, dict) and change.new.get("required") is True
    breaking, additive = (Verdict.BREAKING, "calls or code may fail"), (Verdict.ADDITIVE, "there is more than before")
    match what.rpartition(" ")[0], what.rpartition(" ")[2]:
        case "operation" | "field" | "values" | "parameter", "removed":
            return breaking
        case "field", "renamed":
            return breaking
        case (("parameter" | "body"), "added"):
            return breaking if needed else additive
        case "operation" | "field" | "values" | "choice", "added":
            return additive
        case "field", "required":
            return breaking if sent else additive
        case "field not", "required":
            return breaking if received else additive
        case "", "required":
            return breaking
        case "not", "required":
            return additive
        case "nullable", "added":
            return breaking if received else additive
        case "type", "changed":
            return breaking
        case limit, how if sent and (_LIMITS.fullmatch(limit) or how == "removed"):
            return additive if _LIMITS.fullmatch(limit) and how == "removed" else breaking
        case "answer", "added":
            return Verdict.DOCUMENTATION, f"an answer {keys[-1]} is documented; it is raised as before"
    return Verdict.DOCUMENTATION, _NOTHING


def _is_version(change: Change) -> bool:
    """Whether it is about the dated version that the clients send."""
    return "parameters" in change.keys and bool(
        re.search(r"\d{4}-\d{2}-\d{2}", f"{change.old}{change.new}") and "enum" in change.keys
    )


def _is_sent(change: Change, sent: set[str]) -> bool:
    keys = change.keys
    return bool({"parameters", "requestBody"} & set(keys)) or bool(keys[0] == "components" and set(keys[2:3]) & sent)


def _is_received(change: Change, received: set[str]) -> bool:
    keys = change.keys
    return "responses" in keys or bool(keys[0] == "components" and set(keys[2:3]) & received)


def _with_renames(changes: Sequence[Change]) -> list[Change]:
    """A field that left, and the only one that came to the same place and says the same: one change, not two."""
    result = list(changes)
    for left in [each for each in changes if each.what == "field removed"]:
        place = left.pointer.rpartition("/")[0]
        came = [
            each
            for each in result
            if each.what == "field added" and each.new == left.old and each.pointer.rpartition("/")[0] == place
        ]
        if len(came) == 1:
            result[result.index(came[0])] = Change(came[0].pointer, "field renamed", left, came[0])
            result.remove(left)
    return result


# --- What of the package a change is about


def _subjects(change: Change, side: Side) -> list[str]:
    if isinstance(change.old, Change) and isinstance(change.new, Change):
        return [*_subjects(change.old, side), *_subjects(change.new, side)]
    keys = change.keys
    if keys[0] == "servers":
        return ["Environment"]
    if keys[0] == "paths":
        methods = [name for route, name in side.methods.items() if list(route)[: len(keys) - 1] == keys[1:3]]
        return [
            subject for name in methods for subject in (f"client.{name}", f"{pascal_case(name.replace('.', '_'))}*")
        ]
    if keys[:2] != ["components", "schemas"] or keys[2] not in side.classes:
        return []
    name = side.classes[keys[2]]
    if keys[3:4] == ["required"]:
        fields = [change.old or change.new]
    elif keys[3:4] == ["properties"] and len(keys) > 4:
        fields = keys[4:5]
    else:
        return [name]
    return [
        f"{name}{tail}"
        for field in map(str, fields)
        for tail in (f".{field_name(field)}", f"({field_name(field)})", f"{pascal_case(field)}*")
    ]


def _is_about(change: ApiChange, subjects: Iterable[str]) -> bool:
    path = _CLIENT.sub("client.", change.path)
    whole = change.text in {"added", "removed"}
    return any(
        path.startswith((subject[:-1] if subject.endswith("*") else f"{subject}.", f"{subject}("))
        or path == subject
        or (whole and path.startswith("client.") and subject.startswith(f"{path}."))
        for subject in subjects
    )


def _is_nobodys_affair(change: ApiChange, old: Side, new: Side, sent: set[str], received: set[str]) -> bool:
    """Whether it is about making a model that the server alone makes, or about reading one that users alone make."""
    found = re.match(r"([A-Z]\w*)([.(])", change.path)
    if found is None or change.text in {"added", "removed"}:
        return False
    owners = {name for side in (old, new) for name, public in side.classes.items() if public == found[1]}
    return bool(owners) and not owners & (sent if found[2] == "(" else received)


def sentences(api: Iterable[ApiChange]) -> str:
    """What changed in the package, each thing once."""
    words = {"added": " is new", "removed": " is gone"}
    told = {(_CLIENT.sub("client.", change.path), change.text): None for change in api}
    # A field is told once, though a constructor takes it and an instance has it.
    once = [
        (path, text)
        for path, text in told
        if (re.sub(r"\((\w+)\)$", r".\1", path), text) not in told or path[-1] != ")"
    ]
    return "; ".join(f"`{path}`{words.get(text, f': {text}')}" for path, text in once)

"""What the changes of a document mean for users of the Python package.

Each change of the document meets what it did to the package's public API, and is judged by that: OpenAPI would call an
enum that grew in an answer breaking; our enums are open, so it is one more member. What the package's surface does not
show, a limit on what may be sent for example, is judged by the document.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

from openapi_python_client.strings import pascal_case
from packaging.version import Version

from scripts.generate.document import METHODS, operations
from scripts.generate.meaning import Json, reachable, references
from scripts.generate.naming import field_name, name_operations
from scripts.release.compatibility import Change as ApiChange
from scripts.release.compatibility import Level

from .changes import Change
from .merging import class_of
from .redocly import Opinion

_CLIENT: Final = re.compile(r"^(Async)?SequenceClient(\.with_raw_response)?\.")


class Verdict(IntEnum):
    """What a change asks of those who use the package."""

    NONE = 0
    DOCUMENTATION = 1
    ADDITIVE = 2
    BREAKING = 3

    def __str__(self) -> str:
        return self.name.lower()

    def after(self, version: Version) -> Version:
        """The version that follows with such a change."""
        levels = {Verdict.DOCUMENTATION: Level.PATCH, Verdict.ADDITIVE: Level.MINOR, Verdict.BREAKING: Level.MAJOR}
        return levels[self].after(version) if self in levels else version


_WORDS: Final = {"added": " is new", "removed": " is gone"}

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
    note: str = ""
    """What redocly says."""


class Side(NamedTuple):
    """A document, with what is needed to find its parts in the package."""

    document: Json
    methods: dict[tuple[str, str], str]
    """Where operations are found on a client, by path and method: `customers.list`."""
    classes: dict[str, str]
    """The public names of components."""
    sent: frozenset[str]
    """The components that requests are made of."""
    received: frozenset[str]
    """The components that answers are made of."""


def side(document: Json, overlaid: Json, overrides: Json) -> Side:
    """Read from a document what its package calls its parts."""
    named = copy.deepcopy(overlaid)
    name_operations(named)
    schemas = (document.get("components") or {}).get("schemas") or {}
    return Side(
        document=document,
        methods={(path, method): operation["operationId"] for path, method, operation in operations(named)},
        classes={name: class_of(name, overrides) for name in schemas},
        sent=_components(document, _requests(document)),
        received=_components(document, _answers(document)),
    )


def _requests(document: Json) -> Iterable[tuple[Any, str]]:
    for item in document["paths"].values():
        yield item.get("parameters") or [], "parameter[]"
    for _, _, operation in operations(document):
        yield operation.get("parameters") or [], "parameter[]"
        yield operation.get("requestBody") or {}, "body"


def _answers(document: Json) -> Iterable[tuple[Any, str]]:
    return ((operation["responses"], "response*") for _, _, operation in operations(document))


def _components(document: Json, holders: Iterable[tuple[Any, str]]) -> frozenset[str]:
    found = [pointer for node, kind in holders for pointer in reachable(document, node, kind)]
    return frozenset(pointer.rpartition("/")[2] for pointer in found if pointer.startswith("#/components/schemas/"))


def judge(
    changes: Sequence[Change], opinions: Sequence[Opinion], api: Sequence[ApiChange], old: Side, new: Side
) -> list[Finding]:
    """Every change of the document, judged, and what only the package shows; each once, the worst first."""
    api = concerning(api, old, new)
    attributed: set[ApiChange] = set()
    findings = []
    for change in _with_renames(changes, opinions):
        subjects = _subjects(change, old, new)
        mine = [each for each in api if _is_about(each, subjects)]
        first = [each for each in mine if each not in attributed]
        attributed.update(mine)
        finding = _finding(change, mine, _opinions_on(change, opinions), old, new)
        findings.append(finding._replace(meaning=_told(change, first, old, new)) if mine else finding)
    rest = [each for each in api if each not in attributed]
    findings += [
        Finding(VERDICTS[level], "", "seen in the package alone", _sentences(group))
        for level in (Level.MAJOR, Level.MINOR)
        if (group := [each for each in rest if each.level is level])
    ]
    return sorted(findings, key=lambda finding: -finding.verdict)


def concerning(api: Sequence[ApiChange], old: Side, new: Side) -> list[ApiChange]:
    """The changes of the package that users can meet: a model that the server alone sends, nobody else makes."""
    return [change for change in api if not _is_nobodys_affair(change, old, new)]


# --- One change


def _finding(change: Change, api: list[ApiChange], opinions: list[Opinion], old: Side, new: Side) -> Finding:
    note = "; ".join(dict.fromkeys(f"{each.impact}{': ' * bool(each.message)}{each.message}" for each in opinions))
    if api:
        verdict = max(VERDICTS[each.level] for each in api)
        return Finding(verdict, change.pointer, change.what, "", note)
    verdict, meaning = _by_the_document(change, opinions, old, new)
    return Finding(verdict, change.pointer, change.what, meaning, note)


def _told(change: Change, api: list[ApiChange], old: Side, new: Side) -> str:
    """What a change did to the package; what an earlier one has told already is not told again."""
    keys, operation = change.keys, change.what.startswith("operation ")
    if not operation:
        more = "; enums are open, so releases before took it, too" if change.what == "values added" else ""
        return (_sentences(api) or "the same as above") + more
    method = (new if change.what == "operation added" else old).methods[keys[1], keys[2]]
    rest = [each for each in api if not _CLIENT.match(each.path)]
    own = f"`client.{method}`{_WORDS[change.what.removeprefix('operation ')]}"
    return "; ".join([own, *([_sentences(rest)] if rest else [])])


def _by_the_document(change: Change, opinions: list[Opinion], old: Side, new: Side) -> tuple[Verdict, str]:
    """What a change means that the package's surface does not show."""
    keys = change.keys
    if change.is_words:
        return Verdict.DOCUMENTATION, "docstrings and examples say it; nothing to do"
    if keys[0] == "servers":
        return Verdict.ADDITIVE, "an Environment calls another URL"
    if "parameters" in keys and _is_api_version(change, old, new):
        return Verdict.ADDITIVE, "`API_VERSION`, which the clients send, follows the document"
    if _is_sent(change, old, new):
        if any(each.impact == "major" for each in opinions):
            return Verdict.BREAKING, "what was a good request may be refused now"
        if any(each.impact == "minor" for each in opinions):
            return Verdict.ADDITIVE, "requests may say more than before"
    if change.what == "answer added":
        return Verdict.ADDITIVE, f"an answer {keys[-1]} is documented; it is raised as before"
    return Verdict.DOCUMENTATION, "no name, type or behaviour of the package changes"


def _is_api_version(change: Change, old: Side, new: Side) -> bool:
    for each in (new, old):
        node: Any = each.document
        for key in change.keys:
            if isinstance(node, dict) and str(node.get("name")).lower() == "sequence-version":
                return True
            try:
                node = node[int(key)] if isinstance(node, list) else node[key]
            except (KeyError, IndexError, ValueError, TypeError):
                break
    return False


def _is_sent(change: Change, old: Side, new: Side) -> bool:
    keys = change.keys
    if keys[0] == "paths":
        return "parameters" in keys or "requestBody" in keys
    return keys[:2] == ["components", "schemas"] and keys[2] in (old.sent | new.sent)


def _opinions_on(change: Change, opinions: Iterable[Opinion]) -> list[Opinion]:
    near = {change.pointer, f"{change.pointer}/$ref"}
    return [each for each in opinions if {each.old, each.new} & near]


def _with_renames(changes: Sequence[Change], opinions: Iterable[Opinion]) -> list[Change]:
    """Redocly sees that a field left and the same came under another name: one change, not two."""
    result = list(changes)
    for opinion in opinions:
        if opinion.aspect != "key" or not opinion.old or not opinion.new:
            continue
        left = [each for each in result if each.pointer == opinion.old and each.what.endswith("removed")]
        came = [each for each in result if each.pointer == opinion.new and each.what.endswith("added")]
        if left and came:
            renamed = Change(opinion.new, f"{left[0].what.removesuffix('removed')}renamed", left[0], came[0])
            result[result.index(came[0])] = renamed
            result.remove(left[0])
    return result


# --- What of the package a change is about


def _subjects(change: Change, old: Side, new: Side) -> set[str]:
    if isinstance(change.old, Change) and isinstance(change.new, Change):
        return _subjects(change.old, old, new) | _subjects(change.new, old, new)
    keys = change.keys
    if keys[0] == "servers":
        return {"Environment"}
    before, after = (set(each.classes.values()) for each in (old, new))
    subjects: set[str] = set()
    for each, value, others in ((old, change.old, after), (new, change.new, before)):
        subjects |= _of_schema(keys, change, each) if keys[0] == "components" else _of_operation(keys, each)
        leads = [pointer.rpartition("/")[2] for pointer in _leads(each.document, value)]
        subjects |= {
            each.classes[name] for name in leads if each.classes.get(name, next(iter(others), "")) not in others
        }
    return subjects


def _leads(document: Json, value: Any) -> list[str]:
    for kind in ("schema", "operation", "item", "parameter", "response"):
        if isinstance(value, dict) and (found := list(references(value, kind))):
            return list(dict.fromkeys([*found, *reachable(document, value, kind)]))
    return []


def _of_schema(keys: list[str], change: Change, each: Side) -> set[str]:
    if keys[1] != "schemas" or keys[2] not in each.classes:
        return set()
    name = each.classes[keys[2]]
    if keys[3:4] == ["required"]:
        fields = [change.old or change.new]
    elif keys[3:4] == ["properties"] and len(keys) > 4:
        fields = keys[4:5]
    else:
        return {name}
    own = {f"{name}{bracket}" for field in fields for bracket in (f".{field_name(field)}", f"({field_name(field)})")}
    return own | {f"{name}{pascal_case(field)}*" for field in fields}


def _of_operation(keys: list[str], each: Side) -> set[str]:
    path = keys[1]
    methods = keys[2:3] if keys[2:3] and keys[2] in METHODS else [method for at, method in each.methods if at == path]
    names = [each.methods[path, method] for method in methods if (path, method) in each.methods]
    return {f"client.{name}" for name in names} | {f"{pascal_case(name.replace('.', '_'))}*" for name in names}


def _is_about(change: ApiChange, subjects: Collection[str]) -> bool:
    path = _CLIENT.sub("client.", change.path)
    whole = change.text in {"added", "removed"}
    return any(
        path.startswith((subject[:-1] if subject.endswith("*") else f"{subject}.", f"{subject}("))
        or path == subject
        or (whole and path.startswith("client.") and subject.startswith(f"{path}."))
        for subject in subjects
    )


def _is_nobodys_affair(change: ApiChange, old: Side, new: Side) -> bool:
    """Whether it is about making a model that the server alone makes, or about reading one that users alone make."""
    found = re.match(r"([A-Z]\w*)([.(])", change.path)
    if found is None or change.text in {"added", "removed"}:
        return False
    known = {name: component for each in (old, new) for component, name in each.classes.items()}
    owner = found[1]
    while owner and owner not in known:  # a class within another has that one's name before its own
        owner = re.sub(r"[A-Z]?[a-z0-9_]*$", "", owner, count=1) if not owner[-1].isupper() else owner[:-1]
    if not owner:
        return False
    component = known[owner]
    uses = old.sent | new.sent if found[2] == "(" else old.received | new.received
    return component not in uses


def _sentences(api: Iterable[ApiChange]) -> str:
    told = {(_CLIENT.sub("client.", change.path), change.text): None for change in api}
    # A field is told once, though a constructor takes it and an instance has it.
    once = [
        (path, text)
        for path, text in told
        if (re.sub(r"\((\w+)\)$", r".\1", path), text) not in told or path[-1] != ")"
    ]
    return "; ".join(f"`{path}`{_WORDS.get(text, f': {text}')}" for path, text in once)

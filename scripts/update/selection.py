"""Which operations of a source are ours: openapi/operations.yaml says so, by path and by tag."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from scripts.generate.document import DocumentError, read_yaml
from scripts.generate.grammar import METHODS
from scripts.generate.meaning import Json, reachable, routes

_WILD: Final = {"/**": "(/.*)?", "**": ".*", "*": "[^/]*"}
"""`*` stands for one segment, or a part of one; `**` at the end for all below, and for nothing."""


class Selection(NamedTuple):
    """Patterns of paths, and tags: an operation is ours when one of either fits, and none of `except` does."""

    paths: tuple[str, ...]
    tags: tuple[str, ...]
    exceptions: tuple[str, ...]

    def holds(self, path: str, operation: Json) -> bool:
        """Whether an operation is ours."""
        tagged = not set(self.tags).isdisjoint(operation.get("tags") or [])
        return (tagged or _fits(self.paths, path)) and not _fits(self.exceptions, path)


def read_selection(path: Path) -> Selection:
    """Read the filter; unknown keys are an error, because nobody would notice them."""
    content = read_yaml(path)
    if not isinstance(content, dict) or set(content) - {"paths", "tags", "except"} or not content:
        raise DocumentError(f"{path.name}: has lists named paths, tags and except, and nothing else")
    lists = [content.get(key) or [] for key in ("paths", "tags", "except")]
    if not all(isinstance(each, list) and all(isinstance(value, str) for value in each) for each in lists):
        raise DocumentError(f"{path.name}: paths, tags and except are lists of strings")
    return Selection(*map(tuple, lists))


def select(document: Json, selection: Selection) -> Json:
    """The document with our operations, and the components that those need."""
    result = copy.deepcopy(document)
    for (path, method), operation in routes(result).items():
        if not selection.holds(path, operation):
            del result["paths"][path][method]
    result["paths"] = {path: item for path, item in result["paths"].items() if set(item) & set(METHODS)}
    return prune(result)


def prune(document: Json) -> Json:
    """Remove the components that no operation needs, in place."""
    needed = set(reachable(document, document["paths"], "item*"))
    components = {
        section: {name: each for name, each in members.items() if f"#/components/{section}/{name}" in needed}
        if section != "securitySchemes" and isinstance(members, dict)
        else members
        for section, members in (document.pop("components", None) or {}).items()
    }
    if components := {section: members for section, members in components.items() if members}:
        document["components"] = components
    return document


def _fits(patterns: Iterable[str], path: str) -> bool:
    return any(
        re.fullmatch("".join(_WILD.get(part, re.escape(part)) for part in re.split(r"(/\*\*$|\*\*|\*)", each)), path)
        for each in patterns
    )

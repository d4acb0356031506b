"""Which operations of a source are ours: openapi/operations.yaml says so, by path and by tag."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import NamedTuple

from scripts.generate.document import METHODS, DocumentError, read_yaml
from scripts.generate.meaning import Json, reachable, routes


class Selection(NamedTuple):
    """Patterns of paths, and tags: an operation is ours when one of either fits, and none of `except` does."""

    paths: tuple[str, ...]
    tags: tuple[str, ...]
    exceptions: tuple[str, ...]

    def holds(self, path: str, operation: Json) -> bool:
        """Whether an operation is ours."""
        if any(_fits(pattern, path) for pattern in self.exceptions):
            return False
        return any(_fits(pattern, path) for pattern in self.paths) or bool(
            set(self.tags) & set(operation.get("tags") or [])
        )


def read_selection(path: Path) -> Selection:
    """Read the filter; unknown keys are an error, because nobody would notice them."""
    content = read_yaml(path)
    if not isinstance(content, dict) or set(content) - {"paths", "tags", "except"} or not content:
        raise DocumentError(f"{path.name}: has lists named paths, tags and except, and nothing else")
    lists = {key: content.get(key) or [] for key in ("paths", "tags", "except")}
    for key, values in lists.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise DocumentError(f"{path.name}: {key} is a list of strings")
    return Selection(tuple(lists["paths"]), tuple(lists["tags"]), tuple(lists["except"]))


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
    components: Json = document.get("components") or {}
    needed = set(reachable(document, document["paths"], "item*"))
    for section, members in list(components.items()):
        if section == "securitySchemes" or not isinstance(members, dict):
            continue
        for name in [name for name in members if f"#/components/{section}/{name}" not in needed]:
            del members[name]
        if not members:
            del components[section]
    if "components" in document and not components:
        del document["components"]
    return document


def _fits(pattern: str, path: str) -> bool:
    """`*` stands for one segment, or a part of one; `**` at the end for all below, and for nothing."""
    expression = ""
    for part in re.split(r"(/\*\*$|\*\*|\*)", pattern):
        expression += {"/**": "(/.*)?", "**": ".*", "*": "[^/]*"}.get(part, re.escape(part))
    return re.fullmatch(expression, path) is not None

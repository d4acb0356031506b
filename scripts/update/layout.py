"""Documents as text, in the vendor's own layout: what did not change in a document does not change in its file.

The vendor's pages are written by js-yaml with its defaults, and so is this: two spaces, lists indented, lines folded at
80 characters, quotes only where they are needed.
"""

import io
import re
from collections.abc import Iterator
from typing import Any, Final

from ruamel.yaml import YAML, scalarstring
from ruamel.yaml.resolver import implicit_resolvers

_AMBIGUOUS: Final = re.compile("|".join(["[yYnN]|[0-9_]+", *(it[2].pattern for it in implicit_resolvers)]), re.VERBOSE)
_DELICATE: Final = re.compile(r"\A[ \n]|[ ]\n|\n[ ]|[ ]\Z")
"""Texts whose spaces a block would not surely keep."""


def write(document: dict[str, Any]) -> str:
    """A document as YAML."""
    yaml, text = YAML(), io.StringIO()
    yaml.width = 1_000_000  # lines are folded here
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), lambda it, _: it.represent_scalar("tag:yaml.org,2002:null", "null"))
    yaml.dump(_styled(document, 0), text)
    return text.getvalue()


def _styled(node: Any, indent: int) -> Any:
    if isinstance(node, dict):
        return {_scalar(key, 0): _styled(value, indent + 2) for key, value in node.items()}
    if isinstance(node, list):
        return [_styled(each, indent + 2) for each in node]
    return _scalar(node, max(40, 80 - indent)) if isinstance(node, str) else node


def _scalar(value: str, width: int) -> Any:
    lines = value.split("\n")
    if width and all(line.isprintable() for line in lines) and not _DELICATE.search(value):
        if any(len(line) > width for line in lines):
            folded = scalarstring.FoldedScalarString(value)
            folded.fold_pos = [*_folds(value, width)]
            return folded
        if len(lines) > 1:
            return scalarstring.LiteralScalarString(value)
    if _AMBIGUOUS.fullmatch(value):
        return scalarstring.SingleQuotedScalarString(value)
    return value if value.isprintable() else scalarstring.DoubleQuotedScalarString(value)


def _folds(text: str, width: int) -> Iterator[int]:
    """The spaces at which the lines of a text are broken."""
    start = last = 0
    for found in re.finditer(r"(?<=[^ \n]) (?=[^ \n])|\n|\Z", text):
        if found.start() - start > width and last > start:
            yield last
            start = last + 1
        last = found.start()
        start = found.end() if found[0] == "\n" else start

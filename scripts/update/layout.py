"""Documents as text, in the vendor's own layout: what did not change in a document does not change in its file.

The vendor's pages are written by js-yaml with its defaults, and so is this: two spaces, lists indented, lines folded at
80 characters, quotes only where they are needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from ruamel.yaml.resolver import implicit_resolvers

_AMBIGUOUS: Final[list[Any]] = [re.compile("[yYnN]|[0-9_]+"), *(pattern for _, _, pattern, _ in implicit_resolvers)]
_PLAIN: Final = re.compile(r"""(?!.*(\s#|:(\s|$)))[^\s\-?:,\[\]{}#&*!|=>'"%@`](.*\S)?""")
_DELICATE: Final = re.compile(r"\A[ \n]|[ ]\n|\n[ ]|[ ]\Z")
"""Texts whose spaces a block would not surely keep."""


def write(document: dict[str, Any]) -> str:
    """A document as YAML."""
    return "\n".join(_lines(document, "")) + "\n"


def _lines(node: Any, indent: str) -> Iterator[str]:
    entries = [(f"{_scalar(key)}:", value) for key, value in node.items()] if isinstance(node, dict) else None
    for head, value in entries or [("-", each) for each in node]:
        if not (value and isinstance(value, dict | list)):
            yield f"{indent}{head} {_scalar(value, f'{indent}  ')}"
        elif head == "-":
            first, *others = _lines(value, f"{indent}  ")
            yield from (f"{indent}- {first.lstrip(' ')}", *others)
        else:
            yield f"{indent}{head}"
            yield from _lines(value, f"{indent}  ")


def _scalar(value: Any, indent: str | None = None) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    printable, lines = value.replace("\n", "").isprintable(), value.split("\n")
    width = max(40, 80 - len(indent or ""))
    if indent and printable and (len(lines) > 1 or len(value) > width) and not _DELICATE.search(value):
        return _block(value, width, indent)
    if len(lines) > 1 or not printable:
        return json.dumps(value)
    return value if _is_plain(value) else "'" + value.replace("'", "''") + "'"


@lru_cache(maxsize=4096)  # the same keys are in every schema
def _is_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and not any(pattern.fullmatch(value) for pattern in _AMBIGUOUS)


def _block(value: str, width: int, indent: str) -> str:
    text = value.rstrip("\n")
    ends = len(value) - len(text)
    style = ">" if any(len(line) > width for line in text.split("\n")) else "|"
    if style == ">":
        text = "\n".join(_folded(line, width) for line in re.sub(r"\n+", r"\g<0>\n", text).split("\n"))
    lines = (text + "\n" * max(0, ends - 1)).split("\n")
    return "\n".join([style + ("-", "", "+")[min(ends, 2)], *(f"{indent}{line}" if line else "" for line in lines)])


def _folded(line: str, width: int) -> str:
    first, *words = re.split(r"(?<=[^ ]) (?=[^ ])", line)
    lines = [first]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return "\n".join(lines)

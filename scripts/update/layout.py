"""Documents as text, in the vendor's own layout: what did not change in a document does not change in its file.

The vendor's pages are written by js-yaml with its defaults, and so is this: two spaces, lists indented, lines folded at
80 characters, quotes only where they are needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_WIDTH: Final = 80
_AMBIGUOUS: Final = re.compile(
    r"(~|null|Null|NULL|true|True|TRUE|false|False|FALSE|<<|=)?"
    r"|[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF"
    r"|[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7_]+|[0-9][0-9_]*)"
    r"|[-+]?([0-9][0-9_]*)(\.[0-9_]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9_]+([eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9_]+(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9:]+))?"
)
_FIRST: Final = re.compile(r"""[^\s\-?:,\[\]{}#&*!|=>'"%@`\ufeff]""")
_UNSAFE: Final = re.compile(r"\s#|:(\s|$)")
_DELICATE: Final = re.compile(r"\A[ \n]|[ ]\n|\n[ ]|\t")
"""Texts of several lines whose spaces a block would not surely keep."""

_UNPRINTABLE: Final = re.compile(
    r"[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\x85\u2028\u2029]"
)


def write(document: dict[str, Any]) -> str:
    """A document as YAML."""
    return "\n".join(_mapping(document, 0)) + "\n"


def _mapping(mapping: dict[str, Any], level: int) -> Iterator[str]:
    for key, value in mapping.items():
        yield from _entry(f"{_key(key)}:", value, level)


def _sequence(values: list[Any], level: int) -> Iterator[str]:
    for value in values:
        if value and isinstance(value, dict | list):
            inner = _mapping(value, level + 1) if isinstance(value, dict) else _sequence(value, level + 1)
            first, *others = inner
            yield f"{'  ' * level}- {first.lstrip(' ')}"
            yield from others
        else:
            yield from _entry("-", value, level)


def _entry(head: str, value: Any, level: int) -> Iterator[str]:
    indented = "  " * level + head
    if value and isinstance(value, dict):
        yield indented
        yield from _mapping(value, level + 1)
    elif value and isinstance(value, list):
        yield indented
        yield from _sequence(value, level + 1)
    else:
        first, *others = _scalar(value, 2 * (level + 1)).split("\n")
        yield f"{indented} {first}"
        yield from others


def _key(key: str) -> str:
    return key if _is_plain(key) else _quoted(key)


def _scalar(value: Any, indent: int) -> str:
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    width = max(min(_WIDTH, 40), _WIDTH - indent)
    foldable = any(len(line) > width and not line.startswith(" ") for line in value.split("\n"))
    if "\n" in value and (_UNPRINTABLE.search(value) or _DELICATE.search(value)):
        return _quoted(value)
    if "\n" not in value and (not foldable or not value.strip(" ") or value[0] == " " or _UNPRINTABLE.search(value)):
        return value if _is_plain(value) else _quoted(value)
    style, body = (">", _folded(value, width)) if foldable else ("|", value)
    lines = [" " * indent + line if line else "" for line in body.removesuffix("\n").split("\n")]
    return "\n".join([style + _header(value), *lines])


def _is_plain(text: str) -> bool:
    return bool(
        _FIRST.match(text)
        and not text[-1].isspace()
        and "\n" not in text
        and not _UNSAFE.search(text)
        and not _UNPRINTABLE.search(text)
        and not _AMBIGUOUS.fullmatch(text)
    )


def _quoted(text: str) -> str:
    if "\n" in text or _UNPRINTABLE.search(text):
        return re.sub(
            r"[\x7f-\x9f\u2028\u2029\ufeff]",
            lambda found: f"\\u{ord(found[0]):04x}",
            json.dumps(text, ensure_ascii=False),
        )
    return "'" + text.replace("'", "''") + "'"


def _header(text: str) -> str:
    if not text.endswith("\n"):
        return "-"
    return "+" if text.endswith("\n\n") else ""


def _folded(text: str, width: int) -> str:
    first, *_ = text.split("\n", maxsplit=1)
    result = _fold_line(first, width)
    before = text[:1] in {"\n", " "}
    for match in re.finditer(r"(\n+)([^\n]*)", text[len(first) :]):
        breaks, line = match.groups()
        indented = line.startswith(" ")
        result += breaks + ("\n" if not before and not indented and line else "") + _fold_line(line, width)
        before = indented
    return result


def _fold_line(line: str, width: int) -> str:
    if not line or line.startswith(" "):
        return line
    pieces, start, current = [], 0, 0
    for match in re.finditer(r" [^ ]", line):
        following = match.start()
        if following - start > width:
            end = current if current > start else following
            pieces.append(line[start:end])
            start = end + 1
        current = following
    if len(line) - start > width and current > start:
        pieces.append(line[start:current])
        start = current + 1
    return "\n".join([*pieces, line[start:]])

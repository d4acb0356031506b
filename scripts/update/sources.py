"""Sources: what the vendor publishes, as files: whole documents, or pages that each show one operation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from scripts.generate.document import DocumentError, checked, parse
from scripts.generate.meaning import Json, check_references

_FENCE: Final = re.compile(rb"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>ya?ml\b.*|json\b.*)$", re.MULTILINE | re.IGNORECASE)


class Source(NamedTuple):
    """One source, read."""

    name: str
    """Its file name."""

    content: bytes
    """The document's own text."""

    document: Json
    origin: dict[str, Any]
    """Where it comes from, for openapi/provenance.yaml."""

    is_page: bool
    """A page speaks of its own operations only; a document of the whole API."""


def read_source(path: Path) -> Source:
    """Read a source, or raise DocumentError with one line that names it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path.name}: cannot be read: {error.strerror}") from error
    if path.suffix.lower() not in {".md", ".mdx", ".markdown", ".html", ".txt"}:
        return Source(path.name, content, _parse(content, path.name), {"file": path.name}, is_page=False)
    info, block = _block(content, path.name)
    origin = {"page": _title(content) or path.name, **_site(content), "block": info}
    return Source(path.name, block, _parse(block, path.name), origin, is_page=True)


def _block(content: bytes, name: str) -> tuple[str, bytes]:
    """The one fenced block that holds an OpenAPI document, byte for byte."""
    found = []
    position = 0
    while opening := _FENCE.search(content, position):
        start = opening.end() + 1
        closing = re.compile(rb"^" + opening["fence"] + rb"[ \t]*\r?$", re.MULTILINE).search(content, start)
        if closing is None:
            raise DocumentError(f"{name}: a fenced block has no end")
        block = content[start : closing.start()]
        if re.search(rb"""^[\s{]*["']?openapi["']?\s*:""", block, re.MULTILINE):
            info = opening["info"].decode("utf-8", "replace").strip()
            found.append((info.partition(" ")[2].strip() or info, block))
        position = closing.end()
    if len(found) != 1:
        raise DocumentError(f"{name}: a page has one fenced OpenAPI block, and this has {len(found) or 'none'}")
    return found[0]


def _parse(content: bytes, name: str) -> Json:
    document = checked(parse(content, name), name)
    check_references(document, name)
    return document


def _title(content: bytes) -> str:
    heading = re.search(rb"^# +(.+)$", content, re.MULTILINE)
    return heading[1].decode("utf-8", "replace").strip() if heading else ""


def _site(content: bytes) -> dict[str, str]:
    address = re.search(rb"https?://([A-Za-z0-9.-]+)/llms\.txt", content)
    return {"site": address[1].decode()} if address else {}

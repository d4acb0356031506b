"""Sources: what the vendor publishes, as files: whole documents, or pages that each show one operation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from scripts.generate.document import DocumentError, checked, parse
from scripts.generate.meaning import Json, check_references

_OPENING: Final = rb"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>(?:ya?ml|json)\b[^\n]*)\n"
_FENCED: Final = re.compile(
    _OPENING + rb"(?:(?P<block>.*?)^(?P=fence)[ \t]*\r?$|\Z|(?=.))", re.MULTILINE | re.IGNORECASE | re.DOTALL
)


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
    is_page = path.suffix.lower() in {".md", ".mdx", ".markdown", ".html", ".txt"}
    info, block = _block(content, path.name) if is_page else ("", content)
    document = checked(parse(block, path.name), path.name)
    check_references(document, path.name)
    title = re.search(rb"^# +(.+)$", content, re.MULTILINE) if is_page else None
    site = re.search(rb"https?://([A-Za-z0-9.-]+)/llms\.txt", content)
    origin = {
        "page": title[1].decode("utf-8", "replace").strip() if title else path.name,
        **({"site": site[1].decode()} if site else {}),
        "block": info,
    }
    return Source(path.name, block, document, origin if is_page else {"file": path.name}, is_page)


def _block(content: bytes, name: str) -> tuple[str, bytes]:
    """The one fenced block that holds an OpenAPI document, byte for byte."""
    found = []
    for fenced in _FENCED.finditer(content):
        if fenced["block"] is None:
            raise DocumentError(f"{name}: a fenced block has no end; add it")
        if re.search(rb"""^[\s{]*["']?openapi["']?\s*:""", fenced["block"], re.MULTILINE):
            info = fenced["info"].decode("utf-8", "replace").strip()
            found.append((info.partition(" ")[2].strip() or info, fenced["block"]))
    if len(found) != 1:
        raise DocumentError(f"{name}: a page has one fenced OpenAPI block, and this has {len(found) or 'none'}")
    return found[0]

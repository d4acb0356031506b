"""Sources: what the vendor publishes, as files: whole documents, or pages that each show one operation."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError, YAMLStreamError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

from scripts.generate.document import DocumentError, read_document

from .meaning import Json, check_references

_FENCE: Final = re.compile(rb"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>ya?ml\b.*|json\b.*)$", re.MULTILINE | re.IGNORECASE)


_ALIAS: Final = re.compile(rb"[\s\[,:-]\*[^\s*]")
_MOST_NODES: Final = 5_000_000


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
        if re.search(rb"""^\s*["']?openapi["']?\s*:""", block, re.MULTILINE):
            info = opening["info"].decode("utf-8", "replace").strip()
            found.append((info.partition(" ")[2].strip() or info, block))
        position = closing.end()
    if len(found) != 1:
        raise DocumentError(f"{name}: a page has one fenced OpenAPI block, and this has {len(found) or 'none'}")
    return found[0]


def _parse(content: bytes, name: str) -> Json:
    _refuse_bomb(content, name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            document = read_document(path)
        except DocumentError as error:
            raise DocumentError(str(error).replace(str(path), name)) from error
    check_references(document, name)
    return document


def _refuse_bomb(content: bytes, name: str) -> None:
    """Refuse YAML whose aliases, each of others, would unfold to more than any document has."""
    if not _ALIAS.search(content):
        return
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = [(None, 0)]
    try:
        for event in YAML(typ="safe", pure=True).parse(content):
            if isinstance(event, CollectionStartEvent):
                open_nodes.append((event.anchor, 1))
                continue
            if isinstance(event, CollectionEndEvent):
                anchor, size = open_nodes.pop()
            elif isinstance(event, AliasEvent):
                anchor, size = None, sizes.get(str(event.anchor), 1)
            elif isinstance(event, NodeEvent):
                anchor, size = event.anchor, 1
            else:
                continue
            if anchor is not None:
                sizes[str(anchor)] = size
            outer, total = open_nodes[-1]
            open_nodes[-1] = (outer, total + size)
            if total + size > _MOST_NODES:
                raise DocumentError(f"{name}: its aliases unfold to more than {_MOST_NODES} values")
    except (YAMLError, YAMLStreamError, ValueError, IndexError):
        return  # whoever reads it next says what is wrong


def _title(content: bytes) -> str:
    heading = re.search(rb"^# +(.+)$", content, re.MULTILINE)
    return heading[1].decode("utf-8", "replace").strip() if heading else ""


def _site(content: bytes) -> dict[str, str]:
    address = re.search(rb"https?://([A-Za-z0-9.-]+)/llms\.txt", content)
    return {"site": address[1].decode()} if address else {}

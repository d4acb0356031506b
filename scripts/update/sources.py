"""Sources: what the vendor publishes, as files, whole documents or pages of one operation; and what of them is ours."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from scripts.generate.document import DocumentError, checked, operations, parse, read_yaml
from scripts.generate.grammar import METHODS
from scripts.generate.meaning import Json, check_references, reachable

_OPENING: Final = rb"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>(?:ya?ml|json)\b[^\n]*)\n"
_FENCED: Final = re.compile(
    _OPENING + rb"(?:(?P<block>.*?)^(?P=fence)[ \t]*\r?$|\Z|(?=.))", re.MULTILINE | re.IGNORECASE | re.DOTALL
)
_WILD: Final = {"/**": "(/.*)?", "**": ".*", "*": "[^/]*"}
"""`*` stands for one segment, or a part of one; `**` at the end for all below, and for nothing."""


_LISTS: Final = TypeAdapter(dict[Literal["paths", "tags", "except"], list[str] | None])


class Source(NamedTuple):
    """One source, read."""

    name: str
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
    origin = {"file": path.name}
    if is_page:
        title = re.search(rb"^# +(.+)$", content, re.MULTILINE)
        site = re.search(rb"https?://([A-Za-z0-9.-]+)/llms\.txt", content)
        origin = {"page": title[1].decode("utf-8", "replace").strip() if title else path.name}
        origin |= {"site": site[1].decode()} if site else {}
        origin["block"] = info
    return Source(path.name, block, document, origin, is_page)


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


class Selection(NamedTuple):
    """Patterns of paths, and tags: an operation is ours when one of either fits, and none of `except` does."""

    paths: tuple[str, ...]
    tags: tuple[str, ...]
    exceptions: tuple[str, ...]

    def holds(self, path: str, operation: Json) -> bool:
        """Whether an operation is ours."""
        tagged = not set(self.tags).isdisjoint(operation.get("tags") or [])
        return (tagged or _fits(self.paths, path)) and not _fits(self.exceptions, path)


def _fits(patterns: Iterable[str], path: str) -> bool:
    parts = (re.split(r"(/\*\*$|\*\*|\*)", each) for each in patterns)
    return any(re.fullmatch("".join(_WILD.get(part, re.escape(part)) for part in each), path) for each in parts)


def read_selection(path: Path) -> Selection:
    """Read the filter; unknown keys are an error, because nobody would notice them."""
    try:
        lists = _LISTS.validate_python(read_yaml(path))
    except ValidationError as error:
        raise DocumentError(f"{path.name}: has lists of strings: paths, tags and except, and nothing else") from error
    return Selection(*(tuple(lists.get(key) or ()) for key in ("paths", "tags", "except")))


def select(document: Json, selection: Selection) -> Json:
    """A copy of the document with our operations, and the components that those need."""
    result: Json = json.loads(json.dumps(document))
    for path, method, operation in list(operations(result)):
        if not selection.holds(path, operation):
            del result["paths"][path][method]
    return prune(result | {"paths": {path: item for path, item in result["paths"].items() if set(item) & set(METHODS)}})


def prune(document: Json) -> Json:
    """The document without the components that no operation needs."""
    needed = set(reachable(document, document["paths"], "item*"))
    components: Json = {}
    for section, members in (document.get("components") or {}).items():
        for name, each in members.items() if isinstance(members, dict) else ():
            if section == "securitySchemes" or f"#/components/{section}/{name}" in needed:
                components.setdefault(section, {})[name] = each
    rest = {key: each for key, each in document.items() if key != "components"}
    return rest | {"components": components} if components else rest

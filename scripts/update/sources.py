"""Sources: what the vendor publishes, as files, whole documents or pages of one operation, becomes one document.

What is ours of them is taken: operations united, equal components shared, contradictions refused, servers followed.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from scripts.generate.document import DocumentError, checked, operations, parse, read_yaml
from scripts.generate.generation import environment_of, is_environment
from scripts.generate.grammar import METHODS
from scripts.generate.meaning import Json, Meaning, check_references, reachable, routes

from .changes import Alignment, changes, overlaid
from .layout import write

_OURS: Final = "openapi/environments.yaml"
_OPENING: Final = rb"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>(?:ya?ml|json)\b[^\n]*)\n"
_FENCED: Final = re.compile(
    _OPENING + rb"(?:(?P<block>.*?)^(?P=fence)[ \t]*\r?$|\Z|(?=.))", re.MULTILINE | re.IGNORECASE | re.DOTALL
)
_WILD: Final = {"/**": "(/.*)?", "**": ".*", "*": "[^/]*"}
"""`*` stands for one segment, or a part of one; `**` at the end for all below, and for nothing."""


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
        lists = TypeAdapter(dict[Literal["paths", "tags", "except"], list[str] | None]).validate_python(read_yaml(path))
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


class Merged(NamedTuple):
    """The document that the sources amount to, and what is to be told besides its changes."""

    document: Json
    servers: tuple[str, ...]
    noise: tuple[str, ...]
    """What differs and means nothing, or is not ours."""


def merge(vendored: Json, sources: Sequence[Source], selection: Selection, overlay: Any) -> Merged:
    """Merge sources over the vendored document, or raise DocumentError."""
    result: Json = {**vendored, "paths": {}, "components": {}}
    said: list[str] = []
    noise = []
    for source in sources:
        document, name = select(source.document, selection), source.name
        if not (ours := routes(document)):
            raise DocumentError(f"{name}: none of its operations is ours: openapi/operations.yaml says which are")
        if others := len(routes(source.document)) - len(ours):
            noise.append(f"`{name}`: {others} operations are not ours")
        alignment = Alignment(_over(vendored, result), document)
        names = {old.rpartition("/")[2]: new.rpartition("/")[2] for old, new in alignment.placed.items()}
        noise += [f"`{name}`: component {old} for {new}" for old, new in names.items() if old != new]
        told = changes(result, alignment.document, overlay) if said else []
        for change in [each for each in told if not each.what.startswith("operation ")]:
            raise DocumentError(
                f"{', '.join(said)} and {name} contradict each other at {change.pointer}: "
                f"{_short(change.old)} against {_short(change.new)}; leave one of them out"
            )
        result = _over(result, alignment.document)
        said.append(name)
    if all(source.is_page for source in sources):  # the operations of which none spoke stay as they are
        result = _over(vendored, result)
    if _digest(vendored, overlay) == _digest(result, overlay):
        result = {**vendored}
    servers, notes = follow(vendored.get("servers") or [], sources)
    result |= {"servers": servers} if servers else {}
    check_references(result, "the merged document")
    return Merged(result, tuple(notes), tuple(noise))


def written(document: Json, former: bytes, sources: Sequence[Source]) -> bytes:
    """The file of what was merged: a source's own bytes, where it alone says exactly this; else the vendor's layout."""
    as_it_is = len(sources) == 1 and json.dumps(sources[0].document) == json.dumps(document)
    if as_it_is and sources[0].content.lstrip()[:1] not in {b"{", b"["}:
        return sources[0].content
    return (write(document) + "\n" * former.endswith(b"\n\n")).encode()


def _digest(document: Json, overlay: Any) -> str:
    """What the operations of a document mean, with what the overlay settles."""
    settled = overlaid(document, overlay)
    return Meaning(settled).digest(settled["paths"], "item*")


def _over(base: Json, top: Json) -> Json:
    """The first document with the paths and components of the second over its own, in its order."""
    result = {**base}
    for part in ("paths", "components"):
        mine, others = base.get(part) or {}, top.get(part) or {}
        result[part] = {key: {**(mine.get(key) or {}), **(others.get(key) or {})} for key in {**mine, **others}}
    return prune(result)


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def follow(vendored: list[Json], sources: Sequence[Source]) -> tuple[list[Json], list[str]]:
    """The vendored servers, moved where a source has another URL, with its new ones; and what is to be told.

    An environment is ours to keep, and whatever a source says of one is told.
    """
    servers, told = [{**each} for each in vendored], []
    listed = [server for source in sources for server in source.document.get("servers") or []]
    for server in listed:
        name, url = environment_of(server)
        moved = [each for each in servers if environment_of(each)[0] == name]
        if url in [environment_of(each)[1] for each in servers]:
            continue
        if not is_environment(server):
            told.append(f"{url} is ignored: no plain https URL with a name; to call it, add one to {_OURS}")
        elif moved:
            told.append(f"{name} moved from {moved[0]['url']} to {url}; to follow, change it in {_OURS}")
            moved[0]["url"] = server["url"]
        else:
            told.append(f"{name} is new: {url}")
            servers.append({**server})
    kept = {part for each in listed for part in environment_of(each)}
    gone = [environment_of(each) for each in vendored if kept.isdisjoint(environment_of(each))]
    told += [f"{name} is not listed any more, and stays: {url} is in {_OURS}" for name, url in gone]
    return servers, list(dict.fromkeys(told))

"""Sources become one document: operations united, equal components shared, contradictions refused, servers followed."""

import copy
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from scripts.generate.document import DocumentError
from scripts.generate.generation import environment_of, is_environment
from scripts.generate.meaning import Json, check_references, routes

from .changes import Alignment, changes
from .layout import write
from .sources import Selection, Source, prune, select

_OURS = "openapi/environments.yaml"


class Merged(NamedTuple):
    """The document that the sources amount to, its file, and what is to be told besides its changes."""

    document: Json
    text: bytes
    keeps_others: bool
    """Whether some of the vendored operations stand although no source speaks of them."""
    left_out: dict[str, int]
    """How many operations of each source are not ours."""
    servers: tuple[str, ...]
    noise: tuple[str, ...]
    """What differs and means nothing."""


def merge(vendored: Json | None, text: bytes, sources: Sequence[Source], settings: tuple[Selection, Any]) -> Merged:
    """Merge sources over the vendored document, or raise DocumentError; without one, the first source leads."""
    selection, overlay = settings
    selected = [(source, select(source.document, selection)) for source in sources]
    for name in [source.name for source, document in selected if not routes(document)]:
        raise DocumentError(f"{name}: none of its operations is ours: openapi/operations.yaml says which are")
    known = routes(vendored) if vendored else {}
    selected.sort(key=lambda pair: known.keys().isdisjoint(routes(pair[1])))
    base = selected[0][1] if vendored is None else vendored
    result, noise = _united(base, selected, overlay)
    pages_only = all(source.is_page for source in sources)
    keeps_others = pages_only and not known.keys() <= routes(result).keys()
    if pages_only:  # they speak of their own operations: those of which none spoke stay as they are
        result = _over(base, result)
    servers, told = follow(base.get("servers") or [], sources)
    result |= {"servers": servers} if servers else {}
    check_references(result, "the merged document")
    left_out = {source.name: len(routes(source.document)) - len(routes(document)) for source, document in selected}
    return Merged(result, _text(result, text, sources), keeps_others, left_out, tuple(told), tuple(noise))


def _united(base: Json, documents: Sequence[tuple[Source, Json]], overlay: Any) -> tuple[Json, list[str]]:
    """All of them in the words of the first, and what each calls otherwise."""
    result: Json = {**base, "paths": {}, "components": {}}
    said, noise = "", []
    for source, document in documents:
        alignment = Alignment(_over(base, result), document, overlay)
        names = {old.rpartition("/")[2]: new.rpartition("/")[2] for old, new in alignment.placed.items()}
        noise += [f"`{source.name}`: component {old} for {new}" for old, new in names.items() if old != new]
        for change in changes(result, alignment.document, overlay) if said else ():
            if not change.what.startswith("operation "):
                raise DocumentError(
                    f"{said} and {source.name} contradict each other at {change.pointer}: "
                    f"{_short(change.old)} against {_short(change.new)}; leave one of them out"
                )
        result = _over(result, alignment.document)
        said = f"{said}, {source.name}".removeprefix(", ")
    return result, noise


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


def _text(document: Json, vendored: bytes, sources: Sequence[Source]) -> bytes:
    """The file: the source's own bytes where it is one and says exactly this; else in the vendor's layout."""
    (source, *others) = sources
    same = not others and json.dumps(source.document) == json.dumps(document)
    if same and source.content.lstrip()[:1] not in {b"{", b"["}:
        return source.content
    return (write(document) + "\n" * vendored.endswith(b"\n\n")).encode()


def follow(vendored: list[Json], sources: Sequence[Source]) -> tuple[list[Json], list[str]]:
    """The vendored servers, moved where a source has another URL, with its new ones; and what is to be told.

    An environment is ours to keep, and whatever a source says of one is told.
    """
    servers, told = copy.deepcopy(vendored), []
    listed = [server for source in sources for server in source.document.get("servers") or []]
    for server in listed:
        url, name = server["url"], _name(server)
        moved = [each for each in servers if _name(each) == name]
        if any(_url(each) == _url(server) for each in servers):
            continue
        if not is_environment(server):
            told.append(f"{url} is ignored: no plain https URL with a name; to call it, add one to {_OURS}")
        elif moved:
            told.append(f"{name} moved from {moved[0]['url']} to {url}; to follow, change it in {_OURS}")
            moved[0]["url"] = url
        else:
            told.append(f"{name} is new: {url}")
            servers.append(copy.deepcopy(server))
    kept = {of(each) for each in listed for of in (_name, _url)}
    gone = [each for each in vendored if kept.isdisjoint({_name(each), _url(each)})]
    told += [f"{_name(each)} is not listed any more, and stays: {each['url']} is in {_OURS}" for each in gone]
    return servers, list(dict.fromkeys(told))


def _name(server: Json) -> str:
    return environment_of(server)[0]


def _url(server: Json) -> str:
    return str(server["url"]).rstrip("/")

"""Sources become one document: operations united, equal components shared, contradictions refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from scripts.generate.document import DocumentError
from scripts.generate.meaning import Json, check_references, routes

from .changes import Alignment, changes
from .layout import write
from .selection import Selection, prune, select
from .servers import follow
from .sources import Source


class Merged(NamedTuple):
    """The document that the sources amount to."""

    document: Json
    text: bytes
    """Its file."""
    keeps_others: bool
    """Whether some of the vendored operations stand although no source speaks of them."""
    left_out: dict[str, int]
    """How many operations of each source are not ours."""
    servers: tuple[str, ...]
    """What is to be told of servers."""
    noise: tuple[str, ...]
    """What differs and means nothing."""


def merge(vendored: Json | None, text: bytes, sources: Sequence[Source], settings: tuple[Selection, Any]) -> Merged:
    """Merge sources over the vendored document, or raise DocumentError; without one, the first source leads."""
    selection, overlay = settings
    selected = [(source, select(source.document, selection)) for source in sources]
    for source, document in selected:
        if not routes(document):
            raise DocumentError(
                f"{source.name}: none of its operations is ours: openapi/operations.yaml says which are"
            )
    known = routes(vendored) if vendored else {}
    selected.sort(key=lambda pair: known.keys().isdisjoint(routes(pair[1])))
    base: Json = vendored if vendored is not None else selected[0][1]
    result, noise = _united(base, selected, overlay)
    pages_only = all(source.is_page for source in sources)
    keeps_others = pages_only and not known.keys() <= routes(result).keys()
    if vendored is not None and pages_only:
        result = prune(_over(vendored, result))
    servers, told = follow(base.get("servers") or [], sources)
    result |= {"servers": servers} if servers else {}
    check_references(result, "the merged document")
    return Merged(
        document=result,
        text=_text(result, text, sources),
        keeps_others=keeps_others,
        left_out={source.name: len(routes(source.document)) - len(routes(document)) for source, document in selected},
        servers=tuple(told),
        noise=tuple(noise),
    )


def _united(base: Json, documents: Sequence[tuple[Source, Json]], overlay: Any) -> tuple[Json, list[str]]:
    """All of them in the words of the first, and what each calls otherwise."""
    result: Json = {}
    noise: list[str] = []
    said = ""
    for source, document in documents:
        # Pages speak of their own operations: those of which none spoke stay as they are.
        alignment = Alignment(prune(_over(base, result)) if result else base, document, overlay)
        aligned = alignment.document
        names = {old.rpartition("/")[2]: new.rpartition("/")[2] for old, new in alignment.placed.items()}
        noise += [f"`{source.name}`: component {old} for {new}" for old, new in names.items() if old != new]
        for change in changes(result, aligned, overlay) if result else ():
            if not change.what.startswith("operation ") and change.keys[0] in {"paths", "components"}:
                raise DocumentError(
                    f"{said} and {source.name} contradict each other at {change.pointer}: "
                    f"{_short(change.old)} against {_short(change.new)}; leave one of them out"
                )
        result = _over(result, aligned) if result else aligned
        said = f"{said}, {source.name}".removeprefix(", ")
    return result, noise


def _over(base: Json, top: Json) -> Json:
    """The first document with the paths and components of the second over its own, in its order."""
    result = base | {"paths": _laid(base["paths"], top["paths"])}
    if components := _laid(base.get("components") or {}, top.get("components") or {}):
        result["components"] = components
    return result


def _laid(base: Json, top: Json) -> Json:
    return {key: {**(base.get(key) or {}), **(top.get(key) or {})} for key in {**base, **top}}


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

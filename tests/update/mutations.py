"""Documents with one thing wrong: every node dropped, renamed, doubled, moved, or of another type."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Place = tuple[str | int, ...]

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    "",
    "a\nb: c",
    "\x1b[2J\u202e",
    "#/components/schemas/Address",
    [],
    [None],
    ["a", "a"],
    [{}],
    {},
    {"": None},
    {"$ref": 1},
    {"$ref": "#/components/schemas/Customer20240509"},
    {"$ref": "#/"},
    {"type": ["string", "null"], "enum": [None, 1]},
    {"allOf": [{}]},
)


def places(node: Any, place: Place = ()) -> Iterator[Place]:
    """Every node of a document, at every depth."""
    yield place
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield from places(value, (*place, key))


def _at(document: Any, place: Place) -> Any:
    for key in place:
        document = document[key]
    return document


def replaced(document: Any, place: Place, value: Any) -> Any:
    """Another value in a place."""
    result = copy.deepcopy(document)
    if not place:
        return copy.deepcopy(value)
    _at(result, place[:-1])[place[-1]] = copy.deepcopy(value)
    return result


def dropped(document: Any, place: Place) -> Any:
    """Without a node."""
    result = copy.deepcopy(document)
    if place:
        del _at(result, place[:-1])[place[-1]]
    return result


def renamed(document: Any, place: Place) -> Any:
    """A node under another key."""
    result = copy.deepcopy(document)
    holder = _at(result, place[:-1]) if place else result
    if place and isinstance(holder, dict):
        holder["x\n- `#`: forged\x00"] = holder.pop(place[-1])
    return result


def added(document: Any, place: Place) -> Any:
    """A node more, in the node."""
    result = copy.deepcopy(document)
    node = _at(result, place)
    if isinstance(node, dict):
        node["class\n"] = {"type": "string"}
    elif isinstance(node, list):
        node.append(copy.deepcopy(node[0]) if node else {"a": 1})
    return result


def reordered(document: Any, place: Place) -> Any:
    """The parts of a node the other way round."""
    result = copy.deepcopy(document)
    node = _at(result, place)
    if isinstance(node, list):
        node.reverse()
    elif isinstance(node, dict):
        for key in list(node)[-2::-1]:
            node[key] = node.pop(key)
    return result


EDITS: tuple[Callable[[Any, Place], Any], ...] = (dropped, renamed, added, reordered)


def each_kind_and_depth(document: Any, stride: int) -> Iterator[tuple[str, Any]]:
    """A document for every edit and odd value at each so many depths, in turns, and what was done to it: no chance."""
    depths: dict[int, list[Place]] = {}
    for place in places(document):
        depths.setdefault(len(place), []).append(place)
    for kind in range(len(EDITS) + len(ODD)):
        for depth in range(kind % stride, len(depths), stride):
            found = depths[depth]
            # A prime takes each kind to another part of the document.
            place = found[(kind * 7919 + depth) % len(found)]
            if kind < len(EDITS):
                yield f"{EDITS[kind].__name__} at {place}", EDITS[kind](document, place)
            else:
                yield f"{ODD[kind - len(EDITS)]!r} at {place}", replaced(document, place, ODD[kind - len(EDITS)])

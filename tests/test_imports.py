"""The graph of imports: without a circle, and low, so that each module is read with those beneath it and no other."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import sequence_customers_client

MOST_LEVELS = 12
ROOT = Path(sequence_customers_client.__path__[0])
MODULES = {path.relative_to(ROOT.parent).with_suffix("").parts: path for path in ROOT.rglob("*.py")}


def _imports(parts: tuple[str, ...]) -> set[tuple[str, ...]]:
    """What a module of the package imports of it: at once, lazily, or for the type checker."""
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(MODULES[parts].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            level, module = getattr(node, "level", 0), getattr(node, "module", None) or ""
            for alias in node.names:
                source = (*parts[: -level if level else 0], *module.split("."), *alias.name.split("."))
                name = tuple(filter(None, source))
                homes = (name, (*name, "__init__"), name[:-1], (*name[:-1], "__init__"))
                found.update([home for home in homes if home in MODULES][:1])
    return found


def test_imports_go_one_way() -> None:
    """No module imports one that imports it, and no folder, or module beside the folders, is too far up."""
    graph = {parts: _imports(parts) for parts in MODULES}
    rooms: dict[str, set[str]] = {}
    for parts, imported in graph.items():
        rooms.setdefault(parts[1], set()).update(each[1] for each in imported if each[1] != parts[1])
    levels: dict[str, int] = {}
    for room in TopologicalSorter(rooms).static_order():
        levels[room] = 1 + max((levels[below] for below in rooms[room]), default=0)

    assert set(MODULES) == set(TopologicalSorter(graph).static_order())
    assert {} == {room: level for room, level in levels.items() if level > MOST_LEVELS}
    assert levels["_cli"] > levels["testing"] > levels["__init__"] > levels["_client"]

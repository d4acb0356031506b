"""What the vendor publishes, whole: its names can be typed, and 3.1 says the same as 3.0."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from scripts.generate.naming import LONGEST

from .conftest import Generated


def _in_version_3_1(node: Any) -> Any:
    """The same in OpenAPI 3.1, where null is a type."""
    if isinstance(node, list):
        return [_in_version_3_1(each) for each in node]
    if not isinstance(node, dict):
        return "3.1.0" if node == "3.0.3" else node
    result = {key: _in_version_3_1(value) for key, value in node.items()}
    if result.get("nullable") is True and isinstance(result.get("type"), str):
        del result["nullable"]
        result["type"] = [result["type"], "null"]
        result |= {"enum": [*result["enum"], None]} if "enum" in result else {}
    return result


def test_names(vendors: Generated) -> None:
    """No class has a name that is too long to type, those of parts of a model and of a call included."""
    names = [name for path in vendors.folder.rglob("_generated/*/models.py") for name in _classes(path)]

    assert len(names) > 40
    assert [] == [name for name in names if len(name) > LONGEST]


def _classes(path: Path) -> list[str]:
    return re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_version_3_1(vendors: Generated, tmp_path: Path) -> None:
    """What says the same in OpenAPI 3.1 gives the same package; its own copy and digest of the document apart."""
    newer = Generated(tmp_path, "newer_client", _in_version_3_1(vendors.document))
    modules = {path.relative_to(vendors.folder) for path in vendors.folder.rglob("_generated/**/*.py")}
    differing = {path for path in modules if (vendors.folder / path).read_bytes() != (newer.folder / path).read_bytes()}

    assert {Path("_generated", "facts.py")} == differing

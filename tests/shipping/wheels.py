"""Wheels of a few lines, to compare: nothing of them is ever installed."""

from __future__ import annotations

import textwrap
import zipfile
from pathlib import Path


def write_wheel(
    folder: Path, init: str, *, python: str = ">=3.11", metadata: str = "", entry_points: str = "", **modules: str
) -> Path:
    """A wheel of the package with these sources."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sequence_customers_client-1.0.0-py3-none-any.whl"
    info = "sequence_customers_client-1.0.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, source in {"__init__": init, **modules}.items():
            wheel.writestr(f"sequence_customers_client/{name}.py", textwrap.dedent(source))
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.4\nRequires-Python: {python}\n{metadata}\n")
        if entry_points:
            wheel.writestr(f"{info}/entry_points.txt", entry_points)
    return path

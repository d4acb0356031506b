"""The licences of what the package is installed with, as docs/licences.md.

python -m scripts.release.licences       (`make licences`)
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .gate import RefusalError
from .snapshot import ROOT

TARGET: Final = Path("docs", "licences.md")

_HEAD: Final = """\
# Licences

What `pip install sequence-customers-client` brings along, as `requirements/runtime.txt` pins it, and what its extras
name; and under which licence each says that it is. `make licences` writes this file; `make sbom` says the same, and
more, as CycloneDX.

| package | licence | needed by |
|---|---|---|
"""


def render(root: Path) -> str:
    """The document, from the lock and from what is installed."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = dict.fromkeys(_names(project["dependencies"]), "us")
    for extra, requirements in project.get("optional-dependencies", {}).items():
        ours = {**dict.fromkeys(_names(requirements), f"us, for `[{extra}]`"), **ours}
    locked = re.findall(r"^([\w.-]+)==", (root / "requirements" / "runtime.txt").read_text("utf-8"), re.MULTILINE)
    names = sorted({*locked, *ours})
    try:
        needs = {name: _names(requires(name) or []) for name in names}
        rows = ((name, _licence(name), [ours.get(name), *(by for by in names if name in needs[by])]) for name in names)
        lines = [f"| {name} | {licence} | {', '.join(filter(None, by))} |\n" for name, licence, by in rows]
    except PackageNotFoundError as error:
        raise RefusalError(f"{error.name} is not installed here: make setup") from None
    return _HEAD + "".join(lines)


def _names(requirements: list[str]) -> set[str]:
    parsed = (Requirement(text) for text in requirements)
    return {canonicalize_name(each.name) for each in parsed if "extra" not in str(each.marker)}


def _licence(name: str) -> str:
    said = metadata(name)
    # The older field may hold a whole licence, and classifiers are the last resort.
    fields = [text for field in ("License-Expression", "License") for text in said.get_all(field, []) if text]
    classifiers = [text for text in said.get_all("Classifier", []) if "License ::" in text]
    found = [*(text for text in fields if "\n" not in text), ", ".join(t.rpartition(" :: ")[2] for t in classifiers)]
    if not found[0]:
        raise RefusalError(f"{name} does not say under which licence it is")
    return str(found[0])


def main() -> None:
    """Write docs/licences.md."""
    (ROOT / TARGET).write_text(render(ROOT), encoding="utf-8")
    print(f"wrote {TARGET.as_posix()}")


if __name__ == "__main__":
    main()

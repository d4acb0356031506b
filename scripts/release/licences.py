"""The licences of what the package is installed with, as docs/licences.md.

python -m scripts.release.licences       (`make licences`)
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .project import ROOT
from .refusal import RefusalError, run

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
        ours |= {name: f"us, for `[{extra}]`" for name in _names(requirements) if name not in ours}
    locked = re.findall(r"^([\w.-]+)==", (root / "requirements" / "runtime.txt").read_text("utf-8"), re.MULTILINE)
    try:
        packages = {name: distribution(name) for name in sorted({*locked, *ours})}
    except PackageNotFoundError as error:
        raise RefusalError(f"{error.name} is not installed here: make setup") from None
    needs = {name: _names(package.requires or []) for name, package in packages.items()}
    rows = (
        f"| {name} | {_licence(package)} | "
        f"{', '.join([*([ours[name]] if name in ours else []), *(by for by in packages if name in needs[by])])} |"
        for name, package in packages.items()
    )
    return _HEAD + "\n".join(rows) + "\n"


def _names(requirements: list[str]) -> list[str]:
    parsed = (Requirement(text) for text in requirements)
    return sorted({canonicalize_name(each.name) for each in parsed if "extra" not in str(each.marker)})


def _licence(package: Distribution) -> str:
    metadata = package.metadata
    for field in ("License-Expression", "License"):
        # The older field may hold a whole licence.
        found: str
        for found in metadata.get_all(field) or []:
            if found and "\n" not in found:
                return found
    classifiers = [text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier") or [] if "License ::" in text]
    if not classifiers:
        raise RefusalError(f"{metadata['Name']} does not say under which licence it is")
    return ", ".join(classifiers)


def main() -> None:
    """Write docs/licences.md."""
    (ROOT / TARGET).write_text(render(ROOT), encoding="utf-8")
    print(f"wrote {TARGET.as_posix()}")


if __name__ == "__main__":
    run(main)

"""The licences of what the package is installed with, as docs/licences.md.

python -m scripts.release.licences             write it (`make licences`)
python -m scripts.release.licences --check     compare only
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator
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
        ours |= dict.fromkeys(_names(requirements), f"us, for `[{extra}]`")
    packages = {name: _installed(name) for name in sorted({*_locked(root), *ours})}
    needed = {name: [ours[name]] if name in ours else [] for name in packages}
    for name, package in packages.items():
        for other in _names(package.requires or []):
            if other in needed:
                needed[other].append(name)
    rows = (f"| {name} | {_licence(package)} | {', '.join(needed[name])} |" for name, package in packages.items())
    return _HEAD + "\n".join(rows) + "\n"


def _locked(root: Path) -> list[str]:
    text = (root / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    return sorted(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise RefusalError(f"{name} is not installed here: make setup") from None


def _names(requirements: list[str]) -> Iterator[str]:
    parsed = (Requirement(text) for text in requirements)
    names = {canonicalize_name(each.name) for each in parsed if each.marker is None or "extra" not in str(each.marker)}
    return iter(sorted(names))


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
    """Write docs/licences.md, or check it."""
    parser = argparse.ArgumentParser(description="the licences of what the package is installed with")
    parser.add_argument("--check", action="store_true", help="fail when docs/licences.md is out of date")
    check: bool = parser.parse_args().check
    target = ROOT / TARGET
    text = render(ROOT)
    if check and (not target.exists() or target.read_text(encoding="utf-8") != text):
        raise RefusalError(f"{TARGET.as_posix()} is out of date: make licences")
    if not check:
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(f"wrote {TARGET.as_posix()}")


if __name__ == "__main__":
    run(main)

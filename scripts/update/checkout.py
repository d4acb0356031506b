"""The checkout that an update is made in: what it has, and where."""

from __future__ import annotations

import fcntl
import os
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from packaging.version import Version

from scripts.generate.document import DocumentError, read_document, read_yaml
from scripts.generate.generation import ROOT, Sources, generate, public_names
from scripts.generate.meaning import Json
from scripts.release.snapshot import PACKAGE

from .changes import overlaid
from .layout import write
from .selection import Selection, read_selection
from .trial import EVERY_DOCUMENT

DOCUMENT: Final = Path("openapi", "customers.yaml")
NAMES: Final = Path("openapi", "names.yaml")
PROVENANCE: Final = Path("openapi", "provenance.yaml")
CHANGELOG: Final = Path("CHANGELOG.md")
GENERATED: Final = Path(PACKAGE, "_generated")

_HEAD: Final = """\
# What the models are called in Python, by the component of the document. `make update-spec` adds a line for each that
# is new, and changes none, so that what users have keeps its name. To choose another: class_overrides in
# generator-config.yaml.
"""


class Checkout(NamedTuple):
    """What a checkout has."""

    root: Path
    text: bytes
    """The vendored document; empty where there is none yet."""
    document: Json | None
    overlay: Any
    version: Version

    @property
    def settings(self) -> tuple[Selection, Any]:
        """What of it decides how sources are read: which operations are ours, and the overlay."""
        return read_selection(self.root / "openapi" / "operations.yaml"), self.overlay

    def generate(self, document: Path, output: Path, names: Path | None = None) -> None:
        """Generate the package of a document as this checkout does."""
        generate(self._sources(document, names), output)

    def names(self, document: Json) -> dict[str, str]:
        """The public names of a document's components."""
        return public_names(overlaid(document, self.overlay), self._sources(self.root / DOCUMENT))

    def table(self, document: Json) -> str:
        """The file of names, with those that are new in a document; those that are there stay, needed or not."""
        path = self.root / NAMES
        return _HEAD + write(self.names(document) | (read_yaml(path) if path.exists() else {}))

    def _sources(self, document: Path, names: Path | None = None) -> Sources:
        here = Sources(*(self.root / path.relative_to(ROOT) for path in Sources()))
        return here._replace(document=document, names=names or here.names)


def read_checkout(root: Path) -> Checkout:
    """Read a checkout."""
    document = root / DOCUMENT
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Checkout(
        root=root,
        text=document.read_bytes() if document.exists() else b"",
        document=read_document(document) if document.exists() else None,
        overlay=read_yaml(root / "openapi" / "overlay.yaml"),
        version=Version(project["version"]),
    )


def copy_package(package: Path, generated: Path, target: Path) -> None:
    """Copy the package, with another generated part."""
    shutil.copytree(package, target, ignore=shutil.ignore_patterns("_generated", "__pycache__"))
    shutil.copytree(generated, target / "_generated", ignore=shutil.ignore_patterns("__pycache__"))


def copy_tree(root: Path, tree: Path) -> None:
    """Copy what an update changes, and what tries it out, but for the generated part of the package."""
    for part in ("openapi", PACKAGE, EVERY_DOCUMENT):
        shutil.copytree(root / part, tree / part, ignore=shutil.ignore_patterns("_generated", "__pycache__"))
    for part in ("pyproject.toml", CHANGELOG):
        shutil.copy(root / part, tree / part)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One update of a checkout at a time."""
    handle = os.open(root / "openapi", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise DocumentError("another update is under way: wait for it") from error
    finally:
        os.close(handle)

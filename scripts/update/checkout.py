"""The checkout that an update is made in: what it has, and where."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from packaging.version import Version

from scripts.generate.document import read_document, read_yaml
from scripts.generate.generation import Sources, generate
from scripts.generate.meaning import Json
from scripts.release.project import PACKAGE, read_project
from scripts.release.refusal import RefusalError

from .merging import Settings
from .selection import read_selection

DOCUMENT: Final = Path("openapi", "customers.yaml")
PROVENANCE: Final = Path("openapi", "provenance.yaml")
CHANGELOG: Final = Path("CHANGELOG.md")
GENERATED: Final = Path(PACKAGE, "_generated")

_OVERLAY: Final = Path("openapi", "overlay.yaml")
_CONFIG: Final = Path("generator-config.yaml")


class Checkout(NamedTuple):
    """What a checkout has."""

    root: Path
    text: bytes
    """The vendored document; empty where there is none yet."""
    document: Json | None
    overlay: Any
    overrides: Json
    """The public names that generator-config.yaml chooses, by component."""
    version: Version

    @property
    def settings(self) -> Settings:
        """What of it decides how sources are read."""
        return Settings(read_selection(self.root / "openapi" / "operations.yaml"), self.overlay, self.overrides)

    @property
    def origins(self) -> list[dict[str, Any]]:
        """Where the vendored document comes from."""
        path = self.root / PROVENANCE
        listed = (read_yaml(path) or {}).get("sources") if path.exists() else None
        return [each for each in listed or [] if isinstance(each, dict)]

    def generate(self, document: Path, output: Path) -> None:
        """Generate the package of a document as this checkout does."""
        generate(
            Sources(document, self.root / _OVERLAY, self.root / _CONFIG, self.root / "openapi" / "templates"), output
        )


def read_checkout(root: Path) -> Checkout:
    """Read a checkout."""
    document = root / DOCUMENT
    there = document.exists()
    config = read_yaml(root / _CONFIG)
    return Checkout(
        root=root,
        text=document.read_bytes() if there else b"",
        document=read_document(document) if there else None,
        overlay=read_yaml(root / _OVERLAY),
        overrides=(config.get("class_overrides") if isinstance(config, dict) else None) or {},
        version=read_project(root).version,
    )


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One update of a checkout at a time."""
    handle = os.open(root / "openapi", os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefusalError("another update is under way") from error
        yield
    finally:
        os.close(handle)

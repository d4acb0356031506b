"""Checkouts to update: copies of what an update needs, and what they hold byte for byte."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.generation import ROOT
from scripts.update.sources import Merged, Source, merge
from scripts.update.update import Checkout, read_checkout
from tests.shipping.checkout import as_first_version

PARTS = (
    "openapi",
    "sequence_customers_client",
    "tests/document",
    "generator-config.yaml",
    "pyproject.toml",
    "CHANGELOG.md",
)


def copy_of_the_checkout(folder: Path) -> Path:
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    as_first_version(folder)
    # What mypy knows of the libraries is the same in all of them.
    cache = Path(os.environ["MYPY_CACHE_DIR"])
    cache.mkdir(parents=True, exist_ok=True)
    (folder / ".mypy_cache").mkdir()
    (folder / ".mypy_cache" / "update").symlink_to(cache)
    return folder


def _checkout() -> Checkout:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return read_checkout(copy_of_the_checkout(folder / "checkout"))


CHECKOUT: Checkout = _checkout()


def generate_unformatted(document: Path, output: Path) -> None:
    """Generate a package that nobody reads: formatting it takes as long as all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scripts.generate.package.run_hooks", lambda *_: None)
        CHECKOUT.generate(document, output)


def copy_package(package: Path, generated: Path, target: Path) -> None:
    """Copy the package, with another generated part."""
    shutil.copytree(package, target, ignore=shutil.ignore_patterns("_generated", "__pycache__"))
    shutil.copytree(generated, target / "_generated", ignore=shutil.ignore_patterns("__pycache__"))


def content(folder: Path) -> dict[str, bytes]:
    """Every file, caches aside: hidden ones, and folders that are empty, too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if "__pycache__" not in name and ".mypy_cache" not in name:
            found[name] = path.read_bytes() if path.is_file() else b"folder"
    return found


def page(document: Any, block: str = "customer.json GET /", title: str = "A page") -> bytes:
    """A documentation page with a document in its fence."""
    return f"# {title}\n\n> Words.\n\n## OpenAPI\n\n````yaml {block}\n{json.dumps(document, indent=1)}\n````\n".encode()


def source(document: Any, name: str = "api.json", *, is_page: bool = False) -> Source:
    return Source(name, json.dumps(document).encode(), document, {"file": name}, is_page)


def merged(*sources: Source, into: Checkout = CHECKOUT) -> Merged:
    return merge(into.document, sources, into.selection, into.overlay)

"""The checkout that an update is made in: what it has, and where."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
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
from .sources import Selection, read_selection

DOCUMENT: Final = Path("openapi", "customers.yaml")
NAMES: Final = Path("openapi", "names.yaml")
PROVENANCE: Final = Path("openapi", "provenance.yaml")
CHANGELOG: Final = Path("CHANGELOG.md")
GENERATED: Final = Path(PACKAGE, "_generated")
CHANGED: Final = (DOCUMENT, NAMES, PROVENANCE, CHANGELOG, GENERATED)
"""What an update changes."""

_TRIAL: Final = (
    "-m pytest -q --tb=short -p no:cacheprovider -p pytest_asyncio.plugin --rootdir . -c pyproject.toml tests/document"
)
_PARTS: Final = ("openapi", PACKAGE, "tests/document", "generator-config.yaml", "pyproject.toml", CHANGELOG)
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

    @property
    def _sources(self) -> Sources:
        return Sources(*(self.root / path.relative_to(ROOT) for path in Sources()))

    def generate(self, document: Path, output: Path) -> None:
        """Generate the package of a document as this checkout does."""
        generate(self._sources._replace(document=document), output)

    def names(self, document: Json) -> dict[str, str]:
        """The public names of a document's components."""
        return public_names(overlaid(document, self.overlay), self._sources)

    def copy(self, tree: Path, document: Json, text: bytes) -> None:
        """Copy the checkout with another document, its names and its package."""
        copy_tree(self.root, tree)
        (tree / DOCUMENT).write_bytes(text)
        if read_document(tree / DOCUMENT) != document:
            raise DocumentError("the merged document cannot be written as YAML without loss; mend the source")
        # Those that are there stay, needed or not.
        names = self.names(document) | (read_yaml(tree / NAMES) if (tree / NAMES).exists() else {})
        (tree / NAMES).write_text(_HEAD + write(names), encoding="utf-8")
        self._replace(root=tree).generate(tree / DOCUMENT, tree / GENERATED)


def read_checkout(root: Path) -> Checkout:
    """Read a checkout."""
    path, overlay = root / DOCUMENT, read_yaml(root / "openapi" / "overlay.yaml")
    text, document = (path.read_bytes(), read_document(path)) if path.exists() else (b"", None)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Checkout(root, text, document, overlay, Version(project["version"]))


def copy_tree(root: Path, tree: Path) -> None:
    """Copy what an update changes, and what tries it out, but for the generated part of the package."""
    for part in _PARTS:
        if (root / part).is_dir():
            shutil.copytree(root / part, tree / part, ignore=shutil.ignore_patterns("_generated", "__pycache__"))
        else:
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


def try_out(tree: Path, cache: Path) -> None:
    """Run the tests that hold for every document on a package that is not in its place yet."""
    # They are about the package, not about who runs them; what else is installed for pytest takes seconds to load.
    surroundings = ("COV_", "COVERAGE_", "MYPY", "PYTEST_", "PYTHON")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(surroundings)}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "MYPY_CACHE_DIR": str(cache), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, *shlex.split(_TRIAL)]
    done = subprocess.run(  # noqa: S603 - our own tests
        command, cwd=tree, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-6:]
        raise DocumentError(f"the tests that hold for every document fail: {'; '.join(each[:200] for each in last)}")

"""The update itself: everything is made and tried in a copy of the checkout; then all of it is swapped in, or none."""

import datetime as dt
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from packaging.version import Version

from scripts.generate.document import DocumentError, operations, read_document, read_yaml, refusing
from scripts.generate.folders import recover, swap
from scripts.generate.generation import ROOT, Sources, generate, public_names
from scripts.generate.meaning import Json
from scripts.generate.naming import name_operations
from scripts.release.gate import read_record
from scripts.release.snapshot import PACKAGE, compare, level, snapshot

from .changes import changes, overlaid
from .layout import write
from .merging import Merged, merge
from .report import Finding, Report, Side, Verdict, judge, with_news
from .sources import Selection, Source, read_selection, read_source

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
_NAMES_HEAD: Final = """\
# What the models are called in Python, by the component of the document. `make update-spec` adds a line for each that
# is new, and changes none, so that what users have keeps its name. To choose another: class_overrides in
# generator-config.yaml.
"""
DONE: Final = "done"  # everything is new from here on
MENDED: Final = ("reading the sources", "merging them", "generating the package")  # what refuses is about a document
_HEAD: Final = """\
# Where openapi/customers.yaml comes from. It is the vendor's text byte for byte, or, where several sources were merged
# or a build named things anew, the vendor's content in the same layout; a test holds the two files together.
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
        (tree / NAMES).write_text(_NAMES_HEAD + write(names), encoding="utf-8")
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


class Order(NamedTuple):
    """What somebody asks for; `stage` is told what is done next."""

    root: Path
    sources: tuple[Path, ...]
    today: dt.date
    stage: Callable[[str], None] = lambda _: None


def update(order: Order) -> Report:
    """Bring a checkout up to its sources; raises DocumentError or RefusalError, and then nothing has changed."""
    names = tuple(path.name for path in order.sources)
    with alone(order.root), refusing(", ".join(names)), tempfile.TemporaryDirectory() as folder:
        if recover(order.root):
            order.stage("undoing what an update that was killed had begun")
        order.stage(MENDED[0])
        tree, checkout = Path(folder), read_checkout(order.root)
        sources = [read_source(path) for path in order.sources]
        order.stage(MENDED[1])
        merged = merge(checkout.document, checkout.text, sources, checkout.settings)
        left_out = (f"`{name}`: {count} operations are not ours" for name, count in merged.left_out.items() if count)
        report = Report(names, (), (*left_out, *merged.noise), checkout.version, merged.servers)
        if checkout.document == merged.document:
            return report

        order.stage(MENDED[2])
        checkout.copy(tree, merged.document, merged.text)
        order.stage("comparing documents and packages")
        if checkout.document is None:
            first = Finding(Verdict.ADDITIVE, "#", "document added", "the first document that is vendored")
            report = report._replace(findings=(first,))
        else:
            try:
                before, after = snapshot(order.root, tree)
            except subprocess.CalledProcessError as error:
                why = "a package cannot be imported; run `make generate`, and see what it says"
                raise DocumentError(why) from error
            report = judged(report, checkout, merged.document, before, after)

        order.stage("running the tests that hold for every document")
        changelog = with_news((tree / CHANGELOG).read_text(encoding="utf-8"), report.findings)
        (tree / CHANGELOG).write_text(changelog, encoding="utf-8")
        _write_provenance(order, merged, sources, tree / PROVENANCE)
        try_out(tree, order.root / ".mypy_cache" / "update")
        order.stage("swapping it in")
        swap(order.root, {path: tree / path for path in CHANGED})
        order.stage(DONE)
        return report


def judged(report: Report, checkout: Checkout, document: Json, before: Json, after: Json) -> Report:
    """The report with what became of the vendored document; `before` and `after` are snapshots of the package."""
    vendored = checkout.document or document
    sides = side(checkout, vendored), side(checkout, document)
    findings = judge(changes(vendored, document, checkout.overlay), compare(before, after), *sides)
    version, surface = read_record(checkout.root, checkout.version) or (None, after)
    since = compare(surface, after)
    pending = Verdict(level(since)) if since else Verdict.NONE
    return report._replace(findings=tuple(findings), last=version, pending=pending)


def side(checkout: Checkout, document: Json) -> Side:
    """A document, and what its package calls its parts."""
    named = overlaid(document, checkout.overlay)
    name_operations(named)
    methods = {(path, method): operation["operationId"] for path, method, operation in operations(named)}
    return Side(document, methods, checkout.names(document))


def _write_provenance(order: Order, merged: Merged, sources: list[Source], path: Path) -> None:
    """Where the document comes from, and what it hashes to; with it, where what was kept of the one before does."""
    former = (read_yaml(path) or {}).get("sources") if merged.keeps_others and path.exists() else None
    origins = [*(each for each in former or () if isinstance(each, dict)), *(source.origin for source in sources)]
    content = {
        "document": DOCUMENT.name,
        "sha256": hashlib.sha256(merged.text).hexdigest(),
        "vendored": order.today.isoformat(),
        "sources": list({str(each.get("block") or each.get("file")): each for each in origins}.values()),
    }
    # A date needs no quotes here: it is read by people.
    path.write_text(_HEAD + write(content).replace(f"'{order.today}'", f"{order.today}"), encoding="utf-8")

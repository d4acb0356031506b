"""The update itself: everything is made and tried in a copy of the checkout; then all of it is swapped in, or none."""

import datetime as dt
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from packaging.version import Version

from scripts.generate.document import DocumentError, read_document, read_yaml, refusing
from scripts.generate.folders import recover, swap
from scripts.generate.generation import ROOT, Sources, generate, public_names
from scripts.generate.meaning import Json
from scripts.generate.naming import name_operations
from scripts.release.gate import next_version, read_version
from scripts.release.snapshot import PACKAGE, compare, snapshot

from .changes import changes, overlaid
from .layout import write
from .report import Report, Side, judge, with_news
from .sources import Selection, Source, merge, read_selection, read_source, written

DOCUMENT: Final = Path("openapi", "customers.yaml")
NAMES: Final = Path("openapi", "names.yaml")
PROVENANCE: Final = Path("openapi", "provenance.yaml")
CHANGELOG: Final = Path("CHANGELOG.md")
GENERATED: Final = Path(PACKAGE, "_generated")
DONE: Final = "done"  # everything is new from here on
MENDED: Final = ("reading the sources", "merging them", "generating the package")  # what refuses is about a document


class Checkout(NamedTuple):
    """What a checkout has."""

    root: Path
    text: bytes
    document: Json
    selection: Selection
    """Which operations are ours."""
    overlay: Any
    version: Version

    @property
    def _sources(self) -> Sources:
        return Sources(*(self.root / path.relative_to(ROOT) for path in Sources()))

    def generate(self, document: Path, output: Path) -> None:
        """Generate the package of a document as this checkout does."""
        generate(self._sources._replace(document=document), output)

    def side(self, document: Json) -> Side:
        """A document, and what its package calls its parts."""
        named = overlaid(document, self.overlay)
        name_operations(named)
        return Side(named, public_names(named, self._sources))

    def copy(self, tree: Path, document: Json, text: bytes) -> None:
        """Copy the checkout with another document, its names and its package."""
        copy_tree(self.root, tree)
        (tree / DOCUMENT).write_bytes(text)
        if read_document(tree / DOCUMENT) != document:
            raise DocumentError("the merged document cannot be written as YAML without loss; mend the source")
        # Those that are there stay, needed or not.
        _write(tree / NAMES, self.side(document).classes | read_yaml(tree / NAMES))
        self._replace(root=tree).generate(tree / DOCUMENT, tree / GENERATED)


def read_checkout(root: Path) -> Checkout:
    """Read a checkout."""
    path, ours, overlay = (root / "openapi" / f"{name}.yaml" for name in ("customers", "operations", "overlay"))
    settings = read_selection(ours), read_yaml(overlay), read_version(root)
    return Checkout(root, path.read_bytes(), read_document(path), *settings)


def copy_tree(root: Path, tree: Path) -> None:
    """Copy what an update changes, and what tries it out, but for the generated part of the package."""
    for part in ("openapi", PACKAGE, "tests/document", "generator-config.yaml", "pyproject.toml", CHANGELOG):
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
    environment = {"PATH": os.environ["PATH"], "MYPY_CACHE_DIR": str(cache)}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]
    command += ["-p", "pytest_asyncio.plugin", "--rootdir=.", "--config-file=pyproject.toml", "tests/document"]
    done = subprocess.run(  # noqa: S603 - our own tests
        command, cwd=tree, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stdout + done.stderr).strip().splitlines()[-6:]
        raise DocumentError(f"the tests that hold for every document fail: {'; '.join(each[:200] for each in last)}")


def update(root: Path, paths: Sequence[Path], stage: Callable[[str], None] = lambda _: None) -> Report:
    """Bring a checkout up to its sources, telling `stage` what is done next.

    It raises DocumentError or RefusalError, and then nothing has changed.
    """
    names = tuple(path.name for path in paths)
    with alone(root), refusing(", ".join(names)), tempfile.TemporaryDirectory() as folder:
        if recover(root):
            stage("undoing what an update that was killed had begun")
        stage(MENDED[0])
        tree, checkout = Path(folder), read_checkout(root)
        sources = [read_source(path) for path in paths]
        stage(MENDED[1])
        merged = merge(checkout.document, sources, checkout.selection, checkout.overlay)
        report = Report(names, (), merged.noise, checkout.version, merged.servers)
        if checkout.document == merged.document:
            return report

        stage(MENDED[2])
        checkout.copy(tree, merged.document, written(merged.document, checkout.text, sources))
        stage("comparing documents and packages")
        try:
            before, after = snapshot(root, tree)
        except subprocess.CalledProcessError as error:
            raise DocumentError("a package cannot be imported; run `make generate`, and see what it says") from error
        report = judged(report, checkout, merged.document, before, after)

        stage("running the tests that hold for every document")
        changelog = with_news((tree / CHANGELOG).read_text(encoding="utf-8"), report.findings)
        (tree / CHANGELOG).write_text(changelog, encoding="utf-8")
        _write_provenance(tree / PROVENANCE, sources)
        try_out(tree, root / ".mypy_cache" / "update")
        stage("swapping it in")
        swap(root, {path: tree / path for path in (DOCUMENT, NAMES, PROVENANCE, CHANGELOG, GENERATED)})
        stage(DONE)
        return report


def judged(report: Report, checkout: Checkout, document: Json, before: Json, after: Json) -> Report:
    """The report with what became of the vendored document; `before` and `after` are snapshots of the package."""
    sides = checkout.side(checkout.document), checkout.side(document)
    findings = judge(changes(checkout.document, document, checkout.overlay), compare(before, after), *sides)
    report = report._replace(findings=tuple(findings))
    return report._replace(version=next_version(checkout.root, report.version, report.verdict, after))


def _write_provenance(path: Path, sources: list[Source]) -> None:
    """Where the document comes from, and what it hashes to; beside pages, what they do not speak of stays."""
    former = read_yaml(path)["sources"] if all(source.is_page for source in sources) else []
    origins = [*former, *(source.origin for source in sources)]
    content = {
        "document": DOCUMENT.name,
        "sha256": hashlib.sha256(path.with_name(DOCUMENT.name).read_bytes()).hexdigest(),
        "vendored": f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}",
        "sources": list({_subject(each): each for each in origins}.values()),
    }
    _write(path, content)


def _subject(origin: Json) -> str:
    """What a source is of: the block of a page says which build it is of, and then, of what."""
    return str(origin["block"].split(" ", 1)[-1] if "block" in origin else origin["file"])


def _write(path: Path, content: Json) -> None:
    """Write a file anew under its comment."""
    head = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.startswith("#")]
    path.write_text("".join([*head, write(content)]), encoding="utf-8")

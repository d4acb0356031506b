"""The update itself: everything is made and tried in a temporary folder; then all of it is swapped in, or none."""

from __future__ import annotations

import datetime as dt
import hashlib
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from scripts.generate.deadline import deadline
from scripts.generate.document import DocumentError, operations, read_yaml, refusing
from scripts.generate.folders import recover, swap
from scripts.generate.meaning import Json
from scripts.generate.naming import name_operations
from scripts.release.gate import read_record
from scripts.release.snapshot import compare, level, snapshot

from .changes import changes, overlaid
from .checkout import CHANGED, CHANGELOG, DOCUMENT, PROVENANCE, Checkout, alone, read_checkout, try_out
from .judgement import Finding, Side, Verdict, judge
from .layout import write
from .merging import Merged, merge
from .report import Report, with_news
from .sources import Source, read_source

DONE: Final = "done"
"""The stage from which on everything is new."""

MENDED: Final = ("reading the sources", "merging them", "generating the package")
"""The stages whose refusals are of a document."""

_HEAD: Final = """\
# Where openapi/customers.yaml comes from. It is the vendor's text byte for byte, or, where several sources were merged
# or a build named things anew, the vendor's content in the same layout; a test holds the two files together.
"""


class Order(NamedTuple):
    """What somebody asks for; `stage` is told what is done next."""

    root: Path
    sources: tuple[Path, ...]
    today: dt.date
    stage: Callable[[str], None] = lambda _: None


def update(order: Order) -> Report:
    """Bring a checkout up to its sources; raises DocumentError or RefusalError, and then nothing has changed."""
    names = tuple(path.name for path in order.sources)
    with alone(order.root), deadline(), refusing(", ".join(names)), tempfile.TemporaryDirectory() as folder:
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
                raise DocumentError(
                    "a package cannot be imported; run `make generate`, and see what it says"
                ) from error
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

"""The update itself: everything is made and tried in a temporary folder; then all of it is swapped in, or none."""

from __future__ import annotations

import copy
import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from scripts.generate.document import DocumentError, operations, read_document, refusing
from scripts.generate.meaning import Json
from scripts.generate.naming import name_operations
from scripts.release.gate import read_record
from scripts.release.snapshot import Json as Snapshot
from scripts.release.snapshot import compare, level, snapshot

from .changes import changes
from .checkout import CHANGELOG, DOCUMENT, GENERATED, NAMES, PROVENANCE, Checkout, alone, copy_package, read_checkout
from .judgement import VERDICTS, Finding, Side, Verdict, concerning, judge
from .merging import Merged, merge, overlaid
from .news import with_news
from .noise import noise
from .provenance import provenance
from .report import Report
from .sources import Source, read_source
from .swap import recover, swap
from .trial import try_out

DONE: Final = "done"
"""The stage from which on everything is new."""


class Order(NamedTuple):
    """What somebody asks for."""

    root: Path
    sources: tuple[Path, ...]
    today: dt.date
    stage: Callable[[str], None] = lambda _: None
    """Is told what is done next."""


def update(order: Order) -> Report:
    """Bring a checkout up to its sources; raises DocumentError or RefusalError, and then nothing has changed."""
    with alone(order.root), refusing(", ".join(path.name for path in order.sources)):
        if recover(order.root):
            order.stage("undoing what an update that was killed had begun")
        order.stage("reading the sources")
        checkout = read_checkout(order.root)
        sources = [read_source(path) for path in order.sources]
        order.stage("merging them")
        merged = merge(checkout.document, checkout.text, sources, checkout.settings)
        report = Report(
            sources=tuple(source.name for source in sources),
            findings=(),
            noise=tuple(_noise(checkout, sources, merged)),
            version=checkout.version,
        )
        if checkout.document == merged.document:
            return report
        with tempfile.TemporaryDirectory() as temporary:
            return _make(order, checkout, merged, report, folder=Path(temporary))


def _make(order: Order, checkout: Checkout, merged: Merged, report: Report, *, folder: Path) -> Report:
    order.stage("generating the package")
    (folder / DOCUMENT.name).write_bytes(merged.text)
    if read_document(folder / DOCUMENT.name) != merged.document:
        raise DocumentError("the merged document cannot be written as YAML without loss")
    (folder / NAMES.name).write_text(checkout.table(merged.document), encoding="utf-8")
    checkout.generate(folder / DOCUMENT.name, folder / "new", folder / NAMES.name)

    order.stage("comparing documents and packages")
    report = _compare(order, checkout, merged.document, report, folder)

    order.stage("running the tests that hold for every document")
    news = with_news((order.root / CHANGELOG).read_text(encoding="utf-8"), report.findings)
    (folder / CHANGELOG.name).write_text(news, encoding="utf-8")
    former = checkout.origins if merged.keeps_others else []
    (folder / PROVENANCE.name).write_bytes(provenance(merged.text, merged.origins, former, order.today))
    files = {path: folder / path.name for path in (DOCUMENT, NAMES, PROVENANCE, CHANGELOG)}
    replacements = {**files, GENERATED: folder / "new"}
    try_out(order.root, replacements, folder / "tree")

    order.stage("swapping it in")
    swap(order.root, replacements)
    order.stage(DONE)
    return report


def _compare(order: Order, checkout: Checkout, document: Json, report: Report, folder: Path) -> Report:
    if checkout.document is None:
        first = Finding(Verdict.ADDITIVE, "#", "document added", "the first document that is vendored")
        return report._replace(findings=(first,))
    # The package of the document as it was, generated anew, so that the document alone tells the two apart.
    checkout.generate(checkout.root / DOCUMENT, folder / "old")
    for name in ("old", "new"):
        copy_package(order.root / GENERATED.parent, folder / name, folder / "packages" / name / GENERATED.parent)
    before, after = snapshot(*(folder / "packages" / name for name in ("old", "new")))
    return judged(report, checkout, document, before, after)


def judged(report: Report, checkout: Checkout, document: Json, before: Snapshot, after: Snapshot) -> Report:
    """The report with what became of the vendored document; `before` and `after` are snapshots of the package."""
    vendored = checkout.document or document
    sides = side(checkout, vendored), side(checkout, document)
    report = report._replace(findings=tuple(judge(changes(vendored, document), compare(before, after), *sides)))
    if record := read_record(checkout.root, checkout.version):
        version, surface = record
        since = concerning(compare(surface, after), *sides)
        pending = VERDICTS[level(since)] if since else Verdict.NONE
        return report._replace(last=version, pending=pending)
    return report


def side(checkout: Checkout, document: Json) -> Side:
    """A document, and what its package calls its parts."""
    named = copy.deepcopy(overlaid(document, checkout.overlay))
    name_operations(named)
    methods = {(path, method): operation["operationId"] for path, method, operation in operations(named)}
    return Side(document, methods, checkout.names(document))


def _noise(checkout: Checkout, sources: Sequence[Source], merged: Merged) -> Iterator[str]:
    for name, count in merged.left_out.items():
        if count:
            yield f"`{name}`: {count} operations are not ours (openapi/operations.yaml)"
    for source in sources:
        if checkout.document is not None:
            yield from (f"`{source.name}`: {line}" for line in noise(checkout.document, source.document))

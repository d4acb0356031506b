"""What means something is reported once, in the right class, with the right bump."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from packaging.version import Version

from scripts.release import gate
from scripts.release.snapshot import PACKAGE, Json, Level, snapshot
from scripts.release.snapshot import Change as ApiChange
from scripts.update.changes import Change, changes
from scripts.update.report import Finding, Report, judge, with_news
from scripts.update.update import judged

from .checkouts import CHECKOUT, copy_package, generate_unformatted, merged, source
from .documents import CUSTOMER, MEANINGFUL, VENDORED, Edit, edited, field

SEVERAL = ("a service more", "a field less", "other words")


def several(document: Json) -> None:
    for name in SEVERAL:
        MEANINGFUL[name][0](document)


EDITS: dict[str, Edit] = {name: edit for name, (edit, *_) in MEANINGFUL.items()} | {"several": several}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """The report on the document with each of the edits: one process reads the packages of all."""
    folder = tmp_path_factory.mktemp("documents")
    documents = {name: merged(source(edited(edit))).document for name, edit in EDITS.items()}
    (folder / "before.yaml").write_bytes(CHECKOUT.text)
    for number, each in enumerate(documents.values()):
        (folder / f"{number}.json").write_text(json.dumps(each), encoding="utf-8")
    paths = [folder / "before.yaml", *(folder / f"{number}.json" for number in range(len(documents)))]
    before, *after = snapshot(*(package_of(path, path.with_suffix("")) for path in paths))
    empty = Report(("api.json",), (), (), Version("0.1.0"))
    return {
        name: judged(empty, CHECKOUT, each, before, found)
        for (name, each), found in zip(documents.items(), after, strict=True)
    }


def package_of(document: Path, folder: Path) -> Path:
    generate_unformatted(document, folder / "generated")
    copy_package(CHECKOUT.root / PACKAGE, folder / "generated", folder / "site" / PACKAGE)
    return folder / "site"


@pytest.mark.parametrize("change", MEANINGFUL)
def test_meaningful_change(change: str, reports: dict[str, Report]) -> None:
    """A change is found once, where it stands; its class and the next version are those that users of Python need."""
    _, verdict, version, pointer = MEANINGFUL[change]
    report = reports[change]
    lines = report.markdown().splitlines()

    assert [(verdict, pointer)] == [(str(finding.verdict), finding.pointer) for finding in report.findings]
    assert (f"verdict: {verdict}", f"next version: {version}") == (lines[0], lines[-1])
    assert [f"- `{pointer}`"] == [line.partition(":")[0] for line in lines if line.startswith("- ")]


def test_several_changes(reports: dict[str, Report]) -> None:
    """The worst of several changes decides."""
    report = reports["several"]

    assert [Level.BREAKING, Level.ADDITIVE, Level.DOCUMENTATION] == [each.verdict for each in report.findings]
    assert Version("1.0.0") == report.version


def test_what_is_sent_is_judged_as_such() -> None:
    """A limit is breaking where requests meet it, and no affair of ours in answers."""
    parties = CHECKOUT.side(VENDORED)
    sent = "#/paths/~1customers~1by-alias~1{alias}/get/parameters/0/schema/maxLength"
    received = f"#/components/schemas/{CUSTOMER}/properties/label/maxLength"
    changes = [Change(pointer, "maxLength added", None, 9) for pointer in (sent, received)]
    findings = judge(changes, [], parties, parties)

    assert [(Level.BREAKING, sent), (Level.DOCUMENTATION, received)] == [each[:2] for each in findings]


def test_what_only_the_package_shows() -> None:
    """A change of the package that no change of the document explains is reported by itself."""
    parties = CHECKOUT.side(VENDORED)
    findings = judge([], [ApiChange(Level.MAJOR, "Environment.DEV", "removed")], parties, parties)

    assert [(Level.BREAKING, "")] == [each[:2] for each in findings]
    assert "`Environment.DEV` is gone" in findings[0].meaning


def test_a_type_that_a_method_returns() -> None:
    """It is told, and it counts, wherever else nothing changed."""
    change = ApiChange(Level.BREAKING, "SequenceClient.customers.get()", "its type was A, is B")
    side = CHECKOUT.side(VENDORED)

    (finding,) = judge([], [change], side, side)

    assert (Level.BREAKING, "`client.customers.get()`: its type was A, is B") == (finding.verdict, finding.meaning)


def composed(name: str) -> Edit:
    """A field whose schema requires what a part of it holds."""
    parts = [{"type": "object", "properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "string"}}}]
    return field("thing", {"required": [name], "allOf": parts})


def open_object(*names: str) -> Edit:
    """A field that holds whatever it is given, and requires some of it."""
    return field("thing", {"type": "object", "required": [*names], "additionalProperties": {"type": "string"}})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (lambda _: None, field("tags", {})),
        (field("headers", {}), lambda _: None),
        (composed("a"), composed("b")),
        (open_object("a"), open_object("a", "b")),
    ],
    ids=["a field called tags", "a field called headers", "required beside allOf", "required of any"],
)
def test_nothing_is_dropped_in_silence(before: Edit, after: Edit) -> None:
    """Whatever means something is followed, and told, also where a name looks like a word of OpenAPI's."""
    old, new = edited(before), edited(after)
    following = merged(source(new), into=CHECKOUT._replace(document=old)).document

    assert old != following
    assert changes(old, following, CHECKOUT.overlay)


def test_report_of_nothing() -> None:
    """Without a change the verdict is none, and the version stays; noise is named."""
    page = Report(("a.md",), (), ("`a.md`: component Address1 for Address",), Version("1.2.3")).markdown()

    assert "verdict: none" == page.splitlines()[0]
    assert "next version: 1.2.3" == page.splitlines()[-1]
    assert "- `a.md`: component Address1 for Address" in page


def test_next_version_after_a_release(tmp_path: Path) -> None:
    """What has changed since the last release counts, and a version that was raised already is enough."""
    record = tmp_path / "scripts" / "release" / "api-1.1.4.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"f": {"kind": "function"}}', encoding="utf-8")
    surface = {name: {"kind": "function"} for name in "fg"}
    next_version = partial(gate.next_version, tmp_path, Version("1.2.0"))

    assert Version("1.2.0") == next_version(Level.DOCUMENTATION, surface)
    assert Version("2.0.0") == next_version(Level.BREAKING, surface)
    assert Version("2.0.0") == next_version(Level.DOCUMENTATION, {})


RELEASED = "## 1.0.0 - 2026-01-01\n\n- Three.\n"
CHANGELOG = f"# Changelog\n\n## Unreleased\n\n### Added\n\n- One.\n\n### Fixed\n\n- Two.\n\n{RELEASED}"


def test_changelog() -> None:
    """News stands under Unreleased and its title, in order, and an entry that is there is not made again."""
    findings = [
        Finding(Level.BREAKING, "#", "field removed", "`A.b` is gone"),
        Finding(Level.ADDITIVE, "#", "field added", "`A.c` is new"),
        Finding(Level.DOCUMENTATION, "#", "words changed", ""),
    ]
    written = with_news(CHANGELOG, findings)

    assert written == with_news(written, findings)
    assert (
        "## Unreleased\n\n### Added\n\n- One.\n- `A.c` is new.\n\n"
        "### Changed\n\n- Docstrings and examples follow the vendor's document.\n\n"
        "### Removed\n\n- **Breaking:** `A.b` is gone.\n\n### Fixed\n\n- Two.\n\n## 1.0.0 - 2026-01-01\n\n- Three.\n"
    ) in written


@pytest.mark.parametrize("unreleased", ["## Unreleased\n\n", ""])
def test_changelog_without_entries(unreleased: str) -> None:
    """An Unreleased that is empty, or that a release has left away, gets its first title."""
    empty = f"# Changelog\n\n{unreleased}{RELEASED}"
    written = with_news(empty, [Finding(Level.ADDITIVE, "#", "field added", "`A.c` is new")])

    assert "## Unreleased\n\n### Added\n\n- `A.c` is new.\n\n## 1.0.0" in written

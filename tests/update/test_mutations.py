"""No document ends in a traceback: a verdict, or one line that says where and what, through update and generate."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.__main__ import main
from scripts.generate.document import DocumentError, checked, refusing
from scripts.generate.meaning import check_references
from scripts.generate.rendering import clean
from scripts.update import __main__ as command
from scripts.update import update as updating
from scripts.update.changes import changes
from scripts.update.report import Report, judge
from scripts.update.sources import written
from scripts.update.update import judged

from .checkouts import CHECKOUT, content, generate_unformatted, merged, source
from .documents import VENDORED
from .mutations import ODD, each_kind_and_depth, replaced
from .vendor import vendor_document

DOCUMENTS: dict[str, Any] = {"the page": VENDORED, "the whole file": vendor_document(24, 40)}
STRIDES = {"the page": 4, "the whole file": 8}
FORGED = "x\n- `#/forged`: operation removed\n## Breaking\nverdict: breaking"


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updating, "try_out", lambda *_: None)


def outcome(document: Any, folder: Path | None, seen: set[str]) -> str:
    """Nothing where the document can be used; else the line that says why not."""
    try:
        with refusing("api.json"):
            read = checked(json.loads(json.dumps(document)), "api.json")
            check_references(read, "api.json")
            result = merged(source(read))
            text = json.dumps(result.document)
            if folder is None and text in seen:
                return ""
            seen.add(text)
            written(result.document, CHECKOUT.text, [source(read)])
            sides = CHECKOUT.side(VENDORED), CHECKOUT.side(result.document)
            judge(changes(VENDORED, result.document), [], *sides)
            if folder is not None:
                folder.mkdir()
                (folder / "customers.json").write_text(text, encoding="utf-8")
                generate_unformatted(folder / "customers.json", folder / "package")
    except DocumentError as error:
        return str(error)
    return ""


def refusal(document: Any) -> str:
    """Why a document is refused before anything is generated."""
    return outcome(document, None, set())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_one_thing_wrong(name: str, tmp_path: Path) -> None:
    """Whatever single thing is wrong with a document, however deep, it goes in, or one printable line says why not."""
    seen: set[str] = set()
    for index, (what, document) in enumerate(each_kind_and_depth(DOCUMENTS[name], STRIDES[name])):
        # One in four is generated, too; all are read, merged, judged and written.
        line = outcome(document, tmp_path / str(index) if index % 4 == 0 else None, seen)

        assert line.isprintable(), what
        assert "has a structure that cannot be used" not in line, f"{what}: {line}"


@pytest.mark.usefixtures("untried")
def test_a_refusal_touches_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through the command itself: two lines that name the source and say what to do, and the tree as it was."""
    before = content(CHECKOUT.root)
    path = tmp_path / "api.json"
    refused = 0
    for _, document in list(each_kind_and_depth(VENDORED, 6))[::3]:
        path.write_text(json.dumps(document), encoding="utf-8")
        if refusal(document):
            refused += 1
            assert 1 == command.main([str(path), f"--root={CHECKOUT.root}"])
            first, second = capsys.readouterr().err.splitlines()
            assert re.match("update-spec: .*(api.json|overlay|/customers|components)", first)
            assert "nothing was changed" in second
            assert "openapi/overlay.yaml" in second

    assert refused > 3
    assert before == content(CHECKOUT.root)


def test_generate_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `make generate` is given may be as odd: one line, and the package as it was."""
    target = tmp_path / "package"
    target.mkdir()
    for index, value in enumerate(ODD):
        path = tmp_path / f"{index}.json"
        path.write_text(json.dumps(replaced(VENDORED, ("paths",), value)), encoding="utf-8")

        assert 1 == main([f"--document={path}", f"--target={target}"])
        assert 1 == len(capsys.readouterr().err.splitlines())
    assert [] == list(target.iterdir())


def test_no_line_is_forged() -> None:
    """A property's key, a value and a path cannot make lines of the report that say something else."""
    document = replaced(VENDORED, ("components", "schemas", "Address", "properties", FORGED), {"type": "string"})
    result = merged(source(document))
    report = judged(Report(("a",), (), (), CHECKOUT.version), CHECKOUT, result.document, {}, {})
    lines = report.markdown().splitlines()

    assert 1 == len([line for line in lines if line.startswith("- ")])
    assert ["verdict: documentation"] == [line for line in lines if line.startswith("verdict: ")]
    assert "## Breaking" not in lines


BOMBS = {
    "of one long text": "a: &a " + "x" * 100_000 + "\nb: [" + ", ".join(["*a"] * 1000) + "]\n",
    "of lists": "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [" + ", ".join([f"*{chr(97 + i)}"] * 10) + "]\n" for i in range(8)),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(bomb: str, encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Aliases that unfold to too much are refused in every encoding, and by `make generate` too."""
    path = tmp_path / "bomb.yaml"
    path.write_text(BOMBS[bomb], encoding=encoding)

    assert 1 == main([f"--document={path}", f"--target={tmp_path / 'package'}"])
    assert "bomb.yaml: its aliases unfold to more than" in capsys.readouterr().err


def test_depth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A document that is nested deeper than any is refused before anything walks through it."""
    path = tmp_path / "deep.json"
    deep: Any = {"type": "string"}
    for _ in range(300):
        deep = {"type": "array", "items": deep}
    path.write_text(json.dumps(replaced(VENDORED, ("components", "schemas", "Deep"), deep)), encoding="utf-8")

    assert 1 == main([f"--document={path}", f"--target={tmp_path / 'package'}"])
    assert "deep.json: is nested deeper than 100 levels" in capsys.readouterr().err


def test_a_key_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that is longer than any name is refused, and words that would keep a pattern busy take no time."""
    path = tmp_path / "long.json"
    path.write_text(json.dumps(replaced(VENDORED, ("components", "schemas", "Aa1" * 100_000), {})), encoding="utf-8")

    assert 1 == main([f"--document={path}", f"--target={tmp_path / 'package'}"])
    assert "long.json: has a key of more than 1000 characters" in capsys.readouterr().err

    clean("[" * 200_000 + "<a" * 200_000)

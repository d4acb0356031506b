"""No document ends in a traceback: a verdict, or one line that says where and what, through update and generate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scripts.generate.__main__ import main
from scripts.generate.dialect import clean
from scripts.generate.document import DocumentError, checked, refusing
from scripts.generate.meaning import check_references
from scripts.update.changes import changes
from scripts.update.report import Report
from scripts.update.update import judged, side

from .checkouts import CHECKOUT, merged, source
from .documents import VENDORED
from .mutations import EDITS, ODD, places, replaced
from .vendor import vendor_document

DOCUMENTS: dict[str, Any] = {"the page": VENDORED, "the whole file": vendor_document(24, 40)}
PLACES = {name: list(places(document)) for name, document in DOCUMENTS.items()}
FORGED = "x\n- `#/forged`: operation removed\n## Breaking\nverdict: breaking"


def mutated(name: str) -> st.SearchStrategy[Any]:
    """One of the documents with one thing wrong."""
    document = DOCUMENTS[name]
    spots = st.sampled_from(PLACES[name])
    odd = st.builds(lambda place, value: replaced(document, place, value), spots, st.sampled_from(ODD))
    return odd | st.builds(lambda place, edit: edit(document, place), spots, st.sampled_from(EDITS))


def outcome(document: Any, folder: Path) -> str:
    """Nothing where the document can be used; else the line that says why not."""
    try:
        with refusing("api.json"):
            read = checked(json.loads(json.dumps(document)), "api.json")
            check_references(read, "api.json")
            result = merged(source(read))
            side(CHECKOUT, result.document)
            list(changes(VENDORED, result.document))
            path = folder / "customers.json"
            path.write_text(json.dumps(result.document), encoding="utf-8")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("scripts.generate.package.Package._run_post_hooks", lambda _: None)
                CHECKOUT.generate(path, folder / "package")
    except DocumentError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("name", "examples"), [("the page", 60), ("the whole file", 15)])
def test_one_thing_wrong(name: str, examples: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever single thing is wrong with a document, it goes in, or is refused with one printable line."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        database=None,
    )
    @given(mutated(name))
    def hold(document: Any) -> None:
        line = outcome(document, tmp_path_factory.mktemp("case"))

        assert line.isprintable()
        assert not any(word in line for word in ("Traceback", "has a structure that cannot be used"))

    hold()


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

    words = replaced(VENDORED, ("components", "schemas", "Address", "description"), "[" * 200_000 + "<a" * 200_000)
    clean(words)

"""Noise is a hundred times commoner than change, and is none."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest

from scripts.generate.document import read_yaml
from scripts.generate.generation import ROOT
from scripts.generate.meaning import Json, Meaning
from scripts.update.layout import write
from scripts.update.sources import read_source, written

from .checkouts import CHECKOUT, merged, page, source
from .documents import CUSTOMER, MEANINGFUL, NOISE, VENDORED, edited, field, schemas, shuffled, values


@pytest.mark.parametrize("noise", NOISE)
def test_noise_is_no_change(noise: str) -> None:
    """However a build says it, what means the same leaves the vendored document as it is, order and names included."""
    result = merged(source(edited(NOISE[noise])))

    assert json.dumps(VENDORED) == json.dumps(result.document)


@pytest.mark.parametrize("noise", ["numbers everywhere", "everything in place", "all of it"])
@pytest.mark.parametrize("change", ["a service more", "an optional field more", "a field less", "another type"])
def test_a_change_amid_noise_stands_alone(noise: str, change: str) -> None:
    """Where a build brings a change as well, the vendored file shows the change, and nothing else."""
    edit = MEANINGFUL[change][0]
    alone = merged(source(edited(edit))).document
    build = source(edited(edit, NOISE[noise]))
    amid = merged(build).document

    assert _meaning(alone) == _meaning(amid)
    assert _lines_changed(written(amid, CHECKOUT.text, [build])) <= 4


def test_a_change_of_what_was_in_place() -> None:
    """A schema that is vendored in place stays in place when a build that brings a change of it refers to it."""
    inline = edited(field("rate", {"type": "object", "properties": {"of": {"type": "string"}}}))
    settled = CHECKOUT._replace(document=merged(source(inline)).document)
    schema = {"type": "object", "properties": {"of": {"type": "string"}, "at": {"type": "string"}}}
    referred = edited(lambda d: schemas(d).update(Rate=schema), field("rate", {"$ref": "#/components/schemas/Rate"}))
    result = merged(source(referred), into=settled).document

    assert schema == schemas(result)[CUSTOMER]["properties"]["rate"]
    assert "Rate" not in schemas(result)


def _lines_changed(text: bytes) -> int:
    lines = difflib.unified_diff(CHECKOUT.text.decode().splitlines(), text.decode().splitlines(), n=0, lineterm="")
    return len([line for line in lines if line[0] in "+-" and line[:3] not in {"+++", "---"}])


def test_the_page_as_the_only_source(tmp_path: Path) -> None:
    """The vendored document's own page gives its very bytes."""
    path = tmp_path / "page.md"
    fence = b"# Get customer by alias\n\nSee https://docs.example.com/llms.txt\n\n````yaml a.b GET /customers\n"
    path.write_bytes(fence + CHECKOUT.text + b"````\n")
    read = read_source(path)

    assert CHECKOUT.text == read.content
    assert CHECKOUT.text == written(merged(read).document, CHECKOUT.text, [read])
    assert {"page": "Get customer by alias", "site": "docs.example.com", "block": "a.b GET /customers"} == read.origin


def test_the_vendor_s_layout() -> None:
    """A document that is written has the layout of the vendor's pages, down to where lines are folded."""
    assert CHECKOUT.text.decode().rstrip("\n") == write(VENDORED).rstrip("\n")


AWKWARD = {
    "": "",
    "words": [
        "on",
        "No",
        "null",
        "~",
        "1",
        "1.5",
        "0x1f",
        "1_000",
        "12:30",
        "2024-05-02",
        "",
        " a",
        "a ",
        "a: b",
        "a #b",
        "-",
    ],
    "signs": [
        "- a",
        "? a",
        ": a",
        "[a",
        "{a",
        "'a",
        '"a',
        "&a",
        "*a",
        "!a",
        "|a",
        ">a",
        "%a",
        "@a",
        "`a",
        "a:",
        "#a",
        "=",
        "<<",
    ],
    "lines": [
        "a\n",
        "a\nb",
        "a\n\nb\n",
        "\na",
        "a\n b",
        "a \nb",
        "a\n\n",
        "\n",
        "word " * 40,
        ("word " * 40) + "\n\nx\n",
    ],
    "far": ["\u2028", "\x00", "\ufeffa", "\U0001f600", "tab\there", "\x85", "caf\u00e9"],
    "empty": [{}, [], None, True, 0, -1.5, [[1, [2]], {"a": []}], {"on": {"1": "y"}}],
}


def test_whatever_is_written_is_read_again(tmp_path: Path) -> None:
    """No text is changed by its way through the file."""
    path = tmp_path / "awkward.yaml"
    path.write_text(write(AWKWARD), encoding="utf-8")

    assert AWKWARD == read_yaml(path)


def test_new_values_stand_where_the_vendor_put_them() -> None:
    """A value that is inserted in a list is inserted, and one in a list of another order follows what it followed."""
    result = merged(source(edited(values("IntegrationService", "Chargebee", at=4), shuffled(5))))
    services = result.document["components"]["schemas"]["IntegrationService"]["enum"]

    assert 4 == services.index("Chargebee")
    assert VENDORED["components"]["schemas"]["IntegrationService"]["enum"] == [
        each for each in services if each != "Chargebee"
    ]


def test_a_page_of_noise_and_a_file_of_noise(tmp_path: Path) -> None:
    """Two sources that each are another build of the same document amount to nothing."""
    (tmp_path / "page.md").write_bytes(page(edited(NOISE["numbers everywhere"])))
    (tmp_path / "api.yaml").write_text(write(edited(NOISE["everything in place"])), encoding="utf-8")
    result = merged(read_source(tmp_path / "page.md"), read_source(tmp_path / "api.yaml"))

    assert VENDORED == result.document


def test_the_committed_filter_keeps_what_is_vendored() -> None:
    """openapi/operations.yaml has room for the operations that the vendored document has."""
    assert {} == {path: 0 for path in VENDORED["paths"] if not CHECKOUT.selection.holds(path, {})}
    assert (ROOT / "openapi" / "operations.yaml").exists()


def _meaning(document: Json) -> str:
    return Meaning(document).digest(document, "document")

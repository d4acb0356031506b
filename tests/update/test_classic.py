"""OpenAPI 3.1 goes in as 3.0 does: the vendor's step from one to the other is noise, and a change in it is told."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.document import checked
from scripts.generate.generation import ROOT
from scripts.generate.grammar import LEAVES, child_kind, classic
from scripts.update import update as updating
from scripts.update.__main__ import main
from scripts.update.layout import write
from scripts.update.sources import read_source

from .checkouts import CHECKOUT, copy_of_the_checkout, merged, source
from .documents import CUSTOMER, VENDORED, Json, edited, field, of_field, schemas
from .vendor import vendor_document


def modern(document: Json) -> Json:
    """The document in the words of 3.1: null as a type, and lists of examples."""
    result: Json = _modern(copy.deepcopy(document), "document")
    return result | {"openapi": "3.1.0"}


def _modern(node: Any, kind: str) -> Any:
    if isinstance(node, list):
        return [_modern(each, kind.removesuffix("[]")) for each in node]
    if not isinstance(node, dict) or kind in LEAVES:
        return node
    result = {key: _modern(value, child_kind(kind, key)) for key, value in node.items()}
    if kind == "schema":
        if result.pop("nullable", False):
            result |= {"type": [result["type"], "null"]} if "type" in result else {}
            if choices := result.pop("allOf", None):
                result["anyOf"] = [*choices, {"type": "null"}]
        if "example" in result:
            result["examples"] = [result.pop("example")]
    return result


NULLABLE = edited(
    of_field("label", nullable=True),
    of_field("email", nullable=True, example="jane@example.com"),
    field("site", {"allOf": [{"$ref": "#/components/schemas/Address"}], "nullable": True}),
)
DOCUMENTS = {"the page": VENDORED, "nulls": NULLABLE, "the whole file": vendor_document(24, 60)}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("kind", ["api.json", "api.yaml", "page.md"])
def test_the_step_to_another_version(name: str, kind: str, tmp_path: Path) -> None:
    """The same API in the words of 3.1, JSON, YAML or a page, is the same document, and changes nothing."""
    text = json.dumps(modern(DOCUMENTS[name])) if kind == "api.json" else write(modern(DOCUMENTS[name]))
    path = tmp_path / kind
    path.write_text(f"````yaml x GET /\n{text}````\n" if kind == "page.md" else text, encoding="utf-8")
    settled = CHECKOUT._replace(document=merged(source(DOCUMENTS[name])).document)

    assert settled.document is not None
    assert json.dumps(settled.document) == json.dumps(merged(read_source(path), into=settled).document)


def test_a_change_in_it() -> None:
    """What a 3.1 document brings stands in the vendored one in the words of 3.0, and nothing beside it changes."""
    result = merged(source(classic(modern(NULLABLE))))
    customer = schemas(result.document)[CUSTOMER]["properties"]

    assert "3.0.0" == result.document["openapi"]
    assert ("string", True) == (customer["label"]["type"], customer["label"]["nullable"])
    assert NULLABLE == result.document


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole file of 3.1 after one of 3.0, all the way: none while it says the same, and then what it says more."""
    monkeypatch.setattr(updating, "try_out", lambda *_: None)  # it takes seconds, and has tests of its own
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    site = field("site", {"allOf": [{"$ref": "#/components/schemas/Address"}], "nullable": True})
    whole = edited(of_field("label", nullable=True), site, base=vendor_document(10, 30))
    more = edited(field("vatNumber", {"type": "string", "nullable": True, "example": "GB1"}), base=whole)
    less = edited(of_field("email", nullable=True), base=more)
    modern_text = json.dumps(modern(less))
    verdicts = []
    for document in (whole, modern(whole), modern(more), modern(more), modern(less)):
        path = tmp_path / "api.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        assert 0 == main([str(path), f"--root={checkout}"])
        page = capsys.readouterr().out.splitlines()
        verdicts.append((page[0], len([line for line in page if line.startswith("- `#/")])))

    assert all(word in modern_text for word in ('["string", "null"]', '"anyOf"', '"examples": ["GB1"]'))
    assert verdicts[1:] == [
        ("verdict: none", 0),
        ("verdict: additive", 1),
        ("verdict: none", 0),
        ("verdict: breaking", 1),
    ]
    assert '"null"' not in (checkout / "openapi" / "customers.yaml").read_text(encoding="utf-8")


def test_one_package_of_both(tmp_path: Path) -> None:
    """A package of either is the same: nulls, examples that tell timestamps, and constants."""
    constant = field("kind", {"type": "string", "const": "CUSTOMER"})
    (tmp_path / "old.json").write_text(json.dumps(edited(constant, base=NULLABLE)), encoding="utf-8")
    (tmp_path / "new.yaml").write_text(write(modern(edited(constant, base=NULLABLE))), encoding="utf-8")
    for name in ("old.json", "new.yaml"):
        CHECKOUT.generate(tmp_path / name, tmp_path / name.partition(".")[0])
    one, other = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.py")}
        for name in ("old", "new")
    )

    assert one.keys() == other.keys()
    assert {"facts.py"} == {path.name for path in one if one[path] != other[path]}


def test_an_older_document_is_left_as_it_is() -> None:
    """A document of 3.0 is nobody's to rewrite."""
    assert VENDORED is checked(VENDORED, "api.yaml")
    assert (ROOT / "openapi" / "customers.yaml").read_bytes().startswith(b"openapi: 3.0")

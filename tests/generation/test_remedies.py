"""Every refusal names a remedy that works: each is applied here as the message says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.document import DocumentError, read_yaml
from scripts.generate.generation import Sources, generate

from .conftest import Document, Edit
from .test_refusals import component, customer, operation, parameter

Action = dict[str, Any]
Overrides = dict[str, dict[str, str]]
CUSTOMER = "$.components.schemas.Customer20240509.properties"


def many(*edits: Edit) -> Edit:
    return lambda document: [edit(document) for edit in edits]


REMEDIES: dict[str, tuple[Edit, str, Action | None, Overrides]] = {
    # what: (edit, what the message proposes, the action of the overlay, the class_overrides)
    "two operations of one name": (
        many(*(operation("/things", method, **{"x-python-name": "a.b"}) for method in ("put", "patch"))),
        "set x-python-name for one in the overlay",
        {"target": "$.paths['/things'].put", "update": {"x-python-name": "things.replace"}},
        {},
    ),
    "a keyword": (
        operation("/things/import", "post"),
        "set x-python-name in the overlay",
        {"target": "$.paths['/things/import'].post", "update": {"x-python-name": "things.bring_in"}},
        {},
    ),
    "two values of one member": (
        customer(x={"type": "string", "enum": ["a-b", "a_b"]}),
        "set x-enum-varnames in the overlay",
        {"target": f"{CUSTOMER}.x", "update": {"x-enum-varnames": ["A", "B"]}},
        {},
    ),
    "a value that cannot be printed": (
        customer(x={"type": "string", "enum": ["a", "b\x00"]}),
        "remove it in the overlay",
        {"target": f"{CUSTOMER}.x.enum[1]", "remove": True},
        {},
    ),
    "two properties of one field": (
        customer(legal_name={"type": "string"}),
        "remove one in the overlay",
        {"target": f"{CUSTOMER}.legal_name", "remove": True},
        {},
    ),
    "a header that is none": (
        parameter(**{"in": "header", "name": "X\r\nY"}),
        "remove it in the overlay",
        {"target": "$.paths['/things'].get.parameters[0]", "remove": True},
        {},
    ),
    "properties beside oneOf": (
        customer(x={"properties": {"a": {}}, "oneOf": [{"$ref": "#/components/schemas/Address"}]}),
        "choose one in the overlay",
        {"target": f"{CUSTOMER}.x.properties", "remove": True},
        {},
    ),
    "a class of the runtime": (
        component(Model={"type": "object", "properties": {"a": {}}}),
        "rename one with class_overrides",
        None,
        {"Model": {"class_name": "VendorModel"}},
    ),
}


@pytest.fixture(autouse=True)
def _unformatted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.generate.package.Package._run_post_hooks", lambda _: None)


@pytest.mark.parametrize("case", REMEDIES)
def test_remedy(case: str, document: Document, tmp_path: Path) -> None:
    """What is refused goes in once what the message proposes is done."""
    edit, proposed, action, overrides = REMEDIES[case]
    edit(document)
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DocumentError) as raised:
        generate(Sources(document=path), tmp_path / "refused")
    assert proposed in str(raised.value)

    overlay, config = read_yaml(Sources().overlay), read_yaml(Sources().config)
    overlay["actions"] += [action] if action else []
    config["class_overrides"] |= overrides
    for name, content in (("overlay.json", overlay), ("generator-config.yaml", config)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    mended = Sources(document=path, overlay=tmp_path / "overlay.json", config=tmp_path / "generator-config.yaml")
    generate(mended, tmp_path / "output")


def test_two_models_of_one_chosen_name(tmp_path: Path) -> None:
    """Where two components are given one name, the message has the line to write, and with another name it works."""
    config = read_yaml(Sources().config)
    for name, refused in (("Customer", True), ("Place", False)):
        config["class_overrides"]["Address"] = {"class_name": name}
        path = tmp_path / "generator-config.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")
        if refused:
            with pytest.raises(DocumentError, match=r"`Address: \{class_name: …\}`"):
                generate(Sources(config=path), tmp_path / name)
        else:
            generate(Sources(config=path), tmp_path / name)
            modules = (tmp_path / name).rglob("*.py")
            assert [module for module in modules if "class Place(" in module.read_text(encoding="utf-8")]

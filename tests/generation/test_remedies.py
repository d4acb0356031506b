"""Every refusal names a remedy that works: each is applied here as the message says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.document import DocumentError, read_yaml
from scripts.generate.generation import Sources, generate

from .conftest import Document, Edit
from .test_refusals import LOOK_UP, answering, component, customer, operation, parameter

Action = dict[str, Any]
Overrides = dict[str, dict[str, str]]
CUSTOMER = "$.components.schemas.Customer20240509.properties"


def many(*edits: Edit) -> Edit:
    return lambda document: [edit(document) for edit in edits]


def paged(document: Document) -> None:
    """A list with pages, whose `list_all` is the name of another operation."""
    pagination = {"type": "object", "properties": {"after": TEXT}}
    page = {"type": "object", "properties": {"items": {"type": "array", "items": TEXT}, "pagination": pagination}}
    after = [{"name": "after", "in": "query", "schema": TEXT}]
    operation(parameters=after, **answering({"application/json": {"schema": page}}))(document)
    operation("/things/all", **{"x-python-name": "things.list_all"})(document)


TEXT = {"type": "string"}
RENAMED = "set x-python-name in the overlay"

REMEDIES: dict[str, tuple[Edit, str, list[Action], Overrides]] = {
    # what: (edit, what the message proposes, the actions of the overlay, the class_overrides)
    "two operations of one name": (
        many(*(operation("/things", method, **{"x-python-name": "a.b"}) for method in ("put", "patch"))),
        "set x-python-name for one in the overlay",
        [{"target": "$.paths['/things'].put", "update": {"x-python-name": "things.replace"}}],
        {},
    ),
    "a keyword": (
        operation("/things/import", "post"),
        "set x-python-name in the overlay",
        [{"target": "$.paths['/things/import'].post", "update": {"x-python-name": "things.bring_in"}}],
        {},
    ),
    "two values of one member": (
        customer(x={"type": "string", "enum": ["a-b", "a_b"]}),
        "set x-enum-varnames in the overlay",
        [{"target": f"{CUSTOMER}.x", "update": {"x-enum-varnames": ["A", "B"]}}],
        {},
    ),
    "a value that cannot be printed": (
        customer(x={"type": "string", "enum": ["a", "b\x00"]}),
        "remove it in the overlay",
        [{"target": f"{CUSTOMER}.x.enum[1]", "remove": True}],
        {},
    ),
    "two properties of one field": (
        customer(legal_name={"type": "string"}),
        "remove one in the overlay",
        [{"target": f"{CUSTOMER}.legal_name", "remove": True}],
        {},
    ),
    "a header that is none": (
        parameter(**{"in": "header", "name": "X\r\nY"}),
        "remove it in the overlay",
        [{"target": "$.paths['/things'].get.parameters[0]", "remove": True}],
        {},
    ),
    "properties beside oneOf": (
        customer(x={"properties": {"a": {}}, "oneOf": [{"$ref": "#/components/schemas/Address"}]}),
        "choose one in the overlay",
        [{"target": f"{CUSTOMER}.x.properties", "remove": True}],
        {},
    ),
    "a class of the runtime": (
        component(Model={"type": "object", "properties": {"a": {}}}),
        "rename one with class_overrides",
        [],
        {"Model": {"class_name": "VendorModel"}},
    ),
    "a resource of the runtime": (
        operation("/any"),
        "rename one with class_overrides or x-python-name",
        [{"target": "$.paths['/any'].get", "update": {"x-python-name": "anything.list"}}],
        {},
    ),
    "a field with the name of a class": (
        component(日本={"type": "object", "properties": {"日本": TEXT}}),
        "remove one in the overlay, or set its x-python-name",
        [{"target": "$.components.schemas.日本.properties.日本", "remove": True}],
        {},
    ),
    "the pages of a list, and another operation": (
        paged,
        "remove one in the overlay, or set its x-python-name",
        [{"target": "$.paths['/things/all'].get", "update": {"x-python-name": "things.everything"}}],
        {},
    ),
    "a name without a resource": (
        operation(**{"x-python-name": "list"}),
        "must be resource.method",
        [{"target": "$.paths['/things'].get", "update": {"x-python-name": "things.list"}}],
        {},
    ),
    "a name of the clients": (
        operation("/close"),
        RENAMED,
        [{"target": "$.paths['/close'].get", "update": {"x-python-name": "closings.list"}}],
        {},
    ),
    "a method and a resource": (
        many(operation(), operation("/other", **{"x-python-name": "things.list.get"})),
        "remove one in the overlay, or set its x-python-name",
        [{"target": "$.paths['/other'].get", "update": {"x-python-name": "things.others.get"}}],
        {},
    ),
    "a value of another type": (
        customer(x={"type": "string", "enum": ["a", 1]}),
        "remove it in the overlay",
        [{"target": f"{CUSTOMER}.x.enum[1]", "remove": True}],
        {},
    ),
    "names of members that are none": (
        customer(x={"enum": ["a"], "x-enum-varnames": ["1"]}),
        "set x-enum-varnames in the overlay",
        [
            {"target": f"{CUSTOMER}.x['x-enum-varnames'][0]", "remove": True},
            {"target": f"{CUSTOMER}.x", "update": {"x-enum-varnames": ["ONE"]}},
        ],
        {},
    ),
    "a path by reference": (
        lambda document: document["paths"].update({"/x": {"$ref": "#/y"}}),
        "/x: a path item by reference is not supported; remove it in the overlay",
        [{"target": "$.paths['/x']", "remove": True}],
        {},
    ),
    "a path that is none": (
        operation("/things?a=1"),
        "has only what may stand in a URL's path; remove it in the overlay",
        [{"target": "$.paths['/things?a=1']", "remove": True}],
        {},
    ),
    "servers of a path": (
        lambda document: document["paths"][LOOK_UP].update(servers=[{"url": "https://a.b"}]),
        f"{LOOK_UP}: servers of its own are not supported; remove them in the overlay",
        [{"target": f"$.paths['{LOOK_UP}'].servers", "remove": True}],
        {},
    ),
    "servers of an operation": (
        operation(servers=[{"url": "https://a.b"}]),
        "/things: servers of its own are not supported; remove them in the overlay",
        [{"target": "$.paths['/things'].get.servers", "remove": True}],
        {},
    ),
    "three parameters of one argument": (
        operation(parameters=[{"name": n, "in": "query", "schema": TEXT} for n in ("foo bar", "fooBar", "foo_bar")]),
        "would both be foo_bar_query; remove one in the overlay",
        [{"target": "$.paths['/things'].get.parameters[0]", "remove": True}],
        {},
    ),
}


@pytest.fixture(autouse=True)
def _unformatted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.generate.package.run_hooks", lambda *_: None)


@pytest.mark.parametrize("case", REMEDIES)
def test_remedy(case: str, document: Document, tmp_path: Path) -> None:
    """What is refused goes in once what the message proposes is done."""
    edit, proposed, actions, overrides = REMEDIES[case]
    edit(document)
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DocumentError) as raised:
        generate(Sources(document=path), tmp_path / "refused")
    assert proposed in str(raised.value)

    overlay, config = read_yaml(Sources().overlay), read_yaml(Sources().config)
    overlay["actions"] += actions
    config["class_overrides"] |= overrides
    for name, content in (("overlay.json", overlay), ("generator-config.yaml", config)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    mended = Sources(document=path, overlay=tmp_path / "overlay.json", config=tmp_path / "generator-config.yaml")
    generate(mended, tmp_path / "output")


def test_two_models_of_one_chosen_name(tmp_path: Path) -> None:
    """Where two components are given one name, the message has the line to write, and with another name it works."""
    config = read_yaml(Sources().config)
    for name, refused in (("Customer", True), ("customer", True), ("Place", False)):
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


def test_a_model_with_a_name_of_the_package(tmp_path: Path) -> None:
    """Where a model is given a name that the package has already, another name works."""
    config = read_yaml(Sources().config)
    path = tmp_path / "generator-config.yaml"
    for name in ("Environment", "Place"):
        config["class_overrides"]["Address"] = {"class_name": name}
        path.write_text(json.dumps(config), encoding="utf-8")
        if name == "Place":
            generate(Sources(config=path), tmp_path / name)
        else:
            with pytest.raises(DocumentError, match="Environment already; rename the model with class_overrides"):
                generate(Sources(config=path), tmp_path / name)


def test_an_action_that_matches_nothing(tmp_path: Path) -> None:
    """An action for what is no longer there is refused, and without it, as the message says, the document goes in."""
    overlay = read_yaml(Sources().overlay)
    path = tmp_path / "overlay.json"
    for action in ([{"target": "$.nothing", "remove": True}], []):
        path.write_text(json.dumps(overlay | {"actions": [*overlay["actions"], *action]}), encoding="utf-8")
        if action:
            with pytest.raises(DocumentError, match=r"\$\.nothing: matches nothing in the document; remove the action"):
                generate(Sources(overlay=path), tmp_path / "refused")
        else:
            generate(Sources(overlay=path), tmp_path / "output")

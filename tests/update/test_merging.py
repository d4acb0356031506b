"""Several sources are one document: operations united, equal components shared, contradictions refused."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.document import DocumentError, read_yaml
from scripts.generate.generation import ROOT
from scripts.update.sources import Selection, read_selection, select

from .checkouts import CHECKOUT, merged, source
from .documents import CUSTOMER, LOOK_UP, VENDORED, Json, edited, field, listing, operation, schemas, values


@pytest.fixture(scope="module")
def whole_api() -> Json:
    """An API of eighteen operations; to be read only."""
    found: Json = read_yaml(ROOT / "tests" / "contract" / "whole-api.yaml")
    return found


def page_of(path: str, *edits: Any) -> Json:
    """A page of one operation that returns a customer."""
    document = edited(listing(path), *edits)
    del document["paths"][LOOK_UP]
    return document


def test_a_page_adds_its_operation() -> None:
    """A page speaks of its own operation; the vendored ones stay as they are, and so does all that they need."""
    result = merged(source(page_of("/customers"), "list.md", is_page=True))

    assert [LOOK_UP, "/customers"] == list(result.document["paths"])
    assert VENDORED["paths"][LOOK_UP] == result.document["paths"][LOOK_UP]
    assert VENDORED["components"] == result.document["components"]


def test_a_document_replaces() -> None:
    """A document speaks for the whole API: what it does not have is gone."""
    result = merged(source(page_of("/customers"), "api.yaml"))

    assert ["/customers"] == list(result.document["paths"])


def test_pages_share_what_is_equal() -> None:
    """However each page numbers its components, those that mean the same are one, under a name without a number."""
    note = {"type": "object", "properties": {"at": {"type": "string"}}}

    def noted(number: str) -> Any:
        return lambda document: (
            schemas(document).update({f"Note{number}": note}),
            field("note", {"$ref": f"#/components/schemas/Note{number}"}, of="Address")(document),
        )

    pages = [
        source(page_of("/customers", noted("1")), "a.md", is_page=True),
        source(edited(noted("2")), "b.md", is_page=True),
        source(page_of("/contacts", noted("")), "c.md", is_page=True),
    ]
    result = merged(*pages)

    assert [*schemas(VENDORED), "Note"] == list(schemas(result.document))
    assert [LOOK_UP, "/customers", "/contacts"] == list(result.document["paths"])


def with_component(name: str, kind: str) -> Any:
    """A component of its own, and a field that is one."""

    def edit(document: Json) -> None:
        schemas(document)[name] = {"type": kind}
        field("n", {"$ref": f"#/components/schemas/{name}"})(document)

    return edit


CONTRADICTIONS: dict[str, tuple[Any, Any, str]] = {
    "a type": (
        field("vat", {"type": "string"}),
        field("vat", {"type": "integer"}),
        f'#/components/schemas/{CUSTOMER}/properties/vat/type: "string" against "integer"',
    ),
    "a field": (
        field("vat", {"type": "string"}),
        copy.deepcopy,
        f'#/components/schemas/{CUSTOMER}/properties/vat: {{"type": "string"}} against nothing',
    ),
    "a value": (values("State", "TX1"), values("State", "TX2"), "#/components/schemas/State/enum"),
    "an operation": (
        lambda document: operation(document).update(summary="Find"),
        lambda document: operation(document).update(summary="Get"),
        '#/paths/~1customers~1by-alias~1{alias}/get/summary: "Find" against "Get"',
    ),
    "a new component": (
        with_component("N1", "string"),
        with_component("N2", "number"),
        f"#/components/schemas/{CUSTOMER}/properties/n",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradictions(case: str) -> None:
    """Sources that say different things of the same are refused, in one line with both names and the place."""
    one, other, expected = CONTRADICTIONS[case]

    with pytest.raises(DocumentError) as raised:
        merged(source(edited(one), "one.md"), source(edited(other), "other.md"))
    assert "one.md and other.md contradict each other at " in str(raised.value)
    assert expected in str(raised.value)


def test_what_the_overlay_settles_is_no_contradiction() -> None:
    """One page has `line2`, the other has lost it; the overlay says what is true, and neither is news."""
    line2 = field("line2", {"type": "string"}, of="Address")

    assert VENDORED == merged(source(edited(line2), "a.md"), source(VENDORED, "b.md")).document


def second_address(document: Json) -> None:
    """Another operation, whose address is another thing under the name of a number."""
    schemas(document)["Address1"] = {"type": "object", "properties": {"line1": {"type": "integer"}}}
    schemas(document)["Site"] = {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Address1"}}}
    listing("/contacts")(document)
    content = document["paths"]["/contacts"]["get"]["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"$ref": "#/components/schemas/Site"}
    del content["examples"]


def test_a_number_that_tells_two_schemas_apart() -> None:
    """A second schema of a name that is taken is vendored beside the first, which stays who it was."""
    result = merged(source(edited(second_address)))

    assert VENDORED["components"]["schemas"]["Address"] == schemas(result.document)["Address"]
    assert {"Address": "Address", "Address1": "AddressDetails"} == {
        name: public for name, public in CHECKOUT.side(result.document).classes.items() if name.startswith("Address")
    }


def old_customer(document: Json) -> None:
    schemas(document)["Customer"] = {"type": "object", "properties": {"name": {"type": "string"}}}
    listing("/contacts")(document)
    content = document["paths"]["/contacts"]["get"]["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"$ref": "#/components/schemas/Customer"}
    del content["examples"]


def test_customer_and_the_customer_of_a_date() -> None:
    """`Customer` stays what the look-up returns, though another schema comes under that very name."""
    names = CHECKOUT.side(merged(source(edited(old_customer))).document).classes

    assert ("Customer", "CustomerDetails") == (names[CUSTOMER], names["Customer"])


def test_the_whole_api_as_a_source(whole_api: Json) -> None:
    """Of a document with hundreds of operations, ours are taken, and the components that they need."""
    whole = copy.deepcopy(whole_api)
    for index in range(300):
        whole["components"]["schemas"][f"Invoice{index}"] = {"type": "object", "properties": {"i": {"type": "integer"}}}
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/Invoice{index}"}}}
        answer = {"responses": {"200": {"description": "", "content": content}}, "tags": ["Invoices"]}
        whole["paths"][f"/invoices/{index}"] = {"get": answer, "post": answer}
    result = merged(source(whole))

    assert {"/customers", "/contacts", "/organisations"} == {
        "/" + path.split("/")[1] for path in result.document["paths"]
    }
    assert not [name for name in schemas(result.document) if name.startswith("Invoice")]
    assert "`api.json`: 600 operations are not ours" in result.noise


SELECTIONS = [
    (Selection(("/customers/**",), (), ()), "/customers", True),
    (Selection(("/customers/**",), (), ()), "/customers/{id}/aliases", True),
    (Selection(("/customers/**",), (), ()), "/customers-of-others", False),
    (Selection(("/customers/*",), (), ()), "/customers/{id}", True),
    (Selection(("/customers/*",), (), ()), "/customers/{id}/aliases", False),
    (Selection(("/customers",), (), ()), "/customers/{id}", False),
    (Selection((), ("Customers",), ()), "/anything", True),
    (Selection(("/customers/**",), ("Customers",), ("/customers/*/secret",)), "/customers/{id}/secret", False),
    (Selection(("/a.b",), (), ()), "/acb", False),
]


@pytest.mark.parametrize(("selection", "path", "expected"), SELECTIONS)
def test_selection(selection: Selection, path: str, expected: bool) -> None:
    """Paths, tags and exceptions choose as openapi/operations.yaml says they do."""
    assert expected is selection.holds(path, {"tags": ["Customers"]})


@pytest.mark.parametrize("text", ["paths: [/a]\npath: [/b]\n", "[]", "paths: /a\n", "tags: [1]\n", ""])
def test_a_filter_that_nobody_would_read(text: str, tmp_path: Path) -> None:
    """A filter with a key or a value that says nothing is refused."""
    (tmp_path / "operations.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError, match=r"operations\.yaml: "):
        read_selection(tmp_path / "operations.yaml")


def test_selecting_takes_no_component_too_many(whole_api: Json) -> None:
    """A document of which one operation is ours keeps what that one leads to."""
    only = select(whole_api, Selection(("/contacts/*/archive",), (), ()))

    assert ["/contacts/{id}/archive"] == list(only["paths"])
    assert {"Contact", "ContactRole", "ErrorDetails", "FieldError", "Problem"} == set(schemas(only))

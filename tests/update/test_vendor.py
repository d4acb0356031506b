"""What the vendor really publishes goes in, whole, as it is: one file of everything, beside the one page."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.generate.document import DocumentError, operations
from scripts.update.layout import write
from scripts.update.sources import read_source

from .checkouts import CHECKOUT, merged, source
from .documents import CUSTOMER, LOOK_UP, VENDORED, Json, edited, schemas, values
from .vendor import LONG, PATHS, SCHEMAS, renumbered, vendor_document

WHOLE = vendor_document()


def test_the_shape() -> None:
    """The document is as large as the vendor's, and as odd."""
    numbered = [name for name in schemas(WHOLE) if name[-1].isdigit() and not name[-2].isdigit()]

    assert (PATHS, SCHEMAS) == (len(WHOLE["paths"]), len(schemas(WHOLE)))
    assert len(numbered) >= 18
    assert {"Customer", CUSTOMER} <= set(schemas(WHOLE))


def test_our_operations_go_in() -> None:
    """Of the whole file, our twenty-four operations are taken, and what they need; the look-up is as it was."""
    result = merged(source(WHOLE))
    look_up = VENDORED["paths"][LOOK_UP]["get"]

    assert 24 == len([*operations(result.document)])
    assert json.dumps(look_up) == json.dumps(result.document["paths"][LOOK_UP]["get"])
    assert schemas(VENDORED).items() <= schemas(result.document).items()
    assert not [name for name in schemas(result.document) if name.startswith(("Invoice", "Wallet"))]


TOPS: dict[str, Callable[[Json], object]] = {
    "another patch of OpenAPI": lambda d: d.update(openapi="3.0.3"),
    "another title": lambda d: d.update(info={"title": "Other", "version": "9"}),
    "no description": lambda d: d["info"].pop("description"),
    "tags": lambda d: d.update(tags=[{"name": "Customers"}]),
    "no tags": lambda d: d.pop("tags"),
    "no security": lambda d: d.pop("security"),
    "security": lambda d: d.update(security=[{"basic": []}]),
    "a scheme of security": lambda d: d["components"].update(
        securitySchemes={"b": {"type": "http", "scheme": "basic"}}
    ),
    "an extension": lambda d: d.update({"x-build": 7}),
    "external docs": lambda d: d.update(externalDocs={"url": "https://a.b"}),
    "the sandbox alone": lambda d: d.update(servers=d["servers"][1:2]),
    "servers in another order": lambda d: d["servers"].reverse(),
    "no servers": lambda d: d.pop("servers"),
    "a slash more": lambda d: d["servers"][2].update(url=d["servers"][2]["url"] + "/"),
    "a templated server": lambda d: d["servers"].append({"url": "https://{r}.a.b", "description": "Region"}),
    "other top": lambda d: d.update({key: WHOLE[key] for key in ("openapi", "info", "servers", "tags")}),
}


@pytest.mark.parametrize("top", TOPS)
def test_the_top_of_a_file_is_no_change(top: str) -> None:
    """Whatever a file says of itself, what it says of our operations is all that counts; a second time as well."""
    assert json.dumps(VENDORED) == json.dumps(merged(source(edited(TOPS[top]))).document)


def test_a_server_that_moved_is_told() -> None:
    """Another URL for an environment of ours stands in the vendored document; the environment itself is ours."""
    moved = merged(source(edited(lambda d: d["servers"][2].update(url="https://new.sequencehq.com/api")))).document

    assert "https://new.sequencehq.com/api" == moved["servers"][2]["url"]
    assert 3 == len(moved["servers"])


@pytest.mark.parametrize("kind", ["json", "yaml", "page", "utf-16"])
def test_however_it_is_written(kind: str, tmp_path: Path) -> None:
    """JSON, YAML, a page with it in a fence, and another encoding are one document."""
    small = vendor_document(30, 80)
    text = json.dumps(small) if kind != "yaml" else write(small)
    path = tmp_path / {"page": "page.md"}.get(kind, "api.yaml")
    fence = "````json x GET /\n{}\n````\n" if kind == "page" else "{}"
    path.write_text(fence.format(text), encoding="utf-16" if kind == "utf-16" else "utf-8")

    assert small == read_source(path).document


def test_the_same_again_and_renumbered() -> None:
    """The same file again says nothing, and nor does another build of it, whose components have other numbers."""
    settled = CHECKOUT._replace(document=merged(source(WHOLE)).document, text=b"")

    assert settled.document is not None
    for again in (WHOLE, renumbered(WHOLE)):
        assert json.dumps(settled.document) == json.dumps(merged(source(again), into=settled).document)


def test_the_customer_of_other_operations() -> None:
    """A page with the undated `Customer` alone leaves what the look-up answers as it is, under its own name."""
    page = copy.deepcopy(WHOLE)
    page["paths"] = {"/customers/{id}": page["paths"]["/customers/{id}"]}
    result = merged(source(page, "page.md", is_page=True))
    names = CHECKOUT.side(result.document).classes

    assert schemas(VENDORED).items() <= schemas(result.document).items()
    assert ("Customer", "CustomerDetails") == (names[CUSTOMER], names["Customer"])


def test_the_page_after_the_whole_file() -> None:
    """The one page, after the file of everything, says nothing new; and each page after another keeps its noise."""
    settled = CHECKOUT._replace(document=merged(source(WHOLE)).document, text=b"")
    other = copy.deepcopy(renumbered(WHOLE))
    other["paths"] = {"/customers/{id}": other["paths"]["/customers/{id}"]}
    moved = source(edited(values("TaxStatus", "PARTLY")), "a.md", is_page=True)
    still = source(other, "b.md", is_page=True)

    assert settled.document is not None
    assert settled.document == merged(source(VENDORED, "a.md", is_page=True), into=settled).document
    assert settled.document == merged(still, into=settled).document
    with pytest.raises(DocumentError, match=r"a\.md and b\.md contradict each other at .*TaxStatus"):
        merged(moved, still, into=settled)


def test_names() -> None:
    """No name is longer than forty characters, and those that users have are what they were."""
    document = merged(source(WHOLE)).document
    names = CHECKOUT.side(document).classes

    assert {name: CHECKOUT.side(VENDORED).classes[name] for name in schemas(VENDORED)} == {
        name: names[name] for name in schemas(VENDORED)
    }
    assert [] == [name for name in names.values() if len(name) > 40]
    assert ("Customer", "CustomerDetails", "Contact") == (
        names[CUSTOMER],
        names["Customer"],
        names["ContactResponseModel"],
    )
    assert ("CustomerCustomPropertyKeys", "CustomerSettings") == (names[LONG["keys"]], names[LONG["settings"]])


def test_names_do_not_depend_on_order() -> None:
    """However a build orders its components, each has the same name."""
    document = merged(source(WHOLE)).document
    backwards = copy.deepcopy(document)
    backwards["components"]["schemas"] = dict(reversed(backwards["components"]["schemas"].items()))

    assert CHECKOUT.side(document).classes == CHECKOUT.side(backwards).classes


def test_a_change_of_the_whole_file() -> None:
    """A value that is new in one of many builds of the whole file is the only line that the vendored one gains."""
    newer = renumbered(edited(values("IntegrationService", "Chargebee"), base=WHOLE))
    settled = merged(source(WHOLE)).document
    moved = merged(source(newer), into=CHECKOUT._replace(document=settled)).document
    lines = {*write(moved).splitlines()} ^ {*write(settled).splitlines()}

    assert ["- Chargebee"] == [line.strip() for line in lines if line.strip() != "number"]


def test_time() -> None:
    """The whole file is merged in a time that nobody waits for."""
    begun = time.perf_counter()
    merged(source(vendor_document()))

    assert time.perf_counter() - begun < 10

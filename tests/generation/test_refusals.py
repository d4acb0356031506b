"""A document that cannot be used stops the generation with one line that names the place, the package untouched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.generation.conftest import Document, Edit

LOOK_UP = "/customers/by-alias/{alias}"


def customer(**properties: Any) -> Edit:
    """Add properties to the customer."""
    return lambda document: document["components"]["schemas"]["Customer20240509"]["properties"].update(properties)


def component(kind: str = "schemas", **components: Any) -> Edit:
    return lambda document: document["components"].setdefault(kind, {}).update(components)


def answering(content: Any, status: str = "200") -> dict[str, Any]:
    return {"responses": {status: {"description": "", "content": content}}}


def operation(path: str = "/things", method: str = "get", **keywords: Any) -> Edit:
    """Add an operation that answers 204 unless told otherwise."""
    added = {"responses": {"204": {"description": ""}}, **keywords}
    return lambda document: document["paths"].setdefault(path, {}).update({method: added})


def parameter(**keywords: Any) -> Edit:
    return operation(parameters=[{"name": "q", "in": "query", "schema": {"type": "string"}, **keywords}])


def look_up(**keywords: Any) -> Edit:
    return lambda document: document["paths"][LOOK_UP]["get"].update(keywords)


def rename_the_customer(document: Document) -> None:
    renamed = json.loads(json.dumps(document).replace("Customer20240509", "Customer20261122"))
    document.clear()
    document.update(renamed)


ENUM = {"type": "string"}

REFUSED: dict[str, tuple[Edit, str]] = {
    "swagger": (lambda d: d.update(openapi=None, swagger="2.0"), "not an OpenAPI 3 document"),
    "openapi 4": (lambda d: d.update(openapi="4.0.0"), "not an OpenAPI 3 document"),
    "openapi 3.7": (lambda d: d.update(openapi="3.7.0"), "openapi: Value error, Only OpenAPI versions 3.1.*"),
    "no paths": (lambda d: d.pop("paths"), "paths: Field required"),
    "no operation": (lambda d: d.update(paths={}), "has no operation"),
    "no responses": (lambda d: d["paths"][LOOK_UP]["get"].pop("responses"), "get.responses: Field required"),
    "wrong structure": (look_up(parameters={"alias": 1}), f"paths.{LOOK_UP}.get.parameters"),
    "servers of a path": (
        lambda d: d["paths"][LOOK_UP].update(servers=[{"url": "https://a.b"}]),
        f"{LOOK_UP}: servers of its own",
    ),
    "no version": (
        look_up(parameters=[{"name": "alias", "in": "path", "required": True, "schema": {"type": "string"}}]),
        "no operation that names one",
    ),
    "two versions": (
        operation(
            parameters=[{"name": "Sequence-Version", "in": "header", "schema": {"type": "string", "enum": ["1"]}}]
        ),
        "must agree on one API version, found ['1'] or ['2024-07-30']",
    ),
    "version without values": (
        lambda d: [p["schema"].pop("enum", None) for p in d["paths"][LOOK_UP]["get"]["parameters"]],
        "must agree on one API version, found []",
    ),
    "overlay target": (lambda d: d["components"]["schemas"].pop("Address"), "matches nothing in the document"),
    "override": (rename_the_customer, "generator-config.yaml: class_overrides match no class: Customer20240509"),
    "members": (
        customer(x={"type": "string", "enum": ["a-b", "a_b"]}),
        "Customer20240509.x: enum values 'a-b' and 'a_b' would both be A_B; set x-enum-varnames",
    ),
    "members in case": (customer(x={"enum": ["Xero", "XERO"]}), "'Xero' and 'XERO' would both be XERO"),
    "members in normal form": (customer(x={"enum": ["K", "\u212a"]}), "would both be K"),
    "members of a query": (parameter(schema={"enum": ["a b", "a.b"]}), "GET /things parameter q: enum values"),
    "mixed members": (customer(x={"enum": ["a", 1]}), "Customer20240509.x: the enum value 1 is of another type"),
    "unquoted members": (customer(x={"type": "string", "enum": [1099]}), "the enum value 1099 is of another type"),
    "members between": (customer(x={"type": "number", "enum": [1.5]}), "x: the enum value 1.5 is of another type"),
    "a header more in a member": (customer(x={"enum": ["a\x00"]}), "holds characters that are not supported"),
    "a path with a control character": (operation("/things/\u009b"), "has only what may stand in a URL's path"),
    "a path with a line": (operation("/things/\nX: y"), "has only what may stand in a URL's path"),
    "a header with a line": (
        parameter(**{"in": "header", "name": "X\r\nY"}),
        "is no name of a header; remove it in the overlay",
    ),
    "unprintable member": (customer(x={"enum": ["a\nb"]}), "'a\\nb' holds characters that are not supported"),
    "many member names": (
        customer(x={"enum": ["a"], "x-enum-varnames": ["A", "B"]}),
        "x-enum-varnames has 2 names for 1 values",
    ),
    "bad member name": (customer(x={"enum": ["a"], "x-enum-varnames": ["1"]}), "value 'a' cannot have the name '1'"),
    "fields": (
        customer(legal_name={"type": "string"}),
        "Customer20240509: the properties 'legalName' and 'legal_name' would both be legal_name",
    ),
    "fields, inline": (customer(x={"properties": {"a$": {}, "a": {}}}), "Customer20240509.x: the properties 'a$'"),
    "field with the name of a class": (component(日本={"type": "object", "properties": {"日本": {}}}), "日本"),
    "class of the runtime": (component(Model={"type": "object"}), "models.py: two things would be Model"),
    "broken reference": (
        customer(x={"$ref": "#/components/schemas/Nope"}),
        "#/components/schemas/Nope: a reference to nothing",
    ),
    "remote reference": (
        customer(x={"$ref": "https://a.b/c.yaml#/X"}),
        "https://a.b/c.yaml#/X: a reference to nothing",
    ),
    "broken parameter": (operation(parameters=[{"$ref": "#/components/parameters/Q"}]), "#/components/parameters/Q"),
    "no parameter": (
        operation(parameters=[{"$ref": "#/components/schemas/Address"}]),
        "with the overlay: not an OpenAPI 3 document: paths./things.get.parameters.0.name: Field required",
    ),
    "words in place of a truth": (
        operation(parameters=[{"name": "q", "in": "query", "required": "yes", "schema": {}}]),
        "required: Input should be a valid boolean",
    ),
    "path item reference": (lambda d: d["paths"].update({"/x": {"$ref": "#/y"}}), "/x: a path item by reference"),
    "properties beside oneOf": (
        customer(x={"properties": {"a": {}}, "oneOf": [{"$ref": "#/components/schemas/Address"}]}),
        "Customer20240509.x: properties beside oneOf",
    ),
    "binary": (customer(x={"type": "string", "format": "binary"}), "x: FileProperty is not supported"),
    "cookie": (parameter(**{"in": "cookie"}), "GET /things: cookie parameters are not supported"),
    "parameter content": (
        operation(parameters=[{"name": "q", "in": "query", "content": {}}]),
        "GET /things parameter q: has no schema",
    ),
    "object in a query": (
        parameter(schema={"$ref": "#/components/schemas/Address"}),
        "GET /things: the query parameter q has a type that is no plain text",
    ),
    "anything in a query": (parameter(schema={}), "the query parameter q has a type that is no plain text"),
    "deepObject": (parameter(style="deepObject"), "GET /things parameter q: only style: form"),
    "joined array": (
        parameter(explode=False, schema={"type": "array", "items": ENUM}),
        "GET /things parameter q: only style: form is supported, a key for each item",
    ),
    "array in a header": (
        parameter(**{"in": "header", "schema": {"type": "array", "items": ENUM}}),
        "list[str] | Unset is not allowed in header",
    ),
    "path parameter that is missing": (operation("/things/{id}"), "GET /things/{id}"),
    "two parameters": (
        operation(parameters=[{"name": n, "in": "query", "schema": ENUM} for n in ("a$", "a", "a!")]),
        "GET /things",
    ),
    "one parameter twice": (
        operation(parameters=[{"name": "q", "in": "query", "schema": ENUM}] * 2),
        "Parameters MUST NOT contain duplicates",
    ),
    "form": (
        operation(method="post", requestBody={"content": {"application/x-www-form-urlencoded": {"schema": {}}}}),
        "POST /things: only one body, application/json, is supported",
    ),
    "merge patch": (
        operation(method="patch", requestBody={"content": {"application/merge-patch+json": {"schema": {}}}}),
        "PATCH /things: only one body, application/json, is supported",
    ),
    "body by broken reference": (
        operation(method="post", requestBody={"$ref": "#/components/requestBodies/X"}),
        "POST /things",
    ),
    "text answer": (
        operation(**answering({"text/plain": {"schema": ENUM}})),
        "GET /things: 200 answers with something other than JSON",
    ),
    "unknown media type": (operation(**answering({"image/png": {"schema": ENUM}})), "WARNING parsing GET /things"),
    "no success": (operation(**answering({}, "404")), "GET /things: documents no success"),
    "status": (operation(**answering({}, "2xx")), "WARNING parsing GET /things"),
    "one name for two": (
        lambda d: [operation("/things/{a}", method)(d) for method in ("put", "patch")],
        "PUT /things/{a} and PATCH /things/{a} would both be THINGS_UPDATE; set x-python-name",
    ),
    "keyword": (
        operation("/things/import", "post"),
        "POST /things/import: 'things.import' must be resource.method, in words that neither Python",
    ),
    "annotation": (
        operation("/things/str", "post"),
        "POST /things/str: 'things.str' must be resource.method, in words that neither Python",
    ),
    "x-python-name": (operation(**{"x-python-name": "list"}), "'list' must be resource.method"),
    "name of the client": (
        operation("/close"),
        "'close.list' must be resource.method, in words that neither Python nor the clients have taken",
    ),
    "method and resource": (
        lambda d: [operation()(d), operation(**{"x-python-name": "things.list.get"}, path="/other")(d)],
        "AsyncThings: two things would be list; remove one in the overlay, or set its x-python-name",
    ),
    "query in a path": (operation("/things?a=1"), "/things?a=1: a path begins with a slash, and has only what may"),
    "relative path": (operation("things"), "things: a path begins with a slash"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, document: Document, refusal: Callable[[object], str]) -> None:
    """What cannot be generated as the document says it is refused, with the place."""
    edit, expected = REFUSED[case]
    edit(document)

    assert expected in refusal(document)


FILES = {
    "empty": b"",
    "binary": bytes(range(256)),
    "truncated": b"openapi: 3.0.0\npaths:\n  /a: {get: {",
    "duplicate keys": b"openapi: 3.0.0\nopenapi: 3.0.0\n",
    "duplicate keys in JSON": b'{"openapi": "3.0.0", "openapi": "3.0.0"}',
    "truncated JSON": b'{"openapi": "3.0.0"',
    "list": b"[1]",
    "text": b"hello",
    "cycle": b"a: &a\n  b: *a\n",
    "deep": b"[" * 100_000,
    "lone surrogate": b'{"openapi": "3.0.0\\ud800"}',
    "not a number": b"openapi: .nan\n",
    "merged keys": b"a: &a {openapi: 3.0.0}\n<<: *a\n",
    "latin-1": "openapi: é".encode("latin-1"),
}


@pytest.mark.parametrize("case", FILES)
def test_no_document(case: str, tmp_path: Path, refusal: Callable[[object], str]) -> None:
    """A file that is no document is refused, by its name."""
    path = tmp_path / "customers.yaml"
    path.write_bytes(FILES[case])

    assert "customers.yaml: " in refusal(path)


def test_no_file(tmp_path: Path, refusal: Callable[[object], str]) -> None:
    """A file that is not there is refused, and so is a folder."""
    assert "nowhere.yaml: cannot be read: No such file" in refusal(tmp_path / "nowhere.yaml")

"""What generated methods take beside the document's arguments, and how much of a package one resource costs."""

from __future__ import annotations

import copy
import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from tests.generation.conftest import Document, Generated

REF = {"$ref": "#/components/schemas/Customer20240509"}
RESOURCES = [f"things{number}s" for number in range(40)]


def _answer(schema: Any) -> dict[str, Any]:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def _parameter(name: str, location: str, **given: Any) -> dict[str, Any]:
    return {"name": name, "in": location, "schema": {"type": "string"}, **given}


@pytest.fixture(scope="module")
def many(generate_client: Callable[..., Generated]) -> Generated:
    """A client of a document with forty resources more, each with a model of its own, and one that they share."""

    def grow(document: Document) -> None:
        schemas, paths = document["components"]["schemas"], document["paths"]
        schemas["Money"] = {"type": "object", "properties": {"amount": {"type": "string"}}}
        for name in RESOURCES:
            parts = {"money": {"$ref": "#/components/schemas/Money"}, "self": {"$ref": f"#/components/schemas/{name}"}}
            schemas[name] = {"type": "object", "properties": {**parts, f"of_{name}": {"type": "string"}}}
            paths[f"/{name}"] = {"get": {"responses": _answer({"$ref": f"#/components/schemas/{name}"})}}
        paths["/customers"] = {
            "post": {
                "summary": "Create",
                "description": "Makes a [customer](/customers/overview); see [RFC](https://example.com/rfc).<br/>Twice.",
                "parameters": [
                    _parameter("Idempotency-Key", "header", required=True),
                    _parameter("timeout", "query", description="Their timeout"),
                ],
                "responses": _answer(REF),
            }
        }

    return generate_client(grow)


def recorded(many: Generated, example: dict[str, Any], **arguments: Any) -> httpx.Request:
    """What a call of the method sends."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=example)

    with many.client(answer) as client:
        client.customers.create(**arguments)
    return requests[0]


@pytest.fixture
def example(document: Document) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(document["components"]["schemas"]["Customer20240509"]["example"])
    return found


def test_idempotency_key_may_be_left_out(many: Generated, example: dict[str, Any]) -> None:
    """A header that makes a call safe to repeat is a fact of the operation, and an argument only for who has one."""
    operation = many.module("_generated.operations").CUSTOMERS_CREATE
    method = many.module("_generated.methods").Customers.create

    assert "Idempotency-Key" == operation.idempotency_key
    assert None is many.module("_generated.operations").CUSTOMERS_GET_BY_ALIAS.idempotency_key
    assert None is inspect.signature(method).parameters["idempotency_key"].default
    assert "k" == recorded(many, example, idempotency_key="k").headers["idempotency-key"]


def test_the_documents_argument_keeps_its_name(many: Generated, example: dict[str, Any]) -> None:
    """Where the document has a parameter of the name of an option, the option has an underscore."""
    request = recorded(many, example, timeout="theirs", timeout_=5, extra_headers={"X-Team": "a"})
    text = inspect.getdoc(many.module("_generated.methods").Customers.create) or ""

    assert {"timeout": "theirs"} == dict(request.url.params)
    assert 5 == request.extensions["timeout"]["read"]
    assert "a" == request.headers["x-team"]
    assert "\n    timeout: Their timeout\n" in text
    assert "\n    timeout_: Wall-clock seconds" in text


def test_words_are_cleaned_of_markup(many: Generated) -> None:
    """Links within the vendor's pages, and HTML, are no words; links that lead somewhere stay."""
    text = inspect.getdoc(many.module("_generated.methods").Customers.create) or ""

    assert "Makes a customer; see RFC.Twice." in " ".join(text.split())


USE = """
import json, sys
import {package} as package
imported = lambda: sorted(name for name in sys.modules if name.startswith("{package}._generated.things"))
before = imported()
client = package.SequenceClient(client_id="id", client_secret="secret")
made = imported()
client.things7s
print(json.dumps([before, made, imported()]))
"""


def test_a_resource_is_imported_when_it_is_first_used(many: Generated) -> None:
    """Importing the package, and making a client, imports no resource; using one imports that one."""
    program = USE.format(package=many.name)

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], cwd=many.folder.parent, capture_output=True, text=True, check=True
    )
    before, made, used = json.loads(done.stdout)

    assert ([], []) == (before, made)
    assert {f"{many.name}._generated.things7s"} == {".".join(name.split(".")[:3]) for name in used}


def test_models_stand_with_the_resource_that_needs_them(many: Generated) -> None:
    """A model of one resource is in its folder, one of several in the folder that they share."""
    assert "of_things7s: str | None" in many.source("things7s/models")
    assert "class Money(" in many.source("shared/models")
    assert "class Customer(" in many.source("customers/models")
    assert {many.name} == {getattr(many.models, name).__module__ for name in many.models.__all__}


def test_a_model_that_holds_itself_has_a_json_schema(rich: Generated) -> None:
    """Models that hold themselves, and each other, are described to pydantic by reference, and read."""
    adapter = TypeAdapter(rich.models.Node)
    described = adapter.json_schema()["$defs"]

    assert {"$ref": "#/$defs/Node"} == described["Node"]["properties"]["children"]["items"]
    assert "#/$defs/Other" == described["Node"]["properties"]["other"]["$ref"]
    assert {"parent": {"children": []}} == adapter.dump_python(adapter.validate_python({"parent": {"children": []}}))


def test_every_model_has_a_json_schema(rich: Generated) -> None:
    """Whatever fields a model has, pydantic can describe it and read what it wrote."""
    schema = TypeAdapter(rich.models.Customer).json_schema()["$defs"]["CustomerInlineObj"]

    assert ["deep"] == schema["required"]

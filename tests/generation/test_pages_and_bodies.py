"""Operations of other shapes become methods: pages with an iterator, bodies that clear fields, errors with a body."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.generation.conftest import Document, Generated

REF = "#/components/schemas/Customer20240509"


def _json(schema: Any) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def _query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


@pytest.fixture(scope="module")
def wide(generate_client: Callable[..., Generated]) -> Generated:
    """A client with pages of customers, an update that can clear fields, and an error that has a body."""

    def widen(document: Document) -> None:
        cursors = {"after": {"type": "string"}, "before": {"type": "string"}, "totalResultSize": {"type": "integer"}}
        document["components"]["schemas"] |= {
            "CustomerPage": {
                "type": "object",
                "required": ["items", "pagination"],
                "properties": {
                    "items": {"type": "array", "items": {"$ref": REF}},
                    "pagination": {"$ref": "#/components/schemas/Pagination"},
                },
            },
            "Pagination": {"type": "object", "properties": cursors},  # after what refers to it
            "CustomerUpdate": {
                "type": "object",
                "properties": {
                    "label": {"type": "string", "nullable": True},
                    "telephone": {"type": "string", "nullable": True},
                    "legalName": {"type": "string"},
                },
            },
            "Problem": {
                "type": "object",
                "required": ["code"],
                "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
            },
        }
        problem = _json({"$ref": "#/components/schemas/Problem"})
        document["paths"]["/customers"] = {
            "get": {
                "parameters": [
                    _query("limit", type="integer"),
                    _query("after", type="string"),
                    _query("before", type="string"),
                    _query("label", type="string"),
                ],
                "responses": {"200": _json({"$ref": "#/components/schemas/CustomerPage"})},
            }
        }
        document["paths"]["/customers/{id}"] = {
            "patch": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CustomerUpdate"}}},
                },
                "responses": {"200": _json({"$ref": REF}), "422": problem, "default": problem},
            }
        }

    return generate_client(widen)


@pytest.fixture
def example(document: Document) -> dict[str, Any]:
    example: dict[str, Any] = document["components"]["schemas"]["Customer20240509"]["example"]
    return example


class Shelf:
    """Customers on pages of two."""

    def __init__(self, example: dict[str, Any], count: int, loops: bool = False) -> None:
        self.customers = [example | {"id": str(number)} for number in range(count)]
        self.loops = loops
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(dict(request.url.params))
        start = int(request.url.params.get("after", 0))
        following = start if self.loops else start + 2
        more = {"after": str(following)} if following < len(self.customers) else {}
        return httpx.Response(200, json={"items": self.customers[start : start + 2], "pagination": more})


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_every_item_of_every_page(wide: Generated, example: dict[str, Any], count: int) -> None:
    """The iterator goes through all pages, in order, passing the other arguments on, and asks for no page too many."""
    shelf, expected = Shelf(example, count), [str(number) for number in range(count)]

    async def collect() -> list[str]:
        async with wide.async_client(shelf) as client:
            return [customer.id async for customer in client.customers.list_all(limit=2, label="x")]

    with wide.client(shelf) as client:
        assert expected == [customer.id for customer in client.customers.list_all(limit=2, label="x")]
    assert expected == asyncio.run(collect())
    assert 2 * max(1, (count + 1) // 2) == len(shelf.asked)
    assert all({"limit": "2", "label": "x"}.items() <= asked.items() for asked in shelf.asked)


def test_pages_come_when_they_are_due(wide: Generated, example: dict[str, Any]) -> None:
    """Who stops early has asked for no more than was looked at."""
    shelf = Shelf(example, 5)

    with wide.client(shelf) as client:
        first = next(client.customers.list_all())

    assert ("0", [{}]) == (first.id, shelf.asked)


def test_a_cursor_that_goes_in_circles(wide: Generated, example: dict[str, Any]) -> None:
    """A server whose cursor leads nowhere ends in an error, not in a loop."""
    error = wide.module().APIResponseValidationError

    with wide.client(Shelf(example, 5, loops=True)) as client, pytest.raises(error) as caught:
        list(client.customers.list_all(after="2"))

    assert "pagination.after" == caught.value.path


def test_null_and_absent_differ_in_requests(wide: Generated, example: dict[str, Any]) -> None:
    """A field that is cleared is sent as null, one that is left alone is not sent, and only what may be null can be."""
    sent: list[Any] = []
    update = wide.models.CustomerUpdate

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=example)

    with wide.client(answer) as client:
        client.customers.update("1", update(legal_name="New"))
        client.customers.update("1", update(legal_name="New", telephone="1").clear("label", "telephone"))

    assert [{"legalName": "New"}, {"legalName": "New", "label": None, "telephone": None}] == sent
    with pytest.raises(ValueError, match="CustomerUpdate: legal_name cannot be null; label, telephone can"):
        update().clear("legal_name")


@pytest.mark.parametrize("status", [422, 418])
def test_the_body_of_a_documented_error(wide: Generated, status: int) -> None:
    """The body of a documented error is its model; one that is not what the document says is kept as it came."""
    bodies = iter([{"code": "E1", "message": "No"}, {"other": 1}])
    errors = []

    with wide.client(lambda _: httpx.Response(status, json=next(bodies))) as client:
        for _ in range(2):
            with pytest.raises(wide.module().APIStatusError) as caught:
                client.customers.update("1", wide.models.CustomerUpdate())
            errors.append(caught.value)

    assert wide.models.Problem(code="E1", message="No") == errors[0].body
    assert "No" in errors[0].message
    assert {"other": 1} == errors[1].body

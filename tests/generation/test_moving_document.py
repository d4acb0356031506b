"""The document moves: what the vendor adds is in the client after `make generate`, and no hand-written line changes."""

from __future__ import annotations

import copy
import datetime as dt
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from scripts.generate.document import DocumentError
from scripts.generate.naming import operation_name
from scripts.generate.overlay import apply_overlay
from tests.generation.conftest import Document, Generated


@pytest.fixture(scope="module")
def moved(generate_client: Callable[..., Generated]) -> Generated:
    """A client of a document with an operation, an enum value, two fields and a server more."""

    def move(document: Document) -> None:
        look_up = document["paths"]["/customers/by-alias/{alias}"]["get"]
        listing = copy.deepcopy(look_up) | {"summary": "List customers", "operationId": "x", "tags": []}
        listing["parameters"] = [each for each in listing["parameters"] if each["in"] == "header"]
        listing["responses"]["200"]["content"]["application/json"]["schema"] = {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Customer20240509"},
        }
        document["paths"]["/customers"] = {"get": listing}
        schemas = document["components"]["schemas"]
        schemas["IntegrationService"]["enum"].insert(3, "Chargebee")
        schemas["Customer20240509"]["properties"] |= {
            "vatNumber": {"type": "string", "description": "VAT number"},
            "updatedAt": {"type": "string", "example": "2024-05-02T14:26:48+02:00", "nullable": True},
            "birthday": {"type": "string", "example": "2024-05-02"},
            "localTime": {"type": "string", "example": "2024-05-02T14:26:48"},
        }
        document["servers"].append({"url": "https://us.sequencehq.com/api", "description": "Staging"})

    return generate_client(move)


@pytest.mark.parametrize("prefix", ["", "Async"])
def test_operation(prefix: str, moved: Generated) -> None:
    """An operation more is a method more, with the document's words, and without the headers that the client sends."""
    method = getattr(moved.module("_generated.methods"), f"{prefix}Customers").list

    assert ["self", "timeout", "deadline", "max_retries", "extra_headers"] == list(inspect.signature(method).parameters)
    assert "builtins.list[models.Customer]" == method.__annotations__["return"]
    assert method.__doc__.startswith("List customers.\n")


def test_enum_value(moved: Generated) -> None:
    """An enum value more is a member more, and the others stay who they were."""
    service = moved.models.IntegrationService

    assert "Chargebee" == service.CHARGEBEE
    assert service.XERO.is_known


def test_fields(moved: Generated) -> None:
    """A field more is an attribute more; where its example is a timestamp with an offset, it is a datetime."""
    annotations = moved.models.Customer.__annotations__

    assert str | None == annotations["vat_number"]
    assert dt.datetime | None == annotations["updated_at"]
    assert str | None == annotations["birthday"]
    assert str | None == annotations["local_time"]
    assert '    """VAT number"""' in moved.source("customers/models")


def test_server(moved: Generated) -> None:
    """A server more is an environment more, which the client can choose."""
    client = moved.module().SequenceClient(client_id="id", client_secret="s", environment="staging")

    assert "https://us.sequencehq.com/api" == moved.module().Environment.STAGING.base_url
    assert "STAGING" in repr(client)
    client.close()


NAMES = {
    ("/customers/by-alias/{alias}", "get"): "customers.get_by_alias",
    ("/customers", "get"): "customers.list",
    ("/customers", "post"): "customers.create",
    ("/customers/{id}", "get"): "customers.get",
    ("/customers/{id}", "put"): "customers.update",
    ("/customers/{id}", "delete"): "customers.delete",
    ("/customers/{id}/archive", "post"): "customers.archive",
    ("/customers/{id}/aliases", "get"): "customers.aliases.list",
    ("/customers/{id}/aliases/{alias}", "delete"): "customers.aliases.delete",
    ("/customers/{id}/status", "get"): "customers.status.list",
    ("/customers/{id}/balance", "get"): "customers.get_balance",
    ("/api/v1/contacts", "post"): "contacts.create",
    ("/", "get"): "root.list",
}


@pytest.mark.parametrize(("path", "method"), NAMES)
def test_operation_names(path: str, method: str) -> None:
    """Operations are named by path and method, which change less than the vendor's ids."""
    assert NAMES[path, method] == str(operation_name(path, method))


DATA: dict[str, Any] = {"a": {"b": 1, "list": [1, {"x": "y"}]}, "c": {"b": 2}}

OVERLAYS: list[tuple[dict[str, Any], object]] = [
    ({"target": "$.a", "update": {"b": {"new": True}}}, {"a": DATA["a"] | {"b": {"new": True}}, "c": {"b": 2}}),
    ({"target": "$.a", "update": {"list": [2]}}, {"a": {"b": 1, "list": [1, {"x": "y"}, 2]}, "c": {"b": 2}}),
    ({"target": "$.a.list", "update": 3}, {"a": {"b": 1, "list": [1, {"x": "y"}, 3]}, "c": {"b": 2}}),
    ({"target": "$.a.list[*]", "remove": True}, {"a": {"b": 1, "list": []}, "c": {"b": 2}}),
    ({"target": "$..b", "remove": True}, {"a": {"list": [1, {"x": "y"}]}, "c": {}}),
]


@pytest.mark.parametrize(("action", "expected"), OVERLAYS)
def test_overlay(action: dict[str, Any], expected: object) -> None:
    """An action merges or removes at every match of its target, and leaves the original as it was."""
    original = copy.deepcopy(DATA)

    assert expected == apply_overlay(original, {"actions": [action]})
    assert DATA == original


BAD_OVERLAYS: list[tuple[object, str]] = [
    ({}, "has no list of actions"),
    ({"actions": ["x"]}, "an action has a target"),
    ({"actions": [{"target": "$.a"}]}, "either update or remove"),
    ({"actions": [{"target": "$.a", "update": {}, "remove": True}]}, "either update or remove"),
    ({"actions": [{"target": "$.a", "updaet": {}}]}, "an action has a target"),
    ({"actions": [{"update": {}}]}, "an action has a target"),
    ({"actions": [{"target": "$.a[", "remove": True}]}, "not a JSONPath"),
    ({"actions": [{"target": "$.z", "remove": True}]}, "$.z: matches nothing in the document"),
    ({"actions": [{"target": "$", "remove": True}]}, "would remove the whole document"),
    ({"actions": [{"target": "$.a.b", "update": {"x": 1}}]}, "and this is neither"),
    ({"actions": [{"target": "$.a", "update": [1]}]}, "and this is neither"),
]


@pytest.mark.parametrize(("overlay", "expected"), BAD_OVERLAYS)
def test_bad_overlay(overlay: object, expected: str) -> None:
    """An overlay that does nothing, or cannot be read, is an error of one line."""
    with pytest.raises(DocumentError) as raised:
        apply_overlay(copy.deepcopy(DATA), overlay)

    assert expected in str(raised.value)

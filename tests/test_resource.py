"""Resources: one object a client, which tests may put another in the place of, with methods that say what they take."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints
from unittest.mock import create_autospec, patch

import httpx
import pytest

import sequence_customers_client
from sequence_customers_client import AsyncSequenceClient, Customer, SequenceClient
from sequence_customers_client._generated import methods, models, operations
from sequence_customers_client._operation import Arguments
from sequence_customers_client._response import APIResponse
from tests.conftest import Twin

METHODS = [
    pytest.param(function, id=f"{kind}.{name}")
    for kind in methods.__all__
    for name, function in inspect.getmembers(getattr(methods, kind), inspect.isfunction)
    if not name.startswith("_")
]


def test_a_resource_is_one_object_a_client(twin: Twin) -> None:
    """Whoever asks twice gets the same object, and a copy of a client has its own."""
    client = twin.make()
    before = client.customers

    copied = client.with_options(timeout=1)

    assert client.customers is before
    assert copied.customers is copied.customers is not before
    assert client.with_raw_response.customers is not None


def test_a_method_can_be_patched(twin: Twin) -> None:
    """What a test puts in the place of a method is what the service under test calls, until the test ends."""
    client = twin.make()

    with patch.object(client.customers, "get_by_alias") as patched:
        assert client.customers.get_by_alias is patched

    assert client.customers.get_by_alias is not patched


@pytest.mark.parametrize("used", [False, True])
def test_a_resource_can_be_patched(twin: Twin, used: bool) -> None:
    """So it is with a whole resource, used before or not."""
    client = twin.make()
    before = client.customers if used else None

    with patch.object(client, "customers") as patched:
        assert client.customers is patched

    assert client.customers is not patched
    assert before in {None, client.customers}


@pytest.mark.parametrize("kind", [AsyncSequenceClient, SequenceClient])
def test_mocks_have_the_real_signatures(kind: Any) -> None:
    """A call that the client would refuse, a mock of its class refuses, and so a name that it has not."""
    mock = create_autospec(kind, instance=True)

    result = mock.customers.get_by_alias("acme", timeout=1)
    if inspect.iscoroutine(result):
        asyncio.run(result)
    for wrong in ({}, {"alas": "acme"}, {"alias": "acme", "colour": "red"}):
        with pytest.raises(TypeError):
            mock.customers.get_by_alias(**wrong)
    with pytest.raises(AttributeError, match="get_by_alas"):
        mock.customers.get_by_alas("acme")


@pytest.mark.parametrize("method", METHODS)
def test_methods_stand_alone(method: Any) -> None:
    """A method's hints resolve, and its docstring says all of its arguments, what it returns and what it raises."""
    hints = get_type_hints(method)
    text = inspect.getdoc(method) or ""
    arguments = list(inspect.signature(method).parameters)[1:]

    assert {*arguments, "return"} == set(hints)
    assert all(f"\n    {name}: " in text for name in arguments)
    assert "\nReturns:\n" in text
    assert "\nRaises:\n" in text
    assert "](/" not in text
    assert {
        "timeout": float | httpx.Timeout | None,
        "deadline": float | None,
        "max_retries": int | None,
        "extra_headers": Mapping[str, str] | None,
    }.items() <= hints.items()


def test_results_are_the_documents() -> None:
    """A method returns the model, its raw twin the response that holds it."""
    assert Customer is get_type_hints(methods.AsyncCustomers.get_by_alias)["return"]
    assert APIResponse[Customer] == get_type_hints(methods.CustomersRaw.get_by_alias)["return"]


@pytest.mark.parametrize("name", sorted([*models.__all__, "AsyncSequenceClient", "SequenceClient"]))
def test_hints_of_everything_public_resolve(name: str) -> None:
    """typing.get_type_hints works on every model, open string and client, and on all of their methods."""
    kind = getattr(sequence_customers_client, name)

    assert isinstance(get_type_hints(kind), dict)
    for _, function in inspect.getmembers(kind, inspect.isfunction):
        if (function.__module__ or "").startswith("sequence_customers_client"):
            assert isinstance(get_type_hints(function), dict)


class Caller:
    """A client that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def call(self, operation: Any, arguments: Arguments) -> Any:
        self.asked.append((operation, arguments.values, arguments.options))
        return APIResponse(status_code=200, headers={}, content=b"", attempts=(), elapsed=0.0, parsed="parsed")


def test_methods_call_their_client() -> None:
    """A method hands its operation, its arguments by name, and the options that the call has to its client."""
    caller = Caller()
    options: dict[str, Any] = {"timeout": 1.5, "deadline": 2, "max_retries": 3, "extra_headers": {"X-Team": "a"}}

    results: list[Any] = [methods.Customers(caller).get_by_alias("acme"), methods.CustomersRaw(caller)]
    results[1] = results[1].get_by_alias(alias="acme", **options).parsed

    assert ["parsed", "parsed"] == results
    assert [
        (operations.CUSTOMERS_GET_BY_ALIAS, {"alias": "acme"}, {}),
        (operations.CUSTOMERS_GET_BY_ALIAS, {"alias": "acme"}, options),
    ] == caller.asked

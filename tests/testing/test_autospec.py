"""`unittest.mock.create_autospec` of the clients, for tests that want no HTTP at all."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import create_autospec

import pytest

from sequence_customers_client import AsyncSequenceClient, Customer, SequenceClient
from sequence_customers_client.testing import example_customer

CREDENTIALS: dict[str, Any] = {"client_id": "id", "client_secret": "secret"}
CUSTOMER = Customer.from_dict(example_customer())


def of_a_class(kind: Any) -> Any:
    return create_autospec(kind, instance=True)


def of_a_client(kind: Any) -> Any:
    return create_autospec(kind(**CREDENTIALS))


MAKERS = [pytest.param(of_a_class, id="class"), pytest.param(of_a_client, id="client")]
KINDS = pytest.mark.parametrize("kind", [SequenceClient, AsyncSequenceClient])


@pytest.mark.parametrize("make", MAKERS)
@KINDS
def test_mocks_have_the_real_signatures(kind: Any, make: Any) -> None:
    """A call that the client would refuse, its mock refuses, plain and raw; so does a name that it has not."""
    mock = make(kind)

    for customers in (mock.customers, mock.with_raw_response.customers):
        for wrong in ({"alas": "acme"}, {}, {"alias": "acme", "colour": "red"}):
            with pytest.raises(TypeError):
                customers.get_by_alias(**wrong)
        with pytest.raises(AttributeError):
            customers.get_by_alas("acme")
    with pytest.raises(TypeError):
        mock.with_options(colour="red")


@pytest.mark.parametrize("make", MAKERS)
def test_a_mock_is_told_what_to_return(make: Any) -> None:
    """The blocking client's mock returns, the other's is awaited."""
    mock, async_mock = make(SequenceClient), make(AsyncSequenceClient)
    mock.customers.get_by_alias.return_value = CUSTOMER
    async_mock.customers.get_by_alias.return_value = CUSTOMER

    assert CUSTOMER == mock.customers.get_by_alias("acme")
    assert CUSTOMER == asyncio.run(async_mock.customers.get_by_alias("acme"))
    mock.customers.get_by_alias.assert_called_once_with(alias="acme")

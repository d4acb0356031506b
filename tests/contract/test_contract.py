"""The clients against Prism: what they send is what the document asks for, and what that answers is understood."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from sequence_customers_client import (
    APIStatusError,
    AsyncSequenceClient,
    AuthenticationError,
    BadRequestError,
    Customer,
    InternalServerError,
    NotFoundError,
    SequenceClient,
)
from sequence_customers_client._response import APIResponse
from sequence_customers_client.testing import example_customer
from tests.contract.prism import Server

LookUp = Callable[..., APIResponse[Customer]]


def _look_up(server: Server, alias: str, headers: Mapping[str, str]) -> APIResponse[Customer]:
    with SequenceClient(**_options(server, headers)) as sequence:
        return sequence.with_raw_response.customers.get_by_alias(alias)


def _look_up_async(server: Server, alias: str, headers: Mapping[str, str]) -> APIResponse[Customer]:
    async def look_up() -> APIResponse[Customer]:
        async with AsyncSequenceClient(**_options(server, headers)) as sequence:
            return await sequence.with_raw_response.customers.get_by_alias(alias)

    return asyncio.run(look_up())


def _options(server: Server, headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "base_url": server.base_url,
        "client_id": "id",
        "client_secret": "secret",
        "max_retries": 0,
        "default_headers": headers,
    }


@pytest.fixture(params=[_look_up, _look_up_async], ids=["sync", "async"])
def look_up(request: pytest.FixtureRequest) -> LookUp:
    """A look-up by either client: server, alias, and headers for Prism."""
    function: LookUp = request.param
    return function


def assert_no_violation(response: APIResponse[Any] | APIStatusError) -> None:
    """Prism names what a request has against the document in this header."""
    assert None is response.headers.get("sl-violations")


def test_the_documented_example_is_a_customer(vendored: Server, look_up: LookUp) -> None:
    """What the document shows as the answer comes back as that customer, and nothing in the request is amiss."""
    response = look_up(vendored, "acme", {})

    assert_no_violation(response)
    assert example_customer() == response.parsed.to_dict()


@pytest.mark.parametrize(
    "alias", ["a/b", "caf\u00e9 \u20ac", "a?b#c", "100%", "a+b", "jane@example.com", "..%2f..", "x" * 2000]
)
def test_any_alias_is_one_path_segment(vendored: Server, look_up: LookUp, alias: str) -> None:
    """Whatever an alias holds, the request stays the one that the document describes."""
    response = look_up(vendored, alias, {})

    assert_no_violation(response)
    assert 200 == response.status_code


@pytest.mark.parametrize(
    ("status", "error"), [(400, BadRequestError), (401, AuthenticationError), (500, InternalServerError)]
)
def test_every_documented_status_is_its_error(
    vendored: Server, look_up: LookUp, status: int, error: type[APIStatusError]
) -> None:
    """400, 401 and 500, which the document gives no body, are errors of their own class."""
    with pytest.raises(error) as caught:
        look_up(vendored, "acme", {"Prefer": f"code={status}"})

    assert_no_violation(caught.value)
    assert (status, None) == (caught.value.status_code, caught.value.body)


def test_a_status_that_is_not_documented_is_an_error_too(vendored: Server, look_up: LookUp) -> None:
    """Prism answers 404 where the document has no such status; that is a NotFoundError with Prism's words in it."""
    with pytest.raises(NotFoundError) as caught:
        look_up(vendored, "acme", {"Prefer": "code=404"})

    assert "404" in str(caught.value.body)


@pytest.mark.parametrize("turn", range(10))
def test_a_dynamic_body_decodes(overlaid: Server, look_up: LookUp, turn: int) -> None:
    """Whatever Prism makes up from the schemas is read, and written again, without loss."""
    response = look_up(overlaid, f"customer-{turn}", {"Prefer": "dynamic=true"})

    assert Customer.from_dict(response.parsed.to_dict()) == response.parsed

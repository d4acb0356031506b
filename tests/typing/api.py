"""What type checkers see of the public API: checked by mypy and pyright, and never run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_type

import httpx

from sequence_customers_client import (
    API_VERSION,
    SPEC_SHA256,
    Address,
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AsyncSequenceClient,
    ConfigurationError,
    CountryCode,
    Customer,
    Environment,
    IntegrationId,
    IntegrationService,
    NotFoundError,
    RateLimitError,
    SequenceClient,
    SequenceError,
    State,
    TaxStatus,
    __version__,
)


async def asynchronous() -> None:
    """The async client."""
    async with AsyncSequenceClient(environment=Environment.SANDBOX) as sequence:
        assert_type(sequence, AsyncSequenceClient)
        assert_type(await sequence.customers.get_by_alias("acme"), Customer)
        assert_type(await sequence.customers.get_by_alias(alias="acme"), Customer)

        response = await sequence.with_raw_response.customers.get_by_alias("acme")
        assert_type(response.parsed, Customer)
        assert_type(response.status_code, int)
        assert_type(response.headers, Mapping[str, str])
        assert_type(response.content, bytes)
        assert_type(response.request_id, str | None)
        assert_type(response.elapsed, float)
        assert_type(response.attempts[0].status_code, int | None)
        assert_type(response.attempts[0].cause, str | None)
        assert_type(response.attempts[0].elapsed, float)
        assert_type(response.attempts[0].wait, float | None)

        assert_type(sequence.with_options(timeout=1, max_retries=0), AsyncSequenceClient)
        assert_type(await sequence.aclose(), None)


def synchronous() -> None:
    """The sync client."""
    with SequenceClient() as sequence:
        assert_type(sequence, SequenceClient)
        assert_type(sequence.customers.get_by_alias("acme"), Customer)

        response = sequence.with_raw_response.customers.get_by_alias("acme")
        assert_type(response.parsed, Customer)
        assert_type(response.attempts[0].wait, float | None)

        assert_type(sequence.with_options(deadline=1.5, default_headers={"X-Team": "a"}), SequenceClient)
        assert_type(sequence.close(), None)


async def fetch_secret() -> str:
    """An async source of a secret."""
    return "secret"


def constructors(asynchronous_http: httpx.AsyncClient, synchronous_http: httpx.Client) -> None:
    """What the constructors take."""
    AsyncSequenceClient(
        client_id="id",
        client_secret="secret",
        environment="sandbox",
        timeout=httpx.Timeout(5),
        deadline=30,
        max_retries=1,
        transport=httpx.AsyncHTTPTransport(),
        max_connections=10,
        max_response_bytes=1_000,
        default_headers={"X-Team": "billing"},
    )
    AsyncSequenceClient(http_client=asynchronous_http, base_url="https://example.com")
    AsyncSequenceClient(client_secret=fetch_secret)
    SequenceClient(client_id=lambda: "id", client_secret=lambda: "secret")
    SequenceClient(http_client=synchronous_http, environment=Environment.DEV, timeout=2.5)
    SequenceClient(transport=httpx.MockTransport(lambda request: httpx.Response(200, request=request)))


def wrong(asynchronous_http: httpx.AsyncClient, sequence: SequenceClient, customer: Customer) -> None:
    """What type checkers refuse: each comment is an error where there is nothing to ignore."""
    SequenceClient("id", "secret")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    SequenceClient(http_client=asynchronous_http)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    SequenceClient(timeout="10")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    sequence.customers.get_by_alias(1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    sequence.customers.get_by_alias()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    customer.address.town = 1  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]
    customer.tax_status = "TAXED"  # type: ignore[assignment] # pyright: ignore[reportAttributeAccessIssue]


def customers(customer: Customer) -> None:
    """The fields of the models."""
    assert_type(customer.id, str)
    assert_type(customer.created_at, datetime)
    assert_type(customer.legal_name, str)
    assert_type(customer.contact_name, str | None)
    assert_type(customer.address, Address)
    assert_type(customer.address.line1, str)
    assert_type(customer.address.line2, str | None)
    assert_type(customer.address.town, str)
    assert_type(customer.address.state, State | None)
    assert_type(customer.address.postcode, str)
    assert_type(customer.address.country, CountryCode)
    assert_type(customer.email, str)
    assert_type(customer.telephone, str | None)
    assert_type(customer.url, str | None)
    assert_type(customer.label, str | None)
    assert_type(customer.integration_ids, list[IntegrationId])
    assert_type(customer.integration_ids[0].service, IntegrationService)
    assert_type(customer.integration_ids[0].id, str)
    assert_type(customer.integration_ids[0].last_synced, datetime | None)
    assert_type(customer.integration_ids[0].is_pending, bool)
    assert_type(customer.archived_at, datetime | None)
    assert_type(customer.billing_emails, list[str])
    assert_type(customer.tax_status, TaxStatus)
    assert_type(customer.additional_properties, dict[str, Any])
    assert_type(customer.to_dict(), dict[str, Any])
    assert_type(Customer.from_dict({}), Customer)
    assert_type(Address.from_dict({}), Address)


def enums(status: TaxStatus) -> str:
    """The members of the enums, known and unknown."""
    assert_type(TaxStatus("NEW"), TaxStatus)
    assert_type(status.is_known, bool)
    assert_type(Environment.DEV.base_url, str)
    text: str = status
    if status is TaxStatus.TAXED:
        return text
    match status:
        case TaxStatus.TAX_EXEMPT | TaxStatus.REVERSE_CHARGED:
            return "not taxed"
        case _:
            return f"unknown: {status}"


def open_strings() -> None:
    """The classes of open strings."""
    assert_type(TaxStatus.TAXED, TaxStatus)
    assert_type(TaxStatus["TAXED"], TaxStatus)
    assert_type(list(TaxStatus), list[TaxStatus])
    assert_type(TaxStatus.TAXED.name, str)
    assert_type(TaxStatus.TAXED.value, str)
    assert_type(CountryCode.GB, CountryCode)
    Address(line1="", town="", postcode="", country=CountryCode.GB, state=State("XX"))


def listed(status: TaxStatus) -> str:  # type: ignore[return] # pyright: ignore[reportReturnType]
    """What is listed is not all that there can be: a match over it is not exhaustive."""
    match status:
        case TaxStatus.TAXED | TaxStatus.TAX_EXEMPT | TaxStatus.REVERSE_CHARGED:
            return "known"


def models(customer: Customer) -> None:
    """What models do."""
    assert_type(Customer.from_json(b"{}"), Customer)
    assert_type(customer.to_json(), str)
    assert_type(customer.clear("label"), Customer)


def options(sequence: SequenceClient) -> None:
    """What a call takes for itself."""
    extra = {"X-Team": "a"}
    sequence.customers.get_by_alias("acme", timeout=2, deadline=5.5, max_retries=0, extra_headers=extra)
    sequence.customers.get_by_alias("acme", timeout=httpx.Timeout(5))
    sequence.customers.get_by_alias("acme", 2)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def errors(sequence: SequenceClient) -> None:
    """The attributes of the errors."""
    try:
        sequence.customers.get_by_alias("acme")
    except NotFoundError as error:
        assert_type(error.status_code, int)
        assert_type(error.error_type, str | None)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except APIStatusError as error:
        assert_type(error.headers, Mapping[str, str])
        assert_type(error.body, Any)
        assert_type(error.request_id, str | None)
    except APIResponseValidationError as error:
        assert_type(error.path, str)
        assert_type(error.status_code, int)
    except APITimeoutError as error:
        assert_type(error.limit, str)
        timeout: TimeoutError = error
        raise timeout from None
    except APIConnectionError as error:
        connection: ConnectionError = error
        raise connection from None
    except ConfigurationError as error:
        value: ValueError = error
        raise value from None
    except APIError as error:
        assert_type(error.operation, str | None)
    except SequenceError as error:
        assert_type(error.message, str)
        assert_type(error.elapsed, float)
        assert_type(error.attempts[0].cause, str | None)


def facts() -> tuple[str, str, str]:
    """What the package says of itself."""
    return __version__, API_VERSION, SPEC_SHA256

"""The local server that the package ships for demos and for the tests of its users."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sequence_customers_client import (
    APIStatusError,
    APITimeoutError,
    AsyncSequenceClient,
    AuthenticationError,
    BadRequestError,
    Customer,
    NotFoundError,
    SequenceClient,
)
from sequence_customers_client import _config as settings
from sequence_customers_client.testing import Reply, SequenceServer, example_customer


@pytest.fixture
def server() -> Iterator[SequenceServer]:
    replies = {
        "acme": Reply(body=example_customer(legalName="Acme Ltd")),
        "a/b \u20ac": Reply(body=example_customer(id="odd")),
        "busy": Reply(503, "later", headers={"X-Request-Id": "r-1"}),
    }
    with SequenceServer(replies) as server:
        yield server


def options(server: SequenceServer, **changes: Any) -> dict[str, Any]:
    return {"base_url": server.base_url, "client_id": "id", "client_secret": "secret", "max_retries": 0, **changes}


@pytest.mark.parametrize(("alias", "field", "value"), [("acme", "legal_name", "Acme Ltd"), ("a/b \u20ac", "id", "odd")])
def test_a_reply_is_what_a_look_up_finds(server: SequenceServer, alias: str, field: str, value: str) -> None:
    """Each alias finds the customer it was given, whatever characters it has."""
    with SequenceClient(**options(server)) as sequence:
        assert value == getattr(sequence.customers.get_by_alias(alias), field)


def test_a_hundred_at_a_time(server: SequenceServer) -> None:
    """A hundred look-ups at a time are answered, each."""

    async def look_up() -> list[Customer]:
        async with AsyncSequenceClient(**options(server)) as sequence:
            return await asyncio.gather(*(sequence.customers.get_by_alias("acme") for _ in range(100)))

    assert ["Acme Ltd"] * 100 == [customer.legal_name for customer in asyncio.run(look_up())]


def test_an_unknown_alias_is_a_404(server: SequenceServer) -> None:
    """What the server was not told of, no customer has."""
    with (
        SequenceClient(**options(server)) as sequence,
        pytest.raises(NotFoundError, match="No customer has this alias"),
    ):
        sequence.customers.get_by_alias("nobody")


@pytest.mark.parametrize("wrong", [{"client_id": "other"}, {"client_secret": "other"}])
def test_other_credentials_are_a_401(server: SequenceServer, wrong: dict[str, str]) -> None:
    """Only the credentials of the server are accepted."""
    with SequenceClient(**options(server, **wrong)) as sequence, pytest.raises(AuthenticationError):
        sequence.customers.get_by_alias("acme")


def test_another_version_is_a_400(server: SequenceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that the document does not have is refused as Sequence refuses it."""
    monkeypatch.setitem(settings._HEADERS, "Sequence-Version", "1999-01-01")

    with SequenceClient(**options(server)) as sequence, pytest.raises(BadRequestError) as caught:
        sequence.customers.get_by_alias("acme")

    assert "UnrecognisedApiVersion" == caught.value.error_type


def test_a_reply_may_be_an_error_with_headers(server: SequenceServer) -> None:
    """Status, body and headers are what the reply says."""
    with SequenceClient(**options(server)) as sequence, pytest.raises(APIStatusError) as caught:
        sequence.customers.get_by_alias("busy")

    assert (503, "later", "r-1") == (caught.value.status_code, caught.value.body, caught.value.request_id)


def test_a_slow_reply_holds_nobody_up() -> None:
    """A delay is the client's to end, and the server's closing does not wait for it."""
    started = time.monotonic()
    with (
        SequenceServer({"slow": Reply(body=example_customer(), delay=60.0)}) as server,
        SequenceClient(**options(server, timeout=0.1)) as sequence,
        pytest.raises(APITimeoutError),
    ):
        sequence.customers.get_by_alias("slow")

    assert time.monotonic() - started < 30


def test_replies_may_change_while_it_runs(server: SequenceServer) -> None:
    """A test can change its mind about what Sequence knows."""
    with SequenceClient(**options(server)) as sequence:
        server.replies["new"] = Reply(body=example_customer(label="new"))

        assert "new" == sequence.customers.get_by_alias("new").label


def test_examples_are_their_owners() -> None:
    """Changing one example changes no other."""
    changed = example_customer()
    changed["address"]["town"] = "Elsewhere"

    assert "New York" == example_customer()["address"]["town"]


def test_without_replies_there_is_acme() -> None:
    """A server that was told nothing knows the document's example as acme."""
    with SequenceServer() as server, SequenceClient(**options(server)) as sequence:
        assert example_customer() == sequence.customers.get_by_alias("acme").to_dict()

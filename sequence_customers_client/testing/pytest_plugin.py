"""Fixtures for the tests of services, found by pytest where this package is installed.

The clients have no sockets: whatever a test does with them stays in the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from sequence_customers_client import AsyncSequenceClient, SequenceClient

from . import FakeSequence

_OPTIONS: Final[dict[str, Any]] = {
    "base_url": "https://sequence.test/api",
    "client_id": "id",
    "client_secret": "secret",
}


@pytest.fixture
def fake_sequence() -> FakeSequence:
    """A fake Sequence that knows nobody yet: `fake_sequence.customers.add(aliases=["acme"])`."""
    return FakeSequence()


@pytest.fixture
def sequence_client(fake_sequence: FakeSequence) -> Iterator[SequenceClient]:
    """A client of `fake_sequence`."""
    with SequenceClient(**_OPTIONS, transport=fake_sequence.transport()) as client:
        yield client


@pytest.fixture
def async_sequence_client(fake_sequence: FakeSequence) -> AsyncSequenceClient:
    """An async client of `fake_sequence`; it holds no connection, so nobody needs to close it."""
    return AsyncSequenceClient(**_OPTIONS, transport=fake_sequence.transport())

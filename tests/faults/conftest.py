"""What holds for every test of faults: a cheap garbage collector, and each of them with every kind of client."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator

import pytest

from sequence_customers_client import _concurrency
from tests.faults.faultkit import HTTPX_KINDS, KINDS, OWN_KINDS, TIMED_KINDS, Kind


@pytest.fixture(scope="session", autouse=True)
def _frozen_heap() -> Iterator[None]:
    # Collecting garbage after every test shows what it left behind; freezing what came before makes that cheap.
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each client over each transport."""
    value: Kind = request.param
    return value


@pytest.fixture(params=TIMED_KINDS)
def timed_kind(request: pytest.FixtureRequest) -> Kind:
    """Each client over each transport that holds the wall clock byte by byte."""
    value: Kind = request.param
    return value


@pytest.fixture(params=OWN_KINDS)
def own_kind(request: pytest.FixtureRequest) -> Kind:
    """Each client over each transport of its own: proxies, certificates and names are else the caller's affair."""
    value: Kind = request.param
    return value


@pytest.fixture(params=HTTPX_KINDS)
def httpx_kind(request: pytest.FixtureRequest) -> Kind:
    """One client, then the other, over httpx: for what reaches into it."""
    value: Kind = request.param
    return value


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """Every log record of the process, from any library, at any level."""
    caplog.set_level(logging.DEBUG)
    # The handlers of pytest would format each of them, twice.
    monkeypatch.setattr(logging.Logger, "callHandlers", lambda _, record: caplog.records.append(record))
    return caplog


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which take no time here."""
    seconds: list[float] = []

    async def async_sleep(wait: float) -> None:
        seconds.append(wait)
        await asyncio.sleep(0)

    monkeypatch.setattr(_concurrency, "sleep", seconds.append)
    monkeypatch.setattr(_concurrency, "async_sleep", async_sleep)
    return seconds

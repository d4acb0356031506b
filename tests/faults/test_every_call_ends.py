"""Every fault of the catalogue, on a real socket, with both clients."""

from __future__ import annotations

import pytest

from sequence_customers_client import APIConnectionError, APITimeoutError
from tests.faults.faultkit import (
    EXAMPLE,
    GOOD,
    KINDS,
    PATIENCE,
    SLACK,
    TIMED_KINDS,
    Fault,
    Kind,
    calling,
    check,
    ending,
    nothing_leaks,
    tells_no_secret,
)
from tests.faults.faults_answers import ANSWERS
from tests.faults.faults_wire import WIRE
from tests.faults.faultserver import FaultServer

CATALOGUE = (*WIRE, *ANSWERS)


# A sync transport of the caller's holds no wall clock byte by byte: the table in docs/how-to/transports.md says so.
# Trailers beyond its limit aiohttp may notice at once, or leave to the wall clock: either way the call ends in time.
EITHER = {("async aiohttp", "The trailers have 200 KB.")}
TRIED = [
    pytest.param(kind, fault, id=f"{kind}-{fault}")
    for kind in KINDS
    for fault in CATALOGUE
    if (kind in TIMED_KINDS or fault.outcome is not APITimeoutError) and (kind, fault.sentence) not in EITHER
]


@pytest.mark.parametrize(("kind", "fault"), TRIED)
def test_the_call_ends_well(fault: Fault, kind: Kind, logs: pytest.LogCaptureFixture) -> None:
    """The call ends in time, with the customer or the one right error, tells no secret, and the client goes on."""
    check(fault, kind, logs)


@pytest.mark.parametrize(("kind", "sentence"), sorted(EITHER))
def test_the_call_ends_in_time(kind: Kind, sentence: str, logs: pytest.LogCaptureFixture) -> None:
    """The call ends in time, in an error of ours that tells no secret, and the client goes on."""
    (fault,) = (fault for fault in CATALOGUE if fault.sentence == sentence)
    with (
        nothing_leaks(),
        FaultServer(fault.script, otherwise=GOOD) as server,
        calling(kind, server.base_url, timeout=0.5) as caller,
    ):
        error, elapsed = ending(caller.get)

        assert isinstance(error, APIConnectionError)
        tells_no_secret(error, logs)
        assert elapsed < 0.5 + SLACK
        assert EXAMPLE == caller.get(timeout=PATIENCE).to_dict()


def test_the_faults_are_distinct_and_many() -> None:
    """At least a hundred faults are tried, no two by the same name or with the same script."""
    assert len(CATALOGUE) == len({fault.sentence for fault in CATALOGUE})
    assert len(CATALOGUE) == len({(fault.script, str(fault.options)) for fault in CATALOGUE})
    assert len(CATALOGUE) >= 100

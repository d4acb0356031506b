"""Every fault of the catalogue, on a real socket, with both clients."""

from __future__ import annotations

import pytest

from sequence_customers_client import APITimeoutError
from tests.faults.faultkit import KINDS, TIMED_KINDS, Fault, Kind, check
from tests.faults.faults_answers import ANSWERS
from tests.faults.faults_wire import WIRE

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


def test_the_faults_are_distinct_and_many() -> None:
    """At least a hundred faults are tried, no two by the same name or with the same script."""
    assert len(CATALOGUE) == len({fault.sentence for fault in CATALOGUE})
    assert len(CATALOGUE) == len({(fault.script, str(fault.options)) for fault in CATALOGUE})
    assert len(CATALOGUE) >= 100

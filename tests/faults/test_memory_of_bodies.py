"""What a body may cost, however large it claims to be or becomes; with both clients."""

from __future__ import annotations

import tracemalloc

import pytest

from sequence_customers_client import APIResponseValidationError
from tests.faults.faultkit import Kind, calling, ending, nothing_leaks
from tests.faults.faults_answers import SIZES
from tests.faults.faultserver import FaultServer, Script

LIMIT = 1 << 20
ENDLESS = [fault for fault in SIZES if fault.outcome is APIResponseValidationError and not fault.options]


@pytest.mark.parametrize("script", [fault.script for fault in ENDLESS], ids=[fault.sentence for fault in ENDLESS])
def test_a_body_costs_no_more_memory_than_is_allowed(kind: Kind, script: Script) -> None:
    """Of a body without end no more is kept than max_response_bytes, and little more is ever held."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=script) as server,
        calling(kind, server.base_url, max_response_bytes=LIMIT) as caller,
    ):
        ending(caller.get)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            error, _ = ending(caller.get)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert APIResponseValidationError is type(error)
    assert most - before < 6 * LIMIT

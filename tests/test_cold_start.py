"""The cold start: an import takes what every call needs, and the first call of a resource that resource and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

from sequence_customers_client.testing import Reply, SequenceServer, example_customer

from .processes import LEAN

NEEDLESS = {
    "attr",  # for models, which come with the first resource
    "attrs",
    "concurrent.futures",  # asyncio has it
    "dateutil",  # for timestamps that the standard library does not read
    "platform",
    "pyreqwest",  # for those who ask for it
    "sequence_customers_client._rate_limit",
    "sequence_customers_client.testing",
    "uuid",  # where the document has none
}

ASYNC = """
import asyncio, json, sys
import sequence_customers_client

client = sequence_customers_client.AsyncSequenceClient(base_url=sys.argv[1], client_id="id", client_secret="secret")

async def main():
    before = set(sys.modules)
    await client.customers.get_by_alias("acme")
    print(json.dumps(sorted(set(sys.modules) - before)))

asyncio.run(main())
"""

BACKEND = """
import asyncio, json, sys
import anyio
before = set(sys.modules) - {name for name in sys.modules if name.startswith("anyio")}

async def main():
    await anyio.sleep(0)
    anyio.Lock()
    print(json.dumps(sorted(set(sys.modules) - before)))

asyncio.run(main())
"""

SYNC = """
import json, sys
import sequence_customers_client

client = sequence_customers_client.SequenceClient(base_url=sys.argv[1], client_id="id", client_secret="secret")
before = set(sys.modules)
client.customers.get_by_alias("acme")
print(json.dumps(sorted(set(sys.modules) - before)))
"""

IMPORT = """
import json, sys
import httpx, httpcore
before = set(sys.modules)
import sequence_customers_client
sequence_customers_client.AsyncSequenceClient(base_url="http://localhost", client_id="id", client_secret="secret")
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@cache
def _run(program: str, *arguments: str) -> set[str]:
    """What a program of a fresh interpreter prints: a list of names."""
    command = [sys.executable, "-c", LEAN + program, *arguments]
    return set(json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout))  # noqa: S603


@pytest.mark.parametrize("program", [ASYNC, SYNC], ids=["async", "sync"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_first_call_imports_its_resource(program: str, host: str) -> None:
    """Whoever has made a client has paid for all that its calls share; a resource is imported when it is first used."""
    # Models are classes of attrs, which imports `platform`.
    own = ("sequence_customers_client._generated.", "sequence_customers_client._models", "attr", "platform")

    with SequenceServer({"acme": Reply(body=example_customer())}) as server:
        imported = _run(program, server.base_url.replace("127.0.0.1", host))

    # The locks of httpcore's connections are anyio's, which imports its backend in the first call of a loop.
    others = _run(BACKEND) if program is ASYNC else set()
    assert "sequence_customers_client._generated.customers.methods" in imported
    assert set() == {name for name in imported - others if not name.startswith(own)}


def test_import_takes_nothing_that_a_call_does_not_need() -> None:
    """What only some calls need is imported by those; asyncio and anyio when a loop of theirs runs."""
    imported = _run(IMPORT)

    assert "sequence_customers_client._client" in imported
    assert set() == {name for name in imported if name in NEEDLESS or name.partition(".")[0] in {"anyio", "asyncio"}}


PLAIN = """
import json
import ssl, sequence_customers_client

def read_certificates(**_):
    raise AssertionError("certificates are read")

ssl.create_default_context = read_certificates
made = []
for server in "http://localhost", "https://localhost":
    try:
        sequence_customers_client.SequenceClient(base_url=server, client_id="id", client_secret="secret")
        made.append(server)
    except AssertionError:
        pass
print(json.dumps(made))
"""


def test_certificates_are_read_for_https_only() -> None:
    """A client of a plain-HTTP server, as in tests, does not wait 20 ms for certificates that it never looks at."""
    assert {"http://localhost"} == _run(PLAIN)

"""Run by the Python of an environment that has the package: import it, look a customer up, say what it is.

python lookup.py VERSION
"""

# ruff: noqa: S106 - the credentials of a server of our own, which holds nothing

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import version
from importlib.resources import files

import sequence_customers_client
from sequence_customers_client import API_VERSION, SPEC_SHA256, AsyncSequenceClient, NotFoundError, SequenceClient
from sequence_customers_client.testing import Reply, SequenceServer, example_customer


async def main(expected: str) -> None:
    """Both clients against the package's own server, over HTTP."""
    said = {sequence_customers_client.__version__, version("sequence-customers-client")}
    if said != {expected}:
        sys.exit(f"it says that it is {', '.join(sorted(said))}, not {expected}")
    if not (files("sequence_customers_client") / "py.typed").is_file():
        sys.exit("it has no py.typed")
    # A timestamp that only dateutil reads, so that this dependency is met, too.
    customer = example_customer(legalName="Acme Ltd", createdAt="2024-02-29T24:00:00z")
    with SequenceServer({"acme": Reply(body=customer)}) as server:
        async with AsyncSequenceClient(base_url=server.base_url, client_id="id", client_secret="secret") as client:
            found = [await client.customers.get_by_alias("acme")]
        with SequenceClient(base_url=server.base_url, client_id="id", client_secret="secret") as twin:
            found.append(twin.customers.get_by_alias("acme"))
            try:
                twin.customers.get_by_alias("nobody")
            except NotFoundError:
                pass
            else:
                sys.exit("an unknown alias is found")
    for each in found:
        if each.to_dict() != customer or each.created_at.isoformat() != "2024-03-01T00:00:00+00:00":
            sys.exit("a customer is not what the server sent")
    python = ".".join(map(str, sys.version_info[:2]))
    print(f"{expected} on Python {python}: API {API_VERSION}, document {SPEC_SHA256[:12]}…")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

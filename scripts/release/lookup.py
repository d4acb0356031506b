"""Run by the Python of an environment that has the package: import it, look a customer up, say what it is.

python lookup.py VERSION
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import sequence_customers_client as package
from sequence_customers_client.testing import Reply, SequenceServer, example_customer


async def main(expected: str) -> None:
    """Both clients against the package's own server, over HTTP."""
    if (said := {package.__version__, version("sequence-customers-client")}) != {expected}:
        sys.exit(f"it says that it is {', '.join(sorted(said))}, not {expected}")
    if not files(package).joinpath("py.typed").is_file():
        sys.exit("it has no py.typed")
    # A timestamp that only dateutil reads, so that this dependency is met, too.
    customer = example_customer(legalName="Acme Ltd", createdAt="2024-02-29T24:00:00z")
    with SequenceServer({"acme": Reply(body=customer)}) as server:
        options: Any = {"base_url": server.base_url, "client_id": "id", "client_secret": "secret"}
        async with package.AsyncSequenceClient(**options) as client:
            found = [await client.customers.get_by_alias("acme")]
        with package.SequenceClient(**options) as twin:
            found.append(twin.customers.get_by_alias("acme"))
            with suppress(package.NotFoundError):
                sys.exit(f"an unknown alias is found: {twin.customers.get_by_alias('nobody')}")
    if any(each.to_dict() != customer or each.created_at.day != 1 for each in found):
        sys.exit("a customer is not what the server sent")
    python = ".".join(map(str, sys.version_info[:2]))
    print(f"{expected} on Python {python}: API {package.API_VERSION}, document {package.SPEC_SHA256[:12]}…")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""The main job from end to end over real HTTP: `make demo`, or `make demo ALIAS=…` for the real API.

Without credentials it starts a local server that speaks the vendored document. With SEQUENCE_CLIENT_ID,
SEQUENCE_CLIENT_SECRET and an alias it asks the API of SEQUENCE_ENVIRONMENT.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import textwrap
import time
from collections import Counter
from typing import Any

from sequence_customers_client import (
    API_VERSION,
    AsyncSequenceClient,
    Customer,
    SequenceClient,
    SequenceError,
    __version__,
)
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

SERVICE = {"id": "new_1", "isPending": False}

REPLIES = {
    "acme": Reply(body=example_customer()),
    "globex": Reply(body=example_customer(id="0b1c", legalName="Globex Corporation", taxStatus="TAX_EXEMPT")),
    "initech": Reply(
        body=example_customer(
            id="7f3e",
            legalName="Initech GmbH",
            createdAt="2024-02-29T24:00:00z",  # valid, and the standard library refuses it
            archivedAt=None,
            integrationIds=[{"service": "Brand_New_ERP", **SERVICE}],
        )
    ),
    "refused": Reply(400, {"error": {"type": "InvalidAlias", "message": "The alias is not acceptable"}}),
    "broken": Reply(500),
    "busy": Reply(429, headers={"Retry-After": "120"}),
    "maintenance": Reply(503, "Back at 6:00"),
    "slow": Reply(body=example_customer(), delay=30.0),
    "odd": Reply(body={**example_customer(), "integrationIds": [{"service": "Xero", "id": "ID", "isPending": "no"}]}),
}


def show(customer: Customer) -> None:
    """Print a customer as a person would want to read it."""
    address = customer.address
    place = " ".join(part for part in (address.postcode, address.town, address.state, address.country) if part)
    lines = [
        f"{customer.legal_name}  ({customer.id})",
        f"{', '.join(part for part in (address.line1, address.line2, place) if part)}",
        f"{customer.email}, billed at {', '.join(customer.billing_emails)}",
        f"{customer.tax_status}, since {customer.created_at:%d %B %Y}"
        + (f", archived {customer.archived_at:%d %B %Y}" if customer.archived_at else ""),
    ]
    for link in customer.integration_ids:
        note = "" if link.service.is_known else "  <- newer than this client: kept, not refused"
        lines.append(f"linked to {link.service} as {link.id}{note}")
    print(textwrap.indent("\n".join(lines), "    "))


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}")


def show_error(call: str, error: SequenceError) -> None:
    """Print an error as its user sees it."""
    print(textwrap.fill(f"{call}", initial_indent="    "))
    print(textwrap.fill(f"{type(error).__name__}: {error}", 112, initial_indent=" " * 6, subsequent_indent=" " * 8))


async def look_up_async(options: dict[str, Any]) -> None:
    """One look-up, and a hundred at a time."""
    async with AsyncSequenceClient(**options) as sequence:
        title('await sequence.customers.get_by_alias("acme")')
        show(await sequence.customers.get_by_alias("acme"))
        title('await sequence.customers.get_by_alias("initech")')
        show(await sequence.customers.get_by_alias("initech"))

        title("A hundred at a time")
        names = ["acme", "globex", "initech", "acme"] * 25
        started = time.perf_counter()
        customers = await asyncio.gather(*(sequence.customers.get_by_alias(name) for name in names))
        found = Counter(customer.legal_name for customer in customers)
        print(f"    {len(customers)} customers in {time.perf_counter() - started:.2f} s: {dict(found)}")


def look_up_sync(options: dict[str, Any]) -> None:
    """The twin without await, and each error as its user sees it."""
    with SequenceClient(**options) as sequence:
        title('sequence.customers.get_by_alias("globex"), without await')
        show(sequence.customers.get_by_alias("globex"))

        title("What goes wrong is one clear error")
        hasty = sequence.with_options(max_retries=0, timeout=0.5)
        wrong = {**options, "client_secret": "not-it"}
        for alias in ("nobody", "refused", "broken", "busy", "odd", "slow", ".."):
            try:
                hasty.customers.get_by_alias(alias)
            except SequenceError as error:
                show_error(f'get_by_alias("{alias}")', error)
        try:
            sequence.customers.get_by_alias("maintenance")
        except SequenceError as error:
            show_error('get_by_alias("maintenance"), with the retries that are usual', error)
        for call, changed in (
            ("a wrong client_secret", wrong),
            ("a server that is not there", {**options, "base_url": "http://127.0.0.1:9/api", "max_retries": 0}),
            ("an unknown environment", {**options, "base_url": None, "environment": "STAGING"}),
            ("a client_secret read with its newline", {**options, "client_secret": "secret\n"}),
        ):
            try:
                with SequenceClient(**changed) as other:
                    other.customers.get_by_alias("acme")
            except SequenceError as error:
                show_error(call, error)


def ask_the_real_api(alias: str) -> int:
    """Look one customer up where the environment variables say."""
    try:
        with SequenceClient() as sequence:
            print(f"{sequence}: looking up {alias!r}")
            show(sequence.customers.get_by_alias(alias))
    except SequenceError as error:
        show_error(f"get_by_alias({alias!r})", error)
        return 1
    return 0


def main() -> int:
    """Run the demo."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # whatever the terminal can show of it
    print(f"sequence-customers-client {__version__}, API version {API_VERSION}")
    alias = os.environ.get("ALIAS", "")
    given = [name for name in ("SEQUENCE_CLIENT_ID", "SEQUENCE_CLIENT_SECRET") if os.environ.get(name)]
    if alias and len(given) == 2:
        return ask_the_real_api(alias)
    with SequenceServer(REPLIES) as server:
        print(f"against a local server, {server.base_url}")
        options = {"base_url": server.base_url, "client_id": "id", "client_secret": "secret"}
        asyncio.run(look_up_async(options))
        look_up_sync(options)
    if alias or given:
        title("This was the local server: the real API needs SEQUENCE_CLIENT_ID, SEQUENCE_CLIENT_SECRET and ALIAS=…")
    else:
        title("For the real API set SEQUENCE_CLIENT_ID and SEQUENCE_CLIENT_SECRET, and run `make demo ALIAS=…`")
    return 0


if __name__ == "__main__":
    sys.exit(main())

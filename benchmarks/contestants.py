"""Who is compared, as data: the code that a user of each would write, each run in a process of its own.

Settings are the defaults, except where a contestant would fail at 1,000 calls in flight. URL is the server's, PATH an
operation's; HEADERS are those that the API asks for.
"""

from __future__ import annotations

from textwrap import indent
from typing import Final, NamedTuple

from sequence_customers_client import API_VERSION

BASE: Final = "httpx"
OURS: Final = "ours"
AIOHTTP: Final = "ours, aiohttp"
TYPED: Final = "aiohttp, typed"


class Contestant(NamedTuple):
    """One way to get a customer."""

    name: str
    what: str
    imports: str
    make: str
    """The expression of a client, or the body of a function that returns one."""

    call: str
    """The same of what a user wants of the client: a model, where there is one."""

    sync: bool = False
    starts: bool = False
    """Whether its cold start is measured: whole clients are, floors are not."""

    def program(self, url: str) -> str:
        """The source of a module with `make` and `call`, which uses the global `client`."""
        return "\n".join(
            [
                f"URL, PATH = {url!r}, '/customers/by-alias/acme'",
                f"HEADERS = {{'Authorization': 'Basic aWQ6c2VjcmV0', 'Sequence-Version': {API_VERSION!r}}}",
                self.imports,
                f"def make():\n{_body(self.make)}",
                f"{'' if self.sync else 'async '}def call():\n{_body(self.call)}",
            ]
        )


def _body(text: str) -> str:
    return indent(text if "return" in text else f"return {text}", "    ")


_OURS_ASYNC: Final = "from sequence_customers_client import AsyncSequenceClient"
_CREDENTIALS: Final = "base_url=URL, client_id='id', client_secret='secret'"
_OPENAI: Final = """\
from datetime import datetime
from openai import AsyncOpenAI, BaseModel

class Address(BaseModel):
    line1: str
    town: str
    postcode: str
    country: str

class Customer(BaseModel):
    id: str
    createdAt: datetime
    legalName: str
    address: Address
    email: str
    billingEmails: list[str]
    taxStatus: str
"""

ASYNC: Final = (
    Contestant(
        name=BASE,
        what="bare `httpx.AsyncClient`, JSON without a model; the base of every ratio",
        imports="import httpx",
        make="httpx.AsyncClient(headers=HEADERS, timeout=60)",
        call="(await client.get(URL + PATH)).json()",
        starts=True,
    ),
    Contestant(
        name="httpx2",
        what="bare `httpx2.AsyncClient`, JSON without a model",
        imports="import httpx2",
        make="httpx2.AsyncClient(headers=HEADERS, timeout=60)",
        call="(await client.get(URL + PATH)).json()",
        starts=True,
    ),
    Contestant(
        name="stock",
        what="openapi-python-client's own output from the same document",
        imports=(
            "from stock import Client\n"
            "from stock.api.customer_aliases import get_customers_by_alias_by_alias as operation"
        ),
        # It makes its httpx client at the first call; the others make theirs here.
        make="client = Client(base_url=URL)\nclient.get_async_httpx_client()\nreturn client",
        call=(
            "answer = await operation.asyncio_detailed('acme', client=client, authorization=HEADERS['Authorization'])\n"
            "return answer.parsed"
        ),
        starts=True,
    ),
    Contestant(
        name="openai",
        what="OpenAI's SDK, on httpx2: `client.get` of a model of this customer",
        imports=_OPENAI,
        make="AsyncOpenAI(api_key='secret', base_url=URL)",
        call="await client.get(PATH, cast_to=Customer)",
        starts=True,
    ),
    Contestant(
        name="orb-billing",
        what="Orb's SDK, `customers.fetch`, which makes of the answer what its model has room for",
        imports="from orb import AsyncOrb",
        make="AsyncOrb(api_key='secret', base_url=URL)",
        call="await client.customers.fetch('acme')",
        starts=True,
    ),
    Contestant(
        name="metronome-sdk",
        what="Metronome's SDK, `v1.customers.retrieve`, likewise",
        imports="from metronome import AsyncMetronome",
        make="AsyncMetronome(bearer_token='secret', base_url=URL)",
        call="await client.v1.customers.retrieve(customer_id='acme')",
        starts=True,
    ),
    Contestant(
        name=OURS,
        what="`AsyncSequenceClient`",
        imports=_OURS_ASYNC,
        make=f"AsyncSequenceClient({_CREDENTIALS})",
        call="await client.customers.get_by_alias('acme')",
        starts=True,
    ),
    Contestant(
        name=AIOHTTP,
        what='`AsyncSequenceClient(transport="aiohttp")`, the extra `aiohttp`',
        imports=_OURS_ASYNC,
        make=f"AsyncSequenceClient({_CREDENTIALS}, transport='aiohttp')",
        call="await client.customers.get_by_alias('acme')",
        starts=True,
    ),
    Contestant(
        name=TYPED,
        what="bare `aiohttp.ClientSession`, and our `Customer` of its JSON",
        imports="from aiohttp import ClientSession\nfrom sequence_customers_client import Customer",
        make="ClientSession(headers=HEADERS)",
        call="async with client.get(URL + PATH) as response:\n    return Customer.from_json(await response.read())",
    ),
    Contestant(
        name="aiohttp",
        what="bare `aiohttp.ClientSession`, JSON without a model: a floor",
        imports="from aiohttp import ClientSession",
        make="ClientSession(headers=HEADERS)",
        call="async with client.get(URL + PATH) as response:\n    return await response.json()",
    ),
    Contestant(
        name="pyreqwest",
        what="bare `pyreqwest`, in Rust, JSON without a model: a floor",
        imports="from pyreqwest.client import ClientBuilder",
        make="ClientBuilder().default_headers(HEADERS).build()",
        call="await (await client.get(URL + PATH).build().send()).json()",
    ),
)

SYNC: Final = (
    Contestant(
        name=BASE,
        what="bare `httpx.Client`",
        imports="import httpx",
        make="httpx.Client(headers=HEADERS, timeout=60)",
        call="client.get(URL + PATH).json()",
        sync=True,
    ),
    Contestant(
        name=OURS,
        what="`SequenceClient`",
        imports="from sequence_customers_client import SequenceClient",
        make=f"SequenceClient({_CREDENTIALS})",
        call="client.customers.get_by_alias('acme')",
        sync=True,
    ),
)

_CONTENT: Final = "from urllib.request import urlopen\nCONTENT = urlopen(URL).read()\n"

DECODERS: Final = (
    Contestant("json", "`json.loads` alone", f"{_CONTENT}import json", "None", "json.loads(CONTENT)", sync=True),
    Contestant(
        name="stock",
        what="`from_dict`; timestamps stay strings, as in the vendor's document",
        imports=f"{_CONTENT}import json\nfrom stock.models import Customer20240509",
        make="None",
        call="Customer20240509.from_dict(json.loads(CONTENT))",
        sync=True,
    ),
    Contestant(
        name=OURS,
        what="`Customer.from_json`, as a call does it",
        imports=f"{_CONTENT}from sequence_customers_client import Customer",
        make="None",
        call="Customer.from_json(CONTENT)",
        sync=True,
    ),
)

"""Who is compared, as data: the code that a user of each would write.

The texts are run as they stand, in the run itself and in fresh interpreters, so that both measure the same, and an
import costs only where it is measured. Settings are the defaults, except where a contestant would fail at 1,000 calls
in flight. URL is the server's, PATH an operation's; HEADERS are those that the API asks for.
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
    """The body of a function that returns a client."""

    call: str
    """The body of a function, async unless `sync`, that returns what a user wants: a model, where there is one."""

    close: str = "await client.aclose()"
    sync: bool = False
    starts: bool = False
    """Whether its cold start is measured: whole clients are, transports and floors are not."""

    def program(self, url: str) -> str:
        """The source of a module with `make`, `client`, `call` and `close`."""
        function = "def" if self.sync else "async def"
        return "\n".join(
            [
                f"URL, PATH = {url!r}, '/customers/by-alias/acme'",
                f"HEADERS = {{'Authorization': 'Basic aWQ6c2VjcmV0', 'Sequence-Version': {API_VERSION!r}}}",
                self.imports,
                f"def make():\n{indent(self.make, '    ')}",
                "client = make()",
                f"{function} call():\n{indent(self.call, '    ')}",
                f"{function} close():\n{indent(self.close, '    ')}",
            ]
        )


_OURS_ASYNC: Final = "from sequence_customers_client import AsyncSequenceClient"
_OURS_SYNC: Final = "from sequence_customers_client import SequenceClient"
_CREDENTIALS: Final = "base_url=URL, client_id='id', client_secret='secret'"

ASYNC: Final = (
    Contestant(
        name=BASE,
        what="bare `httpx.AsyncClient`, JSON without a model; the base of every ratio",
        imports="import httpx",
        make="return httpx.AsyncClient(headers=HEADERS, timeout=60)",
        call="return (await client.get(URL + PATH)).json()",
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
        close="await client.get_async_httpx_client().aclose()",
        starts=True,
    ),
    Contestant(
        name="orb-billing",
        what="Orb's SDK, `customers.fetch`, which makes of the answer what its model has room for",
        imports="from orb import AsyncOrb",
        make="return AsyncOrb(api_key='secret', base_url=URL)",
        call="return await client.customers.fetch('acme')",
        close="await client.close()",
        starts=True,
    ),
    Contestant(
        name="metronome-sdk",
        what="Metronome's SDK, `v1.customers.retrieve`, likewise",
        imports="from metronome import AsyncMetronome",
        make="return AsyncMetronome(bearer_token='secret', base_url=URL)",
        call="return await client.v1.customers.retrieve(customer_id='acme')",
        close="await client.close()",
        starts=True,
    ),
    Contestant(
        name="httpx-aiohttp",
        what="`httpx.AsyncClient` over aiohttp's transport, JSON without a model",
        imports="from httpx_aiohttp import HttpxAiohttpClient",
        make="return HttpxAiohttpClient(headers=HEADERS, timeout=60)",
        call="return (await client.get(URL + PATH)).json()",
    ),
    Contestant(
        name=OURS,
        what="`AsyncSequenceClient`",
        imports=_OURS_ASYNC,
        make=f"return AsyncSequenceClient({_CREDENTIALS})",
        call="return await client.customers.get_by_alias('acme')",
        starts=True,
    ),
    Contestant(
        name=AIOHTTP,
        what='`AsyncSequenceClient(transport="aiohttp")`, the extra `aiohttp`',
        imports=_OURS_ASYNC,
        make=f"return AsyncSequenceClient({_CREDENTIALS}, transport='aiohttp')",
        call="return await client.customers.get_by_alias('acme')",
        starts=True,
    ),
    Contestant(
        name="httpx2",
        what="bare `httpx2.AsyncClient`, JSON without a model",
        imports="import httpx2",
        make="return httpx2.AsyncClient(headers=HEADERS, timeout=60)",
        call="return (await client.get(URL + PATH)).json()",
        starts=True,
    ),
    Contestant(
        name=TYPED,
        what="bare `aiohttp.ClientSession`, and our `Customer` of its JSON",
        imports="from aiohttp import ClientSession\nfrom sequence_customers_client import Customer",
        make="return ClientSession(headers=HEADERS)",
        call="async with client.get(URL + PATH) as response:\n    return Customer.from_json(await response.read())",
        close="await client.close()",
    ),
    Contestant(
        name="aiohttp",
        what="bare `aiohttp.ClientSession`, JSON without a model: a floor",
        imports="from aiohttp import ClientSession",
        make="return ClientSession(headers=HEADERS)",
        call="async with client.get(URL + PATH) as response:\n    return await response.json()",
        close="await client.close()",
    ),
    Contestant(
        name="pyreqwest",
        what="bare `pyreqwest`, in Rust, JSON without a model: a floor",
        imports="from pyreqwest.client import ClientBuilder",
        make="return ClientBuilder().default_headers(HEADERS).build()",
        call="return await (await client.get(URL + PATH).build().send()).json()",
        close="await client.close()",
    ),
)

SYNC: Final = (
    Contestant(
        name=BASE,
        what="bare `httpx.Client`",
        imports="import httpx",
        make="return httpx.Client(headers=HEADERS, timeout=60)",
        call="return client.get(URL + PATH).json()",
        close="client.close()",
        sync=True,
    ),
    Contestant(
        name=OURS,
        what="`SequenceClient`",
        imports=_OURS_SYNC,
        make=f"return SequenceClient({_CREDENTIALS})",
        call="return client.customers.get_by_alias('acme')",
        close="client.close()",
        sync=True,
    ),
)

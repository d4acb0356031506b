"""Libraries that intercept httpx: mocks, caches and tracers see this client's calls as they see httpx's own."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx
from hishel import AsyncSqliteStorage, CacheOptions, SqliteStorage
from hishel.httpx import AsyncCacheClient, AsyncCacheTransport, CacheClient, CacheTransport
from opentelemetry.instrumentation.httpx import (
    AsyncOpenTelemetryTransport,
    HTTPXClientInstrumentor,
    SyncOpenTelemetryTransport,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from pytest_httpx import HTTPXMock

from sequence_customers_client import (
    API_VERSION,
    APIConnectionError,
    APIError,
    APITimeoutError,
    AsyncSequenceClient,
    Environment,
    NotFoundError,
    SequenceClient,
)
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

if TYPE_CHECKING:
    from tests.conftest import Clock, Twin

SANDBOX_URL = f"{Environment.SANDBOX.base_url}/customers/by-alias/acme"
MOCKED = "Mocked Ltd"
SERVED = "Served Ltd"

FAILURES = [
    pytest.param(httpx.ConnectError, APIConnectionError, id="refused"),
    pytest.param(httpx.ReadTimeout, APITimeoutError, id="silent"),
]


class Server(SequenceServer):
    """A server that knows one customer, and what it was sent."""

    def __init__(self) -> None:
        super().__init__({"acme": Reply(body=example_customer(legalName=SERVED))})
        self.sent: list[httpx.Headers] = []

    def answer(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Reply:
        self.sent.append(httpx.Headers(headers))
        return super().answer(method, target, headers, content)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(autouse=True)
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom anybody tried to reach beyond this machine; nobody succeeds."""
    found: list[str] = []
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def check(host: str | bytes) -> None:
        if (name := os.fsdecode(host)) != "127.0.0.1":
            found.append(name)
            raise OSError("the network is out of bounds")

    def checked_resolve(host: str | bytes, *arguments: Any, **options: Any) -> Any:
        check(host)
        return resolve(host, *arguments, **options)

    def checked_connect(this: socket.socket, address: Any) -> None:
        check(address[0])
        connect(this, address)

    monkeypatch.setattr(socket, "getaddrinfo", checked_resolve)
    monkeypatch.setattr(socket.socket, "connect", checked_connect)
    return found


@pytest.fixture
def url(base_url: str) -> str:
    return f"{base_url}/customers/by-alias/acme"


def local(server: SequenceServer) -> dict[str, Any]:
    """Options of a client that calls the local server."""
    return {"base_url": server.base_url, "client_id": "id", "client_secret": "secret"}


def mocked() -> httpx.Response:
    return httpx.Response(200, json=example_customer(legalName=MOCKED))


def either(twin: Twin, asynchronous: Any, synchronous: Any) -> Any:
    """Which of the two is for this client."""
    return asynchronous if twin.client_type is AsyncSequenceClient else synchronous


def test_client_that_nobody_intercepts_dials(twin: Twin, dialled: list[str]) -> None:
    """The trap of these tests works: a call that no library intercepts is seen, and fails."""
    with pytest.raises(APIConnectionError):
        twin.get(twin.make(max_retries=0), "acme")

    assert ["sequence.test"] == dialled


# --- respx


def test_respx_answers_a_client_made_as_usual(twin: Twin, respx_mock: respx.MockRouter, dialled: list[str]) -> None:
    """A route of respx answers a client of no special making, which never comes near a socket."""
    route = respx_mock.get(SANDBOX_URL).mock(return_value=mocked())

    customer = twin.get(twin.make(environment=Environment.SANDBOX), "acme")

    assert customer.legal_name == MOCKED
    assert route.called
    assert [] == dialled


def test_respx_shows_the_request(
    twin: Twin, respx_mock: respx.MockRouter, url: str, client_id: str, client_secret: str
) -> None:
    """The request that respx records is the one that would have been sent, headers and all."""
    respx_mock.get(url).mock(return_value=mocked())

    twin.get(twin.make(default_headers={"X-Team": "billing"}), "acme")

    request = respx_mock.calls.last.request
    basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    assert ("GET", url) == (request.method, str(request.url))
    assert (f"Basic {basic}", API_VERSION, "billing") == (
        request.headers["Authorization"],
        request.headers["Sequence-Version"],
        request.headers["X-Team"],
    )


@pytest.mark.respx(base_url="https://sequence.test/api")
def test_respx_patterns_match(twin: Twin, respx_mock: respx.MockRouter) -> None:
    """Routes by base URL, path, expression and header find this client's requests."""
    named = respx_mock.get("/customers/by-alias/acme", headers={"Sequence-Version": API_VERSION}).mock(mocked())
    rest = respx_mock.get(path__regex=r"/customers/by-alias/(?P<alias>[^/]+)$") % 404
    client = twin.make()

    twin.get(client, "acme")
    with pytest.raises(NotFoundError):
        twin.get(client, "nobody")

    assert (1, 1) == (named.call_count, rest.call_count)


def test_respx_status_is_an_error(twin: Twin, respx_mock: respx.MockRouter, url: str) -> None:
    """A status that a route answers is the error that it is from a server, with its body."""
    error = {"error": {"type": "NotFound", "message": "No such customer"}}
    respx_mock.get(url).mock(return_value=httpx.Response(404, json=error))

    with pytest.raises(NotFoundError, match="No such customer") as caught:
        twin.get(twin.make(), "acme")

    assert error == caught.value.body


@pytest.mark.parametrize(("failure", "expected"), FAILURES)
def test_respx_failure_is_an_error(
    twin: Twin, respx_mock: respx.MockRouter, url: str, failure: type[httpx.TransportError], expected: type[APIError]
) -> None:
    """An exception of httpx's that a route raises is the error that it is from a network."""
    respx_mock.get(url).mock(side_effect=failure("by respx"))

    with pytest.raises(APIConnectionError) as caught:
        twin.get(twin.make(max_retries=0), "acme")

    assert expected is type(caught.value)


def test_respx_answers_retries(twin: Twin, respx_mock: respx.MockRouter, url: str, clock: Clock) -> None:
    """Each attempt of a call takes the next answer of a route, after the wait that the last one asked for."""
    busy = httpx.Response(503, headers={"Retry-After": "3"})
    route = respx_mock.get(url).mock(side_effect=[busy, httpx.ConnectError("refused"), mocked()])

    response = twin.get_raw(twin.make(max_retries=2), "acme")

    assert response.parsed.legal_name == MOCKED
    assert [503, None, 200] == [attempt.status_code for attempt in response.attempts]
    assert (3, 2) == (route.call_count, len(clock.waits))
    assert clock.waits[0] >= 3


@pytest.mark.usefixtures("clock")
def test_respx_answers_copies(twin: Twin, respx_mock: respx.MockRouter, url: str) -> None:
    """A copy with other options is intercepted as the original is, and calls as its options say."""
    route = respx_mock.get(url).mock(side_effect=[httpx.Response(503), httpx.Response(503), mocked()])
    client = twin.make(max_retries=0)

    with pytest.raises(APIError):
        twin.get(client, "acme")
    customer = twin.get(client.with_options(max_retries=1, default_headers={"X-Copy": "1"}), "acme")

    assert customer.legal_name == MOCKED
    assert [None, "1", "1"] == [call.request.headers.get("X-Copy") for call in route.calls]


@pytest.mark.usefixtures("respx_mock")
def test_respx_refuses_what_no_route_matches(twin: Twin, dialled: list[str]) -> None:
    """A request without a route fails the test that sent it, at once and by respx's own word."""
    with pytest.raises(AssertionError, match="not mocked"):
        twin.get(twin.make(), "acme")

    assert [] == dialled


def test_respx_comes_and_goes(twin: Twin, server: Server) -> None:
    """One client is answered by the server, by respx while it is there, and by the server again."""
    client = twin.make(**local(server))
    before = twin.get(client, "acme").legal_name
    with respx.mock:
        respx.get(f"{server.base_url}/customers/by-alias/acme").mock(return_value=mocked())
        between = twin.get(client, "acme").legal_name
    after = twin.get(client, "acme").legal_name
    twin.close(client)

    assert [SERVED, MOCKED, SERVED] == [before, between, after]
    assert 2 == len(server.requests)


def test_respx_lets_through_what_it_is_told_to(twin: Twin, respx_mock: respx.MockRouter, server: Server) -> None:
    """A route that passes through is recorded, and the server answers."""
    route = respx_mock.get(host="127.0.0.1").pass_through()
    client = twin.make(**local(server))

    customers = [twin.get(client, "acme") for _ in range(2)]
    twin.close(client)

    assert [SERVED] * 2 == [customer.legal_name for customer in customers]
    assert route.called
    assert 2 == len(server.requests)


def test_respx_answers_in_the_place_of_a_proxy(
    twin: Twin, respx_mock: respx.MockRouter, url: str, dialled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the environment names a proxy, respx sees the request to the server, and nobody dials the proxy."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy.test:3128")
    respx_mock.get(url).mock(return_value=mocked())

    assert twin.get(twin.make(), "acme").legal_name == MOCKED
    assert [] == dialled


def test_respx_that_patches_httpx_clients_answers_one(twin: Twin, url: str, dialled: list[str]) -> None:
    """The other way of respx, which patches the clients of httpx, answers a client that sends with one of them."""
    http_client = twin.http_client_type()
    with respx.mock(using="httpx") as router:
        route = router.get(url).mock(return_value=mocked())
        customer = twin.get(twin.make(http_client=http_client), "acme")
    twin.close(http_client)

    assert customer.legal_name == MOCKED
    assert route.called
    assert [] == dialled


def test_respx_router_is_a_transport(twin: Twin, url: str, dialled: list[str]) -> None:
    """A router that patches nothing answers as the handler of a transport."""
    router = respx.MockRouter(using=None)
    route = router.get(url).mock(return_value=mocked())
    handler: Any = either(twin, router.async_handler, router.handler)

    customer = twin.get(twin.make(transport=httpx.MockTransport(handler)), "acme")

    assert customer.legal_name == MOCKED
    assert route.called
    assert [] == dialled


@pytest.mark.asyncio
@respx.mock
async def test_respx_decorates_a_coroutine(dialled: list[str]) -> None:
    """An async test that respx decorates has its routes, and a client in it needs nothing else."""
    respx.get(SANDBOX_URL).mock(return_value=mocked())

    async with AsyncSequenceClient(client_id="id", client_secret="secret", environment="sandbox") as sequence:
        customer = await sequence.customers.get_by_alias("acme")

    assert customer.legal_name == MOCKED
    assert [] == dialled


@respx.mock
def test_respx_decorates_a_function(dialled: list[str]) -> None:
    """A test that respx decorates has its routes, and a client in it needs nothing else."""
    respx.get(SANDBOX_URL).mock(return_value=mocked())

    with SequenceClient(client_id="id", client_secret="secret", environment="sandbox") as sequence:
        customer = sequence.customers.get_by_alias("acme")

    assert customer.legal_name == MOCKED
    assert [] == dialled


# --- pytest-httpx


def test_httpx_mock_answers_a_client_made_as_usual(twin: Twin, httpx_mock: HTTPXMock, dialled: list[str]) -> None:
    """A response of pytest-httpx answers a client of no special making, which never comes near a socket."""
    httpx_mock.add_response(url=SANDBOX_URL, json=example_customer(legalName=MOCKED))

    customer = twin.get(twin.make(environment=Environment.SANDBOX), "acme")

    assert customer.legal_name == MOCKED
    assert [] == dialled


def test_httpx_mock_shows_the_request(
    twin: Twin, httpx_mock: HTTPXMock, url: str, client_id: str, client_secret: str
) -> None:
    """The request that pytest-httpx matches and records is the one that would have been sent, headers and all."""
    basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    expected = {"Authorization": f"Basic {basic}", "Sequence-Version": API_VERSION, "X-Team": "billing"}
    httpx_mock.add_response(method="GET", url=url, match_headers=expected, json=example_customer())

    twin.get(twin.make(default_headers={"X-Team": "billing"}), "acme")

    request = httpx_mock.get_request()
    assert request is not None
    assert expected == {name: request.headers[name] for name in expected}


def test_httpx_mock_status_is_an_error(twin: Twin, httpx_mock: HTTPXMock) -> None:
    """A status that pytest-httpx answers is the error that it is from a server, with its body."""
    httpx_mock.add_response(404, json={"error": {"type": "NotFound", "message": "No such customer"}})

    with pytest.raises(NotFoundError, match="No such customer"):
        twin.get(twin.make(), "acme")


@pytest.mark.parametrize(("failure", "expected"), FAILURES)
def test_httpx_mock_failure_is_an_error(
    twin: Twin, httpx_mock: HTTPXMock, failure: type[httpx.TransportError], expected: type[APIError]
) -> None:
    """An exception of httpx's that pytest-httpx raises is the error that it is from a network."""
    httpx_mock.add_exception(failure("by pytest-httpx"))

    with pytest.raises(APIConnectionError) as caught:
        twin.get(twin.make(max_retries=0), "acme")

    assert expected is type(caught.value)


@pytest.mark.usefixtures("clock")
def test_httpx_mock_answers_retries_of_copies(twin: Twin, httpx_mock: HTTPXMock) -> None:
    """Each attempt takes the next response, be it of a client or of a copy with other options."""
    httpx_mock.add_response(503)
    httpx_mock.add_exception(httpx.ConnectError("refused"))
    httpx_mock.add_response(json=example_customer(legalName=MOCKED))
    client = twin.make(max_retries=0)

    with pytest.raises(APIError):
        twin.get(client, "acme")
    response = twin.get_raw(client.with_options(max_retries=1), "acme")

    assert response.parsed.legal_name == MOCKED
    assert (2, 3) == (len(response.attempts), len(httpx_mock.get_requests()))


@pytest.mark.httpx_mock(assert_all_requests_were_expected=False)
def test_httpx_mock_refuses_what_no_response_matches(twin: Twin, httpx_mock: HTTPXMock, dialled: list[str]) -> None:
    """A request without a response is a time-out, as pytest-httpx has it, and never leaves the machine."""
    with pytest.raises(APITimeoutError):
        twin.get(twin.make(max_retries=0), "acme")

    assert 1 == len(httpx_mock.get_requests())
    assert [] == dialled


@pytest.mark.httpx_mock(should_mock=lambda request: request.url.host != "127.0.0.1")
def test_httpx_mock_lets_through_what_it_is_told_to(twin: Twin, httpx_mock: HTTPXMock, server: Server) -> None:
    """A request that is not to be mocked reaches its server, and others do not."""
    httpx_mock.add_response(json=example_customer(legalName=MOCKED))
    client = twin.make(**local(server))

    names = [twin.get(each, "acme").legal_name for each in (client, twin.make())]
    twin.close(client)

    assert [SERVED, MOCKED] == names
    assert (1, 1) == (len(server.requests), len(httpx_mock.get_requests()))


def test_httpx_mock_knows_the_proxy(
    twin: Twin, httpx_mock: HTTPXMock, dialled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the environment names a proxy, a response for requests by that proxy is the one that answers."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    httpx_mock.add_response(proxy_url="http://proxy.test:3128/", json=example_customer(legalName=MOCKED))

    assert twin.get(twin.make(), "acme").legal_name == MOCKED
    assert [] == dialled


# --- hishel


def caching(twin: Twin, path: Path, *, rfc: CacheOptions | bool) -> Any:
    """A transport of hishel's over httpx's own."""
    return either(
        twin,
        lambda: AsyncCacheTransport(httpx.AsyncHTTPTransport(), AsyncSqliteStorage(database_path=path), rfc=rfc),
        lambda: CacheTransport(httpx.HTTPTransport(), SqliteStorage(database_path=path), rfc=rfc),
    )()


RULES = [
    pytest.param(False, {}, id="everything"),
    pytest.param(CacheOptions(shared=False), {"Cache-Control": "max-age=60"}, id="private"),
    pytest.param(CacheOptions(shared=True), {"Cache-Control": "max-age=60, public"}, id="shared"),
]


@pytest.mark.parametrize(("rfc", "headers"), RULES)
def test_hishel_answers_from_its_cache(
    twin: Twin, server: Server, tmp_path: Path, rfc: CacheOptions | bool, headers: dict[str, str]
) -> None:
    """Of two look-ups through a cache the server sees one, and both find the same customer."""
    server.replies["acme"] = Reply(body=example_customer(legalName=SERVED), headers=headers)
    client = twin.make(**local(server), transport=caching(twin, tmp_path / "cache.db", rfc=rfc))

    first, second = (twin.get_raw(client, "acme") for _ in range(2))
    twin.close(client)

    assert SERVED == first.parsed.legal_name
    assert first.parsed == second.parsed
    assert first.content == second.content
    assert 1 == len(server.requests)


def test_hishel_keeps_what_another_client_found(twin: Twin, server: Server, tmp_path: Path) -> None:
    """Closing a client closes its cache with all that is in it, for the next one to find."""
    for _ in range(2):
        client = twin.make(**local(server), transport=caching(twin, tmp_path / "cache.db", rfc=False))
        assert twin.get(client, "acme").legal_name == SERVED
        twin.close(client)

    assert 1 == len(server.requests)


@pytest.mark.parametrize(
    ("rfc", "headers"),
    [
        pytest.param(CacheOptions(shared=False), {"Cache-Control": "no-store"}, id="no-store"),
        pytest.param(CacheOptions(shared=True), {"Cache-Control": "max-age=60"}, id="shared"),
    ],
)
def test_hishel_asks_again_where_it_must(
    twin: Twin, server: Server, tmp_path: Path, rfc: CacheOptions, headers: dict[str, str]
) -> None:
    """What a cache may not keep, each look-up asks the server for: the rules see this client's credentials."""
    server.replies["acme"] = Reply(body=example_customer(legalName=SERVED), headers=headers)
    client = twin.make(**local(server), transport=caching(twin, tmp_path / "cache.db", rfc=rfc))

    names = [twin.get(client, "acme").legal_name for _ in range(2)]
    twin.close(client)

    assert [SERVED] * 2 == names
    assert 2 == len(server.requests)


def test_hishel_keeps_no_error(twin: Twin, server: Server, tmp_path: Path) -> None:
    """A customer who was not there is found when there is one."""
    served = server.replies.pop("acme")
    client = twin.make(**local(server), transport=caching(twin, tmp_path / "cache.db", rfc=False))

    with pytest.raises(NotFoundError):
        twin.get(client, "acme")
    server.replies["acme"] = served
    customer = twin.get(client, "acme")
    twin.close(client)

    assert customer.legal_name == SERVED


def test_hishel_client_answers_from_its_cache(twin: Twin, server: Server, tmp_path: Path) -> None:
    """A caching httpx client that a client sends with serves the second look-up itself."""
    path = tmp_path / "cache.db"
    http_client = either(
        twin,
        lambda: AsyncCacheClient(storage=AsyncSqliteStorage(database_path=path)),
        lambda: CacheClient(storage=SqliteStorage(database_path=path)),
    )()
    client = twin.make(**local(server), http_client=http_client)

    names = [twin.get(client, "acme").legal_name for _ in range(2)]
    twin.close(http_client)

    assert [SERVED] * 2 == names
    assert 1 == len(server.requests)


# --- OpenTelemetry


class Tracing:
    """Spans, and what makes them."""

    def __init__(self) -> None:
        self.provider = TracerProvider(shutdown_on_exit=False)
        self._exporter = InMemorySpanExporter()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.instrumentor = HTTPXClientInstrumentor()

    def instrument(self) -> None:
        """As the documentation has it, for every httpx client of the process."""
        self.instrumentor.instrument(tracer_provider=self.provider)

    def uninstrument(self) -> None:
        if self.instrumentor.is_instrumented_by_opentelemetry:
            self.instrumentor.uninstrument()

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    @property
    def span(self) -> ReadableSpan:
        """The one span that was made."""
        assert len(self.spans) == 1

        return self.spans[0]

    @property
    def statuses(self) -> list[Any]:
        return [attribute(span, "http.status_code", "http.response.status_code") for span in self.spans]


def attribute(span: ReadableSpan, *names: str) -> Any:
    """An attribute by any of the names that it has had."""
    attributes = span.attributes or {}
    return next((attributes[name] for name in names if name in attributes), None)


@pytest.fixture
def tracing() -> Iterator[Tracing]:
    tracing = Tracing()
    yield tracing
    tracing.uninstrument()
    tracing.provider.shutdown()


def test_look_up_is_a_span(twin: Twin, server: Server, tracing: Tracing) -> None:
    """Where httpx is instrumented, a look-up of a client made as usual is one span, and the server is told which."""
    tracing.instrument()
    client = twin.make(**local(server))

    twin.get(client, "acme")
    twin.close(client)

    span = tracing.span
    assert span.context is not None
    assert SpanKind.CLIENT is span.kind
    assert ("GET", [200]) == (attribute(span, "http.method", "http.request.method"), tracing.statuses)
    assert f"{span.context.trace_id:032x}-{span.context.span_id:016x}" in server.sent[0]["traceparent"]


def test_span_holds_the_url_and_no_credentials(twin: Twin, server: Server, tracing: Tracing) -> None:
    """What the instrumentation writes into a span is the URL, which ends with the alias, and nothing of the secret."""
    tracing.instrument()
    client = twin.make(**local(server))

    twin.get(client, "acme")
    twin.close(client)

    written = tracing.span.to_json()
    assert f"{server.base_url}/customers/by-alias/acme" == attribute(tracing.span, "http.url", "url.full")
    assert not [word for word in ("secret", server.sent[0]["Authorization"].split()[1]) if word in written]


def test_client_made_before_is_traced_while_httpx_is_instrumented(twin: Twin, server: Server, tracing: Tracing) -> None:
    """A client that was there first, its connection open, is traced from the instrumenting to its end."""
    client = twin.make(**local(server))
    twin.get(client, "acme")
    tracing.instrument()
    twin.get(client, "acme")
    tracing.uninstrument()
    twin.get(client, "acme")
    twin.close(client)

    assert [200] == tracing.statuses
    assert [False, True, False] == ["traceparent" in request for request in server.sent]


@pytest.mark.usefixtures("clock")
def test_every_attempt_is_a_span(twin: Twin, tracing: Tracing, respx_mock: respx.MockRouter, url: str) -> None:
    """A call that is repeated is a span for each attempt, with its status or its failure."""
    respx_mock.get(url).mock(side_effect=[httpx.Response(503), httpx.ConnectError("refused"), mocked()])
    tracing.instrument()

    twin.get(twin.make(), "acme")

    assert [503, None, 200] == tracing.statuses
    assert [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET] == [span.status.status_code for span in tracing.spans]


@pytest.mark.asyncio
async def test_span_of_an_async_look_up_is_a_child_of_the_callers(server: Server, tracing: Tracing) -> None:
    """The span of an awaited look-up belongs to the span in which it was awaited."""
    tracing.instrument()
    async with AsyncSequenceClient(**local(server)) as sequence:
        with tracing.provider.get_tracer("caller").start_as_current_span("caller") as caller:
            await sequence.customers.get_by_alias("acme")

    assert tracing.spans[0].parent == caller.get_span_context()


def test_span_of_a_look_up_is_a_child_of_the_callers(server: Server, tracing: Tracing) -> None:
    """The span of a look-up belongs to the span in which it was made."""
    tracing.instrument()
    with (
        SequenceClient(**local(server)) as sequence,
        tracing.provider.get_tracer("caller").start_as_current_span("caller") as caller,
    ):
        sequence.customers.get_by_alias("acme")

    assert tracing.spans[0].parent == caller.get_span_context()


def test_instrumented_http_client_traces_look_ups(twin: Twin, server: Server, tracing: Tracing) -> None:
    """Where one httpx client is instrumented, look-ups sent with it are spans, and others are not."""
    http_client = twin.http_client_type()
    HTTPXClientInstrumentor.instrument_client(http_client, tracer_provider=tracing.provider)
    with_it, without = twin.make(**local(server), http_client=http_client), twin.make(**local(server))

    twin.get(with_it, "acme")
    twin.get(without, "acme")
    twin.close(without)
    twin.close(http_client)

    assert [200] == tracing.statuses
    assert [True, False] == ["traceparent" in request for request in server.sent]


def test_http_client_is_traced_once_where_httpx_is_instrumented(twin: Twin, server: Server, tracing: Tracing) -> None:
    """A look-up sent with the caller's httpx client is one span, not two, where all of httpx is instrumented."""
    http_client = twin.http_client_type()
    tracing.instrument()

    twin.get(twin.make(**local(server), http_client=http_client), "acme")
    twin.close(http_client)

    assert [200] == tracing.statuses


def test_tracing_transport_traces_look_ups(twin: Twin, server: Server, tracing: Tracing) -> None:
    """A client that is given OpenTelemetry's transport over httpx's own is traced, with httpx not instrumented."""
    transport = either(
        twin,
        lambda: AsyncOpenTelemetryTransport(httpx.AsyncHTTPTransport(), tracer_provider=tracing.provider),
        lambda: SyncOpenTelemetryTransport(httpx.HTTPTransport(), tracer_provider=tracing.provider),
    )()
    client = twin.make(**local(server), transport=transport)

    twin.get(client, "acme")
    twin.close(client)

    assert [200] == tracing.statuses
    assert "traceparent" in server.sent[0]

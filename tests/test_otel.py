"""OpenTelemetry: what the real SDK gets of calls, on each transport, with the HTTP libraries instrumented beside."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import httpx2
import pytest
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, get_current_span

from sequence_customers_client import AsyncSequenceClient, NotFoundError, SequenceClient, SequenceError
from sequence_customers_client.otel import SequenceInstrumentor
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

ROUTE = "GET /customers/by-alias/{alias}"
ALIAS = "alias-of-a-person"


class Telemetry(NamedTuple):
    spans: InMemorySpanExporter
    metrics: InMemoryMetricReader

    @property
    def span(self) -> ReadableSpan:
        """The one span that there is."""
        (span,) = self.spans.get_finished_spans()
        return span

    def points(self, name: str) -> list[Any]:
        data = json.loads(getattr(self.metrics.get_metrics_data(), "to_json", lambda: "{}")())
        return [
            point
            for resource in data.get("resource_metrics", [])
            for scope in resource["scope_metrics"]
            for metric in scope["metrics"]
            if metric["name"] == name
            for point in metric["data"]["data_points"]
        ]


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    instrumentors: list[Any] = [SequenceInstrumentor(), HTTPXClientInstrumentor(), AioHttpClientInstrumentor()]
    meters = MeterProvider([reader])
    for instrumentor in instrumentors:
        instrumentor.instrument(tracer_provider=tracers, meter_provider=meters)
    yield Telemetry(spans, reader)
    for instrumentor in instrumentors:
        instrumentor.uninstrument()


def asynchronously(**options: Any) -> Callable[[str], object]:
    async def look_up(alias: str, transport: Any, given: Mapping[str, Any]) -> object:
        made: Any = transport() if callable(transport) else transport
        async with AsyncSequenceClient(**given, transport=made) as client:
            return await client.customers.get_by_alias(alias)

    given = dict(options)
    transport = given.pop("transport", None)
    return lambda alias: asyncio.run(look_up(alias, transport, given))


def synchronously(**options: Any) -> Callable[[str], object]:
    given = dict(options)
    transport = given.pop("transport", None)

    def look_up(alias: str) -> object:
        with SequenceClient(**given, transport=transport and transport()) as client:
            return client.customers.get_by_alias(alias)

    return look_up


KINDS = [
    pytest.param(asynchronously, None, id="async"),
    pytest.param(asynchronously, "aiohttp", id="async aiohttp"),
    pytest.param(asynchronously, httpx.AsyncHTTPTransport, id="async httpx"),
    pytest.param(asynchronously, httpx2.AsyncHTTPTransport, id="async httpx2"),
    pytest.param(synchronously, None, id="sync"),
    pytest.param(synchronously, httpx2.HTTPTransport, id="sync httpx2"),
]


@pytest.mark.parametrize(("make", "transport"), KINDS)
def test_a_call_is_one_span(telemetry: Telemetry, make: Any, transport: Any) -> None:
    """A call that is tried twice is one client span by the conventions, with an event an attempt, and no other span."""
    replies = {ALIAS: [Reply(503, headers={"Retry-After": "0"}), Reply(body=example_customer())]}
    with SequenceServer(replies) as server:
        look_up = make(transport=transport, base_url=server.base_url, client_id="id", client_secret="secret")
        look_up(ALIAS)
        sent = [request.headers for request in server.requests]

    span = telemetry.span
    attributes = dict(span.attributes or {})
    assert (ROUTE, SpanKind.CLIENT, StatusCode.UNSET) == (span.name, span.kind, span.status.status_code)
    assert {
        "http.request.method": "GET",
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": httpx.URL(server.base_url).port,
        "url.scheme": "http",
        "url.template": "/customers/by-alias/{alias}",
    } == attributes
    assert [503, 200] == [(event.attributes or {})["http.response.status_code"] for event in span.events]
    assert ALIAS not in span.to_json()
    context = span.get_span_context()
    assert context is not None
    assert [f"{context.trace_id:032x}"] * 2 == [headers["traceparent"].split("-")[1] for headers in sent]
    (duration,) = telemetry.points("http.client.request.duration")
    assert (1, 200) == (duration["count"], duration["attributes"]["http.response.status_code"])
    (retries,) = telemetry.points("sequence.client.retries")
    assert 1 == retries["value"]


@pytest.mark.parametrize(("make", "transport"), KINDS)
def test_an_error_is_told(telemetry: Telemetry, make: Any, transport: Any) -> None:
    """A call that fails is a span in error, whose type is the status, or the error where none came."""
    with SequenceServer({}) as server:
        look_up = make(transport=transport, base_url=server.base_url, client_id="id", client_secret="secret")
        with pytest.raises(NotFoundError):
            look_up(ALIAS)
    with pytest.raises(SequenceError):
        make(transport=transport, base_url=server.base_url, client_id="id", client_secret="secret", max_retries=0)(
            ALIAS
        )

    first, second = telemetry.spans.get_finished_spans()
    assert ["404", "APIConnectionError"] == [(span.attributes or {})["error.type"] for span in (first, second)]
    assert [StatusCode.ERROR] * 2 == [span.status.status_code for span in (first, second)]
    assert ALIAS not in first.to_json() + second.to_json()


@pytest.mark.parametrize("make", [asynchronously, synchronously])
def test_what_a_callable_for_credentials_sends_is_traced(telemetry: Telemetry, make: Any) -> None:
    """The spans of a callable's own requests are there, below the call's; only the call's own HTTP span is not."""
    with SequenceServer({ALIAS: Reply(body=example_customer()), "vault": Reply(body={})}) as server:
        vault = f"{server.base_url}/customers/by-alias/vault"

        def ask() -> str:
            httpx.get(vault)
            return "secret"

        make(base_url=server.base_url, client_id="id", client_secret=ask)(ALIAS)

    vaulted, call = telemetry.spans.get_finished_spans()
    assert ("GET", ROUTE) == (vaulted.name, call.name)
    assert vaulted.parent == call.get_span_context()


def test_cancelled_calls_end_their_spans(telemetry: Telemetry) -> None:
    """A call that is cancelled is a span that ended, and what comes after it is none of its children."""

    async def main(base_url: str) -> None:
        async with AsyncSequenceClient(base_url=base_url, client_id="id", client_secret="secret") as client:
            task = asyncio.ensure_future(client.customers.get_by_alias("slow"))
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait([task])
            await client.customers.get_by_alias("acme")

    replies = {"slow": Reply(delay=5), "acme": Reply(body=example_customer())}
    with SequenceServer(replies) as server:
        asyncio.run(main(server.base_url))

    first, second = telemetry.spans.get_finished_spans()
    assert "CancelledError" == (first.attributes or {})["error.type"]
    assert (None, None) == (first.parent, second.parent)


def test_nothing_is_told_once_it_is_over(telemetry: Telemetry) -> None:
    """After uninstrumenting, clients that were there before are traced no more."""
    with (
        SequenceServer({"acme": Reply(body=example_customer())}) as server,
        SequenceClient(base_url=server.base_url, client_id="id", client_secret="secret") as client,
    ):
        client.customers.get_by_alias("acme")
        SequenceInstrumentor().uninstrument()
        HTTPXClientInstrumentor().uninstrument()
        client.customers.get_by_alias("acme")

    assert ROUTE == telemetry.span.name


def test_a_call_of_a_closed_client_leaves_no_span_behind(telemetry: Telemetry) -> None:
    """A call that is refused ends its span: what comes after it in the thread is none of its children."""
    client = SequenceClient(base_url="https://sequence.test", client_id="id", client_secret="secret")
    client.close()

    with pytest.raises(SequenceError):
        client.customers.get_by_alias(ALIAS)

    assert "ConfigurationError" == (telemetry.span.attributes or {})["error.type"]
    assert not get_current_span().get_span_context().is_valid


def test_a_call_that_is_cancelled_in_its_wait_did_not_end_with_a_status(telemetry: Telemetry) -> None:
    """The status of an attempt that another was to follow is its event's, not the call's."""

    async def main() -> None:
        answered = asyncio.Event()

        def busy(_: httpx.Request) -> httpx.Response:
            asyncio.get_running_loop().call_later(0.05, answered.set)
            return httpx.Response(503, headers={"Retry-After": "30"})

        transport = httpx.MockTransport(busy)
        options: Any = {"base_url": "https://sequence.test", "client_id": "id", "client_secret": "secret"}
        async with AsyncSequenceClient(**options, transport=transport) as client:
            task = asyncio.ensure_future(client.customers.get_by_alias(ALIAS))
            await answered.wait()
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(main())

    attributes = telemetry.span.attributes or {}
    assert ("CancelledError", None) == (attributes["error.type"], attributes.get("http.response.status_code"))
    assert [503] == [(event.attributes or {})["http.response.status_code"] for event in telemetry.span.events]


def test_where_instrumentation_is_suppressed_nothing_is_told(telemetry: Telemetry) -> None:
    """Who suppresses instrumentation, as exporters do, gets no span, no metric and no header."""
    replies = {"acme": Reply(body=example_customer())}
    with SequenceServer(replies) as server, suppress_instrumentation():
        synchronously(base_url=server.base_url, client_id="id", client_secret="secret")("acme")
        (request,) = server.requests

    assert () == telemetry.spans.get_finished_spans()
    assert [] == telemetry.points("http.client.request.duration")
    assert "traceparent" not in request.headers


def test_the_entry_point_is_found() -> None:
    """`opentelemetry-instrument` finds the instrumentor, and the package itself imports nothing of OpenTelemetry."""
    project = tomllib.loads((Path(__file__).resolve().parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    group = "opentelemetry_instrumentor"
    ((name, value),) = project["project"]["entry-points"][group].items()
    program = "import sys, sequence_customers_client; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603

    assert SequenceInstrumentor is EntryPoint(name, value, group).load()
    assert "[]\n" == printed.stdout

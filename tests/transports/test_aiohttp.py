"""The transport over aiohttp: sessions given or its own, of which only the connections are used."""

from __future__ import annotations

import asyncio
import errno
import gzip
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import aiohttp
import anyio
import pytest
from aiohttp.client_proto import ResponseHandler
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sequence_customers_client import AsyncSequenceClient, ConfigurationError
from sequence_customers_client._failures import TransportError
from sequence_customers_client._request import Request
from sequence_customers_client._timeouts import attempt_timeouts
from sequence_customers_client._transports.aiohttp import AiohttpConnection, AiohttpTransport, _failure
from sequence_customers_client._transports.proxies import Proxy
from tests.faults.faultkit import GOOD, http, nothing_leaks
from tests.faults.faultserver import Close, FaultServer, Read, Reset, Script, Send, Silence

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
HEADERS = {"Host": "a.test", "Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "ours", "X-Own": "1"}
TIMEOUTS = attempt_timeouts(30.0, 30.0, 0.0)
HANG = 30.0
"""Seconds that no test waits."""


@pytest.fixture(autouse=True)
def _nothing_leaks() -> Iterator[None]:
    with nothing_leaks():
        yield


class Talk:
    """A transport, and the requests that are sent over it."""

    def __init__(self, transport: AiohttpTransport, server: FaultServer) -> None:
        self.transport: Any = transport
        self._server = server

    async def send(self, path: str = "/x", *, max_bytes: int = 10_000, timeouts: Any = TIMEOUTS) -> Any:
        request = Request("GET", self._server.base_url + path, HEADERS, None)
        return await self.transport.send(request, timeouts, max_bytes)

    async def failure(self, **options: Any) -> TransportError:
        with pytest.raises(TransportError) as caught:
            await self.send(**options)
        return caught.value


Work = Callable[[Talk], Awaitable[object]]


def over_own(server: FaultServer, work: Work) -> None:
    """Work with a connection of the client's own."""

    async def main() -> None:
        talk = Talk(AiohttpConnection(None, PLAIN), server)
        try:
            await asyncio.wait_for(work(talk), HANG)
        finally:
            await talk.transport.aclose()

    asyncio.run(main())


def over_given(server: FaultServer, work: Work, **options: Any) -> None:
    """Work with the connections of a session that the caller made, so."""

    async def main() -> None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), **options) as session:
            talk = Talk(AiohttpTransport(session), server)
            await asyncio.wait_for(work(talk), HANG)
            await talk.transport.aclose()

            assert not session.closed
            assert not session.connector.closed  # type: ignore[union-attr]

    asyncio.run(main())


@pytest.fixture(params=[over_own, over_given], ids=["own", "given"])
def over(request: pytest.FixtureRequest) -> Any:
    return request.param


# --- What of a session is used


def test_a_given_session_lends_its_connections_and_nothing_else() -> None:
    """Its connections serve both; its headers, cookies and credentials are in no request of ours."""
    sets: Script = (Read(), Send(http(b"", "Set-Cookie: session=1; Path=/")))

    async def work(talk: Talk) -> None:
        for _ in range(2):
            await talk.send()

    with FaultServer(otherwise=sets) as server:
        over_given(server, work, headers={"X-Theirs": "1"}, cookies={"theirs": "1"}, skip_auto_headers=["Host"])

    assert 1 == server.connections
    lines = {b"GET /x HTTP/1.1", *(f"{name}: {value}".encode() for name, value in HEADERS.items())}
    assert {frozenset(lines)} == {frozenset(request.split(b"\r\n")) for request in server.requests}


def test_the_caller_s_own_calls_share_the_connections() -> None:
    """What the session has open serves the client, and what the client opened serves the session."""

    async def main(base_url: str) -> None:
        async with aiohttp.ClientSession() as session:
            client = AsyncSequenceClient(client_id="i", client_secret="s", base_url=base_url, http_client=session)
            for _ in range(2):
                await client.customers.get_by_alias("acme")
                async with session.get(base_url) as response:
                    await response.read()
            await client.aclose()
            async with session.get(base_url) as response:
                assert 200 == response.status

    with FaultServer(otherwise=GOOD) as server:
        asyncio.run(main(server.base_url))

    assert 1 == server.connections


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_closed_session_is_the_caller_s_mistake(when: str) -> None:
    """A session that was closed, before the first call or later, says what to do, and opens nothing anew."""

    async def main(base_url: str) -> None:
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            client = AsyncSequenceClient(client_id="i", client_secret="s", base_url=base_url, http_client=session)
            if when == "after":
                await client.customers.get_by_alias("acme")
            await stack.aclose()
            with pytest.raises(ConfigurationError, match="http_client is closed: open a new session"):
                await client.customers.get_by_alias("acme")

    with FaultServer(otherwise=GOOD) as server:
        asyncio.run(main(server.base_url))

    assert int(when == "after") == server.connections


def test_a_client_that_was_closed_says_so() -> None:
    """A transport that was closed while a call waits for its next attempt is no raw error of aiohttp's."""

    async def main(server: FaultServer) -> None:
        async with aiohttp.ClientSession() as session:
            transport = AiohttpTransport(session)
            await transport.aclose()
            with pytest.raises(ConfigurationError, match="the client is closed"):
                await Talk(transport, server).send()

    with FaultServer(otherwise=GOOD) as server:
        asyncio.run(main(server))

    assert 0 == server.connections


@pytest.mark.parametrize("is_given", [True, False])
def test_a_call_is_one_span(is_given: bool) -> None:
    """Where aiohttp is instrumented, a look-up is one span, and the next one no child of it."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = AioHttpClientInstrumentor()

    async def main(base_url: str) -> None:
        async with aiohttp.ClientSession() as session:
            options: dict[str, Any] = {"http_client": session} if is_given else {"transport": "aiohttp"}
            client = AsyncSequenceClient(client_id="i", client_secret="s", base_url=base_url, **options)
            for _ in range(2):
                await client.customers.get_by_alias("acme")
            await client.aclose()

    instrumentor.instrument(tracer_provider=provider)
    try:
        with FaultServer(otherwise=GOOD) as server:
            asyncio.run(main(server.base_url))
    finally:
        instrumentor.uninstrument()
        provider.shutdown()

    assert [None, None] == [span.parent for span in exporter.get_finished_spans()]


def test_a_connection_of_its_own_needs_asyncio() -> None:
    """On trio it says what to do instead."""

    async def main() -> None:
        with pytest.raises(ConfigurationError, match="trio runs: leave transport out"):
            AiohttpConnection(None, PLAIN)

    anyio.run(main, backend="trio")


def test_a_proxy_has_its_credentials_in_a_header_of_its_own() -> None:
    """The request goes to the proxy, with the proxy's credentials, and what is printed has none."""
    script: Script = (Read(), Send(http(b"")))
    with FaultServer(otherwise=script) as proxy:
        named = Proxy("http", proxy.base_url, ("user", "hunter2"))

        async def main() -> None:
            transport = AiohttpConnection(named, PLAIN)
            await transport.send(Request("GET", "http://a.test/x", {"Host": "a.test"}, None), TIMEOUTS, 100)
            await transport.aclose()

        asyncio.run(main())

    assert b"GET http://a.test/x HTTP/1.1" in proxy.requests[0]
    assert b"Proxy-Authorization: Basic dXNlcjpodW50ZXIy" in proxy.requests[0]
    assert "hunter2" not in repr(named)


# --- Requests and responses


@pytest.mark.parametrize("path", ["/a%2Fb", "/a%2fb%C3%A9", "/%7Ea", "/a//b/../c", "/a+b%20c?d=%2B&e", "/a;b:c@d=e"])
def test_a_path_is_sent_as_it_was_written(over: Any, path: str) -> None:
    """Nobody decodes what we encoded, or encodes it once more."""
    with FaultServer(otherwise=GOOD) as server:
        over(server, lambda talk: talk.send(path))

    assert f"GET {path} HTTP/1.1".encode() == server.requests[0].split(b"\r\n")[0]


def test_no_redirect_is_followed(over: Any) -> None:
    """A redirect is a response like another."""
    script: Script = (Read(), Send(http(b"", "Location: /elsewhere", status="302 Found")))

    async def work(talk: Talk) -> None:
        response = await talk.send()

        assert (302, "/elsewhere") == (response.status_code, response.headers["location"])

    with FaultServer(otherwise=script) as server:
        over(server, work)

    assert 1 == len(server.requests)


def test_a_body_is_decompressed_once_and_within_its_limit(over: Any) -> None:
    """Ours is the decompression, which stops where the limit is, whatever a kilobyte inflates to."""
    script: Script = (Read(), Send(http(gzip.compress(b"x" * 1_000_000), "Content-Encoding: gzip")))

    async def work(talk: Talk) -> None:
        whole, cut = await talk.send(max_bytes=1_000_000), await talk.send(max_bytes=1000)

        assert (b"x" * 1_000_000, None) == (whole.content, whole.fault)
        assert 1000 == len(cut.content)
        assert "more than 1000 bytes" in cut.fault

    with FaultServer(otherwise=script) as server:
        over(server, work)


def test_a_phase_has_its_limit(over: Any) -> None:
    """A read that takes too long is a timeout that names its phase."""
    phases = TIMEOUTS._replace(phases={"read": TIMEOUTS.total._replace(seconds=0.05)})

    async def work(talk: Talk) -> None:
        error = await talk.failure(timeouts=phases)

        assert (True, "read", True) == (error.timed_out, error.phase, error.was_sent)

    with FaultServer(otherwise=(Read(), Silence())) as server:
        over(server, work)


# --- Connections


def test_a_connection_is_used_again_until_it_is_not_in_order() -> None:
    """One that ended while nobody looked, or has something on it that nobody asked for, is replaced."""
    surplus: Script = (Read(), Send(http() + http(b"stale")))

    async def work(talk: Talk) -> None:
        for _ in range(4):
            response = await talk.send()
            assert b"stale" != response.content

    with FaultServer(GOOD, GOOD, surplus, otherwise=GOOD) as server:
        over_own(server, work)

    assert (2, 4) == (server.connections, len(server.requests))


def test_a_socket_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """No read takes memory that the system would have to give anew each time."""
    pieces: list[int] = []
    receive = ResponseHandler.data_received

    def data_received(handler: ResponseHandler, data: bytes) -> None:
        pieces.append(len(data))
        receive(handler, data)

    monkeypatch.setattr(ResponseHandler, "data_received", data_received)
    with FaultServer(otherwise=(Read(), Send(http(bytes(300_000))))) as server:
        over_own(server, lambda talk: talk.send(max_bytes=300_000))

    assert 300_000 < sum(pieces)
    assert max(pieces) <= 64 * 1024


@pytest.mark.parametrize("end", [Close(), Reset()], ids=["closes", "resets"])
def test_a_request_is_sent_once(over: Any, end: Close | Reset) -> None:
    """What aiohttp would do by itself, to send anew what failed on a kept connection, it does not."""

    async def work(talk: Talk) -> None:
        await talk.send()
        error = await talk.failure()

        assert error.was_sent

    with FaultServer(GOOD, (Read(), end), otherwise=GOOD) as server:
        over(server, work)

    assert 2 == len(server.requests)


# --- Failures


KEY: Any = SimpleNamespace(host="hunter2", port=1, ssl=True, is_ssl=True)


def of_connector(error: OSError) -> aiohttp.ClientConnectorError:
    return aiohttp.ClientConnectorError(KEY, error)


FINAL = aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError(1, "a stranger's"))
FINAL.__cause__ = ssl.SSLCertVerificationError()
INFO: Any = SimpleNamespace(real_url="hunter2")


@pytest.mark.parametrize(
    ("error", "text", "was_sent", "timed_out", "is_final"),
    [
        (of_connector(OSError(errno.ECONNREFUSED, "refused")), "refused", False, False, False),
        (aiohttp.ConnectionTimeoutError("hunter2"), "", False, True, False),
        (aiohttp.SocketTimeoutError("hunter2"), "", True, True, False),
        (aiohttp.ServerDisconnectedError("hunter2"), "the server closed the connection", True, False, False),
        (aiohttp.ClientPayloadError("hunter2"), "the body broke off", True, False, False),
        (aiohttp.ClientResponseError(INFO, (), message="hunter2"), "does not speak HTTP", True, False, False),
        (aiohttp.ClientHttpProxyError(INFO, (), status=407, message="hunter2"), "answered 407", False, False, True),
        (aiohttp.ClientOSError(errno.EPIPE, "broken pipe"), "broken pipe", True, False, False),
        (FINAL, "", False, False, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_failures_say_what_may_be_done_about_them(
    error: Exception, text: str, was_sent: bool, timed_out: bool, is_final: bool
) -> None:
    """Each says whether the request was sent, and whether to try again; none repeats host or server."""
    failure = _failure(error)

    assert type(error).__name__ == failure.cause
    assert text in failure.text
    assert (was_sent, timed_out, is_final) == (failure.was_sent, failure.timed_out, failure.is_final)
    assert "hunter2" not in str(failure)


ENDS = [(Read(), Send(b"hunter2 is no HTTP\r\n\r\n"), Close()), (Read(), Close()), (Read(), Reset())]


@pytest.mark.parametrize("script", ENDS, ids=["no HTTP", "closes", "resets"])
def test_nothing_of_the_url_is_told(over: Any, script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """Neither errors nor logs name path or host, nor what the server said; nothing is behind the error."""

    async def work(talk: Talk) -> None:
        error = await talk.failure(path="/alias-of-one")
        told = f"{error!r} {vars(error)} {caplog.text}"

        assert (None, None) == (error.__cause__, error.__context__)
        assert [] == [word for word in ("alias-of-one", "127.0.0.1", "hunter2") if word in told]

    with FaultServer(otherwise=script) as server, caplog.at_level(logging.DEBUG):
        over(server, work)


# --- The wire


def test_the_same_is_on_the_wire_as_over_httpx() -> None:
    """Request line and headers of a call are the same, whoever carries it."""
    alias = "a/b é+%?#"

    async def call(base_url: str, transport: Any, http_client: Any) -> None:
        async with AsyncSequenceClient(
            client_id="i", client_secret="s", base_url=base_url, transport=transport, http_client=http_client
        ) as client:
            await client.customers.get_by_alias(alias, extra_headers={"X-Trace": "1"})

    async def main(base_url: str) -> None:
        await call(base_url, None, None)
        await call(base_url, "aiohttp", None)
        async with aiohttp.ClientSession(headers={"X-Theirs": "1"}) as session:
            await call(base_url, None, session)

    with FaultServer(otherwise=GOOD) as server:
        asyncio.run(main(server.base_url))

    requests = [request.split(b"\r\n") for request in server.requests]
    assert 3 == len(requests)
    assert 1 == len({request[0] for request in requests})
    assert 1 == len({frozenset(request[1:]) for request in requests})
    assert {len(requests[0])} == {len(request) for request in requests}

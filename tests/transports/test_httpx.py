"""Transports over httpx and httpx2: one connection each, which mocks still see, and failures that repeat nothing."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import anyio
import httpcore
import httpx
import httpx2
import pytest
import respx

from sequence_customers_client._base_url import parse_base_url
from sequence_customers_client._concurrency import now, run
from sequence_customers_client._failures import TransportError
from sequence_customers_client._request import Request
from sequence_customers_client._response import Response
from sequence_customers_client._timeouts import attempt_timeouts
from sequence_customers_client._transports.httpx import HttpxConnection, HttpxTransport
from sequence_customers_client._transports.proxies import Proxy
from tests.faults.faultserver import Close, FaultServer, Read, Script, Send

TIMEOUTS = attempt_timeouts(30.0, 30.0, 0.0)._replace(ends=now() + 3600)  # it is the same for all tests
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SERVER = parse_base_url("base_url", "https://a.test")
GOOD: Script = (Read(), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"))


class Talk:
    """One connection of either kind, in the same words."""

    def __init__(self, run: Callable[[Any], Any], *, is_async: bool) -> None:
        self._run = run
        self.is_async = is_async

    def connect(self, base_url: str = SERVER.url, proxy: Proxy | None = None) -> Any:
        return HttpxConnection(parse_base_url("base_url", base_url), proxy, PLAIN, is_async=self.is_async)

    def over(self, handle: Callable[[Any], Any], library: Any = httpx) -> Any:
        """A transport over a function that answers requests."""

        async def handle_async(request: Any) -> Any:
            return handle(request)

        return HttpxTransport(library, handle_async if self.is_async else handle, is_async=self.is_async)

    def send(
        self, transport: Any, url: str = "https://a.test/x", method: str = "GET", content: bytes | None = None
    ) -> Response:
        headers = {"Host": "a.test"} | ({} if content is None else {"Content-Length": str(len(content))})
        request = Request(method, url, headers, content)
        response: Response = self._run(transport.send(request, TIMEOUTS, 1000))
        return response

    def failure(self, error: Exception, library: Any = httpx) -> TransportError:
        """What an exception of the library comes to."""

        def handle(_: Any) -> Any:
            raise error

        with pytest.raises(TransportError) as caught:
            self.send(self.over(handle, library))
        return caught.value

    def close(self, transport: Any) -> None:
        self._run(transport.aclose())


@pytest.fixture(params=["async", "sync"])
def talk(request: pytest.FixtureRequest) -> Iterator[Talk]:
    if request.param == "sync":
        yield Talk(run, is_async=False)
    else:
        with asyncio.Runner() as runner:
            yield Talk(runner.run, is_async=True)


# --- What is httpx's own


@pytest.mark.parametrize("transport", [httpx.AsyncHTTPTransport, httpx.HTTPTransport])
def test_httpx_keeps_its_pool_where_we_put_ours(transport: Any) -> None:
    """The one private name that we set is there, holds httpcore's pool, and is what httpx sends with."""
    pool = vars(transport(verify=PLAIN)).get("_pool")

    assert isinstance(pool, httpcore.AsyncConnectionPool | httpcore.ConnectionPool), "httpx moved its pool"


@pytest.mark.parametrize("scheme", [None, "http", "https"])
def test_one_connection_stands_in_the_place_of_the_pool(talk: Talk, scheme: str | None) -> None:
    """A connection of httpcore's is made for the server, or its proxy for one connection."""
    kind = "HTTPConnection" if scheme is None else "HTTPProxy"
    expected = getattr(httpcore, f"Async{kind}" if talk.is_async else kind)

    connection = talk.connect(proxy=None if scheme is None else Proxy(scheme, f"{scheme}://proxy.test:1", None))

    assert expected is type(connection._connection)
    talk.close(connection)


def test_a_proxy_s_password_may_go_beyond_ascii(talk: Talk) -> None:
    """It is sent in UTF-8, as over aiohttp."""
    with FaultServer(otherwise=GOOD) as proxy:
        connection = talk.connect(proxy=Proxy("http", proxy.base_url, ("user", "h\u00fcnter2")))
        talk.send(connection, "http://a.test/x")
        talk.close(connection)

    assert b"Proxy-Authorization: Basic " + base64.b64encode("user:h\u00fcnter2".encode()) in proxy.requests[0]


def test_httpx_sends_over_what_was_put_there(talk: Talk) -> None:
    """The bytes go over our connection, which is used again, and is closed with httpx's transport."""
    with FaultServer(otherwise=GOOD) as server:
        connection = talk.connect(server.base_url)
        answers = [talk.send(connection, f"{server.base_url}/{number}") for number in range(2)]

        assert [(200, b"hello")] * 2 == [(it.status_code, it.content) for it in answers]
        assert (1, True) == (server.connections, connection.is_reusable())
        talk.close(connection)
        assert connection.is_reusable() is False


def test_respx_sees_what_goes_over_a_connection(talk: Talk) -> None:
    """A mock that comes later than the connection answers in its place, and nobody dials."""
    connection = talk.connect()
    with respx.mock:
        route = respx.get("https://a.test/x").mock(httpx.Response(418, content=b"mocked"))
        response = talk.send(connection)

    assert (418, b"mocked", 1) == (response.status_code, response.content, route.call_count)
    talk.close(connection)


# --- What is on the connection afterwards


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
    ids=["surplus", "close", "HTTP/1.0"],
)
def test_a_connection_that_is_not_in_order_is_not_used_again(talk: Talk, answer: bytes) -> None:
    """More than the response, or the word of the server, ends the connection's use."""
    with FaultServer((Read(), Send(answer)), otherwise=GOOD) as server:
        connection = talk.connect(server.base_url)

        assert b"hello" == talk.send(connection, server.base_url).content
        assert connection.is_reusable() is False
        talk.close(connection)


@pytest.mark.parametrize(("method", "status"), [("HEAD", "200 OK"), ("GET", "204 No"), ("GET", "304 No")])
def test_responses_without_a_body_leave_the_connection_in_order(talk: Talk, method: str, status: str) -> None:
    """What says a length and has no body is whole all the same."""
    length = "" if status.startswith("204") else "Content-Length: 5\r\n"
    answer = f"HTTP/1.1 {status}\r\n{length}\r\n".encode()
    with FaultServer((Read(), Send(answer)), otherwise=GOOD) as server:
        connection = talk.connect(server.base_url)

        assert b"" == talk.send(connection, server.base_url, method).content
        assert connection.is_reusable() is True
        talk.close(connection)


def test_a_server_that_hangs_up_is_a_failure(talk: Talk) -> None:
    """No response is an error of ours, in the library's words."""
    with FaultServer((Read(), Close()), otherwise=GOOD) as server:
        connection = talk.connect(server.base_url)
        with pytest.raises(TransportError, match="RemoteProtocolError") as caught:
            talk.send(connection, server.base_url)

        assert caught.value.was_sent
        assert connection.is_reusable() is False
        talk.close(connection)


# --- Requests and failures, over httpx and httpx2


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_request_is_sent_as_it_stands(talk: Talk, library: Any) -> None:
    """URL, headers and content are ours alone, and the limits are those of the attempt."""
    seen: list[Any] = []

    def handle(request: Any) -> Any:
        seen.append(request)
        return library.Response(200, content=b"hello")

    talk.send(talk.over(handle, library), "https://a.test/a%2Fb?c=%20", "POST", b"{}")

    assert ("POST", b"/a%2Fb?c=%20") == (seen[0].method, seen[0].url.raw_path)
    assert [(b"Host", b"a.test"), (b"Content-Length", b"2")] == seen[0].headers.raw
    assert b"{}" == b"".join(seen[0].stream)
    assert {"connect": 30.0, "read": 30.0, "write": 30.0, "pool": 30.0} == seen[0].extensions["timeout"]


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
@pytest.mark.parametrize(
    ("name", "was_sent", "timed_out", "phase", "is_final"),
    [
        ("ConnectError", False, False, None, False),
        ("ConnectTimeout", False, True, "connect", False),
        ("PoolTimeout", False, True, "pool", False),
        ("ProxyError", False, False, None, True),
        ("ReadTimeout", True, True, "read", False),
        ("WriteTimeout", True, True, "write", False),
        ("ReadError", True, False, None, False),
        ("RemoteProtocolError", True, False, None, False),
    ],
)
def test_failures_say_what_may_be_done_about_them(  # noqa: PLR0917 - a table
    talk: Talk, library: Any, name: str, was_sent: bool, timed_out: bool, phase: str | None, is_final: bool
) -> None:
    """Each exception says whether the request was sent, which limit ended it, and whether to try again."""
    error = talk.failure(getattr(library, name)("of https://a.test/hunter2"), library)

    assert (name, was_sent, timed_out, phase, is_final) == (
        error.cause, error.was_sent, error.timed_out, error.phase, error.is_final,
    )  # fmt: skip
    assert "hunter2" not in str(error)
    assert (None, None) == (error.__cause__, error.__context__)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (httpx.ProxyError("407 hunter2"), "ProxyError: the proxy answered 407"),
        (httpx.ProxyError("hunter2"), "ProxyError: the proxy refused"),
        (ConnectionResetError(104, "reset\nby peer"), "ConnectionResetError: reset by peer"),
        (httpcore.ConnectionNotAvailable(), "ConnectionNotAvailable"),
        (anyio.ClosedResourceError(), "ClosedResourceError"),
        (type("HiddenError", (httpx.ReadError,), {"__module__": "mocks"})("hunter2"), "HiddenError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_words_that_may_hold_a_secret_are_not_repeated(talk: Talk, error: Exception, text: str) -> None:
    """The system's word is told; a proxy's, or that of a mock, is not."""
    assert text == str(talk.failure(error))


def test_a_certificate_that_fails_is_final(talk: Talk) -> None:
    """It will be the same the next time."""
    error = httpx.ConnectError("no")
    error.__cause__ = ssl.SSLCertVerificationError()

    assert talk.failure(error).is_final


def test_what_is_no_failure_of_a_network_passes_through(talk: Talk) -> None:
    """A mistake in a transport of the caller's is the caller's to see."""
    with pytest.raises(ZeroDivisionError):
        talk.send(talk.over(lambda _: 1 / 0))


def test_a_hook_that_refuses_a_response_leaves_its_status(talk: Talk) -> None:
    """raise_for_status in a hook is a response that cannot be read, and no failure of the network."""

    def handle(_: Any) -> Any:
        httpx.Response(404, request=httpx.Request("GET", "https://a.test/hunter2")).raise_for_status()

    response = talk.send(talk.over(handle))

    assert (404, b"", "a hook refused it") == (response.status_code, response.content, response.fault)


class Stream(httpx.AsyncByteStream, httpx.SyncByteStream):
    """A body that tells whether it was closed."""

    closed = 0

    def __iter__(self) -> Iterator[bytes]:
        yield from [b"x" * 600] * 3

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.close()


def test_a_body_that_is_too_big_is_left_and_closed(talk: Talk) -> None:
    """No more is read than is allowed, and the response is closed, once."""
    stream = Stream()

    response = talk.send(talk.over(lambda _: httpx.Response(200, stream=stream)))

    assert response.fault is not None
    assert 1 == stream.closed


def test_a_body_that_was_read_before_is_taken_as_it_is(talk: Talk) -> None:
    """A hook may have read, and so decompressed, the response."""
    assert b"read" == talk.send(talk.over(lambda _: httpx.Response(200, content=b"read"))).content


def test_closing_closes_what_is_ours(talk: Talk) -> None:
    """A transport is closed where that was asked for, and left to its owner where not."""
    closed: list[str] = []

    async def aclose() -> None:
        closed.append("closed")

    close = aclose if talk.is_async else partial(closed.append, "closed")
    talk.close(HttpxTransport(httpx, partial(pytest.fail, "nothing is sent"), close, is_async=talk.is_async))
    talk.close(talk.over(partial(pytest.fail, "nothing is sent")))

    assert ["closed"] == closed

"""The fast transport: what it sends, what it takes for an answer, and where it is used."""

from __future__ import annotations

import asyncio
import copy
import pickle
import socket
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import pairwise
from typing import Any

import httpcore
import httpx
import pytest
from hypothesis import example as trying
from hypothesis import given, settings
from hypothesis import strategies as st

import sequence_customers_client
from sequence_customers_client import (
    APIConnectionError,
    APITimeoutError,
    AsyncSequenceClient,
    BadRequestError,
    ConfigurationError,
    NotFoundError,
    SequenceClient,
)
from sequence_customers_client._clock import TimeLimitReached
from sequence_customers_client._connection import AsyncOwnConnection, OwnConnection
from sequence_customers_client._limit import Limit, TimeLimit
from sequence_customers_client._request import Outgoing, PreparedRequest
from sequence_customers_client._response import Answer, APIResponse
from sequence_customers_client._wire import AsyncWireConnection, WireConnection, _End, _Headers, _Reply
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

MIB = 1024 * 1024
PIECE = 64 * 1024
CONTENT = b'{"name": "Acme"}'

fuzz = settings(max_examples=100, derandomize=True, deadline=None, database=None)


# --- Answers


def framed(kind: str, content: bytes = CONTENT, *, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    """An answer whose body ends as it says, or as the kind says."""
    head = b"HTTP/1.1 " + status + b"\r\nX-Request-Id: r-1\r\nVary: a\r\nVARY: b\r\n" + more
    if kind == "length":
        return head + b"Content-Length: %d\r\n\r\n" % len(content) + content
    if kind == "chunked":
        pieces = [content[:3], content[3:4], content[4:]]
        chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
        return head + b"Transfer-Encoding: Chunked\r\n\r\n" + chunks + b"0\r\nX-Trailer: t\r\n\r\n"
    return head + b"\r\n" + content


INFORMATIONAL = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Request-Id: other\r\n\r\n"

Outcome = tuple[Answer, bool]


def read(pieces: Iterable[bytes], method: str = "GET", most: int = MIB) -> Outcome:
    """What the connections make of these pieces, and whether the connection is kept; the end comes after them."""
    reply = _Reply(method, most)
    left = iter(pieces)
    try:
        while not reply.has_ended:
            reply.feed(next(left, b""))
    except httpcore.ProtocolError as error:
        reply.fail(error)
    return reply.answer(), reply.keeps_connection


def fact(outcome: Outcome) -> tuple[int, list[tuple[str, str]], bytes, str | None, bool]:
    answer, keeps = outcome
    return answer.status_code, sorted(answer.headers.items()), answer.content, answer.fault, keeps


def split(data: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]
    return [piece for piece in pieces if piece]


kinds = pytest.mark.parametrize("kind", ["length", "chunked", "close"])
PLACES = st.lists(st.integers(0, 400), max_size=12)


@kinds
@given(places=PLACES, informational=st.integers(0, 2), content=st.just(CONTENT) | st.binary(max_size=60))
@trying(places=list(range(400)), informational=1, content=CONTENT)
@fuzz
def test_an_answer_is_the_same_in_any_pieces(kind: str, places: list[int], informational: int, content: bytes) -> None:
    """Wherever the network cuts it, with any informational answers before it, an answer reads the same."""
    data = INFORMATIONAL * informational + framed(kind, content)

    answer, keeps = read(split(data, places))

    assert (200, content, None) == (answer.status_code, answer.content, answer.fault)
    assert "r-1" == answer.headers["x-REQUEST-id"]
    assert "a, b" == answer.headers["vary"]
    assert "link" not in answer.headers
    assert "x-trailer" not in answer.headers
    assert keeps is (kind != "close")


@kinds
@pytest.mark.parametrize("status", [b"200 OK", b"404 Not Found"])
@given(length=st.integers(0, 400), places=PLACES, informational=st.booleans())
@fuzz
def test_an_answer_that_breaks_off_is_never_whole(
    kind: str, status: bytes, length: int, places: list[int], informational: bool
) -> None:
    """A 2xx that is cut anywhere is a protocol error, and an error that is cut in its body is an error with a fault."""
    data = INFORMATIONAL * informational + framed(kind, status=status)
    cut = data[: length % len(data)]
    begins = data.index(b"\r\n\r\n", len(INFORMATIONAL) * informational) + 4
    if kind == "close" and len(cut) >= begins:  # nothing can tell where it should have ended
        assert data[begins : len(cut)] == read(split(cut, places))[0].content
        return

    if status == b"200 OK" or len(cut) < begins:
        with pytest.raises(httpx.RemoteProtocolError):
            read(split(cut, places))
    else:
        answer, keeps = read(split(cut, places))

        assert (404, "the connection broke") == (answer.status_code, answer.fault)
        assert CONTENT.startswith(answer.content)
        assert not keeps


SURPLUS = (
    st.binary(min_size=1, max_size=40)
    | st.sampled_from([framed("length", b"other", status=b"500 No"), INFORMATIONAL, b"HTTP/1.1 200 OK\r\n"])
    | st.just(b"HTTP/1.1 099 No\r\n\r\n")
)


@pytest.mark.parametrize("kind", ["length", "chunked"])
@pytest.mark.parametrize("more", [b"", b"Connection: close\r\n"])
@given(surplus=SURPLUS.filter(lambda surplus: surplus.strip(b"\r\n")), places=PLACES)
@trying(surplus=b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", places=[])
@fuzz
def test_what_follows_an_answer_ends_the_connection_and_changes_nothing(
    kind: str, more: bytes, surplus: bytes, places: list[int]
) -> None:
    """Bytes that come with the end of an answer are no part of it, and whoever sent them gets no other request."""
    data = framed(kind, more=more)
    *first, last = split(data, places)

    outcome = read([*first, last + surplus])

    assert not outcome[1]
    assert fact(read([data]))[:4] == fact(outcome)[:4]


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """Answers with bytes flipped, put in and taken out."""
    kind = draw(st.sampled_from(["length", "chunked", "close"]))
    data = bytearray(INFORMATIONAL * draw(st.integers(0, 1)) + framed(kind, status=draw(st.sampled_from(STATUSES))))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["flip", "insert", "delete"])):
            case "flip":
                data[place] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                data[place:place] = draw(st.sampled_from(SNIPPETS) | st.binary(max_size=4))
            case "delete":
                del data[place : place + draw(st.integers(1, 30))]
        if not data:
            break
    return bytes(data)


STATUSES = [b"200 OK", b"404 Not Found", b"204 No Content", b"304 Not Modified", b"101 Switching", b"500 "]
SNIPPETS = [
    *(b"\r\n", b"\n", b"\r", b"\0", b":", b" ", b"0\r\n\r\n", b"ffffffffffffffff", b"-1", b"\r\n\r\n", b"HTTP/1.1 "),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: gzip\r\n", b"Connection: upgrade\r\nUpgrade: x\r\n"),
]


@given(data=mutations(), places=PLACES, method=st.sampled_from(["GET", "HEAD", "POST"]))
@settings(fuzz, max_examples=300)
def test_any_bytes_are_an_answer_or_a_protocol_error(data: bytes, places: list[int], method: str) -> None:
    """Whatever comes, there is an answer with a status and headers that can be read, or a protocol error."""
    try:
        answer, _ = read(split(data, places), method)
    except httpx.RemoteProtocolError:
        return

    assert 200 <= answer.status_code <= 999
    assert all(isinstance(part, str) for header in answer.headers.items() for part in header)


def by_h11(data: bytes) -> Answer | None:
    """What httpx's own transport makes of these bytes, if anything."""
    transport = httpx.HTTPTransport(verify=CONTEXT)
    vars(transport)["_pool"]._network_backend = httpcore.MockBackend([data])
    with closing(transport):
        try:
            response = transport.handle_request(httpx.Request("GET", "http://127.0.0.1/"))
            content = b"".join(response.stream)  # type: ignore[arg-type] # it is a sync one
        except httpx.TransportError:
            return None
        return Answer(response.status_code, response.headers, content)


CONTEXT = httpx.create_ssl_context()


@given(data=mutations())
@fuzz
def test_where_both_parsers_see_a_success_it_is_the_same(data: bytes) -> None:
    """A 200 of the fast transport has the content that httpx's own reads from the same bytes, where it takes them."""
    try:
        answer, _ = read([data])
    except httpx.RemoteProtocolError:
        return
    other = by_h11(data)
    if other is None or 200 not in {answer.status_code, other.status_code}:
        return

    assert (other.status_code, other.content) == (answer.status_code, answer.content)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_ends_with_its_header(status: int) -> None:
    """A 204 and a 304 have no body, and the connection is kept."""
    answer, keeps = read([b"HTTP/1.1 %d X\r\nETag: x\r\n\r\n" % status])

    assert (status, b"", None, True) == (answer.status_code, answer.content, answer.fault, keeps)


def test_the_answer_to_a_head_has_no_body() -> None:
    """The length that an answer to HEAD names is that of no bytes that follow."""
    answer, keeps = read([b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"], "HEAD")

    assert (200, b"", None, False) == (answer.status_code, answer.content, answer.fault, keeps)
    assert "500" == answer.headers["content-length"]


@pytest.mark.parametrize(
    ("more", "keeps"), [(b"", True), (b"Connection: close\r\n", False), (b"Connection: keep-alive\r\n", True)]
)
def test_a_connection_is_kept_unless_the_server_says_otherwise(more: bytes, keeps: bool) -> None:
    """Connection: close ends it."""
    assert keeps is read([framed("length", more=more)])[1]


def test_the_connection_of_an_older_server_is_not_kept() -> None:
    """HTTP/1.0 keeps no connection that it does not say it keeps."""
    assert not read([framed("length").replace(b"HTTP/1.1", b"HTTP/1.0")])[1]


def test_a_body_that_is_too_large_ends_the_answer() -> None:
    """No more is read than is kept, and what is on the connection then is not waited for."""
    answer, keeps = read([framed("length")], most=5)

    assert CONTENT[:5] == answer.content
    assert "more than 5 bytes" in str(answer.fault)
    assert not keeps


# --- What is refused


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (framed("length", status=b"099 No"), "no status 099"),
        (framed("length", status=b"000 No"), "no status 000"),
        (framed("chunked").replace(b"Chunked", b"gzip, chunked"), "transfer encoding"),
        (framed("chunked").replace(b"Chunked", b"chunked, gzip"), "transfer encoding"),
        (framed("chunked").replace(b"Chunked", b"gzip"), "transfer encoding"),
        (framed("chunked").replace(b"Chunked", b"identity"), "transfer encoding"),
        (framed("chunked", more=b"Transfer-Encoding: gzip\r\n"), "transfer encoding"),
        (framed("chunked", more=b"transfer-encoding: chunked\r\n"), "."),
        (framed("chunked", more=b"Content-Length: 16\r\n"), "."),
        (framed("length", more=b"Content-Length: 3\r\n"), "."),
        (framed("length", status=b"101 Switching", more=b"Connection: upgrade\r\nUpgrade: x\r\n"), "protocol"),
        (framed("length", more=b"X: a\r\n b\r\n"), "."),
        (framed("length", more=b"X: a\0b\r\n"), "."),
        (framed("length", more=b"X : a\r\n"), "."),
        (b"SSH-2.0-OpenSSH\r\n", "."),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "."),
        (b"", "without sending a response"),
        (INFORMATIONAL, "without sending a response"),
    ],
)
@pytest.mark.parametrize("size", [1, PIECE])
def test_what_is_no_answer_is_refused(data: bytes, reason: str, size: int) -> None:
    """What no server should say, or a client could misunderstand, is a protocol error that says why."""
    pieces = [data[start : start + size] for start in range(0, len(data), size)]

    with pytest.raises(httpx.RemoteProtocolError, match=reason):
        read(pieces)


def forever(first: bytes, piece: bytes) -> Iterator[bytes]:
    yield first
    while True:
        yield piece * (PIECE // len(piece))


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "reason": (b"HTTP/1.1 200 ", b"a"),
    "header": (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
    "name": (b"HTTP/1.1 200 OK\r\n", b"a"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-Header: abcdef\r\n"),
    "header of a 103": (b"HTTP/1.1 103 OK\r\nX: ", b"a"),
    "extension": (CHUNKED + b"2;", b"a"),
    "size": (CHUNKED, b"0"),
    "trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nX: ", b"a"),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-Trailer: abcdef\r\n"),
    "blank lines": (b"\r\n", b"\r\n"),
}


@pytest.mark.parametrize(("first", "piece"), ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_refused(first: bytes, piece: bytes) -> None:
    """A header, trailer or extension without an end costs little memory, and is soon an error."""
    tracemalloc.start()
    try:
        with pytest.raises(httpx.RemoteProtocolError):
            read(forever(first, piece))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 2 * MIB


def test_a_long_header_is_read_and_a_longer_one_is_not() -> None:
    """A header may have 100 KB, however it arrives, and no more than the piece beyond them that it ends in."""
    for length, size in ((90_000, 1000), (90_000, PIECE)):
        data = framed("length", more=b"X: " + b"a" * length + b"\r\n")
        assert CONTENT == read(data[start : start + size] for start in range(0, len(data), size))[0].content
    for length, size in ((110_000, 1000), (200_000, PIECE)):
        data = framed("length", more=b"X: " + b"a" * length + b"\r\n")
        with pytest.raises(httpx.RemoteProtocolError, match="header is too long"):
            read(data[start : start + size] for start in range(0, len(data), size))


def test_a_body_of_many_pieces_is_no_long_header() -> None:
    """What is counted against the header's limit begins anew with each piece of the body."""
    content = bytes(MIB // 4)
    chunks = b"".join(b"40\r\n" + content[start : start + 64] + b"\r\n" for start in range(0, len(content), 64))
    data = CHUNKED + chunks + b"0\r\n\r\n"

    for size in (1000, PIECE):
        assert content == read(data[start : start + size] for start in range(0, len(data), size))[0].content


# --- Requests


def outgoing(method: str = "GET", path: str = "/customers", content: bytes | None = None) -> Outgoing:
    limit = TimeLimit(Limit(5.0, "timeout"), Limit(5.0, "timeout"), {})
    return Outgoing(PreparedRequest(method, path, {"Accept": "a/b"}, content), "Basic eA==", limit)


def head(base_url: str, request: Outgoing) -> bytes:
    return _End(httpx.URL(base_url), httpx.create_ssl_context()).head(request)


OURS = b"Accept: a/b\r\nAuthorization: Basic eA==\r\n"


@pytest.mark.parametrize(
    ("request_", "line", "rest"),
    [
        (outgoing(), b"GET /api/customers", b"\r\n"),
        (outgoing("DELETE"), b"DELETE /api/customers", b"\r\n"),
        (outgoing(path="/customers/a%2Fb?x=1&y=%20"), b"GET /api/customers/a%2Fb?x=1&y=%20", b"\r\n"),
        (outgoing("POST", content=b'{"a": 1}'), b"POST /api/customers", b'Content-Length: 8\r\n\r\n{"a": 1}'),
        (outgoing("POST"), b"POST /api/customers", b"Content-Length: 0\r\n\r\n"),
        (outgoing("PUT", content=b""), b"PUT /api/customers", b"Content-Length: 0\r\n\r\n"),
        (outgoing("DELETE", content=b"x"), b"DELETE /api/customers", b"Content-Length: 1\r\n\r\nx"),
    ],
)
def test_a_request_is_these_bytes(request_: Outgoing, line: bytes, rest: bytes) -> None:
    """A request has its line, its host, our headers, a length where there may be a body, and nothing else."""
    sent = head("https://example.com/api", request_)

    assert line + b" HTTP/1.1\r\nHost: example.com\r\n" + OURS + rest == sent


@pytest.mark.parametrize(
    ("base_url", "path", "host"),
    [
        ("https://example.com", b"/customers", b"example.com"),
        ("https://example.com/", b"/customers", b"example.com"),
        ("https://example.com:443/api/", b"/api/customers", b"example.com"),
        ("https://example.com:8443/a/b", b"/a/b/customers", b"example.com:8443"),
        ("http://localhost:80", b"/customers", b"localhost"),
        ("http://127.0.0.1:8080", b"/customers", b"127.0.0.1:8080"),
        ("http://[::1]:8080", b"/customers", b"[::1]:8080"),
        ("https://example.com/a%20b/ä", b"/a%20b/%C3%A4/customers", b"example.com"),
    ],
)
def test_a_request_goes_where_the_base_url_says(base_url: str, path: bytes, host: bytes) -> None:
    """The path begins with that of the base URL, and the host has a port where it is not the usual one."""
    assert head(base_url, outgoing()).startswith(b"GET " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n")


# --- Headers


def test_headers_are_a_mapping_with_names_in_any_case() -> None:
    """They are found by any spelling, joined where there are several, and like httpx's own in all else."""
    raw = [(b"Vary", b"a"), (b"X-Id", b"\xc3\xa4"), (b"vary", b"b")]
    headers = _Headers(raw)
    same = httpx.Headers(raw)

    assert isinstance(headers, Mapping)
    assert ("a, b", "a, b", "ä") == (headers["VARY"], headers["vary"], headers.get("x-id"))
    assert "Vary" in headers
    assert "other" not in headers
    assert (list(same), len(same), dict(same), repr(same)) == (
        list(headers),
        len(headers),
        dict(headers),
        repr(headers),
    )
    with pytest.raises(KeyError):
        headers["other"]


def pickled(headers: _Headers) -> Any:
    return pickle.loads(pickle.dumps(headers))  # noqa: S301 - our own


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize("used", [False, True])
def test_headers_can_be_copied(again: Callable[[_Headers], _Headers], used: bool) -> None:
    """A copy, or what was pickled and read back, has the same headers, whether or not they have been looked at."""
    headers = _Headers([(b"Vary", b"a"), (b"vary", b"b")])
    if used:
        assert "a, b" == headers["Vary"]

    other = again(headers)

    assert "a, b" == other["Vary"]
    assert headers == other


# --- Where it is used


class Fast:
    """One of the two clients over the fast transport."""

    def __init__(self, kind: str, runner: asyncio.Runner) -> None:
        self.kind = kind
        self._runner = runner
        self.client_type: Any = AsyncSequenceClient if kind == "async" else SequenceClient
        self.own: Any = AsyncOwnConnection if kind == "async" else OwnConnection
        self.wire: Any = AsyncWireConnection if kind == "async" else WireConnection
        self.http_client: Any = httpx.AsyncClient if kind == "async" else httpx.Client

    def make(self, base_url: str = "http://127.0.0.1:1", **options: Any) -> Any:
        given = {"client_id": "id", "client_secret": "secret", "max_retries": 0, "transport": "fast", **options}
        return self.client_type(base_url=base_url, **given)

    @contextmanager
    def client(self, base_url: str = "http://127.0.0.1:1", **options: Any) -> Iterator[Any]:
        client = self.make(base_url, **options)
        try:
            yield client
        finally:
            self.end(client.aclose() if self.kind == "async" else client.close())

    def get(self, client: Any, alias: str = "acme") -> APIResponse[Any]:
        response: APIResponse[Any] = self.end(client.with_raw_response.customers.get_by_alias(alias))
        return response

    def opened(self, client: Any) -> Any:
        """A connection as the client's pool opens them."""

        async def in_loop() -> Any:
            return client._connections.pool()._opens()

        return self._runner.run(in_loop()) if self.kind == "async" else client._connections.pool()._opens()

    def end(self, outcome: Any) -> Any:
        async def wait() -> Any:
            return await outcome

        return self._runner.run(wait()) if self.kind == "async" else outcome


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(params=["async", "sync"])
def fast(request: pytest.FixtureRequest, runner: asyncio.Runner) -> Fast:
    return Fast(request.param, runner)


@pytest.fixture
def server() -> Iterator[SequenceServer]:
    replies = {
        "acme": Reply(body=example_customer(legalName="Acme Ltd"), headers={"X-Request-Id": "r-1", "Vary": "a"}),
        "bad": Reply(400, {"error": {"type": "Bad", "message": "no"}}),
    }
    with SequenceServer(replies) as server:
        yield server


@contextmanager
def talking(*answers: bytes, then: Callable[[socket.socket], None] | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives each connection one answer after another: its URL, and what each connection first sent."""
    seen: list[bytes] = []
    left = list(answers)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5.0)

        def serve() -> None:
            while left or then:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection:
                    connection.settimeout(5.0)
                    seen.append(b"")
                    while received := _receive(connection):
                        seen[-1] += received
                        if left:
                            connection.sendall(left.pop(0))
                        elif then:
                            then(connection)
                            return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
        if sys.platform == "linux":
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5.0)


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


def test_a_look_up_finds_its_customer(fast: Fast, server: SequenceServer) -> None:
    """The fast transport brings the customer, and the headers of the answer in any case."""
    with fast.client(server.base_url) as client:
        response = fast.get(client)

        assert "Acme Ltd" == response.parsed.legal_name
        assert (200, "r-1", "a") == (response.status_code, response.request_id, response.headers["VARY"])
        assert isinstance(fast.opened(client), fast.wire)


@pytest.mark.parametrize(("alias", "kind"), [("nobody", NotFoundError), ("bad", BadRequestError)])
def test_an_error_is_the_same_error(fast: Fast, server: SequenceServer, alias: str, kind: type[Exception]) -> None:
    """What the server refuses is the error it is with httpx's own transport, and can be pickled."""
    with fast.client(server.base_url) as client, pytest.raises(kind) as caught:
        fast.get(client, alias)
    with fast.client(server.base_url, transport=None) as client, pytest.raises(kind) as other:
        fast.get(client, alias)

    assert str(other.value) == str(caught.value)
    assert str(caught.value) == str(pickle.loads(pickle.dumps(caught.value)))  # noqa: S301 - our own


def test_connections_are_used_again_and_shared_with_copies(fast: Fast, example: Any) -> None:
    """A connection carries one call after another, those of copies of the client too."""
    found = framed("length", httpx.Response(200, json=example).content)
    with talking(found, found, found) as (url, seen), fast.client(url) as client:
        fast.get(client)
        fast.get(client)
        fast.get(client.with_options(timeout=3.0))

    assert 1 == len(seen)
    assert 3 == seen[0].count(b"GET /customers/by-alias/acme HTTP/1.1\r\n")


@pytest.mark.parametrize("kind", ["close", "length"])
def test_a_connection_with_something_left_on_it_is_not_used_again(fast: Fast, example: Any, kind: str) -> None:
    """After an answer that something follows, the next call has a connection of its own."""
    found = framed("length", httpx.Response(200, json=example).content)
    surplus = framed("length", b"{}", status=b"500 No") if kind == "length" else b"rubbish"
    with talking(found + surplus, found) as (url, seen), fast.client(url) as client:
        assert [200, 200] == [fast.get(client).status_code, fast.get(client).status_code]

    assert 2 == len(seen)


def test_a_flood_of_informational_answers_ends_with_the_time(fast: Fast) -> None:
    """A server that always has another informational answer ready does not outlast the timeout."""
    stop = threading.Event()

    def flood(connection: socket.socket) -> None:
        piece = INFORMATIONAL * 1000
        while not stop.is_set():
            try:
                connection.sendall(piece)
            except OSError:
                return

    started = time.monotonic()
    with talking(then=flood) as (url, _), fast.client(url, timeout=0.05) as client:
        timer = threading.Timer(2.0, stop.set)
        timer.start()
        try:
            with pytest.raises(APITimeoutError):
                fast.get(client)
            spent = time.monotonic() - started
        finally:
            timer.cancel()
            stop.set()

    assert spent < 1.0


def test_time_ends_although_something_always_comes(runner: asyncio.Runner) -> None:
    """Where each read finds something, the clock is looked at between them."""

    class Endless(httpcore.AsyncMockStream):
        reads = 0

        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
            self.reads += 1
            assert self.reads < 20_000
            await asyncio.sleep(0.0001)
            return INFORMATIONAL

    async def exchange() -> None:
        connection = AsyncWireConnection(httpx.URL("http://127.0.0.1"), {"verify": CONTEXT})
        connection._stream = Endless([])
        request = outgoing()
        request.limit = TimeLimit(Limit(0.02, "timeout"), Limit(0.02, "timeout"), {})
        with pytest.raises(TimeLimitReached):
            await asyncio.wait_for(connection.exchange(request, MIB), 1.0)

    runner.run(exchange())


def test_a_server_that_is_not_there_is_a_connection_error(fast: Fast) -> None:
    """Where nobody listens, the error is the one it is with httpx's own transport."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with fast.client(url) as client, pytest.raises(APIConnectionError) as caught:
        fast.get(client)

    assert isinstance(caught.value.__cause__, httpx.ConnectError)


# --- Where it is not


def test_a_missing_package_is_named(fast: Fast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without httptools the error says what to install, and the other transport works."""
    monkeypatch.setitem(sys.modules, "httptools", None)
    monkeypatch.delitem(sys.modules, "sequence_customers_client._wire")
    monkeypatch.delattr(sequence_customers_client, "_wire")

    with pytest.raises(ConfigurationError, match=r'pip install "sequence-customers-client\[fast\]"'):
        fast.make()
    with fast.client(transport=None) as client:
        assert isinstance(fast.opened(client), fast.own)


@pytest.mark.parametrize("transport", ["slow", "", "FAST", b"fast", True])
def test_another_word_is_no_transport(fast: Fast, transport: Any) -> None:
    """The only word for a transport is "fast", and the error says so."""
    with pytest.raises(ConfigurationError, match='"fast" is another choice'):
        fast.make(transport=transport)


def test_a_client_of_the_callers_has_a_transport_already(fast: Fast) -> None:
    """An httpx client and the fast transport are not to be had together."""
    own = fast.http_client()
    with pytest.raises(ConfigurationError, match="both given"):
        fast.make(http_client=own)
    fast.end(own.aclose() if fast.kind == "async" else own.close())


@pytest.mark.parametrize(
    ("base_url", "proxied"), [("https://sequence.test/api", True), ("https://127.0.0.1:1/api", False)]
)
def test_a_proxy_is_httpxs_affair(fast: Fast, monkeypatch: pytest.MonkeyPatch, base_url: str, proxied: bool) -> None:
    """Through a proxy that the environment names go httpx's own connections; loopback needs none."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    with fast.client(base_url) as client:
        assert isinstance(fast.opened(client), fast.own if proxied else fast.wire)

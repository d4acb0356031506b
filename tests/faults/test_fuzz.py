"""Answers and aliases nobody thought of: with both clients, only a SequenceError or a valid result.

A run tries the same few hundred of each every time; FUZZ_EXAMPLES=10000 tries that many, and others every time.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import os
import pickle
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from copy import deepcopy
from enum import StrEnum
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes

import httpcore
import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sequence_customers_client import AsyncSequenceClient, ConfigurationError, Customer, SequenceClient, SequenceError
from sequence_customers_client._response import APIResponse
from sequence_customers_client._retry import parse_retry_after
from tests.faults.faultkit import BODY, CLIENT_ID, CLIENT_SECRET, EXAMPLE, SECRETS, Kind, http

_EXAMPLES = os.environ.get("FUZZ_EXAMPLES")
fuzz = settings(
    max_examples=int(_EXAMPLES or 300),
    derandomize=_EXAMPLES is None,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

_TLS = httpx.create_ssl_context()
BASE_URL = "https://sequence.invalid/api"
PREFIX = b"/api/customers/by-alias/"


class _Looks:
    """The clients, and one event loop for all the examples."""

    def __init__(self, kind: Kind, runner: asyncio.Runner) -> None:
        self._kind = kind
        self._runner = runner

    def up(self, transport: Any, alias: Any = "alias", **options: Any) -> APIResponse[Customer]:
        given = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "base_url": BASE_URL,
            "max_retries": 0,
            "transport": transport,
            **options,
        }

        async def look_up() -> APIResponse[Customer]:
            async with AsyncSequenceClient(**given) as client:
                return await client.with_raw_response.customers.get_by_alias(alias)

        if self._kind == "async":
            return self._runner.run(look_up())
        with SequenceClient(**given) as client:
            return client.with_raw_response.customers.get_by_alias(alias)

    def on_the_wire(self, pieces: list[bytes]) -> APIResponse[Customer]:
        """Look a customer up where the network delivers these bytes."""
        transport: Any
        if self._kind == "async":
            transport = httpx.AsyncHTTPTransport(verify=_TLS)
            transport._pool._network_backend = httpcore.AsyncMockBackend(pieces)
        else:
            transport = httpx.HTTPTransport(verify=_TLS)
            transport._pool._network_backend = httpcore.MockBackend(pieces)
        return self.up(transport, base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(params=["async", "sync"], scope="module")
def look(request: pytest.FixtureRequest, runner: asyncio.Runner) -> _Looks:
    return _Looks(request.param, runner)


@pytest.fixture(scope="module")
def looks(runner: asyncio.Runner) -> list[_Looks]:
    """Both, for examples that take longer to make than to try."""
    return [_Looks("async", runner), _Looks("sync", runner)]


class _Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that arrives in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


# --- Answers

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["", "2022-06-28T16:47:00Z", "2022-06-28", "TAXED", "US", "24:00", 0, 10**30, 1e308])
)
_keys = st.text(max_size=8) | st.sampled_from([*EXAMPLE, "service", "isPending", "self", "__class__", "error"])
_json = st.recursive(_scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place within a JSON value: what holds it, and its key there."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


@st.composite
def _structures(draw: st.DrawFn) -> bytes:
    """The example, changed in a few places."""
    root: Any = {"root": deepcopy(EXAMPLE)}
    for _ in range(draw(st.integers(0, 4))):
        places = list(_places(root))
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(["replace", "remove", "add", "swap"])):
            case "replace":
                holder[key] = draw(_json)
            case "remove" if holder is not root:
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(_keys)] = draw(_json)
            case "swap":
                holder[key] = deepcopy(draw(st.sampled_from([holder[key], EXAMPLE, [EXAMPLE], holder])))
    text = json.dumps(root.get("root"), ensure_ascii=draw(st.booleans()))
    return text.encode("utf-8", "surrogatepass")


_snippets = st.binary(max_size=8) | st.sampled_from(
    [b"\0", b"\xff", b"\xef\xbb\xbf", b'"', b"{", b"}", b"[", b"]", b",", b"null", b"NaN", b"1e999", b"-", b"\\ud800"]
)


@st.composite
def _mutations(draw: st.DrawFn, source: st.SearchStrategy[bytes]) -> bytes:
    """Bytes with pieces put in, taken out, turned over and repeated."""
    data = draw(source)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        middle = draw(_snippets | st.sampled_from([b"", data[start:end] * 2, data[start:end][::-1]]))
        data = data[:start] + middle + data[end:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 9)) == 0 else data


def _split(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


_bodies = _structures() | _mutations(st.just(BODY)) | _mutations(_structures()) | st.binary(max_size=200)
_encodings: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}
_headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["retry-after", "retry-after-ms", "content-type", "x-request-id", "content-encoding", "location"]
        )
        | st.from_regex(rb"\A[a-z-]{1,9}\Z").map(bytes.decode),
        st.binary(max_size=20) | st.sampled_from([b"gzip", b"br", b"deflate", b"1", b"-1", b"text/html; charset=x"]),
    ),
    max_size=4,
)


@st.composite
def _answers(draw: st.DrawFn) -> Callable[[], httpx.Response]:
    """An answer, as often as it is asked for."""
    body = draw(_bodies)
    headers = [(name.encode(), value) for name, value in draw(_headers)]
    encoding = draw(st.sampled_from(["", "", *_encodings]))
    if encoding:
        headers.append((b"content-encoding", encoding.encode()))
        body = _encodings[encoding](body)
        body = draw(_mutations(st.just(body))) if draw(st.booleans()) else body
    pieces = _split(body, draw(st.integers(1, 1000)))
    status = draw(st.sampled_from([200, 200, 200]) | st.integers(100, 999))
    return lambda: httpx.Response(status, headers=headers, stream=_Pieces(pieces))


def _end(work: Callable[[], APIResponse[Customer]]) -> APIResponse[Customer] | SequenceError:
    try:
        return work()
    except SequenceError as error:
        return error


def _is_customer_or_error(work: Callable[[], APIResponse[Customer]]) -> None:
    response = _end(work)
    if isinstance(response, SequenceError):
        error = response
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

        assert (type(error), str(error)) == (type(again), str(again))
        assert not any(secret in f"{error}{error!r}{vars(error)}" for secret in SECRETS)
    else:
        customer = response.parsed
        data = customer.to_dict()

        assert isinstance(customer, Customer)
        assert json.loads(response.content.decode("utf-8-sig")) == data
        assert Customer.from_dict(data) == customer
        assert pickle.loads(pickle.dumps(customer)) == customer  # noqa: S301 - our own
        assert isinstance(repr(customer), str)


@fuzz
@given(answer=_answers())
def test_any_answer_is_a_customer_or_an_error(looks: list[_Looks], answer: Callable[[], httpx.Response]) -> None:
    """An answer of any status, headers, encoding and body is a customer that round-trips, or a SequenceError."""
    for look in looks:
        _is_customer_or_error(partial(look.up, httpx.MockTransport(lambda _: answer())))


_TALK = (http(), http(BODY, "Transfer-Encoding: chunked", framed=False), http(b"{}", status="404 No"))


@fuzz
@given(data=_mutations(st.sampled_from(_TALK)), size=st.integers(1, 2000))
def test_any_bytes_on_the_wire_are_a_customer_or_an_error(looks: list[_Looks], data: bytes, size: int) -> None:
    """Bytes that are almost an HTTP answer, in pieces of any size, are a customer or a SequenceError."""
    for look in looks:
        _is_customer_or_error(partial(look.on_the_wire, _split(data, size)))


# --- Aliases

_NASTY = (
    *(
        ".",
        "..",
        "...",
        "/",
        "//",
        "\\",
        "%",
        "%2e",
        "%2E%2e",
        "%2f",
        "%5c",
        "%00",
        "%zz",
        "?",
        "#",
        ";",
        "&",
        "=",
        "+",
    ),
    *(" ", "\t", "\r\n", "\0", "\x7f", "@", ":", "[", "]", "{alias}", "{", "}", "~", "*", "'", '"', "<script>"),
    *("é", "e\u0301", "ß", "İ", "\u2024", "\uff0e", "\uff0f", "\u2215", "\u202e", "\ufeff", "\u0085", "\U0001f600"),
    *("\ud800", "\udfff", "\ud83d\ude00", "../", "/..", "http://evil.example", "//evil.example", "a@example.com"),
)
_aliases = (
    st.text(st.characters(exclude_categories=()))
    | st.lists(st.sampled_from(_NASTY), min_size=1, max_size=5).map("".join)
    | st.lists(st.sampled_from(_NASTY) | st.text(max_size=3), min_size=1, max_size=5).map("".join)
)


def _is_segment(alias: str) -> bool:
    return alias not in {"", ".", ".."} and not any("\ud800" <= character <= "\udfff" for character in alias)


@fuzz
@given(alias=_aliases)
@example(alias="")
@example(alias=".")
@example(alias="..")
@example(alias="%2e%2e")
@example(alias="..%2f..")
@example(alias="\ud800")
@example(alias="a" * 10_000)
@example(alias="\U0001f600" * 2_000)
def test_any_alias_is_one_segment_or_refused(look: _Looks, alias: str) -> None:
    """Whatever goes out has one segment after the route, which decodes to the alias; the rest is refused before."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, content=BODY)

    response = _end(lambda: look.up(httpx.MockTransport(answer), alias))
    if isinstance(response, SequenceError):
        error = response

        assert ConfigurationError is type(error)
        assert not _is_segment(alias)
        assert [] == sent
        assert len(alias) < 3 or alias not in str(error)
    else:
        assert EXAMPLE == response.parsed.to_dict()
        assert _is_segment(alias)
        (request,) = sent
        path = request.url.raw_path
        segment = path.removeprefix(PREFIX)

        assert path.startswith(PREFIX)
        assert not set(b"/?#\\; \r\n\0") & set(segment)
        assert alias == unquote_to_bytes(segment).decode()
        assert segment not in {b".", b".."}
        assert (b"sequence.invalid", "GET", b"") == (request.url.raw_host, request.method, request.url.query)


class _Sly(str):
    """A string that shows itself as another."""

    __slots__ = ()

    def __str__(self) -> str:
        return "../../other"

    def __format__(self, _: str) -> str:
        return "../../other"


class _Name(StrEnum):
    ACME = "acme"


@pytest.mark.parametrize(
    "alias",
    [None, 1, 1.5, True, b"acme", ["acme"], {"a": 1}, object(), Exception("acme")],
    ids=lambda it: type(it).__name__,
)
def test_what_is_no_string_is_no_alias(look: _Looks, alias: object) -> None:
    """An alias that is no string is refused before anything is sent."""

    def refuse(_: httpx.Request) -> httpx.Response:
        raise AssertionError("a request was sent")

    with pytest.raises(ConfigurationError):
        look.up(httpx.MockTransport(refuse), alias)


@pytest.mark.parametrize(("alias", "segment"), [(_Sly("acme"), b"acme"), (_Name.ACME, b"acme")], ids=["sly", "enum"])
def test_a_string_of_another_class_is_what_it_holds(look: _Looks, alias: str, segment: bytes) -> None:
    """A subclass of str is sent as the characters it has, whatever it says of itself."""
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.raw_path)
        return httpx.Response(200, content=BODY)

    look.up(httpx.MockTransport(answer), alias)

    assert [PREFIX + segment] == sent


def test_an_alias_too_long_for_a_url_is_refused(look: _Looks) -> None:
    """An alias of a hundred thousand characters is refused before anything is sent."""
    with pytest.raises(ConfigurationError) as caught:
        look.up(httpx.MockTransport(lambda _: httpx.Response(200, content=BODY)), "a" * 100_000)

    assert len(str(caught.value)) < 500


# --- Headers


@fuzz
@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text() | st.from_regex(r"[-+.\d:eE ]+")))
def test_any_wait_is_a_number_of_seconds_or_nothing(headers: dict[str, str]) -> None:
    """Whatever Retry-After says, it is None or a finite number of seconds that is not negative."""
    seconds = parse_retry_after(headers)

    assert seconds is None or (math.isfinite(seconds) and seconds >= 0.0)


@fuzz
@given(
    st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S")),
    st.sampled_from(["", " GMT", " +0000", " -2359", " +9999", " EST", " junk", " -0000"]),
)
def test_any_date_to_wait_for_is_a_number_of_seconds_or_nothing(moment: str, zone: str) -> None:
    """Whatever date Retry-After names, in whatever zone, it is None or seconds from now."""
    seconds = parse_retry_after({"retry-after": moment + zone})

    assert seconds is None or (math.isfinite(seconds) and seconds >= 0.0)

"""Requests: one alias is one segment of one path, and every request says who asks, for what, in which version."""

from __future__ import annotations

import base64
import json
import platform
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import API_VERSION, ConfigurationError, CountryCode, SequenceClient, __version__
from sequence_customers_client._models.codec import ANY, BOOLEAN, INTEGER, STRING, Codec, array, enum
from sequence_customers_client._operation import Operation, Parameter
from sequence_customers_client._request import Request, build_request, path_segment

if TYPE_CHECKING:
    from tests.conftest import Twin

PREFIX = "/api/customers/by-alias/"

# alias, segment
ALIASES = [
    ("acme", "acme"),
    ("Acme-Corp_1.0~x", "Acme-Corp_1.0~x"),
    ("e309e948-088e-4d77-b654-cd85498f1555", "e309e948-088e-4d77-b654-cd85498f1555"),
    ("john@example.com", "john%40example.com"),
    ("john+tag@example.com", "john%2Btag%40example.com"),
    ("a b", "a%20b"),
    (" ", "%20"),
    ("a/b", "a%2Fb"),
    ("/", "%2F"),
    ("//example.com", "%2F%2Fexample.com"),
    ("../customers", "..%2Fcustomers"),
    ("../..", "..%2F.."),
    ("...", "..."),
    ("a\\b", "a%5Cb"),
    ("..\\..", "..%5C.."),
    ("%2e%2e", "%252e%252e"),
    ("%2E", "%252E"),
    ("%2f", "%252f"),
    ("%", "%25"),
    ("100%", "100%25"),
    ("?#;:@&=+$,", "%3F%23%3B%3A%40%26%3D%2B%24%2C"),
    ("a?b=c", "a%3Fb%3Dc"),
    ("a#b", "a%23b"),
    ("a;b=c", "a%3Bb%3Dc"),
    ("!*'()[]{}|^`\"<>", "%21%2A%27%28%29%5B%5D%7B%7D%7C%5E%60%22%3C%3E"),
    ("{alias}", "%7Balias%7D"),
    ("bücher", "b%C3%BCcher"),
    ("cafe\u0301", "cafe%CC%81"),
    ("日本", "%E6%97%A5%E6%9C%AC"),
    ("😀", "%F0%9F%98%80"),
    ("\u202e", "%E2%80%AE"),
    ("a\nb", "a%0Ab"),
    ("a\r\nX-Evil: 1", "a%0D%0AX-Evil%3A%201"),
    ("a\tb", "a%09b"),
    ("a\0b", "a%00b"),
    ("\x7f", "%7F"),
    ("null", "null"),
    ("https://evil.test/", "https%3A%2F%2Fevil.test%2F"),
    ("x" * 4000, "x" * 4000),
]


class Text(str):
    """A string of some library's own."""

    __slots__ = ()

    def __str__(self) -> str:
        return "not what it is"


class Name(StrEnum):
    ACME = "acme"


def segment_of(request: httpx.Request) -> str:
    """What follows the operation's path, as it goes over the wire."""
    path = request.url.raw_path.decode("ascii")

    assert path.startswith(PREFIX)
    return path.removeprefix(PREFIX)


# --- Aliases


@pytest.mark.parametrize(("alias", "segment"), ALIASES)
def test_alias_is_one_encoded_segment(twin: Twin, ok: httpx.Response, alias: str, segment: str) -> None:
    """An alias goes out percent-encoded as one segment, whatever it is made of."""
    talk = twin.talk(ok)

    talk.get(alias)

    assert segment == segment_of(talk.request)
    assert alias == unquote(segment, errors="strict")
    assert talk.request.url.host == "sequence.test"
    assert talk.request.method == "GET"


@given(st.text(min_size=1).filter(lambda alias: alias not in {".", ".."}))
def test_every_alias_is_one_segment(pristine_example: Any, alias: str) -> None:
    """For every alias the request has exactly one segment after the route, and decoding it gives the alias."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=pristine_example)

    client = SequenceClient(
        client_id="id",
        client_secret="secret",
        base_url="https://sequence.test/api",
        transport=httpx.MockTransport(answer),
    )
    client.customers.get_by_alias(alias)
    segment = segment_of(sent[0])

    assert "/" not in segment
    assert segment not in {"", ".", ".."}
    assert alias == unquote(segment, errors="strict")
    assert (b"", "") == (sent[0].url.query, sent[0].url.fragment)


@pytest.mark.parametrize(
    ("alias", "segment"), [(Name.ACME, "acme"), (CountryCode("a/b"), "a%2Fb"), (Text("acme"), "acme")]
)
def test_strings_of_other_types_are_strings(twin: Twin, ok: httpx.Response, alias: str, segment: str) -> None:
    """A member of a StrEnum, and any other kind of string, is sent as the string that it is."""
    talk = twin.talk(ok)

    talk.get(alias)

    assert segment == segment_of(talk.request)


@pytest.mark.parametrize(
    ("alias", "reason"),
    [
        ("", "must not be empty"),
        (".", "must not be '.' or '..'"),
        ("..", "must not be '.' or '..'"),
        ("\ud800", "lone surrogate"),
        ("hunter2\udfff", "lone surrogate"),
        (None, "expected a string, found null"),
        (42424242, "expected a string, found an integer"),
        (4242.5, "expected a string, found a number"),
        (True, "expected a string, found a boolean"),
        (b"hunter2", "expected a string, found bytes"),
        (["hunter2"], "expected a string, found an array"),
        ({"hunter2": 1}, "expected a string, found an object"),
        (("hunter2",), "expected a string, found tuple"),
        ("hunter2" * 10_000, "more than 65,536 characters"),
    ],
)
def test_what_is_no_alias_is_refused(twin: Twin, alias: Any, reason: str) -> None:
    """What cannot be a segment is refused before anything is sent, and is not repeated."""
    talk = twin.talk()

    with pytest.raises(ConfigurationError) as caught:
        talk.get(alias)

    assert reason in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "4242" not in str(caught.value)
    assert caught.value.operation == "GET /customers/by-alias/{alias}"
    assert talk.requests == []


def test_refused_alias_is_named(twin: Twin) -> None:
    """The message names the argument."""
    with pytest.raises(ConfigurationError, match=r"^alias: must not be empty$"):
        twin.talk().get("")


@given(st.text() | st.text(st.characters()) | st.text(st.characters(categories=["Cs"])))
def test_every_text_is_a_segment_or_refused(text: str) -> None:
    """No text makes encoding raise anything but ValueError, and none leaves a reserved character."""
    try:
        segment = path_segment(text)
    except ValueError:
        assert text in {"", ".", ".."} or any("\ud800" <= character <= "\udfff" for character in text)
        return

    assert segment.isascii()
    assert set(segment) <= {*"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%"}
    assert text == unquote(segment, errors="strict")


# --- Headers


def test_headers_of_a_request(twin: Twin, ok: httpx.Response, client_id: str, client_secret: str) -> None:
    """A request carries who asks, with what, in which version of the API, and what it can read; and nothing else."""
    talk = twin.talk(ok)

    talk.get()

    pair = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    assert {
        "host": "sequence.test",
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "sequence-version": API_VERSION,
        "user-agent": f"sequence-customers-client/{__version__} python/{platform.python_version()}",
        "authorization": f"Basic {pair}",
    } == dict(talk.request.headers)


def test_get_has_no_body(twin: Twin, ok: httpx.Response) -> None:
    """A look-up sends no body, and no header that speaks of one."""
    talk = twin.talk(ok)

    talk.get()

    assert talk.request.content == b""
    assert not {"content-length", "content-type", "transfer-encoding"} & {*talk.request.headers}


def test_default_headers_are_sent(twin: Twin, ok: httpx.Response) -> None:
    """Headers of the caller's go with every request, beside ours."""
    talk = twin.talk(ok, ok, default_headers={"X-Team": "billing", "traceparent": "00-1-2-01"})

    talk.get()
    talk.get()

    assert [("billing", "00-1-2-01")] * 2 == [
        (request.headers["X-Team"], request.headers["traceparent"]) for request in talk.requests
    ]
    assert API_VERSION == talk.requests[0].headers["Sequence-Version"]


@pytest.mark.parametrize("name", ["User-Agent", "user-agent", "ACCEPT"])
def test_default_header_replaces_ours(twin: Twin, ok: httpx.Response, name: str) -> None:
    """Where the caller sets what we would, theirs alone is sent."""
    talk = twin.talk(ok, default_headers={name: "mine"})

    talk.get()

    assert ["mine"] == talk.request.headers.get_list(name)


def test_headers_are_the_same_in_every_attempt(twin: Twin, ok: httpx.Response, clock: Any) -> None:
    """An attempt that follows is the same request, credentials and all."""
    talk = twin.talk(httpx.Response(503), ok, default_headers={"X-Team": "billing"})

    talk.get()

    first, second = talk.requests
    assert first is not second
    assert (first.method, first.url, first.headers) == (second.method, second.url, second.headers)
    assert len(clock.waits) == 1


# --- Operations that the document does not have yet


def operation(method: str, path: str, *parameters: Parameter) -> Operation[Any]:
    return Operation(method=method, path=path, parameters=parameters, responses={"200": ANY})


def query(codec: Codec[Any], *, required: bool = True) -> Operation[Any]:
    return operation("GET", "/customers", Parameter("q", "q", "query", codec, required))


@pytest.mark.parametrize(
    ("made", "value", "raw_query"),
    [
        (query(STRING), "a b&c=d", b"q=a%20b%26c%3Dd"),
        (query(STRING), "", b"q="),
        (query(STRING), "ü+/?#", b"q=%C3%BC%2B%2F%3F%23"),
        (query(INTEGER), 100, b"q=100"),
        (query(BOOLEAN), True, b"q=true"),
        (query(BOOLEAN), False, b"q=false"),
        (query(enum(CountryCode)), CountryCode.GB, b"q=GB"),
        (query(enum(CountryCode)), CountryCode("XX"), b"q=XX"),
        (query(array(STRING)), ["a", "b"], b"q=a&q=b"),
        (query(array(STRING)), [], b""),
        (query(STRING, required=False), None, b""),
    ],
)
def test_query_parameters(twin: Twin, made: Operation[Any], value: Any, raw_query: bytes) -> None:
    """Query parameters are encoded, one by one where there is a list, and left out where they are None."""
    talk = twin.talk(httpx.Response(200, json=1))

    talk.perform(made, q=value)

    assert raw_query == talk.request.url.query.replace(b"+", b"%20")


def test_several_path_parameters(twin: Twin) -> None:
    """Each parameter takes its own place, and no value is taken for a place."""
    made = operation(
        "GET",
        "/a/{first}/b/{second}",
        Parameter("first", "first", "path", STRING),
        Parameter("second", "second", "path", INTEGER),
    )
    talk = twin.talk(httpx.Response(200, json=1))

    talk.perform(made, first="{second}", second=2)

    assert talk.request.url.raw_path == b"/api/a/%7Bsecond%7D/b/2"


def test_header_parameters(twin: Twin) -> None:
    """Header parameters are sent under the document's name."""
    made = operation("GET", "/a", Parameter("trace", "X-Trace", "header", STRING, required=False))
    talk = twin.talk(*[httpx.Response(200, json=1)] * 2)

    talk.perform(made, trace="abc")
    talk.perform(made, trace=None)

    assert ["abc", None] == [request.headers.get("X-Trace") for request in talk.requests]


def test_body_is_json(twin: Twin) -> None:
    """A body is sent as UTF-8 JSON, and says so."""
    made = operation("POST", "/customers", Parameter("body", "body", "body", ANY))
    talk = twin.talk(httpx.Response(200, json=1))

    talk.perform(made, body={"name": "Bücher", "tags": [1, None]})

    assert talk.request.headers["Content-Type"] == "application/json"
    assert talk.request.content == '{"name":"Bücher","tags":[1,null]}'.encode()
    assert {"name": "Bücher", "tags": [1, None]} == json.loads(talk.request.content)


@pytest.mark.parametrize(
    ("made", "arguments", "named"),
    [
        (query(STRING), {"q": 1}, "q: expected a string, found an integer"),
        (query(STRING), {"q": None}, "q: expected a string, found null"),
        (query(INTEGER), {"q": "hunter2"}, "q: expected an integer, found a string"),
        (query(INTEGER), {"q": True}, "q: expected an integer, found a boolean"),
        (query(array(STRING)), {"q": "hunter2"}, "q: expected"),
        (operation("POST", "/a", Parameter("body", "body", "body", ANY)), {"body": object()}, "body: a object"),
        (operation("POST", "/a", Parameter("body", "body", "body", ANY)), {"body": {"hunter2": {1}}}, "body: a dict"),
        (operation("POST", "/a", Parameter("body", "body", "body", ANY)), {"body": float("nan")}, "body: "),
    ],
)
def test_arguments_of_the_wrong_type_are_refused(
    twin: Twin, made: Operation[Any], arguments: dict[str, Any], named: str
) -> None:
    """What the document would not accept is refused before anything is sent, by its name."""
    talk = twin.talk()

    with pytest.raises(ConfigurationError) as caught:
        talk.perform(made, **arguments)

    assert str(caught.value).startswith(named)
    assert "hunter2" not in str(caught.value)
    assert talk.requests == []


def header(value: str) -> tuple[Operation[Any], dict[str, str]]:
    return operation("GET", "/a", Parameter("trace", "X-Trace", "header", STRING)), {"trace": value}


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", " a", "a ", "ü", "\ud800"])
def test_header_parameters_that_http_does_not_allow_are_refused(twin: Twin, value: str) -> None:
    """A header parameter is held to what a default header is held to, before anything is sent."""
    made, arguments = header(value)
    talk = twin.talk()

    with pytest.raises(ConfigurationError, match="trace: "):
        talk.perform(made, **arguments)

    assert talk.requests == []


def test_prepared_request_does_not_show_its_arguments(twin: Twin) -> None:
    """A request that stands ready prints without its URL and headers: they hold an alias, and what callers added."""
    talk = twin.talk(default_headers={"X-Key": "hunter2"})
    made = operation("GET", "/a/{alias}", Parameter("alias", "alias", "path", STRING))

    prepared = build_request(talk.client._config, made, {"alias": "hunter2"})

    assert isinstance(prepared, Request)
    assert "hunter2" not in repr(prepared)
    assert "hunter2" in prepared.url

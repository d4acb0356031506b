"""Settings: arguments, then environment variables, then defaults; and what is of no use is refused at once."""

from __future__ import annotations

import math
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import AsyncSequenceClient, ConfigurationError, Environment, SequenceClient

if TYPE_CHECKING:
    from tests.conftest import Client, Twin

URLS = {
    Environment.DEV: "https://dev.seqhq.io/api",
    Environment.SANDBOX: "https://sandbox.sequencehq.com/api",
    Environment.PRODUCTION: "https://eu.sequencehq.com/api",
}


def make(twin: Twin, **options: Any) -> Client:
    """A client with credentials and with no server chosen for it."""
    return twin.client_type(client_id="id", client_secret="secret", **options)


def refusal(twin: Twin, **options: Any) -> str:
    """The message with which a client refuses to be made."""
    with pytest.raises(ConfigurationError) as caught:
        make(twin, **options)
    return str(caught.value)


# --- Environments


def test_production_is_the_default(twin: Twin) -> None:
    """With neither argument nor variable, the server is production's."""
    settings = make(twin)._config

    assert Environment.PRODUCTION == settings.server.name
    assert URLS[Environment.PRODUCTION] == settings.base_url


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("spell", [lambda it: it, str, str.lower, str.title, lambda it: f" {it}\n"])
def test_environment_as_a_member_or_as_a_string_in_any_case(twin: Twin, environment: Environment, spell: Any) -> None:
    """An environment is a member of Environment, or its name in any case."""
    settings = make(twin, environment=spell(environment))._config

    assert environment == settings.server.name
    assert URLS[environment] == settings.base_url


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("spell", [str, str.lower])
def test_environment_from_the_variable(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, environment: Environment, spell: Any
) -> None:
    """SEQUENCE_ENVIRONMENT names the environment, in any case."""
    monkeypatch.setenv("SEQUENCE_ENVIRONMENT", spell(environment))

    assert environment == make(twin)._config.server.name


@pytest.mark.parametrize(
    "value", ["staging", "prod", "", " ", "DEV SANDBOX", "https://eu.sequencehq.com/api", 1, True, b"DEV"]
)
def test_unknown_environment_lists_the_valid_ones(twin: Twin, value: object) -> None:
    """An unknown environment is refused, with those that there are."""
    assert f"environment: {value!r} is unknown; use one of DEV, SANDBOX, PRODUCTION" == refusal(twin, environment=value)


def test_unknown_environment_in_the_variable_names_the_variable(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who set the variable long ago is told which one it is."""
    monkeypatch.setenv("SEQUENCE_ENVIRONMENT", "staging")

    assert refusal(twin) == "SEQUENCE_ENVIRONMENT: 'staging' is unknown; use one of DEV, SANDBOX, PRODUCTION"


@pytest.mark.parametrize("variable", ["SEQUENCE_ENVIRONMENT", "SEQUENCE_BASE_URL"])
def test_empty_variable_is_no_variable(twin: Twin, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """A variable that is set to nothing, as compose files do, leaves the default."""
    monkeypatch.setenv(variable, "")

    assert Environment.PRODUCTION == make(twin)._config.server.name


def test_base_url_from_the_variable(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """SEQUENCE_BASE_URL stands instead of an environment."""
    monkeypatch.setenv("SEQUENCE_BASE_URL", "https://proxy.example.com/sequence")

    settings = make(twin)._config

    assert "" == settings.server.name
    assert settings.base_url == "https://proxy.example.com/sequence"


@pytest.mark.parametrize(
    ("variables", "arguments", "base_url"),
    [
        ({"SEQUENCE_ENVIRONMENT": "DEV"}, {"environment": "SANDBOX"}, URLS[Environment.SANDBOX]),
        ({"SEQUENCE_ENVIRONMENT": "DEV"}, {"base_url": "https://a.test"}, "https://a.test"),
        ({"SEQUENCE_BASE_URL": "https://b.test"}, {"base_url": "https://a.test"}, "https://a.test"),
        ({"SEQUENCE_BASE_URL": "https://b.test"}, {"environment": "DEV"}, URLS[Environment.DEV]),
        (
            {"SEQUENCE_ENVIRONMENT": "nonsense", "SEQUENCE_BASE_URL": "nonsense"},
            {"environment": "DEV"},
            URLS[Environment.DEV],
        ),
    ],
)
def test_argument_beats_variable(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], arguments: dict[str, str], base_url: str
) -> None:
    """An argument decides; a variable for the same thing is not even read."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert base_url == make(twin, **arguments)._config.base_url


def test_environment_and_base_url_together_are_refused(twin: Twin) -> None:
    """Two answers to one question are a mistake, even where they agree."""
    message = refusal(twin, environment="DEV", base_url=URLS[Environment.DEV])

    assert message == "environment and base_url are both given: leave one of them out"


def test_both_variables_together_are_refused(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two variables that contradict each other are a mistake too, and are named."""
    monkeypatch.setenv("SEQUENCE_ENVIRONMENT", "DEV")
    monkeypatch.setenv("SEQUENCE_BASE_URL", "https://a.test")

    assert refusal(twin).startswith("SEQUENCE_ENVIRONMENT and SEQUENCE_BASE_URL are both given")


def test_variables_are_read_when_a_client_is_made(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set after the import counts for the next client, and changes none that is there."""
    first = make(twin)
    monkeypatch.setenv("SEQUENCE_ENVIRONMENT", "DEV")
    second = make(twin)

    assert (Environment.PRODUCTION, Environment.DEV) == (first._config.server.name, second._config.server.name)


def test_variables_are_not_read_at_import() -> None:
    """Wrong variables hinder nobody who only imports the package."""
    wrong = {
        f"SEQUENCE_{name}": "\u00e9 wrong\n"
        for name in ("ENVIRONMENT", "BASE_URL", "LOG", "CLIENT_ID", "CLIENT_SECRET")
    }

    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "utf8", "-c", "import sequence_customers_client"],
        env=wrong,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)


# --- base_url


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://example.com", "https://example.com"),
        ("https://example.com/", "https://example.com"),
        ("https://example.com/api", "https://example.com/api"),
        ("https://example.com/api/", "https://example.com/api"),
        ("https://example.com/api//", "https://example.com/api"),
        ("https://example.com/Api/V1", "https://example.com/Api/V1"),
        ("https://example.com/a%20b", "https://example.com/a%20b"),
        ("HTTPS://EXAMPLE.com", "https://example.com"),
        ("https://example.com:8443/api", "https://example.com:8443/api"),
        ("https://example.com:443/api", "https://example.com/api"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://sequence_proxy.internal", "https://sequence_proxy.internal"),
        ("https://bücher.example/", "https://xn--bcher-kva.example"),
        ("http://localhost", "http://localhost"),
        ("http://LOCALHOST:8080/", "http://localhost:8080"),
        ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
        ("http://127.0.0.2", "http://127.0.0.2"),
        ("http://[::1]", "http://[::1]"),
        ("http://[::1]:4010/api", "http://[::1]:4010/api"),
    ],
)
def test_base_urls_that_are_accepted(twin: Twin, given: str, kept: str) -> None:
    """A base URL is https, or http on this machine; its path is kept, and a slash at its end is no matter."""
    settings = make(twin, base_url=given)._config

    assert "" == settings.server.name
    assert kept == settings.base_url


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("https://example.com", "/customers/by-alias/acme"),
        ("https://example.com/", "/customers/by-alias/acme"),
        ("https://example.com/api", "/api/customers/by-alias/acme"),
        ("https://example.com/api/v1/", "/api/v1/customers/by-alias/acme"),
    ],
)
def test_paths_follow_the_base_url(twin: Twin, ok: httpx.Response, given: str, path: str) -> None:
    """A request goes to the path of the base URL and the path of the operation, with one slash between them."""
    talk = twin.talk(ok, base_url=given)

    talk.get()

    assert f"https://example.com{path}" == str(talk.request.url)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("http://example.com", "in the clear"),
        ("http://10.0.0.1", "in the clear"),
        ("http://0.0.0.0", "in the clear"),
        ("http://localhost.example.com", "in the clear"),
        ("http://127.0.0.1.example.com", "in the clear"),
        ("http://[2001:db8::1]", "in the clear"),
        ("http://128.0.0.1", "in the clear"),
        ("https://name@example.com", "user name or password"),
        ("https://name:hunter2@example.com", "user name or password"),
        ("https://:hunter2@example.com", "user name or password"),
        ("http://name:hunter2@localhost", "user name or password"),
        ("https://example.com?key=hunter2", "query or a fragment"),
        ("https://example.com/?", "query or a fragment"),
        ("https://example.com/#hunter2", "query or a fragment"),
        ("https://example.com#", "query or a fragment"),
        ("", "should look like https://"),
        (" ", "should look like https://"),
        ("example.com", "should look like https://"),
        ("//example.com", "should look like https://"),
        ("/api", "should look like https://"),
        ("https://", "should look like https://"),
        ("https:///api", "should look like https://"),
        ("https:example.com", "should look like https://"),
        ("https://:443", "should look like https://"),
        ("ftp://example.com", "should look like https://"),
        ("ftp://example.com/api", "should look like https://"),
        ("https+unix://example.com", "should look like https://"),
        ("https://example.com:port", "should look like https://"),
        ("https://example.com:0", "should look like https://"),
        ("https://example.com:65536", "should look like https://"),
        ("https://example.com:-1", "should look like https://"),
        ("https://[::1", "should look like https://"),
        ("https://[hunter2]", "should look like https://"),
        ("https://a..b", "should look like https://"),
        ("https://-a.example", "should look like https://"),
        ("https://*", "should look like https://"),
        ("https://exa mple.com", "should look like https://"),
        ("https://example.com ", "https://|white space"),
        (" https://example.com", "https://|white space"),
        ("https://example.com\n", "https://|white space"),
        ("https://example.com/\t", "https://|white space"),
        ("https://example.com/api ", "white space"),
        ("https://example.com/\0", "control character"),
        ("https://" + "a" * 64 + ".example", "should look like https://"),
        ("https://example.com/" + "a" * 70_000, "should look like https://"),
        (b"https://example.com", "should look like https://"),
        (1, "should look like https://"),
        (True, "should look like https://"),
        (["https://example.com"], "should look like https://"),
    ],
)
def test_base_urls_that_are_refused(twin: Twin, given: object, reason: str) -> None:
    """Anything else is refused with the reason; the URL, which may hold a password, is not repeated."""
    message = refusal(twin, base_url=given)

    assert message.startswith("base_url ")
    assert any(part in message for part in reason.split("|"))
    assert "hunter2" not in message


def test_base_url_of_the_variable_is_refused_by_its_name(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong variable is checked as an argument is, and named."""
    monkeypatch.setenv("SEQUENCE_BASE_URL", "http://name:hunter2@example.com")

    message = refusal(twin)

    assert message.startswith("SEQUENCE_BASE_URL holds a user name or password")
    assert "hunter2" not in message


@given(text=st.text() | st.text().map("https://".__add__) | st.text().map("http://localhost".__add__))
def test_no_base_url_raises_anything_else(text: str) -> None:
    """Whatever text comes, the client is made for https or loopback, or refuses."""
    try:
        client = SequenceClient(client_id="id", client_secret="secret", base_url=text)
    except ConfigurationError:
        return
    url = httpx.URL(client._config.base_url)

    assert url.scheme == "https" or url.host in {"localhost", "::1"} or url.host.startswith("127.")
    assert (b"", b"", "") == (url.userinfo, url.query, url.fragment)
    assert not client._config.base_url.endswith("/")


# --- Numbers

NO_SECONDS = [0, 0.0, -1, -0.5, math.nan, math.inf, -math.inf, True, False, "10", "", b"1", [1], (1, 2), 10**400, 1e300]


@pytest.mark.parametrize("name", ["timeout", "deadline"])
@pytest.mark.parametrize("value", NO_SECONDS, ids=lambda value: repr(value)[:12])
def test_numbers_of_seconds_that_are_refused(twin: Twin, name: str, value: object) -> None:
    """A time limit is a finite number of seconds above 0; no limit at all is not on offer."""
    message = refusal(twin, **{name: value})

    assert message.startswith(f"{name} must be a number of seconds above 0")


@pytest.mark.parametrize("name", ["timeout", "deadline", "max_retries", "max_connections", "max_response_bytes"])
def test_none_is_no_number(twin: Twin, name: str) -> None:
    """None would be read as no limit; the constructor refuses it."""
    assert refusal(twin, **{name: None}).startswith(f"{name} must be")


@pytest.mark.parametrize("name", ["timeout", "deadline"])
@pytest.mark.parametrize("value", [0.001, 1, 2.5, 3600])
def test_numbers_of_seconds_that_are_accepted(twin: Twin, name: str, value: float) -> None:
    """Whole numbers and fractions of seconds are both fine."""
    assert value == getattr(make(twin, **{name: value})._config, name)


@pytest.mark.parametrize(("name", "least"), [("max_retries", 0), ("max_connections", 1), ("max_response_bytes", 1)])
@pytest.mark.parametrize("value", [-1, "1", 1.0, 1.5, math.nan, math.inf, True, False, [1]])
def test_whole_numbers_that_are_refused(twin: Twin, name: str, least: int, value: object) -> None:
    """A count is a whole number, and not less than makes sense."""
    assert f"{name} must be a whole number, {least} or more, not {value!r}" == refusal(twin, **{name: value})


@pytest.mark.parametrize(("name", "least"), [("max_retries", 0), ("max_connections", 1), ("max_response_bytes", 1)])
def test_whole_numbers_that_are_accepted(twin: Twin, name: str, least: int) -> None:
    """The least that makes sense is accepted, and one less is not."""
    assert least == getattr(make(twin, **{name: least})._config, name)
    assert refusal(twin, **{name: least - 1}).startswith(f"{name} must be a whole number")


@pytest.mark.parametrize(
    "timeout",
    [
        httpx.Timeout(5),
        httpx.Timeout(None),
        httpx.Timeout(5, connect=1),
        httpx.Timeout(None, read=2),
        httpx.Timeout(0.5),
    ],
)
def test_httpx_timeout_is_accepted(twin: Twin, timeout: httpx.Timeout) -> None:
    """An httpx.Timeout limits the phases; where it leaves one open, the deadline does."""
    assert timeout == make(twin, timeout=timeout)._config.timeout


@pytest.mark.parametrize(
    "timeout",
    [httpx.Timeout(0), httpx.Timeout(5, connect=-1), httpx.Timeout(math.nan), httpx.Timeout(5, pool=math.inf)],
)
def test_httpx_timeout_with_no_seconds_is_refused(twin: Twin, timeout: httpx.Timeout) -> None:
    """The phases of an httpx.Timeout are numbers like the others."""
    assert refusal(twin, timeout=timeout).startswith("timeout must be a number of seconds above 0")


# --- default_headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Team": "billing"},
        {"X-Empty": ""},
        {"x-odd!#$%&'*+-.^_`|~1": "a\tb c"},
        {"User-Agent": "mine/1.0"},
        {"Accept": "application/json; charset=utf-8"},
        {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        httpx.Headers({"X-Team": "billing"}),
    ],
)
def test_default_headers_that_are_accepted(twin: Twin, ok: httpx.Response, headers: dict[str, str]) -> None:
    """Headers of the caller's go with every request, once each, in place of ours where we send the same."""
    talk = twin.talk(ok, default_headers=headers)

    talk.get()

    assert {name: [value] for name, value in headers.items()} == {
        name: talk.request.headers.get_list(name) for name in headers
    }


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Authorization": "hunter2"}, "Authorization is set by the client"),
        ({"aUTHORIZATION": "hunter2"}, "aUTHORIZATION is set by the client"),
        ({"Sequence-Version": "2024-01-01"}, "Sequence-Version is set by the client"),
        ({"Host": "example.com"}, "Host is set by the client"),
        ({"Content-Length": "0"}, "Content-Length is set by the client"),
        ({"Transfer-Encoding": "chunked"}, "Transfer-Encoding is set by the client"),
        ({"Accept-Encoding": "br"}, "Accept-Encoding is set by the client"),
        ({"": "hunter2"}, "'' is no header name"),
        ({"X Team": "hunter2"}, "'X Team' is no header name"),
        ({"X-Team:": "hunter2"}, "'X-Team:' is no header name"),
        ({"X-Team\n": "hunter2"}, "is no header name"),
        ({"X-Te\u00e4m": "hunter2"}, "is no header name"),
        ({1: "hunter2"}, "1 is no header name"),
        ({b"X-Team": "hunter2"}, "is no header name"),
        ({None: "hunter2"}, "None is no header name"),
        ({"X-Team": "hunter2\n"}, "the value of X-Team is no header value"),
        ({"X-Team": "hunter2\r\nX-Evil: 1"}, "the value of X-Team is no header value"),
        ({"X-Team": " hunter2"}, "the value of X-Team is no header value"),
        ({"X-Team": "hunter2 "}, "the value of X-Team is no header value"),
        ({"X-Team": "hunter2\0"}, "the value of X-Team is no header value"),
        ({"X-Team": "hunter2\x7f"}, "the value of X-Team is no header value"),
        ({"X-Team": "hunter2\u00e9"}, "the value of X-Team is no header value"),
        ({"X-Team": 1}, "the value of X-Team is no header value"),
        ({"X-Team": None}, "the value of X-Team is no header value"),
        ({"X-Team": b"hunter2"}, "the value of X-Team is no header value"),
        ([("X-Team", "hunter2")], "must be a mapping, not list"),
        ([], "must be a mapping, not list"),
        ("X-Team: hunter2", "must be a mapping, not str"),
        ("", "must be a mapping, not str"),
        (0, "must be a mapping, not int"),
        (False, "must be a mapping, not bool"),
    ],
)
@pytest.mark.parametrize("through", ["constructor", "with_options"])
def test_default_headers_that_are_refused(twin: Twin, headers: Any, reason: str, through: str) -> None:
    """A header that HTTP or the client does not allow is refused by name; its value, perhaps a secret, is not shown."""
    take = make(twin).with_options if through == "with_options" else partial(make, twin)

    with pytest.raises(ConfigurationError) as caught:
        take(default_headers=headers)

    assert str(caught.value).startswith("default_headers")
    assert reason in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_default_headers_are_copied(twin: Twin, ok: httpx.Response) -> None:
    """Changing the mapping afterwards changes no client."""
    headers = {"X-Team": "billing"}
    talk = twin.talk(ok, default_headers=headers)

    headers["X-Evil"] = "1\r\n"
    talk.get()

    assert "X-Evil" not in talk.request.headers


# --- transport, http_client


def wrong_things() -> list[Any]:
    return [object(), httpx, httpx.MockTransport, httpx.Client, {}, 0]


@pytest.mark.parametrize("name", ["transport", "http_client"])
@pytest.mark.parametrize("index", range(len(wrong_things())))
def test_what_is_no_httpx_object_is_refused(twin: Twin, name: str, index: int) -> None:
    """A transport is an httpx transport, and an httpx client an httpx client; the message says what came instead."""
    value = wrong_things()[index]

    message = refusal(twin, **{name: value})

    expected = twin.transport_type if name == "transport" else twin.http_client_type
    assert message.startswith(f"{name} must be an httpx.{expected.__name__} or an httpx2.{expected.__name__}, not a ")
    assert type(value).__qualname__ in message


@pytest.mark.parametrize("word", ["fast", "httpx", "", "Aiohttp"])
def test_words_that_are_no_transport_are_refused(twin: Twin, word: str) -> None:
    """One word is a transport; the one that was in 0.1.0 says what to use instead."""
    assert 'use transport="aiohttp"' if word == "fast" else 'is "aiohttp"' in refusal(twin, transport=word)


def test_aiohttp_has_no_sync_client() -> None:
    """What only awaits is refused by the client that blocks."""
    with pytest.raises(ConfigurationError, match="needs AsyncSequenceClient"):
        SequenceClient(client_id="id", client_secret="secret", transport="aiohttp")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["transport", "http_client"])
def test_objects_of_httpx2_are_accepted(twin: Twin, name: str) -> None:
    """What httpx2 has is as good as what httpx has."""
    kinds = {
        ("transport", "async"): httpx2.AsyncHTTPTransport,
        ("transport", "sync"): httpx2.HTTPTransport,
        ("http_client", "async"): httpx2.AsyncClient,
        ("http_client", "sync"): httpx2.Client,
    }

    make(twin, **{name: kinds[name, twin.name](), "timeout": httpx2.Timeout(5)})


@pytest.mark.parametrize("name", ["transport", "http_client"])
def test_the_other_kind_is_refused(name: str) -> None:
    """Sync for async, or async for sync, is refused when the client is made, and not at the first call."""
    wrong: list[tuple[Any, Any]] = [
        (AsyncSequenceClient, httpx.HTTPTransport() if name == "transport" else httpx.Client()),
        (SequenceClient, httpx.AsyncHTTPTransport() if name == "transport" else httpx.AsyncClient()),
    ]

    for kind, value in wrong:
        with pytest.raises(ConfigurationError, match=f"{name} must be an httpx"):
            kind(client_id="id", client_secret="secret", **{name: value})


def test_client_and_transport_are_not_exchanged(twin: Twin) -> None:
    """An httpx client given as the transport, or the reverse, is refused with what is wanted."""
    transport, client = httpx.MockTransport(lambda _: httpx.Response(200)), twin.http_client_type()

    assert "transport must be an httpx" in refusal(twin, transport=client)
    assert "http_client must be an httpx" in refusal(twin, http_client=transport)


def test_both_transport_and_http_client_are_refused(twin: Twin) -> None:
    """An httpx client has a transport already."""
    transport, client = httpx.MockTransport(lambda _: httpx.Response(200)), twin.http_client_type()

    assert "transport and http_client are both given" in refusal(twin, transport=transport, http_client=client)


def test_client_of_another_library_is_named(twin: Twin) -> None:
    """A client that only looks like one is refused with its full name."""
    kind = type("AsyncClient", (), {"__module__": "httpx2"})

    assert "not a httpx2.AsyncClient" in refusal(twin, http_client=kind())


def test_unknown_argument_is_a_type_error(twin: Twin) -> None:
    """A misspelled argument is refused, as Python does."""
    with pytest.raises(TypeError, match="time_out"):
        make(twin, time_out=1)


def test_configuration_errors_are_value_errors(twin: Twin) -> None:
    """Code that knows nothing of this package catches a wrong argument as it always does."""
    with pytest.raises(ValueError, match="timeout"):
        make(twin, timeout=-1)


# --- Proxies

PROXIES = [("HTTPS_PROXY", "proxy.test:3128"), ("ALL_PROXY", "socks.test:1080"), ("https_proxy", "http://proxy.test")]


@pytest.mark.parametrize(("variable", "value"), PROXIES)
def test_proxy_of_the_environment_is_accepted(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """A client can be made where the environment names a proxy, with or without a scheme."""
    monkeypatch.setenv(variable, value)

    client = make(twin)

    twin.close(client)


@pytest.mark.parametrize(
    "value",
    [
        "ftp://name:hunter2@proxy.test",
        "http://name:hunter2@[bad",
        "http://name:hunter2@proxy.test:99999",
        "http://name:hunter2@:80",
        "http://name:hunter2@a b",
        "http://",
    ],
)
def test_proxy_of_the_environment_that_is_none_is_refused(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """A proxy that cannot be one is refused when the client is made, and its password is not shown."""
    monkeypatch.setenv("HTTPS_PROXY", value)

    message = refusal(twin)

    assert "proxy" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("base_url", ["https://sequence.test", "https://10.1.2.3"])
def test_no_proxy_bypasses_the_proxy(twin: Twin, monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
    """NO_PROXY names hosts that are reached directly."""
    monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy.test")
    monkeypatch.setenv("NO_PROXY", "sequence.test,10.1.2.3")

    client = make(twin, base_url=base_url)

    twin.close(client)

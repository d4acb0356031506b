"""What real networks do: addresses that do not answer, connections that died unnoticed, floods, proxies that talk."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trustme

from sequence_customers_client import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncSequenceClient,
    ConfigurationError,
    NotFoundError,
)
from tests.faults.faultkit import ALIAS, BODY, EXAMPLE, GOOD, SLACK, Kind, calling, ending, http, nothing_leaks
from tests.faults.faultserver import Close, FaultServer, Flood, Meet, Read, Reset, Script, Send, Silence, Step, Tls

BAD, WELL = "127.0.0.2", "127.0.0.1"


@contextmanager
def first_address(behaviour: str, port: int) -> Iterator[None]:
    """An address at which nobody answers: it refuses, swallows whoever comes, or accepts and says nothing."""
    if behaviour == "refuses":
        yield
        return
    backlog = 0 if behaviour == "swallows" else 16
    visitors: list[socket.socket] = []
    with socket.create_server((BAD, port), backlog=backlog) as listener:
        if behaviour == "swallows":
            for _ in range(8):
                visitors.append(socket.socket())
                visitors[-1].settimeout(0)
                visitors[-1].connect_ex((BAD, port))
        yield
        listener.close()
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name `localhost` has two addresses, the first of which is the bad one."""
    real = socket.getaddrinfo

    def both(host: Any, *arguments: Any, **options: Any) -> Any:
        hosts = [BAD, WELL] if host in {"localhost", b"localhost"} else [host]
        return [entry for each in hosts for entry in real(each, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", both)


@pytest.mark.usefixtures("two_addresses")
@pytest.mark.parametrize("behaviour", ["refuses", "swallows"])
def test_the_second_address_is_reached(own_kind: Kind, behaviour: str) -> None:
    """Where the first address of a name refuses, or swallows packets, the second answers within the same attempt."""
    with (
        FaultServer(otherwise=GOOD) as server,
        first_address(behaviour, server.port),
        calling(own_kind, f"http://localhost:{server.port}", timeout=3.0) as caller,
    ):
        response = caller.raw()

        assert EXAMPLE == response.parsed.to_dict()
        assert 1 == len(response.attempts)
        assert response.elapsed < 2.0


@pytest.mark.usefixtures("two_addresses")
@pytest.mark.parametrize("kind", ["async", "sync"])
def test_an_address_that_is_silent_in_tls_is_left(kind: Kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Where the first address accepts and says nothing in TLS, the second one is tried in the same attempt."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    good: Script = (Tls(context), Read(), Send(http(BODY, "Connection: close")), Close())
    with (
        FaultServer(otherwise=good, scheme="https") as server,
        first_address("is silent", server.port),
        calling(kind, f"https://localhost:{server.port}", timeout=5.0) as caller,
    ):
        assert EXAMPLE == caller.get().to_dict()


@pytest.mark.parametrize("end", [Close(), Reset(), Silence()], ids=["closes", "resets", "is a black hole"])
def test_dead_idle_connections_cost_one_attempt(own_kind: Kind, end: Step, waits: list[float]) -> None:
    """Three idle connections have died unnoticed: the call meets one of them, and no other, and succeeds."""
    together = Meet(threading.Barrier(3))
    dying: Script = (Read(), together, Send(http()), Read(), end)
    with FaultServer(dying, dying, dying, otherwise=GOOD) as server:
        with calling(own_kind, server.base_url, max_retries=2) as caller:
            assert [EXAMPLE] * 3 == [customer.to_dict() for customer in caller.together(3)]  # type: ignore[union-attr]
            response = caller.raw(timeout=1.0)

        assert EXAMPLE == response.parsed.to_dict()
        assert [None, 200] == [attempt.status_code for attempt in response.attempts]
        assert 1 == len(waits)
        assert 4 == server.connections


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FLOODS = [
    pytest.param((Read(), Send(CHUNKED), Flood(b"1\r\nx\r\n" * 5_000)), id="chunks of one byte"),
    pytest.param((Read(), Flood(b"HTTP/1.1 103 Hints\r\n\r\n" * 2_000)), id="endless 1xx heads"),
]


@pytest.mark.parametrize("script", FLOODS)
def test_a_flood_ends_in_time(timed_kind: Kind, script: Script) -> None:
    """However fast a server sends what never ends, the attempt ends with its time."""
    with FaultServer(script, otherwise=GOOD) as server, calling(timed_kind, server.base_url, timeout=0.2) as caller:
        error, elapsed = ending(caller.get)

        assert APITimeoutError is type(error) or isinstance(error, APIConnectionError), repr(error)
        # aiohttp parses in one go what one read of asyncio's brings, 256 KiB.
        assert elapsed < 0.2 + SLACK * (2 if "aiohttp" in timed_kind else 1)


@pytest.mark.parametrize("script", FLOODS)
@pytest.mark.parametrize("transport", [None, "aiohttp"])
def test_a_flood_leaves_the_loop_to_others(script: Script, transport: Any) -> None:
    """While a flood comes in, other tasks get their turn."""
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            # The loop's own work between two turns: what else the machine does is not its fault.
            started = time.thread_time()
            await asyncio.sleep(0.005)
            gaps.append(time.thread_time() - started)

    async def main(base_url: str) -> None:
        ticking = asyncio.ensure_future(tick())
        options: dict[str, Any] = {"client_id": "id", "client_secret": "secret", "timeout": 0.5, "max_retries": 0}
        async with AsyncSequenceClient(base_url=base_url, transport=transport, **options) as client:
            with pytest.raises(APIConnectionError):
                await client.customers.get_by_alias(ALIAS)
        ticking.cancel()

    with FaultServer(script, otherwise=GOOD) as server:
        asyncio.run(main(server.base_url))

    assert max(gaps) < 0.3


def test_a_certificate_that_fails_is_tried_once(
    own_kind: Kind, waits: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A stranger's certificate is the same the next time: there is one attempt."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with (
        FaultServer(otherwise=(Tls(context), Close()), scheme="https") as server,
        calling(own_kind, f"https://localhost:{server.port}", max_retries=2) as caller,
    ):
        error, _ = ending(caller.get)

    assert isinstance(error, APIConnectionError)
    assert (1, []) == (len(error.attempts), waits)


@pytest.mark.parametrize(
    "answer",
    [
        http(b"", status="407 Proxy Authentication Required"),
        http(b"", status="502 no hunter2-of-proxy here"),
        b"hunter2-of-proxy is no HTTP\r\n\r\n",
    ],
    ids=["407", "502", "no HTTP"],
)
def test_a_proxy_s_password_is_in_no_error(
    own_kind: Kind, answer: bytes, monkeypatch: pytest.MonkeyPatch, waits: list[float], caplog: Any
) -> None:
    """Whatever a proxy repeats of its password, neither error nor log shows it; a 407 is not tried again."""
    with nothing_leaks(), FaultServer(otherwise=(Read(), Send(answer), Close())) as proxy:
        address = proxy.base_url.removesuffix("/api").replace("//", "//user:hunter2-of-proxy@")
        monkeypatch.setenv("HTTPS_PROXY", address)
        with calling(own_kind, "https://sequence.invalid", max_retries=1) as caller, caplog.at_level("DEBUG"):
            error, _ = ending(caller.get)

    assert isinstance(error, APIConnectionError)
    told = " ".join(
        [repr(error), str(error), repr(vars(error)), str(error.__cause__), repr(error.__context__), caplog.text]
    )
    assert "hunter2-of-proxy" not in told
    if b"407" in answer:
        assert (1, []) == (len(error.attempts), waits)


def test_a_body_known_to_be_too_long_is_not_parsed(kind: Kind) -> None:
    """Ten megabytes of JSON, where a kilobyte is allowed, end at once in one error."""
    body = b"[" + b'{"a": 1}, ' * 1_000_000 + b"{}]"
    script: Script = (Read(), Send(http(body)))
    with (
        FaultServer(script, otherwise=GOOD) as server,
        calling(kind, server.base_url, max_response_bytes=1024) as caller,
    ):
        started = time.thread_time()
        error, _ = ending(caller.get)
        worked = time.thread_time() - started

    assert "more than 1024 bytes" in str(error)
    assert worked < 0.25


def test_a_redirect_says_where_it_pointed(kind: Kind) -> None:
    """The error of a redirect names host and route, and not the alias."""
    location = f"Location: https://other.example.com/api/customers/by-alias/{ALIAS}"
    script: Script = (Read(), Send(http(b"", location, status="302 Found")))
    with FaultServer(script, otherwise=GOOD) as server, calling(kind, server.base_url) as caller:
        error, _ = ending(caller.get)

    assert isinstance(error, APIStatusError)
    assert "https://other.example.com, /api/customers/by-alias/{alias}" in str(error)
    assert ALIAS not in str(error) + repr(vars(error))


def test_a_page_is_no_unknown_alias(kind: Kind) -> None:
    """A 404 that is a web page is told apart from the API's own."""
    pages: Script = (Read(), Send(http(b"<!doctype html><p>Not here", status="404 Not Found")))
    with FaultServer(pages, otherwise=GOOD) as server, calling(kind, server.base_url) as caller:
        error, _ = ending(caller.get)

    assert isinstance(error, NotFoundError)
    assert "not an answer of the API: check base_url" in str(error)


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/a%2Fb", "/a%2Fb"), ("/caf\u00e9/%20/", "/caf%C3%A9/%20"), ("//a//b", "//a//b"), ("/a;b=c,d/~e", "/a;b=c,d/~e")],
)
def test_a_base_url_is_sent_as_it_is_written(kind: Kind, path: str, sent: str) -> None:
    """What is percent-encoded stays so, what needs it is, once; and the same over each transport."""
    with FaultServer(otherwise=GOOD) as server, calling(kind, server.base_url + path) as caller:
        caller.get("\u00e9/%2F")

    (request,) = server.requests
    assert request.startswith(f"GET {sent}/customers/by-alias/%C3%A9%2F%252F HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    ("host", "sent"), [("LOCALHOST", "localhost"), ("b\u00fccher.localhost", "xn--bcher-kva.localhost")]
)
def test_a_host_is_sent_in_ascii_and_lower_case(
    kind: Kind, host: str, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of hosts are looked up, and sent, as DNS has them, over each transport."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def local(name: Any, *arguments: Any, **options: Any) -> Any:
        asked.append(name if isinstance(name, str) else name.decode())
        return real(WELL, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    with (
        FaultServer(otherwise=GOOD) as server,
        calling(kind, f"http://{host}:{server.port}", allow_http=True) as caller,
    ):
        caller.get()

    (request,) = server.requests
    assert f"\r\nhost: {sent}:{server.port}\r\n".encode() in request.lower()
    assert sent in asked


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_a_host_may_be_an_address_of_ipv6(kind: Kind) -> None:
    """A literal of IPv6 leads there, and is sent in its brackets, over each transport."""
    with FaultServer(otherwise=GOOD, host="::1") as server, calling(kind, f"http://[::1]:{server.port}/api") as caller:
        caller.get()

    (request,) = server.requests
    assert f"\r\nhost: [::1]:{server.port}\r\n".encode() in request.lower()


@pytest.mark.parametrize(("no_proxy", "direct"), [("sequence.test", 1), (".TEST", 1), ("*", 1), ("", 0), ("a.test", 0)])
def test_no_proxy_is_heard(own_kind: Kind, no_proxy: str, direct: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where NO_PROXY names the server the call goes there, and else to the proxy, over each transport."""
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *arguments, **options: real(WELL, *arguments, **options))
    with FaultServer(otherwise=GOOD) as server, FaultServer(otherwise=(Read(), Close())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.base_url)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        with calling(own_kind, f"http://sequence.test:{server.port}", allow_http=True) as caller:
            ending(caller.get)

    assert (direct, 1 - direct) == (server.connections, proxy.connections)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_missing_are_named(
    own_kind: Kind, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that leads to no certificates is named with its path, when the client is made."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "/there/is/nothing")

    with (
        pytest.raises(ConfigurationError, match=f"^{variable}: /there/is/nothing "),
        calling(own_kind, "https://sequence.invalid"),
    ):
        pass

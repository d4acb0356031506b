"""Connections that cannot be made, cannot be kept, or lead elsewhere; on real sockets, with both clients."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from sequence_customers_client import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncSequenceClient,
    SequenceError,
)
from tests.faults.faultkit import (
    ALIAS,
    EXAMPLE,
    GOOD,
    PATIENCE,
    SLACK,
    Kind,
    calling,
    ending,
    http,
    nothing_leaks,
    tells_no_secret,
)
from tests.faults.faultserver import Close, FaultServer, Pause, Read, Reset, Script, Send, Silence


def test_a_refused_connection_is_an_error_until_somebody_listens(kind: Kind, logs: pytest.LogCaptureFixture) -> None:
    """Nobody listens on the port, and then somebody does: an error, and then the customer."""
    with nothing_leaks():
        with FaultServer(otherwise=GOOD) as server:
            port = server.port
        with calling(kind, server.base_url) as caller:
            error, _ = ending(caller.get)

            assert APIConnectionError is type(error)
            assert isinstance(error, SequenceError)
            tells_no_secret(error, logs)

            with FaultServer(otherwise=GOOD, port=port):
                assert EXAMPLE == caller.get().to_dict()


def test_a_name_that_does_not_resolve_is_an_error_until_it_does(
    kind: Kind, logs: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is unknown, and then it is known: an error, and then the customer."""

    def unknown(*_: object, **__: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with (
        nothing_leaks(),
        FaultServer(otherwise=GOOD) as server,
        calling(kind, f"http://localhost:{server.port}") as caller,
    ):
        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", unknown)
            error, _ = ending(caller.get)

        assert APIConnectionError is type(error)
        assert isinstance(error, SequenceError)
        tells_no_secret(error, logs)
        assert EXAMPLE == caller.get().to_dict()


def test_a_name_of_the_reserved_domain_is_an_error(kind: Kind) -> None:
    """A name under .invalid never resolves: the call ends in an error, whatever the resolver makes of it."""
    with nothing_leaks(), calling(kind, "https://sequence.invalid") as caller:
        error, _ = ending(caller.get)

        assert isinstance(error, APIConnectionError)


@contextmanager
def _unanswering(addresses: list[str]) -> Iterator[int]:
    """A port of every address where nobody accepts and the queue is full: the system drops whoever comes."""
    with ExitStack() as stack:
        port = 0
        for address in addresses:
            try:
                listener = stack.enter_context(socket.create_server((address, port), backlog=0))
            except OSError:
                pytest.skip(f"{address} is not there, or its port is taken")
            port = listener.getsockname()[1]
            for _ in range(8):
                visitor = stack.enter_context(socket.socket())
                visitor.settimeout(0)
                visitor.connect_ex((address, port))
        yield port


@pytest.mark.parametrize("addresses", [1, 4])
def test_the_limit_holds_while_connecting(own_kind: Kind, addresses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses a name has, and none of them answers, the attempt ends in time."""
    found = [f"127.0.0.{number}" for number in range(1, addresses + 1)]
    real = socket.getaddrinfo

    def several(host: Any, *arguments: Any, **options: Any) -> Any:
        hosts = found if host in {"localhost", b"localhost"} else [host]
        return [entry for name in hosts for entry in real(name, *arguments, **options)]

    with (
        _unanswering(found) as port,
        nothing_leaks(),
        calling(own_kind, f"http://localhost:{port}", timeout=0.3) as caller,
    ):
        monkeypatch.setattr(socket, "getaddrinfo", several)
        error, elapsed = ending(caller.get)

        assert APITimeoutError is type(error)
        assert elapsed < 0.3 + SLACK


def test_the_limit_holds_for_a_slow_resolver(own_kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that takes its time does not hold the caller longer than the limit."""
    done = threading.Event()

    def slow(*_: object, **__: object) -> Any:
        done.wait(PATIENCE)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with (
        FaultServer(otherwise=GOOD) as server,
        calling(own_kind, f"http://localhost:{server.port}", timeout=0.2) as caller,
    ):
        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", slow)
            error, elapsed = ending(caller.get)
            done.set()

        assert APITimeoutError is type(error)
        assert elapsed < 0.2 + SLACK
        assert EXAMPLE == caller.get(timeout=5.0).to_dict()


def test_a_kept_connection_that_the_server_closed_is_not_the_callers_affair(kind: Kind, waits: list[float]) -> None:
    """The server announces that it keeps the connection, and closes it between two calls: nobody notices."""
    keeps: Script = (
        Read(),
        Send(http(b"{}", "Connection: keep-alive", "Keep-Alive: timeout=60", status="404 No")),
        Close(),
    )
    with nothing_leaks(), FaultServer(keeps, keeps, otherwise=GOOD) as server, calling(kind, server.base_url) as caller:
        for _ in range(2):
            ending(caller.get)
            server.settle()

        assert EXAMPLE == caller.get().to_dict()
        assert 3 == server.connections
        assert [] == waits


@pytest.mark.parametrize("end", [Close(), Reset()], ids=["closes", "resets"])
def test_a_kept_connection_that_ends_with_the_next_request_is_retried(
    kind: Kind, end: Close | Reset, waits: list[float]
) -> None:
    """The server ends a kept connection just as the request goes out: the look-up is tried again, and succeeds."""
    with (
        nothing_leaks(),
        FaultServer(GOOD, (Read(), end), otherwise=GOOD) as server,
        calling(kind, server.base_url, max_retries=1) as caller,
    ):
        caller.get()
        response = caller.raw()

        assert EXAMPLE == response.parsed.to_dict()
        assert [None, 200] == [attempt.status_code for attempt in response.attempts]
        assert [response.attempts[0].wait] == waits
        assert 3 == len(server.requests)


def test_every_kept_connection_ends_at_once(own_kind: Kind, waits: list[float]) -> None:
    """The server goes down and up again between calls: kept connections are dropped, and the next call succeeds."""
    with nothing_leaks():
        with FaultServer(otherwise=GOOD) as server:
            caller_context = calling(own_kind, server.base_url)
            caller = caller_context.__enter__()
            caller.get()
        with FaultServer(otherwise=GOOD, port=server.port):
            assert EXAMPLE == caller.get().to_dict()
            assert [] == waits
            caller_context.__exit__(None, None, None)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
def test_no_redirect_is_followed(kind: Kind, status: int, logs: pytest.LogCaptureFixture) -> None:
    """A redirect, to another origin or the same, is an error that leads nowhere: nobody else sees the credentials."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=GOOD) as elsewhere,
        FaultServer(
            (Read(), Send(http(b"", f"Location: {elsewhere.base_url}/stolen", status=f"{status} Go"))),
            (Read(), Send(http(b"", "Location: /api/elsewhere", status=f"{status} Go"))),
            otherwise=GOOD,
        ) as server,
        calling(kind, server.base_url, max_retries=2) as caller,
    ):
        for _ in range(2):
            error, _ = ending(caller.get)

            assert APIStatusError is type(error)
            assert isinstance(error, APIStatusError)
            assert status == error.status_code
            tells_no_secret(error, logs)
        assert EXAMPLE == caller.get().to_dict()
        assert 0 == elsewhere.connections
        assert 3 == len(server.requests)


def test_no_cookie_is_kept(kind: Kind) -> None:
    """A server that sets cookies does not get them back: one caller's session is not another's."""
    sets: Script = (Read(), Send(http(b"{}", "Set-Cookie: session=1; Path=/", status="404 No")))
    with nothing_leaks(), FaultServer(sets, otherwise=GOOD) as server, calling(kind, server.base_url) as caller:
        ending(caller.get)
        caller.get()

        assert not any(b"cookie" in request.lower() for request in server.requests)


def test_a_call_that_gets_no_connection_ends_in_time() -> None:
    """Where all connections are taken, a blocking call waits for one no longer than its limit."""
    stuck: Script = (Read(), Silence())
    with (
        nothing_leaks(),
        FaultServer(stuck, otherwise=GOOD) as server,
        calling("sync", server.base_url, max_connections=1) as caller,
    ):
        first = threading.Thread(target=ending, args=(caller.get,))
        first.start()
        server.wait_for_requests()
        error, elapsed = ending(lambda: caller.get(deadline=0.2))
        server.recover(GOOD)
        first.join()

        assert APITimeoutError is type(error)
        assert elapsed < 0.2 + SLACK
        assert EXAMPLE == caller.get(timeout=5.0).to_dict()


def test_an_awaited_call_that_gets_no_connection_ends_in_time() -> None:
    """Where all connections are taken, an awaited call waits for one no longer than its limit."""

    async def main(server: FaultServer) -> tuple[object, float, object]:
        async with AsyncSequenceClient(
            client_id="id", client_secret="secret", base_url=server.base_url, max_connections=1, max_retries=0
        ) as client:
            first = asyncio.create_task(client.customers.get_by_alias(ALIAS))
            await asyncio.to_thread(server.wait_for_requests)
            started = time.monotonic()
            error = (
                await asyncio.gather(
                    client.with_options(deadline=0.2).customers.get_by_alias(ALIAS), return_exceptions=True
                )
            )[0]
            elapsed = time.monotonic() - started
            server.recover(GOOD)
            await asyncio.gather(first, return_exceptions=True)
            return error, elapsed, await client.customers.get_by_alias(ALIAS)

    with nothing_leaks(), FaultServer((Read(), Silence()), otherwise=GOOD) as server:
        error, elapsed, after = asyncio.run(main(server))

    assert APITimeoutError is type(error)
    assert elapsed < 0.2 + SLACK
    assert EXAMPLE == after.to_dict()  # type: ignore[attr-defined]


PROXY_FAULTS: tuple[tuple[str, Script, type[SequenceError]], ...] = (
    ("The proxy closes at once.", (Close(),), APIConnectionError),
    ("The proxy is silent.", (Read(), Silence()), APITimeoutError),
    (
        "The proxy wants a password.",
        (Read(), Send(http(b"", status="407 No")), Pause(0.05), Close()),
        APIConnectionError,
    ),
    (
        "The proxy finds no server.",
        (Read(), Send(http(b"", status="502 No")), Pause(0.05), Close()),
        APIConnectionError,
    ),
    ("The proxy talks garbage.", (Read(), Send(b"garbage\r\n\r\n"), Close()), APIConnectionError),
    (
        "The proxy connects to nobody who speaks TLS.",
        (Read(), Send(b"HTTP/1.1 200 OK\r\n\r\n" + b"garbage" * 99), Close()),
        APIConnectionError,
    ),
)


@pytest.mark.parametrize(
    ("script", "outcome"), [(s, o) for _, s, o in PROXY_FAULTS], ids=[n for n, _, _ in PROXY_FAULTS]
)
def test_a_proxy_that_fails_is_an_error(
    own_kind: Kind,
    script: Script,
    outcome: type[SequenceError],
    monkeypatch: pytest.MonkeyPatch,
    logs: pytest.LogCaptureFixture,
) -> None:
    """The proxy between client and server fails: the call ends in time, and the proxy does not get the credentials."""
    with nothing_leaks(), FaultServer(otherwise=script) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.base_url)
        with calling(
            own_kind, "https://sequence.invalid", timeout=0.3 if outcome is APITimeoutError else 5.0
        ) as caller:
            for _ in range(2):
                error, elapsed = ending(caller.get)

                assert outcome is type(error)
                assert isinstance(error, SequenceError)
                assert elapsed < 5.0 if outcome is APIConnectionError else elapsed < 0.3 + SLACK
                tells_no_secret(error, logs)

    assert not any(b"Basic" in request for request in proxy.requests)

"""The three ways to the fake: a transport without sockets, an ASGI application, a server on loopback."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import anyio
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from sequence_customers_client import (
    APIConnectionError,
    APITimeoutError,
    AsyncSequenceClient,
    NotFoundError,
    SequenceClient,
)
from sequence_customers_client.testing import FakeSequence, Reply, SequenceServer, example_customer

CREDENTIALS: dict[str, Any] = {"client_id": "id", "client_secret": "secret", "max_retries": 0}
LOOK_UP = "/api/customers/by-alias/a%2Fb"


@pytest.fixture
def fake() -> FakeSequence:
    fake = FakeSequence()
    fake.customers.add(aliases=["a/b"], legal_name="Acme Ltd")
    return fake


def get_async(fake: FakeSequence, **options: Any) -> str:
    async def get() -> str:
        async with AsyncSequenceClient(**CREDENTIALS, **options, transport=fake.transport()) as sequence:
            return (await sequence.customers.get_by_alias("a/b")).legal_name

    return asyncio.run(get())


def get(fake: FakeSequence, **options: Any) -> str:
    with SequenceClient(**CREDENTIALS, **options, transport=fake.transport()) as sequence:
        return sequence.customers.get_by_alias("a/b").legal_name


BOTH = pytest.mark.parametrize("look_up", [get, get_async])


# --- Without sockets


@BOTH
def test_the_transport_serves_either_client(fake: FakeSequence, look_up: Any) -> None:
    """One transport, whichever the client and its server; nothing is dialled."""
    assert "Acme Ltd" == look_up(fake)
    assert "Acme Ltd" == look_up(fake, base_url="https://sequence.test/api")


@BOTH
def test_a_delay_beyond_the_client_s_patience_takes_no_time(fake: FakeSequence, look_up: Any) -> None:
    """Who waits for less is told so at once: an hour is no longer than a second."""
    fake.delay_next(3600)
    started = time.monotonic()

    with pytest.raises(APITimeoutError):
        look_up(fake, timeout=5)

    assert time.monotonic() - started < 5


@BOTH
def test_a_delay_within_the_client_s_patience_is_waited_for(fake: FakeSequence, look_up: Any) -> None:
    """Who can wait gets an answer, not before its time."""
    fake.delay_next(0.05)
    started = time.monotonic()

    assert "Acme Ltd" == look_up(fake, timeout=60)
    assert time.monotonic() - started >= 0.05


@BOTH
def test_a_drop_is_what_a_server_that_goes_away_is(fake: FakeSequence, look_up: Any) -> None:
    """The client sees a connection that ended."""
    fake.drop_next()

    with pytest.raises(APIConnectionError):
        look_up(fake)


def test_the_transport_runs_on_any_loop(fake: FakeSequence) -> None:
    """A client of httpx runs on trio, and so does what it asks."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=fake.transport(), auth=("id", "secret")) as http:
            fake.delay_next(0.01)
            return await http.get(f"https://sequence.test{LOOK_UP}")

    assert 200 == anyio.run(ask, backend="trio").status_code


# --- As an application


def test_the_application_answers(fake: FakeSequence) -> None:
    """An ASGI client asks what a socket would."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(fake.asgi_app())
        async with httpx.AsyncClient(
            transport=transport, base_url="http://sequence.test", auth=("id", "secret")
        ) as http:
            return await http.get(LOOK_UP, params={"a": "b"})

    response = asyncio.run(ask())
    assert (200, "Acme Ltd") == (response.status_code, response.json()["legalName"])
    assert ("a=b", {"alias": "a/b"}) == (fake.requests[0].query, fake.requests[0].arguments)


def test_the_application_can_be_mounted(fake: FakeSequence) -> None:
    """In a service, below a path of the service's; start and end are no matter to it."""
    app = FastAPI()
    app.mount("/sequence", fake.asgi_app())

    with TestClient(app) as http, TestClient(fake.asgi_app()):
        assert 200 == http.get(f"/sequence{LOOK_UP}", auth=("id", "secret")).status_code


def test_the_application_drops_requests_too(fake: FakeSequence) -> None:
    """A server ends the connection of an application that fails, and a client without one sees the same."""
    fake.drop_next()

    async def ask() -> None:
        transport = httpx.ASGITransport(fake.asgi_app())
        async with AsyncSequenceClient(**CREDENTIALS, transport=transport) as sequence:
            await sequence.customers.get_by_alias("a/b")

    with pytest.raises(APIConnectionError):
        asyncio.run(ask())


def test_the_application_is_served_by_uvicorn(fake: FakeSequence) -> None:
    """Over a real server a look-up is found, and a drop is a connection that ends."""

    async def ask() -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(fake.asgi_app(), log_level="critical", lifespan="on"))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        port = listening.getsockname()[1]
        async with AsyncSequenceClient(**CREDENTIALS, base_url=f"http://127.0.0.1:{port}/api") as sequence:
            found = (await sequence.customers.get_by_alias("a/b")).legal_name
            fake.drop_next()
            with pytest.raises(APIConnectionError):
                await sequence.customers.get_by_alias("a/b")
        server.should_exit = True
        await running
        return found

    assert "Acme Ltd" == asyncio.run(ask())


# --- On loopback


def test_the_server_is_a_fake() -> None:
    """What a fake can do, it can do over sockets: customers, faults, requests."""
    with SequenceServer() as server, SequenceClient(**CREDENTIALS, base_url=server.base_url) as sequence:
        server.customers.add(aliases=["a/b"], legal_name="Acme Ltd")
        server.drop_next()
        with pytest.raises(APIConnectionError):
            sequence.customers.get_by_alias("a/b")
        assert "Acme Ltd" == sequence.customers.get_by_alias("a/b").legal_name
        with pytest.raises(NotFoundError):
            sequence.customers.get_by_alias("nobody")

    assert ["a/b", "a/b", "nobody"] == [request.arguments["alias"] for request in server.requests]


def test_the_server_speaks_http() -> None:
    """Bodies are read, HEAD has none, and a reply's own Content-Length and Date are there once."""
    headers = {"Date": "then", "X-Name": "caf\xe9"}
    with (
        SequenceServer({"acme": Reply(200, example_customer(), headers=headers)}) as server,
        httpx.Client(auth=("id", "secret"), base_url=server.base_url) as http,
    ):
        got = http.get("/customers/by-alias/acme")
        posted = http.post("/customers/by-alias/acme", json={"a": 1})
        head = http.head("/customers/by-alias/acme")

    assert ["then"] == got.headers.get_list("Date")
    assert "caf\xe9" == got.headers["X-Name"]
    assert (405, 405, b"") == (posted.status_code, head.status_code, head.content)
    assert {"a": 1} == server.requests[1].body


def test_the_server_serves_a_later_document(later: Any) -> None:
    """Every method has its place, 204 its silence, and the connection goes on."""
    with (
        SequenceServer({}, document=later) as server,
        httpx.Client(auth=("id", "secret"), base_url=server.base_url) as http,
    ):
        gone = http.delete("/customers/x")
        page = http.get("/customers", params={"since": "2024-01-01"})

    assert (204, b"", 200) == (gone.status_code, gone.content, page.status_code)
    assert "content-length" not in gone.headers


def test_the_command_serves_until_it_is_told_to_end() -> None:
    """`python -m` prints where it listens, takes its credentials from the environment, and ends well."""
    command = [sys.executable, "-W", "error", "-m", "sequence_customers_client.testing", "--port", "0"]
    environment = {**os.environ, "SEQUENCE_CLIENT_ID": "me", "SEQUENCE_CLIENT_SECRET": "mine"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603
        assert process.stdout is not None
        name, _, url = process.stdout.readline().strip().partition("=")
        with SequenceClient(base_url=url, client_id="me", client_secret="mine") as sequence:
            found = sequence.customers.get_by_alias("acme")
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(timeout=10)

    assert ("SEQUENCE_BASE_URL", "John Doe") == (name, found.legal_name)

"""Credentials that are asked for: before every attempt, once more after a 401, and never shown; with both clients."""

from __future__ import annotations

import asyncio
import base64
import copy
import io
import json
import logging
import pickle
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sequence_customers_client import (
    AsyncSequenceClient,
    AuthenticationError,
    ConfigurationError,
    SequenceClient,
    SequenceError,
)
from tests.faults.faultkit import (
    ALIAS,
    ALIAS_TRACES,
    CLIENT_ID,
    CLIENT_SECRET,
    EXAMPLE,
    GOOD,
    SECRETS,
    Kind,
    calling,
    ending,
    http,
    nothing_leaks,
)
from tests.faults.faultserver import Close, Drip, FaultServer, Read, Reset, Script, Send, Silence

REFUSED: Script = (Read(), Send(http(b'{"error": {"type": "Unauthorized"}}', status="401 No")))


def _sent(server: FaultServer) -> list[str]:
    """The secrets of the requests that came."""
    found = []
    for request in server.requests:
        (line,) = [line for line in request.split(b"\r\n") if line.lower().startswith(b"authorization: basic ")]
        found.append(base64.b64decode(line.rsplit(b" ", 1)[1]).decode().partition(":")[2])
    return found


class _Rotation:
    """Gives secret-1, then secret-2, and so on."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return f"secret-{self.asked}"


def test_a_secret_is_asked_for_before_every_call(kind: Kind) -> None:
    """A callable is asked before every attempt, so that what rotates is noticed."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=GOOD) as server,
        calling(kind, server.base_url, client_secret=_Rotation()) as caller,
    ):
        for _ in range(3):
            caller.get()

        assert ["secret-1", "secret-2", "secret-3"] == _sent(server)


def test_after_a_401_the_secret_is_asked_for_once_more(kind: Kind) -> None:
    """A 401 to what a callable gave asks it again and tries again, retries or not: the caller gets the customer."""
    rotation = _Rotation()
    with (
        nothing_leaks(),
        FaultServer(REFUSED, otherwise=GOOD) as server,
        calling(kind, server.base_url, client_secret=rotation, max_retries=0) as caller,
    ):
        response = caller.raw()

        assert EXAMPLE == response.parsed.to_dict()
        assert [401, 200] == [attempt.status_code for attempt in response.attempts]
        assert ["secret-1", "secret-2"] == _sent(server)


def test_a_second_401_is_an_error(kind: Kind) -> None:
    """Where the new secret is refused too, the call ends, after two attempts and no more."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=REFUSED) as server,
        calling(kind, server.base_url, client_secret=_Rotation(), max_retries=5) as caller,
    ):
        error, _ = ending(caller.get)

        assert AuthenticationError is type(error)
        assert ["secret-1", "secret-2"] == _sent(server)


def test_a_401_to_fixed_credentials_is_an_error_at_once(kind: Kind) -> None:
    """Fixed credentials would be refused again: one attempt."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=REFUSED) as server,
        calling(kind, server.base_url, max_retries=5) as caller,
    ):
        error, _ = ending(caller.get)

        assert AuthenticationError is type(error)
        assert [CLIENT_SECRET] == _sent(server)


@pytest.mark.usefixtures("waits")
def test_every_retry_asks_for_the_secret(kind: Kind) -> None:
    """Attempts after a failure are made with what is valid by then."""
    with (
        nothing_leaks(),
        FaultServer((Read(), Close()), (Read(), Send(http(b"", status="503 No"))), otherwise=GOOD) as server,
        calling(kind, server.base_url, client_secret=_Rotation(), max_retries=2) as caller,
    ):
        caller.get()

        assert ["secret-1", "secret-2", "secret-3"] == _sent(server)


def test_many_calls_that_are_refused_together_ask_once_awaited() -> None:
    """Fifty awaited calls meet a 401 at once: one asks anew, and all of them use what it got."""
    asked: list[str] = []
    current = "old"

    async def secret() -> str:
        value = current
        asked.append(value)
        await asyncio.sleep(0.01)
        return value

    def answer(request: httpx.Request) -> httpx.Response:
        given = base64.b64decode(request.headers["authorization"].split()[1]).decode().partition(":")[2]
        return httpx.Response(200, json=EXAMPLE) if given == "new" else httpx.Response(401)

    async def main() -> None:
        nonlocal current
        async with AsyncSequenceClient(
            client_id=CLIENT_ID, client_secret=secret, transport=httpx.MockTransport(answer), max_retries=0
        ) as client:
            calls = [asyncio.create_task(client.customers.get_by_alias(ALIAS)) for _ in range(50)]
            while len(asked) < 50:  # noqa: ASYNC110 - counted by what is tested
                await asyncio.sleep(0)
            current = "new"
            await asyncio.gather(*calls)

    asyncio.run(main())

    assert 50 == asked.count("old")
    assert 1 == asked.count("new")


def test_many_calls_that_are_refused_together_ask_once_blocking() -> None:
    """Thirty-two threads meet a 401 at once: one asks anew, and all of them use what it got."""
    asked: list[str] = []
    together = threading.Barrier(32)

    def secret() -> str:
        asked.append("")
        if len(asked) <= 32:
            together.wait(5)
            return "old"
        time.sleep(0.05)
        return "new"

    def answer(request: httpx.Request) -> httpx.Response:
        given = base64.b64decode(request.headers["authorization"].split()[1]).decode().partition(":")[2]
        return httpx.Response(200, json=EXAMPLE) if given == "new" else httpx.Response(401)

    ends: list[object] = []
    with SequenceClient(
        client_id=CLIENT_ID, client_secret=secret, transport=httpx.MockTransport(answer), max_retries=0
    ) as client:

        def look_up() -> None:
            ends.append(client.customers.get_by_alias(ALIAS).to_dict())

        threads = [threading.Thread(target=look_up) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [EXAMPLE] * 32 == ends
    assert 33 == len(asked)


def _raises() -> str:
    raise RuntimeError(f"the vault at {CLIENT_SECRET} is closed")


BAD: tuple[tuple[str, Callable[[], Any]], ...] = (
    ("The callable raises.", _raises),
    ("The callable gives None.", lambda: None),
    ("The callable gives bytes.", CLIENT_SECRET.encode),
    ("The callable gives nothing.", lambda: ""),
    ("The callable gives a trailing line break.", lambda: CLIENT_SECRET + "\n"),
    ("The callable gives quotes around.", lambda: f'"{CLIENT_SECRET}"'),
    ("The callable gives a control character.", lambda: CLIENT_SECRET[:5] + "\0" + CLIENT_SECRET[5:]),
    ("The callable gives a character beyond ASCII.", lambda: CLIENT_SECRET + "é"),
)


@pytest.mark.parametrize("secret", [row[1] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_no_secret_is_not_sent(kind: Kind, secret: Callable[[], Any]) -> None:
    """A callable that fails, or gives what no credential holds, is a clear error before anything is sent."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=GOOD) as server,
        calling(kind, server.base_url, client_secret=secret) as caller,
    ):
        error, _ = ending(caller.get)

        assert ConfigurationError is type(error)
        assert isinstance(error, ConfigurationError)
        assert "client_secret" in str(error)
        assert CLIENT_SECRET not in f"{error}{error!r}{vars(error)}{pickle.dumps(error)!r}"
        assert [] == server.requests


# --- Secrets


@pytest.mark.parametrize(
    "script",
    [
        GOOD,
        REFUSED,
        (Read(), Reset()),
        (Read(), Drip(http())),
        (Read(), Silence()),
        (Read(), Send(b"garbage"), Close()),
    ],
    ids=["good", "refusing", "resetting", "dripping", "silent", "garbage"],
)
@pytest.mark.parametrize("level", ["debug", "info"])
def test_logs_tell_the_route_and_nothing_else(
    kind: Kind, level: str, script: Script, monkeypatch: pytest.MonkeyPatch, logs: pytest.LogCaptureFixture
) -> None:
    """With every logger at its loudest, no record has the credentials, the alias or a body; the route is there."""
    monkeypatch.setenv("SEQUENCE_LOG", level)
    logger = logging.getLogger("sequence_customers_client")
    before = logger.level, list(logger.handlers)
    try:
        with (
            nothing_leaks(),
            FaultServer(otherwise=script) as server,
            calling(kind, server.base_url, timeout=0.2) as caller,
        ):
            ending(caller.get)
    finally:
        logger.setLevel(before[0])
        logger.handlers = before[1]
    text = "\n".join(f"{record.getMessage()} {record.args!r}" for record in logs.records)

    assert "/customers/by-alias/{alias}" in text
    assert not [word for word in (*SECRETS, *ALIAS_TRACES, "John Doe", "garbage") if word in text]


def test_an_injected_client_does_not_log_the_alias(httpx_kind: Kind, logs: pytest.LogCaptureFixture) -> None:
    """A client of httpx logs whole URLs; of our calls it logs no alias."""
    with nothing_leaks(), FaultServer(otherwise=GOOD) as server:
        if httpx_kind == "async":

            async def main() -> None:
                async with httpx.AsyncClient() as theirs:
                    client = AsyncSequenceClient(
                        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, base_url=server.base_url, http_client=theirs
                    )
                    await client.customers.get_by_alias(ALIAS)

            asyncio.run(main())
        else:
            with httpx.Client() as theirs:
                SequenceClient(
                    client_id=CLIENT_ID, client_secret=CLIENT_SECRET, base_url=server.base_url, http_client=theirs
                ).customers.get_by_alias(ALIAS)
    text = "\n".join(f"{record.getMessage()} {record.args!r}" for record in logs.records)

    assert not [word for word in (*SECRETS, *ALIAS_TRACES) if word in text]


def _reached(thing: Any, depth: int = 6) -> str:
    """Whatever shows of a thing to who prints it and all that it holds."""
    seen: set[int] = set()
    texts: list[str] = []

    def look(value: Any, left: int) -> None:
        if id(value) in seen or left < 0:
            return
        seen.add(id(value))
        texts.append(f"{value!r} {value!s}")
        try:
            inner = list(vars(value).values())
        except TypeError:
            inner = []
        inner += list(value.values()) if isinstance(value, dict) else []
        inner += list(value) if isinstance(value, list | tuple | set) else []
        for item in inner:
            look(item, left - 1)

    look(thing, depth)
    return "\n".join(texts)


def test_a_client_shows_no_secret(kind: Kind) -> None:
    """Whoever prints, lists, copies or pickles a client and what it holds sees no credential."""
    with nothing_leaks(), FaultServer(otherwise=GOOD) as server, calling(kind, server.base_url) as caller:
        caller.get()
        client = caller.client
        for thing in (client, copy.copy(client), client.with_options(timeout=1.0), client.customers):
            assert not [secret for secret in SECRETS if secret in _reached(thing)]
        with pytest.raises(TypeError):
            pickle.dumps(client)


@pytest.mark.parametrize(
    "script",
    [
        REFUSED,
        (Close(),),
        (Read(), Reset()),
        (Read(), Silence()),
        (Read(), Send(b"garbage"), Close()),
        (Read(), Drip(http())),
    ],
    ids=["refusing", "closing", "resetting", "silent", "garbage", "dripping"],
)
def test_a_traceback_with_local_variables_shows_no_secret(kind: Kind, script: Script) -> None:
    """Reporters of errors print the local variables of every frame: no credential is among those."""
    with (
        nothing_leaks(),
        FaultServer(otherwise=script) as server,
        calling(kind, server.base_url, timeout=0.2) as caller,
    ):
        error, _ = ending(caller.get)
        assert isinstance(error, SequenceError)
        shown = io.StringIO()
        traceback.TracebackException.from_exception(error, capture_locals=True).print(file=shown)
        # This file's own frames hold what they like.
        frames = shown.getvalue().split('  File "')
        theirs = [frame for frame in frames if "faultkit.py" not in frame[:200] and __file__ not in frame[:200]]

        assert not [secret for secret in SECRETS for frame in theirs if secret in frame]


def test_a_secret_that_the_server_repeats_is_not_shown(kind: Kind) -> None:
    """A server that quotes the credentials in its message does not get them into ours."""
    echo = f"Invalid credentials: Basic {SECRETS[1]} ({CLIENT_SECRET})"
    script: Script = (Read(), Send(http(json.dumps({"error": {"message": echo}}).encode(), status="401 No")))
    with nothing_leaks(), FaultServer(otherwise=script) as server, calling(kind, server.base_url) as caller:
        error, _ = ending(caller.get)

        assert AuthenticationError is type(error)
        assert not [secret for secret in SECRETS if secret in f"{error} {error!r}"]

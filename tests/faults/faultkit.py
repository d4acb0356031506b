"""What every fault is tried with: both clients behind one face, a good answer, and the rules a bad end must keep."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import pickle
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, Protocol, TypeVar

import httpx2
import pytest

from sequence_customers_client import APITimeoutError, AsyncSequenceClient, Customer, SequenceClient, SequenceError
from sequence_customers_client._response import APIResponse
from sequence_customers_client.testing import example_customer
from tests.faults.faultserver import FaultServer, Read, Script, Send

T = TypeVar("T")
Kind = Literal["async", "sync", "async aiohttp", "async httpx2", "sync httpx2"]
HTTPX_KINDS: tuple[Kind, ...] = ("async", "sync")
OWN_KINDS: tuple[Kind, ...] = (*HTTPX_KINDS, "async aiohttp")
"""Those whose connections are the client's own."""
TIMED_KINDS: tuple[Kind, ...] = (*OWN_KINDS, "async httpx2")
"""Those that hold the wall clock byte by byte: all but a sync transport of the caller's."""
KINDS: tuple[Kind, ...] = (*TIMED_KINDS, "sync httpx2")

CLIENT_ID = "id-of-the-tests"
CLIENT_SECRET = "s3cret-0f-the-tests"
ALIAS = "alias-of-one+person@example.com"
SECRETS = (
    CLIENT_SECRET,
    base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode(),
    base64.b64encode(CLIENT_SECRET.encode()).decode().rstrip("="),
)
ALIAS_TRACES = ("alias-of-one",)

PATIENCE = 5.0
"""Seconds that an attempt may take where time is not the point."""

SLACK = 2.0
"""Seconds by which a limit may be passed, on a machine that has more to do: far less than what is not limited takes."""

EXAMPLE = example_customer()
BODY = json.dumps(EXAMPLE).encode()


def http(
    body: bytes = BODY, *headers: str, status: str = "200 OK", length: int | None = None, framed: bool = True
) -> bytes:
    """An HTTP/1.1 answer, with the length of its body unless it is not to be `framed`."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    if framed:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


GOOD: Script = (Read(), Send(http()))


@dataclass(frozen=True)
class Fault:
    """One way in which a call can go wrong, and how it must end."""

    sentence: str
    """What goes wrong; the id of its tests."""

    script: Script
    """What the server does."""

    outcome: type[SequenceError] | None
    """The exact class of the error; None where the caller is to get the customer all the same."""

    timeout: float = PATIENCE
    status: int | None = None
    path: str | None = None
    says: str = ""
    """What is in the error's text."""

    options: dict[str, Any] = field(default_factory=dict)
    aiohttp: type[SequenceError] | None = None
    """The outcome over aiohttp, where that is stricter."""

    def ends_in(self, kind: Kind) -> type[SequenceError] | None:
        """The outcome with one client."""
        return self.aiohttp if self.aiohttp is not None and kind.endswith("aiohttp") else self.outcome

    def __str__(self) -> str:
        return self.sentence


class Caller(Protocol):
    """Both clients, seen from blocking code."""

    @property
    def client(self) -> AsyncSequenceClient | SequenceClient:
        """The client itself."""
        ...

    def get(self, alias: str = ALIAS, **options: Any) -> Customer:
        """Look up one customer; the options are those of `with_options`."""
        ...

    def raw(self, alias: str = ALIAS, **options: Any) -> APIResponse[Customer]:
        """Look up one customer, for the whole response."""
        ...

    def together(self, times: int) -> list[Customer | BaseException]:
        """Look up one customer in so many calls at once, and tell how each ends."""
        ...

    def close_client(self) -> None:
        """Close the client."""

    def close(self) -> None:
        """Close the client, and the event loop where there is one."""


class SyncCaller:
    def __init__(self, **options: Any) -> None:
        self.client = SequenceClient(**options)

    def get(self, alias: str = ALIAS, **options: Any) -> Customer:
        return self.client.with_options(**options).customers.get_by_alias(alias)

    def raw(self, alias: str = ALIAS, **options: Any) -> APIResponse[Customer]:
        return self.client.with_options(**options).with_raw_response.customers.get_by_alias(alias)

    def together(self, times: int) -> list[Customer | BaseException]:
        ends: list[Customer | BaseException] = []

        def work() -> None:
            try:
                ends.append(self.get())
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
                ends.append(error)

        threads = [threading.Thread(target=work) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ends

    def close_client(self) -> None:
        self.client.close()

    def close(self) -> None:
        self.close_client()


class AsyncCaller:
    def __init__(self, **options: Any) -> None:
        self.client = AsyncSequenceClient(**options)
        self._runner = asyncio.Runner()

    def get(self, alias: str = ALIAS, **options: Any) -> Customer:
        async def get() -> Customer:
            return await self.client.with_options(**options).customers.get_by_alias(alias)

        return self._runner.run(get())

    def raw(self, alias: str = ALIAS, **options: Any) -> APIResponse[Customer]:
        async def raw() -> APIResponse[Customer]:
            return await self.client.with_options(**options).with_raw_response.customers.get_by_alias(alias)

        return self._runner.run(raw())

    def together(self, times: int) -> list[Customer | BaseException]:
        async def all_of_them() -> list[Customer | BaseException]:
            calls = (self.client.customers.get_by_alias(ALIAS) for _ in range(times))
            return await asyncio.gather(*calls, return_exceptions=True)

        return self._runner.run(all_of_them())

    def close_client(self) -> None:
        self._runner.run(self.client.aclose())

    def close(self) -> None:
        try:
            self.close_client()
        finally:
            self._runner.close()


def is_async(kind: Kind) -> bool:
    return kind.startswith("async")


@cache
def _trusting(certificates: str | None) -> ssl.SSLContext:
    """Reading the certificates takes longer than most tests."""
    return ssl.create_default_context(cafile=certificates)


@contextmanager
def calling(kind: Kind, base_url: str, **options: Any) -> Iterator[Caller]:
    """A client of one kind, for the block."""
    given = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "base_url": base_url,
        "max_retries": 0,
        "timeout": PATIENCE,
        **options,
    }
    if kind.endswith("aiohttp"):
        given["transport"] = "aiohttp"
    elif kind.endswith("httpx2"):
        # One connection each time: whether httpx2's own pool looks at what is left on them is its affair.
        limits = httpx2.Limits(max_keepalive_connections=0)
        transport = httpx2.AsyncHTTPTransport if is_async(kind) else httpx2.HTTPTransport
        given["transport"] = transport(verify=_trusting(os.environ.get("SSL_CERT_FILE")), limits=limits)
    caller: Caller = AsyncCaller(**given) if is_async(kind) else SyncCaller(**given)
    try:
        yield caller
    finally:
        caller.close()


@contextmanager
def nothing_leaks() -> Iterator[None]:
    """Hold the block to closing every file and socket it opens."""
    before = _open_files()
    # What was there before cannot leak here, and is nothing that the collector has to walk through.
    gc.freeze()
    yield
    gc.collect()

    assert before == _open_files()


def _open_files() -> int:
    """How many files and sockets this process has open; 0 where the system does not tell."""
    return len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0  # noqa: PTH112, PTH208


def ending(work: Callable[[], T]) -> tuple[T | SequenceError, float]:
    """How a call ends, and after how many seconds."""
    started = time.monotonic()
    try:
        result: T | SequenceError = work()
    except SequenceError as error:
        result = error
    return result, time.monotonic() - started


def tells_no_secret(error: SequenceError, logs: pytest.LogCaptureFixture) -> None:
    """Look for the credentials and the alias wherever an error or a log can be read."""
    pickled = pickle.dumps(error)
    texts = {
        "str": str(error),
        "repr": repr(error),
        "vars": repr(vars(error)),
        # Of this error and all behind it, without lines of code, which are the same in each run and slow to find.
        "traceback": "".join(traceback.format_exception(error, limit=0)),
        "pickle": pickled.decode("latin-1"),
        "log": "\n".join(f"{record.getMessage()} {record.args!r}" for record in logs.records),
    }
    told = [(where, word) for where, text in texts.items() for word in (*SECRETS, *ALIAS_TRACES) if word in text]

    assert [] == told

    again = pickle.loads(pickled)  # noqa: S301 - our own

    assert (type(error), str(error), error.attempts) == (type(again), str(again), again.attempts)


def check(fault: Fault, kind: Kind, logs: pytest.LogCaptureFixture) -> None:
    """Try one fault with one client: the end is as it must be, in time, tells no secret, and the client goes on."""
    with (
        nothing_leaks(),
        FaultServer(fault.script, otherwise=GOOD) as server,
        calling(kind, server.base_url, timeout=fault.timeout, **fault.options) as caller,
    ):
        outcome = fault.ends_in(kind)
        result, elapsed = ending(caller.get)
        if isinstance(result, SequenceError):
            tells_no_secret(result, logs)

        assert (outcome or Customer) is type(result), str(result)
        assert elapsed < fault.timeout + SLACK
        if outcome is APITimeoutError:
            assert "timeout" == getattr(result, "limit", None)
        if fault.status is not None and outcome is fault.outcome:
            assert fault.status == getattr(result, "status_code", None)
        if fault.path is not None:
            assert fault.path == getattr(result, "path", None)
        assert fault.says in str(result)
        if outcome is not None:
            assert 1 == len(getattr(result, "attempts", ()))
        if outcome is APITimeoutError:
            # Whether the call came as far as to the server is up to the machine: the next one is not to meet its fault.
            server.recover(GOOD)
        assert EXAMPLE == caller.get(timeout=PATIENCE).to_dict()

"""A process at its limits: where no file can be opened, or no thread started, a call ends in an error of ours."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from sequence_customers_client import APIConnectionError, Customer
from sequence_customers_client.testing import Reply, SequenceServer, example_customer
from tests.faults.faultkit import EXAMPLE, GOOD, KINDS, Kind, calling, ending
from tests.faults.faultserver import FaultServer
from tests.processes import Forks, forks

PROGRAM = """
import asyncio, contextlib, os, resource, sys
from sequence_customers_client import AsyncSequenceClient, SequenceClient, SequenceError

kind, when, base_url = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
options = {"base_url": base_url, "client_id": "id", "client_secret": "secret", "max_retries": 0, "timeout": 5}
taken = []

def exhaust():
    with contextlib.suppress(OSError):
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))

def recover():
    while taken:
        os.close(taken.pop())

def report(end):
    if not isinstance(end, BaseException):
        print("customer")
    elif isinstance(end, SequenceError):
        print(type(end).__name__)
    else:
        raise end

async def main():
    transport = "aiohttp" if kind == "aiohttp" else None
    async with AsyncSequenceClient(transport=transport, **options) as client:
        async def two():
            call = lambda: client.customers.get_by_alias("acme")
            try:
                calls = call(), call()
            except SequenceError as error:
                return [error]
            return await asyncio.gather(*calls, return_exceptions=True)

        if when == "later":
            await client.customers.get_by_alias("acme")
        exhaust()
        ends = await two()
        recover()
        for end in [ends[-1], *await two()]:
            report(end)

def blocking():
    with SequenceClient(**options) as client:
        for step in exhaust, recover:
            step()
            try:
                report(client.customers.get_by_alias("acme"))
            except SequenceError as error:
                report(error)

if kind == "sync":
    blocking()
else:
    asyncio.run(main())
"""


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forks(tmp_path_factory.mktemp("processes")) as forked:
        yield forked


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system limits no files")
@pytest.mark.parametrize("when", ["first", "later"])
@pytest.mark.parametrize("kind", ["async", "aiohttp", "sync"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_too_many_open_files_is_an_error_of_ours(forked: Forks, kind: str, when: str, host: str) -> None:
    """A call that needs a new connection, or a module, ends in an error; when files can be opened again, calls do well.

    What is kept needs no file: a call over it does well even then.
    """
    with SequenceServer({"acme": Reply(body=example_customer())}) as server:
        base_url = server.base_url.replace("127.0.0.1", host)
        done = forked.run(PROGRAM, kind, when, base_url)

    assert "" == done.stderr
    assert "APIConnectionError" == done.stdout.splitlines()[0]
    assert {"customer"} == set(done.stdout.splitlines()[1:])


@pytest.mark.parametrize("kind", KINDS)
def test_where_no_thread_starts_a_call_ends_well_or_in_an_error_of_ours(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that cannot have its thread fails the call with an error of ours, or is asked without one."""
    start, caller_thread = threading.Thread.start, threading.current_thread()

    def refuse(thread: threading.Thread) -> None:
        if threading.current_thread() is caller_thread:
            raise RuntimeError("can't start new thread")
        start(thread)  # the server's

    with FaultServer(otherwise=GOOD) as server, calling(kind, f"http://localhost:{server.port}") as caller:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", refuse)
            end, _ = ending(caller.get)

        assert type(end) in {APIConnectionError, Customer}
        assert EXAMPLE == caller.get().to_dict()

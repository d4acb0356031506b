"""Clients over the whole of their life: several loops, threads, processes, cancellation, the end."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any, Literal

import anyio
import pytest

from sequence_customers_client import (
    APIConnectionError,
    APITimeoutError,
    AsyncSequenceClient,
    ConfigurationError,
    Customer,
    SequenceClient,
    SequenceError,
)
from tests.faults.faultkit import (
    ALIAS,
    CLIENT_ID,
    CLIENT_SECRET,
    EXAMPLE,
    GOOD,
    HTTPX_KINDS,
    PATIENCE,
    Kind,
    calling,
    http,
    is_async,
    nothing_leaks,
)
from tests.faults.faultserver import Drip, FaultServer, Meet, Pause, Read, Reset, Script, Send, Silence
from tests.processes import LEAN

SLOW: Script = (Read(), Pause(0.02), Send(http()))


_TRANSPORTS: list[Literal["aiohttp"] | None] = []


@pytest.fixture(params=[None, "aiohttp"], ids=["httpx", "aiohttp"], autouse=True)
def _transport(request: pytest.FixtureRequest) -> Iterator[None]:
    """One transport, then the other."""
    _TRANSPORTS.append(request.param)
    yield
    _TRANSPORTS.clear()


def _options(server: FaultServer, **options: Any) -> dict[str, Any]:
    return {
        "transport": _TRANSPORTS[0],
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "base_url": server.base_url,
        "timeout": PATIENCE,
        "max_retries": 0,
        **options,
    }


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server that is well, and the promise that nothing of the test is left open."""
    with nothing_leaks(), FaultServer(otherwise=GOOD) as server:
        yield server


# --- Event loops


async def _look_up(client: AsyncSequenceClient, times: int = 3) -> None:
    customers = await asyncio.gather(*(client.customers.get_by_alias(ALIAS) for _ in range(times)))

    assert [EXAMPLE] * times == [customer.to_dict() for customer in customers]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_one_client_serves_several_event_loops(server: FaultServer) -> None:
    """A client that served one event loop serves the next ones, and the first one's connections do not stay."""
    client = AsyncSequenceClient(**_options(server))
    for _ in range(3):
        asyncio.run(_look_up(client))
        gc.collect()
    asyncio.run(client.aclose())


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_one_client_serves_two_loops_at_the_same_time(server: FaultServer) -> None:
    """Two threads with an event loop each can share a client, and each has connections of its own."""
    client = AsyncSequenceClient(**_options(server))
    failures: list[BaseException] = []

    async def main() -> None:
        for _ in range(20):
            await _look_up(client)
        await client._connections.get().transport.aclose()

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_event_loop_may_be_anyios(server: FaultServer, backend: str) -> None:
    """The client runs on asyncio and on trio: calls, limits of time, and cancellation."""
    pytest.importorskip(backend)

    # aiohttp is asyncio's alone.
    others = {"transport": None} if backend == "trio" else {}

    async def main() -> None:
        async with AsyncSequenceClient(**_options(server, **others)) as client:
            for _ in range(2):
                async with anyio.create_task_group() as tasks:
                    for _ in range(5):
                        tasks.start_soon(client.customers.get_by_alias, ALIAS)
            with anyio.move_on_after(0) as scope:
                await client.customers.get_by_alias(ALIAS)

            assert scope.cancelled_caught
            assert EXAMPLE == (await client.customers.get_by_alias(ALIAS)).to_dict()

    anyio.run(main, backend=backend)


def test_a_limit_of_time_strikes_on_trio() -> None:
    """A silent server is left in time on trio too."""
    pytest.importorskip("trio")

    async def main(base: dict[str, Any]) -> object:
        async with AsyncSequenceClient(**base) as client:
            try:
                return await client.customers.get_by_alias(ALIAS)
            except SequenceError as error:
                return error

    with nothing_leaks(), FaultServer(otherwise=(Read(), Silence())) as server:
        error = anyio.run(main, _options(server, timeout=0.2, transport=None), backend="trio")

    assert "timeout" == getattr(error, "limit", None)


# --- Threads and processes


def test_threads_share_a_client(server: FaultServer) -> None:
    """Thirty-two threads share one blocking client and its connections."""
    results: list[object] = []
    with SequenceClient(**_options(server, max_connections=8, transport=None)) as client:

        def work() -> None:
            for _ in range(10):
                try:
                    results.append(client.customers.get_by_alias(ALIAS).to_dict())
                except Exception as error:  # noqa: BLE001 - whatever it is, it is to be shown
                    results.append(error)

        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [EXAMPLE] * 320 == results
    assert server.connections <= 8


_FORK = """
    import asyncio, os, sys, warnings
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "unclosed", ResourceWarning)  # dropped by children, and by loops that end
    from sequence_customers_client import AsyncSequenceClient, SequenceClient
    options = dict(client_id="id", client_secret="secret", base_url=sys.argv[1], max_retries=0)
    blocking, awaited = SequenceClient(**options), AsyncSequenceClient(**options)

    async def three():
        for _ in range(3):
            await awaited.customers.get_by_alias("a")
        await awaited._connections.get().transport.aclose()

    def all_of_it():
        for _ in range(3):
            blocking.customers.get_by_alias("a")
        asyncio.run(three())

    all_of_it()
    children = []
    for _ in range(4):
        child = os.fork()
        if not child:
            try:
                all_of_it()
                blocking.close()
            except BaseException as error:
                print(repr(error))
                os._exit(1)
            os._exit(0)
        children.append(child)
    all_of_it()
    codes = [os.waitpid(child, 0)[1] for child in children]
    all_of_it()
    blocking.close()
    print(codes)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_processes_that_fork_do_not_share_connections(server: FaultServer) -> None:
    """A process that used its clients forks: parent and children go on, none in the conversation of another."""
    script = LEAN + textwrap.dedent(_FORK)
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", script, server.base_url], capture_output=True, text=True, timeout=30, check=False
    )

    assert ("[0, 0, 0, 0]", "", 0) == (done.stdout.strip(), done.stderr, done.returncode)


# --- The end


def test_a_closed_client_says_so(kind: Kind, server: FaultServer) -> None:
    """A closed client refuses calls, with a word on what to do, and can be closed again."""
    with calling(kind, server.base_url) as caller:
        assert EXAMPLE == caller.get().to_dict()

        for _ in range(2):
            caller.close_client()
            with pytest.raises(ConfigurationError, match="closed"):
                caller.get()


@pytest.mark.parametrize("used", [False, True], ids=["unused", "used"])
@pytest.mark.parametrize("kind", HTTPX_KINDS)
def test_a_client_that_nobody_closed_is_collected_quietly(server: FaultServer, kind: Kind, used: bool) -> None:
    """A client that is dropped leaves no complaint of ours; of sockets that it had open, Python says so itself."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if is_async(kind):
            client = AsyncSequenceClient(**_options(server))
            if used:
                asyncio.run(_look_up(client))
            del client
        else:
            blocking = SequenceClient(**_options(server, transport=None))
            if used:
                blocking.customers.get_by_alias(ALIAS)
            del blocking
        gc.collect()

    # Python names a socket that was dropped; in an event loop, the loop's transport for it as well.
    assert all(issubclass(w.category, ResourceWarning) and "unclosed" in str(w.message) for w in caught)
    assert used or not caught


# --- Cancellation


async def _all_connections_serve(client: AsyncSequenceClient, server: FaultServer, connections: int) -> None:
    """Every connection that the client may have can be in use at the same time."""
    server.recover((Read(), Meet(threading.Barrier(connections)), Send(http())))
    await _look_up(client, connections)


@pytest.mark.parametrize(
    "script",
    [GOOD, SLOW, (Read(), Drip(http(), 0.0005)), (Read(), Silence()), (Silence(),), (Read(), Reset())],
    ids=["quick", "slow", "dripping", "silent", "not reading", "resetting"],
)
def test_cancellation_at_any_moment_leaves_nothing_behind(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """Five hundred calls are cancelled at five moments each: no connection is lost, and all of them serve."""
    complaints: list[dict[str, Any]] = []

    async def main(server: FaultServer) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with AsyncSequenceClient(**_options(server, max_connections=20)) as client:
            for moment in range(5):
                calls = [asyncio.create_task(client.customers.get_by_alias(ALIAS)) for _ in range(500)]
                for _ in range(moment * 7):
                    await asyncio.sleep(0)
                await asyncio.sleep(moment * 0.01)
                for index, call in enumerate(calls):
                    call.cancel()
                    if index % 100 == 0:
                        await asyncio.sleep(0)
                ends = await asyncio.gather(*calls, return_exceptions=True)

                assert {type(end) for end in ends} <= {asyncio.CancelledError, Customer, APIConnectionError}

            await _all_connections_serve(client, server, 20)

    with nothing_leaks(), FaultServer(otherwise=script) as server:
        asyncio.run(main(server))
        gc.collect()

    assert [] == complaints
    assert [] == [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_limits_that_strike_at_any_moment_leave_nothing_behind() -> None:
    """Five hundred calls run out of time at moments of their own: no connection is lost, and all serve."""

    async def main(server: FaultServer) -> None:
        async with AsyncSequenceClient(**_options(server, max_connections=20)) as client:
            copies = [client.with_options(deadline=0.001 * (1 + index % 50)) for index in range(500)]
            calls = (copy.customers.get_by_alias(ALIAS) for copy in copies)
            ends = await asyncio.gather(*calls, return_exceptions=True)

            assert {type(end) for end in ends} <= {APITimeoutError, Customer}

            await _all_connections_serve(client, server, 20)

    with nothing_leaks(), FaultServer(otherwise=SLOW) as server:
        asyncio.run(main(server))


def test_five_hundred_calls_at_a_time_are_served_in_time() -> None:
    """A burst of five hundred calls to a quick server ends well, and long before anybody's patience does."""

    async def main(server: FaultServer) -> float:
        async with AsyncSequenceClient(**_options(server, timeout=10.0)) as client:
            started = time.process_time()
            await _look_up(client, 500)
            return time.process_time() - started

    with nothing_leaks(), FaultServer(otherwise=GOOD) as server:
        seconds = asyncio.run(main(server))

    assert seconds < 5.0


def test_a_cancelled_call_frees_its_connection_for_the_next(server: FaultServer) -> None:
    """With one connection in all, a call that waits for it gets it when the call before is cancelled."""

    async def main() -> Customer:
        async with AsyncSequenceClient(**_options(server, max_connections=1)) as client:
            for turns in range(40):
                first = asyncio.create_task(client.customers.get_by_alias(ALIAS))
                second = asyncio.create_task(client.customers.get_by_alias(ALIAS))
                for _ in range(turns):
                    await asyncio.sleep(0)
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)

                assert EXAMPLE == (await second).to_dict()
            return await client.customers.get_by_alias(ALIAS)

    assert EXAMPLE == asyncio.run(main()).to_dict()


def test_a_cancelled_wait_between_attempts_ends_at_once() -> None:
    """A call that waits for its next attempt can be cancelled."""

    async def main(busy: FaultServer) -> None:
        async with AsyncSequenceClient(**_options(busy, max_retries=2)) as client:
            call = asyncio.create_task(client.customers.get_by_alias(ALIAS))
            while not busy.requests:  # noqa: ASYNC110 - another thread's
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.05)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    script: Script = (Read(), Send(http(b"", "Retry-After: 30", status="503 No")))
    with nothing_leaks(), FaultServer(otherwise=script) as busy:
        asyncio.run(main(busy))

    assert 1 == len(busy.requests)

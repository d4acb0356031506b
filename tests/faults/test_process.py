"""Clients in processes that fork, end, or are at their limits, and callables that hang: the call ends, and in time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import sysconfig
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sequence_customers_client import APITimeoutError, ConfigurationError
from sequence_customers_client._concurrency import PerLoop
from tests.faults.faultkit import EXAMPLE, GOOD, OWN_KINDS, SLACK, Kind, calling, ending, http, is_async, nothing_leaks
from tests.faults.faultserver import FaultServer, Meet, Read, Script, Send
from tests.processes import forks
from tests.shipping.pythons import find_python, why_not

REFUSED: Script = (Read(), Send(http(b"{}", status="401 No")))


def refused_together(calls: int) -> Script:
    """A 401 for each of so many calls, once all of them have come."""
    return (Read(), Meet(threading.Barrier(calls)), *REFUSED[1:])


# --- Callables


@pytest.fixture
def hang() -> Iterator[Callable[[], str]]:
    """A callable that does not return before the test ends."""
    release = threading.Event()

    def hang() -> str:
        release.wait(20)
        return "secret"

    yield hang
    release.set()


async def _hang() -> str:
    await asyncio.sleep(20)
    return "secret"


@pytest.mark.parametrize("limit", ["timeout", "deadline"])
def test_a_callable_that_hangs_is_left_in_time(kind: Kind, hang: Callable[[], str], limit: str) -> None:
    """A callable that never returns, and in an async client one that is never done, ends with the attempt or call."""
    for secret in (hang, _hang) if is_async(kind) else (hang,):
        with (
            FaultServer(otherwise=GOOD) as server,
            calling(kind, server.base_url, client_secret=secret, **{limit: 0.3}) as caller,
        ):
            error, elapsed = ending(caller.get)

        assert isinstance(error, APITimeoutError)
        assert limit == error.limit
        assert 0.29 < elapsed < 0.3 + SLACK
        assert [] == server.requests


def test_whoever_waits_for_a_callable_that_hangs_is_left_in_time(kind: Kind, hang: Callable[[], str]) -> None:
    """Of calls that were all refused one asks anew, and hangs: it and those that wait for it end in time."""
    asked: list[str] = []

    def secret() -> str:
        asked.append("")
        return "old" if len(asked) <= 3 else hang()

    with (
        FaultServer(otherwise=refused_together(3)) as server,
        calling(kind, server.base_url, client_secret=secret, timeout=0.5) as caller,
    ):
        ends, elapsed = ending(lambda: caller.together(3))

    assert [APITimeoutError] * 3 == [type(end) for end in ends]  # type: ignore[union-attr]
    assert elapsed < 0.5 * 2 + SLACK
    assert 3 == len(server.requests)


def test_a_refresh_that_fails_is_not_repeated_by_each_waiter(kind: Kind) -> None:
    """Of five calls that were all refused one asks anew; where that fails, all five end, and nobody asks again."""
    asked: list[str] = []

    def secret() -> str:
        asked.append("")
        if len(asked) <= 5:
            return "old"
        time.sleep(0.3)  # so that everybody waits for this
        raise OSError("the vault is sealed")

    with (
        FaultServer(otherwise=refused_together(5)) as server,
        calling(kind, server.base_url, client_secret=secret) as caller,
    ):
        ends = caller.together(5)

    assert [ConfigurationError] * 5 == [type(end) for end in ends]
    assert 5 + 1 == len(asked)


@pytest.mark.parametrize("kind", ["async", "sync", "async aiohttp"])
def test_a_callable_that_calls_its_own_client_is_told_so(kind: Kind) -> None:
    """A callable that makes a call of the client that asks it is a clear error, and no thread goes on doing so."""

    def ask() -> str:
        return str(callers[0].get().id)

    async def ask_async() -> str:
        return str((await callers[0].client.customers.get_by_alias("acme")).id)

    callers: list[Any] = []
    before = threading.active_count()
    with FaultServer(otherwise=GOOD) as server:
        with calling(kind, server.base_url, client_secret=ask_async if is_async(kind) else ask) as caller:
            callers.append(caller)
            error, elapsed = ending(caller.get)

        assert ConfigurationError is type(error)
        assert isinstance(error, ConfigurationError)
        while error.__cause__ is not None:
            error = error.__cause__  # type: ignore[assignment]
        assert "calls this client" in str(error)
        assert elapsed < SLACK
        assert [] == server.requests
    ends = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < ends:
        time.sleep(0.01)
    assert threading.active_count() <= before


# --- Event loops


def test_loops_that_begin_at_once_share_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops in many threads each get their own value, however the threads' steps fall."""

    class Loop:
        """What stands for a loop, and is made faster."""

    loops: list[Loop] = []
    values: list[object] = []
    failures: list[BaseException] = []

    def new_loop() -> Loop:
        loops.append(loop := Loop())
        return loop

    def begin() -> None:
        for _ in range(200):
            try:
                values.append(per_loop.get())
            except BaseException as failure:  # noqa: BLE001 - whatever it is, it is to be shown
                failures.append(failure)

    per_loop = PerLoop(object)
    monkeypatch.setattr(asyncio, "get_running_loop", new_loop)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)

    assert [] == failures
    assert 8 * 200 == len(set(values))


# --- Processes


_CLIENT = """
import asyncio, os, sys, threading, time
from sequence_customers_client import AsyncSequenceClient, SequenceClient, SequenceError

kind, base_url = sys.argv[1:]
options = {"client_id": "id", "client_secret": "secret", "base_url": base_url, "timeout": 10, "max_retries": 0}
if kind.endswith("aiohttp"):
    options["transport"] = "aiohttp"
if kind.endswith("httpx2"):
    import httpx2
    options["transport"] = httpx2.AsyncHTTPTransport() if kind.startswith("async") else httpx2.HTTPTransport()
if kind.startswith("async"):
    client = AsyncSequenceClient(**options)
    loop = asyncio.new_event_loop()
    run, close = loop.run_until_complete, client.aclose
else:
    client = SequenceClient(**options)
    run, close = (lambda result: result), client.close

def look_up():
    try:
        return run(client.customers.get_by_alias("acme")).legal_name
    except SequenceError as error:
        return f"{type(error).__name__}: {error}"

def end():
    run(close())
    if kind.startswith("async"):
        loop.close()
"""

NAME = EXAMPLE["legalName"]


Run = Callable[[str, FaultServer, str], list[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """What a program of a process of its own prints, line by line: it has a client, and nothing else to say."""
    with forks(tmp_path_factory.mktemp("processes")) as forked:
        yield lambda kind, server, program: _lines(forked.run(*_command(kind, server, program)))


def _run(kind: str, server: FaultServer, program: str, python: str = sys.executable) -> list[str]:
    """The same in an interpreter that has imported nothing."""
    # Another Python takes our packages without what was compiled for this one.
    pure = {f"{name}_NO_EXTENSIONS": "1" for name in ("AIOHTTP", "FROZENLIST", "MULTIDICT", "PROPCACHE", "YARL")}
    path = os.pathsep.join([os.getcwd(), sysconfig.get_path("purelib")])  # noqa: PTH109
    done = subprocess.run(  # noqa: S603 - our own
        [python, "-W", "error::ResourceWarning", "-c", *_command(kind, server, program)],
        env=os.environ | ({} if python == sys.executable else {"PYTHONPATH": path} | pure),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return _lines(done)


def _command(kind: str, server: FaultServer, program: str) -> tuple[str, ...]:
    base_url = server.base_url.replace("127.0.0.1", "localhost")  # a name has to be looked up
    return _CLIENT + textwrap.dedent(program), kind, base_url


def _lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert ("", 0) == (done.stderr, done.returncode)
    return done.stdout.splitlines()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server that is well, and the promise that nothing of the test is left open."""
    with nothing_leaks(), FaultServer(otherwise=GOOD) as server:
        yield server


_LOOPS = """
async def three(client):
    if kind == "trio":
        async with trio.open_nursery() as tasks:
            for _ in range(3):
                tasks.start_soon(client.customers.get_by_alias, "acme")
    else:
        await asyncio.gather(*(client.customers.get_by_alias("acme") for _ in range(3)))

def work():
    for _ in range(3):
        trio.run(three, client) if kind == "trio" else asyncio.run(three(client))
        ended.append(kind)

if kind == "trio":
    import trio
    client = AsyncSequenceClient(**options)
ended = []
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
import gc
del client
gc.collect()
print(len(ended))
if kind.startswith("async"):
    loop.close()
"""


@pytest.mark.parametrize("loops", ["async", "async aiohttp", "trio"])
def test_loops_in_threads_close_what_they_opened(loops: str, run: Run, server: FaultServer) -> None:
    """Loops that run in several threads at once and end leave no socket to the collector, closed by nobody."""
    # Where others run, nobody has heard of trio.
    assert ["12"] == (_run if loops == "trio" else run)(loops, server, _LOOPS)


_FORK = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork that takes no threads along, which is the point
from limits.storage import MemoryStorage
from sequence_customers_client._rate_limit import RateLimiter

asks, hangs, limited, never = [], threading.Event(), threading.Event(), threading.Event()
parent = os.getpid()

def secret():
    asks.append("")
    if os.getpid() == parent and len(asks) == 2:
        hangs.set()
        never.wait()
    return "secret"

class Storage(MemoryStorage):
    def get_moving_window(self, *arguments):
        limited.set()
        return super().get_moving_window(*arguments)

client = type(client)(**options | {"client_secret": secret, "max_connections": 1})
close = client.aclose if kind.startswith("async") else client.close
storage = Storage()
RateLimiter("1/second", storage).acquire(1)
limiter = RateLimiter("1/second", storage)
threading.Thread(target=look_up, daemon=True).start()
threading.Thread(target=limiter.acquire, args=[20], daemon=True).start()
hangs.wait()
limited.wait()

if child := os.fork():
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
if kind.startswith("async"):
    loop = asyncio.new_event_loop()
    run = loop.run_until_complete
started = time.monotonic()
print(look_up())
limiter.acquire(5)
print(time.monotonic() - started < 5)
end()
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("kind", OWN_KINDS)
def test_a_child_waits_for_nothing_that_a_thread_of_its_parent_held(kind: Kind, run: Run) -> None:
    """A fork while threads hold the one connection, the credentials and the rate limit: the child's calls go on."""
    with nothing_leaks(), FaultServer(REFUSED, REFUSED, otherwise=GOOD) as server:
        assert [NAME, "True"] == run(kind, server, _FORK)

    assert 3 == len(server.requests)


_AT_EXIT = """
import atexit
atexit.register(end)
atexit.register(lambda: print(look_up()))
"""

_NO_THREADS = """
start = threading.Thread.start

def cannot(thread):
    raise RuntimeError("can't start new thread")

threading.Thread.start = cannot
print(look_up())
print(look_up())
threading.Thread.start = start
print(look_up())
end()
"""

_NO_FILES = """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
opened = [int(name) for name in os.listdir("/dev/fd") if os.path.exists(f"/dev/fd/{name}")]

def leave(spare):
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(opened) + 1 + spare, hard))
    return look_up()

print(leave(0))
print(leave(1))
print(leave(0))
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(look_up())
end()
"""


def _is_ours(line: str) -> bool:
    return line.startswith("APIConnectionError: ")


def test_calls_at_exit_end(kind: Kind, run: Run, server: FaultServer) -> None:
    """A call that an exit handler makes ends well, or in an error of ours where the library has no thread any more."""
    (line,) = run(kind, server, _AT_EXIT)

    assert NAME == line or _is_ours(line)


@pytest.mark.services
@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_calls_at_exit_end_on_other_pythons(kind: Kind, version: str, server: FaultServer) -> None:
    """From 3.12 on no thread starts when the interpreter ends: a call that an exit handler makes ends all the same."""
    python = find_python(version)
    if python is None:
        pytest.skip(why_not(version))
    (line,) = _run(kind, server, _AT_EXIT, str(python))

    assert NAME == line or _is_ours(line)


def test_a_process_at_its_limit_of_threads_gets_errors_of_ours(kind: Kind, run: Run, server: FaultServer) -> None:
    """Where no thread starts, calls end well without one, or in an error of ours; and well once there is room."""
    first, second, with_room = run(kind, server, _NO_THREADS)

    assert all(NAME == line or _is_ours(line) for line in (first, second))
    assert NAME == with_room


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="this system does not show its open files")  # noqa: PTH112
def test_a_process_at_its_limit_of_files_gets_errors_of_ours(kind: Kind, run: Run, server: FaultServer) -> None:
    """Where no file opens, each call ends in an error of ours, the first of the process too; and well given room."""
    first, second, third, with_room = run(kind, server, _NO_FILES)

    assert _is_ours(first)
    assert all(NAME == line or _is_ours(line) for line in (second, third))
    assert NAME == with_room

"""Many calls at a time: each argument has one result, whatever happens, and nothing is left running."""

from __future__ import annotations

import asyncio
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from contextvars import ContextVar
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import (
    AsyncSequenceClient,
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    RateLimitError,
    SequenceClient,
)
from sequence_customers_client.bulk import CallResult, is_fatal, map_calls, map_calls_sync
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

FEW = range(7)


async def many(items: Any) -> AsyncIterator[Any]:
    for item in items:
        await asyncio.sleep(0)
        yield item


async def collect(call: Any, arguments: Any, **options: Any) -> list[CallResult[Any, Any]]:
    """All the results, and proof that no task outlives them."""
    results = [result async for result in map_calls(call, arguments, **options)]
    assert {asyncio.current_task()} == asyncio.all_tasks()
    return results


async def drain(results: Any, reported: list[Any]) -> None:
    async for result in results:
        reported.append(result)  # noqa: PERF401 - what came before an error counts


def drain_sync(results: Any, reported: list[Any]) -> None:
    for result in results:
        reported.append(result)  # noqa: PERF402 - likewise


def run(call: Any, arguments: Any, **options: Any) -> list[CallResult[Any, Any]]:
    return asyncio.run(collect(call, arguments, **options))


class Service:
    """An operation that counts: what was asked, and how many at a time."""

    def __init__(self, failing: Any = ()) -> None:
        self.asked: Counter[Any] = Counter()
        self.running = self.most = 0
        self.failing = failing
        self._lock = threading.Lock()

    async def call(self, argument: Any) -> Any:
        self._begin(argument)
        await asyncio.sleep(0)
        return self._end(argument)

    def call_sync(self, argument: Any) -> Any:
        with self._lock:
            self._begin(argument)
        with self._lock:
            return self._end(argument)

    def _begin(self, argument: Any) -> None:
        self.asked[argument] += 1
        self.running += 1
        self.most = max(self.most, self.running)

    def _end(self, argument: Any) -> Any:
        self.running -= 1
        if argument in self.failing:
            raise LookupError(argument)
        return argument * 2


# --- Each argument has one result


@given(
    arguments=st.lists(st.integers(0, 20), max_size=60),
    failing=st.sets(st.integers(0, 20)),
    concurrency=st.integers(1, 9),
    ordered=st.booleans(),
    awaited=st.booleans(),
)
def test_each_argument_has_one_result(
    arguments: list[int], failing: set[int], concurrency: int, ordered: bool, awaited: bool
) -> None:
    """As many results as arguments, each with its value or its error, and no more calls at a time than were allowed."""
    service = Service(failing)
    results = run(service.call, many(arguments) if awaited else arguments, concurrency=concurrency, ordered=ordered)

    assert Counter(arguments) == Counter(result.argument for result in results)
    assert all(type(result.error) is LookupError for result in results if result.argument in failing)
    assert all(result.value == result.argument * 2 for result in results if result.argument not in failing)
    assert service.most <= concurrency
    if ordered:
        assert arguments == [result.argument for result in results]


@given(
    arguments=st.lists(st.integers(0, 20), max_size=30),
    failing=st.sets(st.integers(0, 20)),
    concurrency=st.integers(1, 5),
    ordered=st.booleans(),
)
def test_each_argument_has_one_result_on_threads(
    arguments: list[int], failing: set[int], concurrency: int, ordered: bool
) -> None:
    """The same of the sync twin."""
    service = Service(failing)
    results = list(map_calls_sync(service.call_sync, arguments, concurrency=concurrency, ordered=ordered))

    assert Counter(arguments) == Counter(result.argument for result in results)
    assert all(type(result.error) is LookupError for result in results if result.argument in failing)
    assert all(result.value == result.argument * 2 for result in results if result.argument not in failing)
    assert service.most <= concurrency
    if ordered:
        assert arguments == [result.argument for result in results]


def test_results_come_as_calls_end() -> None:
    """Without an order, a slow call holds nobody up."""
    gate = asyncio.Event()

    async def call(argument: int) -> None:
        if argument == 0:
            await gate.wait()
        elif argument == 6:
            gate.set()

    assert [1, 2, 3, 4, 5, 6, 0] == [result.argument for result in run(call, FEW, concurrency=2)]


def test_equal_arguments_are_asked_once_while_one_is_under_way() -> None:
    """Eight equal arguments at a time are one request, and eight results."""
    service = Service()
    results = run(service.call, ["a"] * 8, concurrency=8)

    assert (["aa"] * 8, 1) == ([result.value for result in results], service.asked["a"])


def test_equal_arguments_are_asked_once_on_threads() -> None:
    """The same of the sync twin."""
    gate = threading.Event()
    asked = Counter[str]()

    def call(argument: str) -> str:
        asked[argument] += 1
        if argument == "z":
            gate.set()
        assert gate.wait(30)
        return argument

    results = list(map_calls_sync(call, ["a", "a", "a", "z"], concurrency=4))

    assert ({"a": 1, "z": 1}, 4) == (asked, len(results))


def test_arguments_without_a_hash_are_each_asked() -> None:
    """A body is not merged with its equal: whoever creates two things means two."""
    asked = []

    async def call(body: dict[str, int]) -> None:
        asked.append(body)

    run(call, [{"a": 1}, {"a": 1}])

    assert [{"a": 1}, {"a": 1}] == asked


# --- Lazily, in flat memory


@pytest.mark.parametrize(("ordered", "most"), [(False, 5), (True, 20)])
def test_arguments_are_read_as_they_are_needed(ordered: bool, most: int) -> None:
    """Nobody reads ahead of what is reported by more than the window, however slow whoever reads the results is."""
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    async def check() -> None:
        service = Service()
        async with aclosing(map_calls(service.call, endless(), concurrency=5, ordered=ordered)) as results:
            for reported in range(50):
                assert read - reported <= most
                await anext(results)
                for _ in range(20):
                    await asyncio.sleep(0)

    asyncio.run(check())


@pytest.mark.parametrize(("ordered", "most"), [(False, 5), (True, 20)])
def test_arguments_are_read_as_they_are_needed_on_threads(ordered: bool, most: int) -> None:
    """The same of the sync twin."""
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    results = map_calls_sync(Service().call_sync, endless(), concurrency=5, ordered=ordered)
    for reported in range(50):
        assert read - reported <= most
        next(results)
    results.close()


@pytest.mark.parametrize("ordered", [False, True])
def test_memory_is_flat(ordered: bool) -> None:
    """Five thousand arguments take no more memory than a few, not even a reference each."""

    async def call(_: int) -> bytes:
        return bytes(1000)

    async def peak(count: int) -> int:
        tracemalloc.start()
        async for _ in map_calls(call, range(count), concurrency=10, ordered=ordered):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    asyncio.run(peak(100))  # what is made once

    assert asyncio.run(peak(5_000)) < asyncio.run(peak(500)) + 25_000


# --- Stopping


class SourceError(Exception):
    pass


def failing_after(count: int) -> Iterator[int]:
    yield from range(count)
    raise SourceError


def unauthorized() -> AuthenticationError:
    return AuthenticationError("no", status_code=401)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("error", [unauthorized(), ConfigurationError("the client is closed")])
def test_the_first_fatal_error_ends_it(error: Exception, ordered: bool) -> None:
    """After refused credentials nothing begins; what had begun is reported, and then the error raised."""
    begun: list[int] = []
    reported: list[CallResult[int, None]] = []

    async def call(argument: int) -> None:
        begun.append(argument)
        for _ in range(20 if argument % 2 else 3):
            await asyncio.sleep(0)
        if argument == 10:
            raise error

    async def check() -> None:
        with pytest.raises(type(error)):
            await drain(map_calls(call, range(1000), concurrency=5, ordered=ordered), reported)
        assert {asyncio.current_task()} == asyncio.all_tasks()

    asyncio.run(check())

    assert sorted(begun) == sorted(result.argument for result in reported)
    assert [10] == [result.argument for result in reported if result.error]
    assert len(begun) < 40


def take_a_moment(after: threading.Event) -> None:
    """What calls take in earnest: others that end in no time would all be over before the failing thread's turn."""
    after.wait(30)
    time.sleep(0.01)


@pytest.mark.parametrize("ordered", [False, True])
def test_the_first_fatal_error_ends_it_on_threads(ordered: bool) -> None:
    """The same of the sync twin."""
    begun: list[int] = []
    reported: list[CallResult[int, None]] = []
    failing = threading.Event()

    def call(argument: int) -> None:
        begun.append(argument)
        if argument == 10:
            failing.set()
            raise unauthorized()
        if argument > 10:
            take_a_moment(failing)

    with pytest.raises(AuthenticationError):
        drain_sync(map_calls_sync(call, range(1000), concurrency=5, ordered=ordered), reported)

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("map_calls")]
    assert sorted(begun) == sorted(result.argument for result in reported)
    assert [10] == [result.argument for result in reported if result.error]
    assert len(begun) < 40


@pytest.mark.parametrize("ordered", [False, True])
def test_an_error_of_the_source_comes_after_the_results(ordered: bool) -> None:
    """When the arguments break off, those that were read are reported all the same."""
    reported: list[CallResult[int, int]] = []
    with pytest.raises(SourceError):
        asyncio.run(drain(map_calls(Service().call, failing_after(7), concurrency=3, ordered=ordered), reported))
    assert [*FEW] == sorted(result.argument for result in reported)

    reported = []
    with pytest.raises(SourceError):
        drain_sync(map_calls_sync(Service().call_sync, failing_after(7), concurrency=3, ordered=ordered), reported)
    assert [*FEW] == sorted(result.argument for result in reported)


class Unread:
    """Arguments that cannot even be asked for: a query that fails when it is to be iterated over."""

    def __iter__(self) -> Iterator[int]:
        raise SourceError


class Incomparable:
    """An argument that has a hash, and fails when it is compared."""

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        raise SourceError


@pytest.mark.parametrize("arguments", [Unread(), [Incomparable(), Incomparable()]], ids=["iter", "eq"])
def test_arguments_that_cannot_be_read_are_an_error(arguments: Any) -> None:
    """It ends, and in their own error."""

    async def main() -> None:
        async with asyncio.timeout(20):
            await drain(map_calls(Service().call, arguments, concurrency=2), [])

    with pytest.raises(SourceError):
        asyncio.run(main())


def test_a_source_that_does_not_heed_its_cancellation_holds_nothing_up() -> None:
    """After a fatal error the reader is done, whatever the source makes of being cancelled."""

    async def stubborn() -> AsyncIterator[int]:
        yield 1
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)
            yield 2

    async def call(_: int) -> None:
        await asyncio.sleep(0)
        raise unauthorized()

    async def main() -> None:
        async with asyncio.timeout(20):
            await drain(map_calls(call, stubborn(), concurrency=1), [])

    with pytest.raises(AuthenticationError):
        asyncio.run(main())


def test_calls_on_threads_see_the_caller_s_context() -> None:
    """Context variables, and with them spans, are those of whoever asks for the results."""
    variable: ContextVar[str] = ContextVar("variable", default="none")
    variable.set("the caller's")

    found = list(map_calls_sync(lambda _: variable.get(), range(3), concurrency=2))

    assert ["the caller's"] * 3 == [result.value for result in found]


def test_cancellation_leaves_nothing_running() -> None:
    """Whoever cancels the reader cancels the calls under way, and they have ended when it has."""
    service = Service()
    full = asyncio.Event()

    async def call(_: int) -> None:
        service.running += 1
        if service.running == 5:
            full.set()
        try:
            await asyncio.sleep(3600)
        finally:
            service.running -= 1

    async def check() -> None:
        reader = asyncio.create_task(collect(call, range(1000), concurrency=5))
        await full.wait()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert ({asyncio.current_task()}, 0) == (asyncio.all_tasks(), service.running)

    asyncio.run(check())


@pytest.mark.parametrize("closing", [False, True])
def test_a_reader_that_breaks_off_leaves_nothing_running(closing: bool) -> None:
    """After aclose at once, after a plain break soon."""

    async def call(argument: int) -> None:
        await asyncio.sleep(3600 if argument else 0)

    async def check() -> None:
        results = map_calls(call, range(1000), concurrency=5)
        async for _ in results:
            break
        if closing:
            await results.aclose()
        del results
        for _ in range(0 if closing else 10):
            await asyncio.sleep(0)
        assert {asyncio.current_task()} == asyncio.all_tasks()

    asyncio.run(check())


def test_a_reader_that_breaks_off_leaves_no_thread() -> None:
    """Closing the sync twin waits for the calls under way."""
    results = map_calls_sync(Service().call_sync, range(1000), concurrency=5)
    next(results)
    results.close()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("map_calls")]


def test_a_call_that_is_cancelled_by_itself_ends_it() -> None:
    """A cancellation that came from within is raised, and does not hang the run."""

    async def call(argument: int) -> None:
        if argument == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(call, FEW, concurrency=2)


@pytest.mark.parametrize("concurrency", [0, -1])
def test_there_must_be_a_call_at_a_time(concurrency: int) -> None:
    """A concurrency below one is a mistake, and said to be."""
    with pytest.raises(ConfigurationError, match="concurrency"):
        run(Service().call, FEW, concurrency=concurrency)
    with pytest.raises(ConfigurationError, match="concurrency"):
        list(map_calls_sync(Service().call_sync, FEW, concurrency=concurrency))


# --- A pause for everyone


def busy(seconds: float | None) -> RateLimitError:
    return RateLimitError("slow down", status_code=429, retry_after=seconds)


def longest_gap(moments: list[float]) -> float:
    return max(later - earlier for earlier, later in pairwise(moments))


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("awaited", [False, True])
def test_a_429_pauses_everyone(ordered: bool, awaited: bool) -> None:
    """No call begins before the server wants it; the one that was refused has its error."""
    begun: list[float] = []

    async def call(argument: int) -> None:
        begun.append(time.monotonic())
        await asyncio.sleep(0)
        if argument == 3:
            raise busy(0.3)

    arguments = range(40)
    results = run(call, many(arguments) if awaited else arguments, concurrency=4, ordered=ordered)

    assert [3] == [result.argument for result in results if result.error]
    assert len(results) == 40
    assert 0.3 <= longest_gap(begun) < 5


def test_a_429_pauses_every_thread() -> None:
    """The same of the sync twin, also when nothing else is in hand."""
    for concurrency in (1, 4):
        begun: list[float] = []
        failing = threading.Event()

        def call(argument: int, begun: list[float] = begun, failing: threading.Event = failing) -> None:
            begun.append(time.monotonic())
            if argument == 3:
                failing.set()
                raise busy(0.2)
            if argument > 3:
                take_a_moment(failing)

        results = list(map_calls_sync(call, range(20), concurrency=concurrency))

        assert (20, 20) == (len(results), len(begun))
        assert 0.15 <= longest_gap(begun) < 5


def test_a_429_without_a_time_pauses_nobody() -> None:
    """There is nothing to wait for: the client has waited between its attempts already."""

    async def call(_: int) -> None:
        raise busy(None)

    assert 20 == len(run(call, range(20)))


# --- With a client


ALIASES = [f"customer-{number}" for number in range(100)]


@pytest.fixture
def server() -> Iterator[SequenceServer]:
    with SequenceServer({alias: Reply(body=example_customer(label=alias)) for alias in ALIASES}) as server:
        yield server


def options(server: SequenceServer, **changes: Any) -> dict[str, Any]:
    return {"base_url": server.base_url, "client_id": "id", "client_secret": "secret", "max_retries": 0, **changes}


def test_customers_of_many_aliases(server: SequenceServer) -> None:
    """A method of a client goes in as it is; unknown aliases are errors of their own."""

    async def look_up() -> list[CallResult[str, Any]]:
        async with AsyncSequenceClient(**options(server)) as sequence:
            return await collect(sequence.customers.get_by_alias, [*ALIASES, "nobody", ""], ordered=True)

    *found, unknown, empty = asyncio.run(look_up())

    assert ALIASES == [result.value.label for result in found if result.value]
    assert (NotFoundError, ConfigurationError) == (type(unknown.error), type(empty.error))

    with SequenceClient(**options(server)) as sequence:
        *found, unknown = map_calls_sync(sequence.customers.get_by_alias, [*ALIASES, "nobody"], ordered=True)

    assert ALIASES == [result.value.label for result in found if result.value]
    assert NotFoundError is type(unknown.error)


def test_refused_credentials_end_it(server: SequenceServer) -> None:
    """A wrong secret is found out by the first calls, not by all."""

    async def look_up(reported: list[Any]) -> None:
        async with AsyncSequenceClient(**options(server, client_secret="wrong")) as sequence:
            await drain(map_calls(sequence.customers.get_by_alias, ALIASES, concurrency=5), reported)

    reported: list[CallResult[str, Any]] = []
    with pytest.raises(AuthenticationError):
        asyncio.run(look_up(reported))
    assert 1 <= len(reported) <= 10

    with SequenceClient(**options(server, client_secret="wrong")) as sequence, pytest.raises(AuthenticationError):
        list(map_calls_sync(sequence.customers.get_by_alias, ALIASES, concurrency=5))


def test_a_closed_client_ends_it(server: SequenceServer) -> None:
    """A client that cannot call is told once, not for every argument."""
    with SequenceClient(**options(server)) as sequence:
        pass

    with pytest.raises(ConfigurationError, match="closed") as caught:
        list(map_calls_sync(sequence.customers.get_by_alias, ALIASES))

    assert is_fatal(caught.value)


def test_trio_is_told_what_to_use() -> None:
    """Tasks are asyncio's here: on trio the error says what does without."""
    trio = pytest.importorskip("trio")

    async def main() -> None:
        async for _ in map_calls(Service().call, ["acme"]):
            pass

    with pytest.raises(ConfigurationError, match="use map_calls_sync"):
        trio.run(main)

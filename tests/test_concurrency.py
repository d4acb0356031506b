"""Time, locks and loops: places go to who came first, limits hold, and nothing of a loop or a parent is left over."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import permutations
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from sequence_customers_client import _concurrency
from sequence_customers_client._concurrency import (
    AcquireTimeout,
    AsyncSemaphore,
    PerLoop,
    PerProcess,
    Semaphore,
    WallClockTimeout,
    call_aside,
    call_within,
    run,
    settled,
    wait_for,
)

HANG = 30.0
"""Seconds that no test waits."""

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def run_on(backend: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run on one of the two, for a limited time."""

    async def bounded() -> None:
        with anyio.fail_after(HANG):
            await work()

    anyio.run(bounded, backend=backend)


def hang() -> float:
    return HANG


def at_once() -> float:
    return 0.0


@contextmanager
def stuck() -> Iterator[Callable[[], object]]:
    """Work that does not end before the block does."""
    event = threading.Event()
    try:
        yield partial(event.wait, HANG)
    finally:
        event.set()


# --- One code for those who await and those who block


class Waits:
    """What an event loop would have to go on with."""

    def __await__(self) -> Iterator[None]:
        yield


def test_what_never_waits_runs_without_a_loop() -> None:
    """Async code over what blocks returns and raises as if it were called; what waits says that it does not belong."""

    async def work(outcome: Any) -> Any:
        return await settled(outcome() if callable(outcome) else outcome)

    assert "done" == run(work("done"))
    assert "done" == run(work(partial(work, "done")))
    with pytest.raises(ZeroDivisionError):
        run(work(lambda: 1 / 0))
    with pytest.raises(TypeError, match="async") as caught:
        run(work(Waits()))
    assert "work" in [entry.name for entry in caught.traceback]


# --- Semaphores


def test_threads_are_served_as_they_came() -> None:
    """Who waited first has the next place, and who comes to a free place is not asked for a limit."""
    semaphore = Semaphore(1)
    run(semaphore.acquire(partial(pytest.fail, "there was a place")))
    served: list[int] = []
    threads = []

    def work(number: int) -> None:
        run(semaphore.acquire(hang))
        served.append(number)
        semaphore.release()

    for number in range(5):
        threads.append(threading.Thread(target=work, args=(number,)))
        threads[-1].start()
        while len(semaphore._waiting) <= number:
            threads[-1].join(0.001)
    semaphore.release()
    for thread in threads:
        thread.join(HANG)

    assert [0, 1, 2, 3, 4] == served


def test_a_thread_that_waited_too_long_leaves_the_queue() -> None:
    """The limit ends the wait, and the place that comes free later is not lost on whoever left."""
    semaphore = Semaphore(1)
    run(semaphore.acquire(hang))

    with pytest.raises(AcquireTimeout):
        run(semaphore.acquire(at_once))
    semaphore.release()

    run(semaphore.acquire(partial(pytest.fail, "there was a place")))


def test_a_thread_that_cannot_say_its_limit_leaves_the_queue() -> None:
    """Whatever a limit raises passes through, and the place is there for the next."""
    semaphore = Semaphore(1)
    run(semaphore.acquire(hang))

    with pytest.raises(ZeroDivisionError):
        run(semaphore.acquire(lambda: 1 / 0))
    semaphore.release()

    run(semaphore.acquire(partial(pytest.fail, "there was a place")))


def test_no_more_threads_than_places() -> None:
    """However many come at once, so many are in, and all have their turn."""
    semaphore, lock = Semaphore(3), threading.Lock()
    inside, most, done = 0, 0, 0

    def work() -> None:
        nonlocal inside, most, done
        for _ in range(50):
            run(semaphore.acquire(hang))
            with lock:
                inside, most = inside + 1, max(most, inside + 1)
            with lock:
                inside, done = inside - 1, done + 1
            semaphore.release()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)

    assert (400, True) == (done, most <= 3)
    assert 3 == semaphore._free


@BACKENDS
def test_tasks_are_served_as_they_came(backend: str) -> None:
    """Who waited first has the next place, and who was cancelled or too late is passed over."""
    served: list[int] = []

    async def main() -> None:
        semaphore = AsyncSemaphore(1)
        await semaphore.acquire(partial(pytest.fail, "there was a place"))

        async def work(number: int, scope: anyio.CancelScope) -> None:
            with scope:
                await semaphore.acquire(hang)
                served.append(number)
                semaphore.release()

        scopes = [anyio.CancelScope() for _ in range(5)]
        async with anyio.create_task_group() as tasks:
            for number, scope in enumerate(scopes):
                tasks.start_soon(work, number, scope)
                while len(semaphore._waiting) <= number:
                    await anyio.lowlevel.checkpoint()
            scopes[0].cancel()
            scopes[3].cancel()
            with pytest.raises(AcquireTimeout):
                await semaphore.acquire(at_once)
            semaphore.release()

        assert (1, 0) == (semaphore._free, len(semaphore._waiting))

    run_on(backend, main)

    assert [1, 2, 4] == served


@BACKENDS
def test_a_place_that_comes_with_a_cancellation_is_passed_on(backend: str) -> None:
    """A task that is cancelled in the moment in which its place comes does not keep it."""

    async def main() -> None:
        semaphore = AsyncSemaphore(1)
        await semaphore.acquire(hang)
        scope = anyio.CancelScope()

        async def work() -> None:
            with scope:
                await semaphore.acquire(hang)
                semaphore.release()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work)
            while not semaphore._waiting:
                await anyio.lowlevel.checkpoint()
            semaphore.release()
            scope.cancel()

        assert (1, 0) == (semaphore._free, len(semaphore._waiting))

    run_on(backend, main)


# --- Limits of time


@BACKENDS
def test_what_takes_too_long_is_cancelled(backend: str) -> None:
    """The limit is a signal of its own, and what was awaited has been cancelled by then."""
    ended: list[str] = []

    async def endless() -> None:
        try:
            await anyio.sleep(HANG)
        finally:
            ended.append("ended")

    async def main() -> None:
        with pytest.raises(WallClockTimeout):
            await wait_for(0.01, endless())

    run_on(backend, main)

    assert ["ended"] == ended


@BACKENDS
def test_what_ends_in_time_is_returned(backend: str) -> None:
    """A result passes through; so does a TimeoutError that is not ours."""

    async def quick() -> str:
        return "done"

    async def fails() -> None:
        raise TimeoutError("somebody else's")

    async def main() -> None:
        assert "done" == await wait_for(HANG, quick())
        with pytest.raises(TimeoutError, match="somebody else's"):
            await wait_for(HANG, fails())

    run_on(backend, main)


@BACKENDS
def test_a_cancellation_from_outside_is_not_taken_for_the_limit(backend: str) -> None:
    """Who is cancelled in the moment in which the limit is reached is cancelled, and no more often than that."""

    async def cancelled(scope: anyio.CancelScope) -> None:
        try:
            await anyio.sleep(HANG)
        finally:
            scope.cancel()
            await anyio.lowlevel.checkpoint()

    async def main() -> None:
        with anyio.CancelScope() as scope:
            await wait_for(0.01, cancelled(scope))
        assert scope.cancelled_caught

    run_on(backend, main)


def test_a_task_that_was_let_go_can_be_cancelled_again() -> None:
    """Once the limit has been dealt with, the task is as it was: `asyncio.timeout` around it still works."""

    async def goes_on() -> str:
        try:
            await asyncio.sleep(HANG)
        except asyncio.CancelledError:
            return "went on"
        return "was not cancelled"

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        assert "went on" == await wait_for(0.01, goes_on())
        with pytest.raises(WallClockTimeout):
            await wait_for(0.01, asyncio.sleep(HANG))
        assert 0 == task.cancelling()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await wait_for(HANG, asyncio.sleep(HANG))
        assert 0 == task.cancelling()

    run_on("asyncio", main)


@pytest.mark.parametrize("order", list(permutations([0.01, 0.02, 0.03])))
def test_each_wait_has_its_own_limit(order: tuple[float, ...]) -> None:
    """However limits follow each other, none is reached early, none is forgotten, and one that was met does nothing."""

    async def waited(seconds: float) -> float:
        started = _concurrency.now()
        with pytest.raises(WallClockTimeout):
            await wait_for(seconds, asyncio.sleep(HANG))
        return _concurrency.now() - started

    async def main() -> None:
        met = asyncio.gather(*(wait_for(0.015, asyncio.sleep(0)) for _ in range(3)))
        took = await asyncio.gather(*map(waited, order))
        await met
        assert all(seconds <= each for seconds, each in zip(order, took, strict=True))

    run_on("asyncio", main)


def test_all_waits_have_one_timer() -> None:
    """However limits come and go, a loop has one timer for them, and none once they are all over."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        timers: list[asyncio.TimerHandle] = []
        call_at = loop.call_at

        def count(*arguments: Any, **options: Any) -> asyncio.TimerHandle:
            timers.append(call_at(*arguments, **options))
            return timers[-1]

        def pending() -> int:
            return sum(not timer.cancelled() and timer.when() > loop.time() for timer in timers)

        loop.call_at = count  # type: ignore[assignment, method-assign]
        event = asyncio.Event()
        endless = asyncio.gather(*(wait_for(HANG - index, event.wait()) for index in range(10)))
        for _ in range(5):
            with pytest.raises(WallClockTimeout):
                await wait_for(0.001, asyncio.Event().wait())
            assert pending() == 1
        assert len(timers) < 30
        event.set()
        await endless

    run_on("asyncio", main)


def test_a_loop_s_timer_need_not_say_when_it_is() -> None:
    """Loops of user interfaces, Qt's and GTK's, give handles that can be cancelled, and no more."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        call_at = loop.call_at
        loop.call_at = lambda *wanted, **_: SimpleNamespace(cancel=call_at(*wanted).cancel)  # type: ignore[assignment, method-assign]

        async def waited(seconds: float) -> None:
            with pytest.raises(WallClockTimeout):
                await wait_for(seconds, asyncio.Event().wait())

        await asyncio.gather(*map(waited, (0.02, 0.01, 0.03)))

    run_on("asyncio", main)


# --- Work that may never end


def test_blocking_work_is_left_in_time() -> None:
    """Whoever waits for work that hangs is let go, and the work holds up no exit."""
    with stuck() as work:
        with pytest.raises(WallClockTimeout):
            call_within(0.01, work, "stuck in a test")

        assert [True] == [thread.daemon for thread in threading.enumerate() if thread.name == "stuck in a test"]


def test_blocking_work_returns_what_it_returned() -> None:
    """Results and errors come back, and the work sees the caller's context variables."""
    variable = contextvars.ContextVar("variable", default="")
    variable.set("the caller's")

    assert "the caller's" == call_within(HANG, variable.get, "work")
    with pytest.raises(ZeroDivisionError):
        call_within(HANG, lambda: 1 / 0, "work")
    with pytest.raises(KeyboardInterrupt):
        call_within(HANG, partial(raising, KeyboardInterrupt()), "work")


def raising(error: BaseException) -> None:
    raise error


def test_work_runs_where_no_thread_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit of threads the work is done all the same, by who asks for it."""
    monkeypatch.setattr(threading.Thread, "start", lambda _: raising(RuntimeError("can't start new thread")))

    assert threading.get_ident() == call_within(HANG, threading.get_ident, "work")
    assert threading.get_ident() == asyncio.run(call_aside(threading.get_ident, "work"))


@BACKENDS
def test_work_aside_leaves_the_loop_alone(backend: str) -> None:
    """Blocking work is awaited while others run; its result, error and context come back."""
    variable = contextvars.ContextVar("variable", default="")
    event = threading.Event()

    async def main() -> None:
        variable.set("the caller's")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.lowlevel.checkpoint)
            tasks.start_soon(call_aside, partial(event.wait, HANG), "work")
            event.set()

        assert "the caller's" == await call_aside(variable.get, "work")
        with pytest.raises(ZeroDivisionError):
            await call_aside(lambda: 1 / 0, "work")

    run_on(backend, main)


@BACKENDS
def test_work_aside_is_left_when_cancelled(backend: str) -> None:
    """Who awaits work that hangs can be cancelled, and when the work ends after its loop, nobody is disturbed."""
    before = set(threading.enumerate())

    async def main(work: Callable[[], object]) -> None:
        with anyio.move_on_after(0.01) as scope:
            await call_aside(work, "stuck in a test")
        assert scope.cancelled_caught

    with stuck() as work:
        run_on(backend, partial(main, work))
    for thread in set(threading.enumerate()) - before:
        thread.join(HANG)

    assert set() == set(threading.enumerate()) - before


# --- One for each loop, one for each process


class Values:
    """Numbers, and which of them were closed."""

    def __init__(self) -> None:
        self.made = 0
        self.closed: list[int] = []

    def make(self) -> int:
        self.made += 1
        return self.made

    async def close(self, value: int) -> None:
        await asyncio.sleep(0)
        self.closed.append(value)


@BACKENDS
def test_each_loop_has_its_own(backend: str) -> None:
    """A loop has one value, whoever asks; the next loop has another."""
    values = Values()
    per_loop = PerLoop(values.make)
    found: list[list[int]] = []

    async def main() -> None:
        found.append([per_loop.get(), per_loop.get()])

    run_on(backend, main)
    run_on(backend, main)

    assert [[1, 1], [2, 2]] == found


def test_what_a_loop_had_open_is_closed_with_it() -> None:
    """asyncio.run closes the value before it closes the loop, each loop its own."""
    values = Values()
    per_loop = PerLoop(values.make, values.close)

    async def main() -> int:
        return per_loop.get()

    assert [1, 2] == [asyncio.run(main()), asyncio.run(main())]
    assert [1, 2] == values.closed


def test_a_loop_that_closes_by_itself_is_forgotten() -> None:
    """A loop that shut nothing down leaves no entry behind once another asks."""
    per_loop: PerLoop[list[object]] = PerLoop(list)

    async def keep() -> None:
        per_loop.get().append(asyncio.get_running_loop())  # what is open keeps its loop alive

    def run_on_a_loop_of_its_own() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(keep())
        loop.close()

    for _ in range(3):
        run_on_a_loop_of_its_own()
    gc.collect()

    assert 1 == len(per_loop._values)


def test_threads_with_loops_do_not_meet() -> None:
    """Loops that run at the same time have a value each."""
    per_loop: PerLoop[object] = PerLoop(object)
    barrier = threading.Barrier(4)
    found: list[object] = []

    async def main() -> None:
        barrier.wait(HANG)
        found.append(per_loop.get())

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)

    assert 4 == len(set(map(id, found)))


def test_a_process_keeps_its_value() -> None:
    """Without a fork there is one."""
    per_process: PerProcess[object] = PerProcess(object)

    assert per_process.get() is per_process.get()


FORKS = """
import os
from sequence_customers_client._concurrency import PerProcess

per_process = PerProcess(object)
inherited = per_process.get()
child = os.fork()
if not child:
    os._exit(0 if inherited is not per_process.get() is per_process.get() else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
raise SystemExit(status if inherited is per_process.get() else 2)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_has_its_own() -> None:
    """After a fork the child makes its own value, once, and the parent keeps the first."""
    # Not here: a fork of pytest has its threads.
    done = subprocess.run([sys.executable, "-"], input=FORKS, text=True, timeout=HANG, check=False)

    assert 0 == done.returncode


# --- trio, and the rest


@BACKENDS
def test_the_loop_is_told_apart(backend: str) -> None:
    """Trio is told, asyncio is not, and neither is where none runs."""
    found: list[bool] = []

    async def main() -> None:
        await _concurrency.async_sleep(0)
        async with _concurrency.async_lock():
            found.append(_concurrency.is_trio())

    run_on(backend, main)

    assert [backend == "trio"] == found
    assert not _concurrency.is_trio()


@BACKENDS
def test_a_shield_lets_what_must_be_done_be_done(backend: str) -> None:
    """After a cancellation, what is awaited in the shield still happens."""
    done: list[str] = []

    async def main() -> None:
        async def work(cancelled: Awaitable[None]) -> None:
            try:
                await cancelled
            finally:
                with _concurrency.shield():
                    await _concurrency.async_sleep(0)
                    done.append("done")

        if backend == "trio":
            with anyio.move_on_after(0):
                await work(anyio.sleep(HANG))
        else:
            task = asyncio.create_task(work(asyncio.sleep(HANG)))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    run_on(backend, main)

    assert ["done"] == done

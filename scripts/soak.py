"""Hold a client against a server that fails now and then, for a long time: every call ends well, and nothing grows.

python scripts/soak.py --calls 200000 --in-flight 50

The server is a process of its own on loopback. One answer in twenty is a fault, of eight kinds; both clients are tried,
one after the other. Every call is accounted for by how it ended; memory and open files are sampled and must be flat.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sequence_customers_client import AsyncSequenceClient, SequenceClient, SequenceError

FAULT_SHARE = 0.05
TIMEOUT = 5.0
SILENCE_TIMEOUT = 0.5
"""Seconds: the limit of the calls to aliases that the server does not answer."""

_SECRET = "none"  # noqa: S105 - the server asks for none

GROWTH_MOST = 4.0
"""MiB that memory may grow from the first quarter to the end."""

_ADDRESS = {"line1": "Flat 1", "town": "New York", "postcode": "AB1 2EF", "country": "US", "state": "NY"}
_CUSTOMER = {
    "id": "e309e948-088e-4d77-b654-cd85498f1555",
    "createdAt": "2022-06-28T16:47:00Z",
    "legalName": "John Doe",
    "address": _ADDRESS,
    "email": "john@example.com",
    "integrationIds": [{"service": "Xero", "id": "ID", "lastSynced": "2022-06-28T16:47:00Z", "isPending": False}],
    "billingEmails": ["invoices@example.com"],
    "taxStatus": "TAXED",
}


def _answer(status: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


_GOOD = _answer("200 OK", json.dumps(_CUSTOMER).encode(), "Content-Type: application/json")

FAULTS: dict[str, tuple[bytes, str, str]] = {
    # The alias: what is sent, whether the connection is then kept, closed, reset or left silent, and how the call ends.
    "http-500": (_answer("500 No", b'{"error": {"message": "no"}}'), "keep", "InternalServerError"),
    "http-404": (_answer("404 No", b""), "keep", "NotFoundError"),
    "http-429": (_answer("429 No", b"", "Retry-After: 1"), "keep", "RateLimitError"),
    "not-json": (_answer("200 OK", b"<html></html>"), "keep", "APIResponseValidationError"),
    "cut": (_answer("200 OK", b'{"id": ', length=500), "close", "APIConnectionError"),
    "garbage": (b"garbage\r\n\r\n", "close", "APIConnectionError"),
    "reset": (b"", "reset", "APIConnectionError"),
    "silence": (b"", "silence", "APITimeoutError"),
}
"""Faults are chosen by the client, which so knows how each call must end."""


# --- The server, in a process of its own


class _Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, self._received = self._received.split(b"\r\n\r\n", 1)
            alias = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
            answer, then, _ = FAULTS.get(alias, (_GOOD, "keep", ""))
            if answer:
                self._transport.write(answer)
            if then == "close":
                self._transport.close()
            elif then == "reset":
                self._transport.abort()


def _serve(report: Connection) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Server, "127.0.0.1", 0, backlog=1024)
        report.send(server.sockets[0].getsockname()[1])
        await loop.run_in_executor(None, report.recv)  # until the parent says, or is gone

    with suppress(EOFError):
        asyncio.run(main())


# --- What is counted


@dataclass
class Sample:
    """What the process held after so many calls."""

    calls: int
    seconds: float
    memory: float
    """MiB."""

    files: int


@dataclass
class Account:
    """How the calls of one client ended."""

    due: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    slowest: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def enter(self, alias: str, end: object, seconds: float) -> None:
        """Record how one call ended."""
        expected = FAULTS[alias][2] if alias in FAULTS else "Customer"
        found = type(end).__name__
        self.due[expected] += 1
        self.ends[found] += 1
        self.slowest = max(self.slowest, seconds)
        if expected != found:
            self.surprises.append(f"{alias}: {expected} was due, {end!r} came")

    def sample(self, calls: int) -> None:
        """Record what the process holds."""
        gc.collect()
        self.samples.append(Sample(calls, time.monotonic() - self.started, _memory(), _files()))


def _memory() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _files() -> int:
    directory = Path("/dev/fd")
    return sum(1 for _ in directory.iterdir()) if directory.is_dir() else 0


def _aliases(calls: int, seed: int) -> Callable[[], tuple[int, str] | None]:
    """The next call, for whichever thread or task asks: its number and its alias; None at the end."""
    chance = random.Random(seed)  # noqa: S311 - the same faults every time
    names = list(FAULTS)
    lock = threading.Lock()
    number = 0

    def following() -> tuple[int, str] | None:
        nonlocal number
        with lock:
            number += 1
            if number > calls:
                return None
            return number, chance.choice(names) if chance.random() < FAULT_SHARE else f"good-{number % 1000}"

    return following


# --- The two clients


async def _soak_async(base_url: str, calls: int, in_flight: int, transport: Literal["aiohttp"] | None) -> Account:
    account, following, every = Account(), _aliases(calls, 1), max(1, calls // 20)

    async def work(client: AsyncSequenceClient) -> None:
        hasty = client.with_options(timeout=SILENCE_TIMEOUT)
        while (call := following()) is not None:
            number, alias = call
            started = time.monotonic()
            try:
                end: object = await (hasty if alias == "silence" else client).customers.get_by_alias(alias)
            except SequenceError as error:
                end = error
            account.enter(alias, end, time.monotonic() - started)
            if number % every == 0:
                account.sample(number)

    async with AsyncSequenceClient(
        client_id="soak", client_secret=_SECRET, base_url=base_url, timeout=TIMEOUT, max_retries=0, transport=transport
    ) as client:
        await asyncio.gather(*(work(client) for _ in range(in_flight)))
    account.sample(calls)
    return account


def _soak_sync(base_url: str, calls: int, in_flight: int, _: object) -> Account:
    account, following, every = Account(), _aliases(calls, 2), max(1, calls // 20)
    lock = threading.Lock()

    def work(client: SequenceClient) -> None:
        hasty = client.with_options(timeout=SILENCE_TIMEOUT)
        while (call := following()) is not None:
            number, alias = call
            started = time.monotonic()
            try:
                end: object = (hasty if alias == "silence" else client).customers.get_by_alias(alias)
            except SequenceError as error:
                end = error
            with lock:
                account.enter(alias, end, time.monotonic() - started)
                if number % every == 0:
                    account.sample(number)

    with SequenceClient(
        client_id="soak", client_secret=_SECRET, base_url=base_url, timeout=TIMEOUT, max_retries=0
    ) as client:
        threads = [threading.Thread(target=work, args=(client,)) for _ in range(in_flight)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    account.sample(calls)
    return account


# --- The report


def _print(name: str, account: Account, calls: int) -> bool:
    """Show an account; returns whether all of it is as it must be."""
    seconds = time.monotonic() - account.started
    print(
        f"\n{name}: {calls} calls in {seconds:.0f} s, {calls / seconds:.0f} a second; slowest {account.slowest:.2f} s"
    )
    print(f"  {'how it ended':28} {'due':>8} {'came':>8}")
    for end in sorted(account.due | account.ends):
        print(f"  {end:28} {account.due[end]:8} {account.ends[end]:8}")
    print(f"  {'calls':>8} {'seconds':>8} {'MiB':>8} {'files':>8}")
    for sample in account.samples:
        print(f"  {sample.calls:8} {sample.seconds:8.1f} {sample.memory:8.1f} {sample.files:8}")
    for surprise in account.surprises[:10]:
        print(f"  SURPRISE {surprise}")
    settled = account.samples[len(account.samples) // 4 : -1] or account.samples
    growth = settled[-1].memory - settled[0].memory
    files = max(sample.files for sample in settled) - min(sample.files for sample in settled)
    left = account.samples[-1].files
    checks = {
        "every call is accounted for": calls == account.ends.total() == account.due.total(),
        "every call ended as was due": not account.surprises,
        f"memory is flat ({growth:+.1f} MiB)": growth < GROWTH_MOST,
        f"open files are bounded ({files:+} on the way, {left} at the end)": left <= account.samples[0].files,
    }
    for check, holds in checks.items():
        print(f"  {'ok  ' if holds else 'FAIL'} {check}")
    return all(checks.values())


def main() -> int:
    """Run the soak; 0 where all of it is as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=20_000, help="how many calls each client makes")
    parser.add_argument("--in-flight", type=int, default=50, help="how many at a time")
    parser.add_argument("--client", choices=["async", "sync", "both"], default="both")
    parser.add_argument("--transport", choices=["aiohttp"], help="the default one when left out")
    options = parser.parse_args()
    scale = options.calls, options.in_flight, options.transport

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    try:
        base_url = f"http://127.0.0.1:{ours.recv()}"
        good = True
        if options.client != "sync":
            account = asyncio.run(_soak_async(base_url, *scale))
            good &= _print("AsyncSequenceClient", account, options.calls)
        if options.client != "async":
            good &= _print("SequenceClient", _soak_sync(base_url, *scale), options.calls)
    finally:
        ours.close()
        theirs.close()
        server.join(5)
        server.terminate()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

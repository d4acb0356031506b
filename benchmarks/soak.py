"""Hold a client against a server that fails now and then, for a long time: every call ends as is due, nothing grows.

python -m benchmarks.soak async 200000      or sync, or aiohttp; fifty in flight
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, Final

from sequence_customers_client import AsyncSequenceClient, SequenceClient, SequenceError
from sequence_customers_client.testing import example_customer

IN_FLIGHT: Final = 50
FAULT_SHARE: Final = 0.05
PARTS: Final = 20
MEMORY_GROWTH, COST_GROWTH = 4.0, 1.5
"""By how many MiB, and by what factor, memory and CPU of a call may grow from the first quarter to the end."""


def _response(status: str, body: str = "", missing: int = 0) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body) + missing}\r\n\r\n{body}".encode()


GOOD: Final = (_response("200 OK", json.dumps(example_customer())), "keep", "Customer")
FAULTS: Final = {
    # By alias: what is sent, whether the connection is then kept, closed, or reset, and how the call ends.
    "http-500": (_response("500 No", '{"error": {"message": "no"}}'), "keep", "InternalServerError"),
    "http-404": (_response("404 No"), "keep", "NotFoundError"),
    "http-429": (_response("429 No"), "keep", "RateLimitError"),
    "not-json": (_response("200 OK", "<html></html>"), "keep", "APIResponseValidationError"),
    "cut": (_response("200 OK", '{"id": ', missing=500), "close", "APIConnectionError"),
    "garbage": (b"garbage\r\n\r\n", "close", "APIConnectionError"),
    "reset": (b"", "abort", "APIConnectionError"),
    "silence": (b"", "keep", "APITimeoutError"),
}


async def _respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            response, then, _ = FAULTS.get(head.split(b" ", 2)[1].rpartition(b"/")[2].decode(), GOOD)
            writer.write(response)
            if then != "keep":
                getattr(writer.transport, then)()


async def _serve() -> None:
    server = await asyncio.start_server(_respond, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _call(client: AsyncSequenceClient | SequenceClient, alias: str) -> str:
    hasty = client.with_options(timeout=0.5) if alias == "silence" else client
    try:
        if isinstance(hasty, SequenceClient):
            found = await asyncio.to_thread(hasty.customers.get_by_alias, alias)
        else:
            found = await hasty.customers.get_by_alias(alias)
    except SequenceError as error:
        return type(error).__name__
    return type(found).__name__


async def _soak(client: AsyncSequenceClient | SequenceClient, count: int) -> bool:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(IN_FLIGHT))
    chance, ends, samples = random.Random(1), Counter[tuple[str, str]](), list[dict[str, float]]()  # noqa: S311 - no secret
    for number in range(1, PARTS + 1):
        # The same faults every time, chosen by the client, which so knows how each call must end.
        part = [chance.choice([*FAULTS]) if chance.random() < FAULT_SHARE else "good" for _ in range(count // PARTS)]
        remaining, started = iter(part), time.process_time()

        async def work(remaining: Iterator[str] = remaining) -> None:
            ends.update([(alias, await _call(client, alias)) for alias in remaining])

        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        samples.append(_sample((time.process_time() - started) / len(part)))
        print(f"{number * len(part):9} calls", *(f"{value:9.1f} {unit}" for unit, value in samples[-1].items()))
    surprises = {end: times for end, times in ends.items() if end[1] != FAULTS.get(end[0], GOOD)[2]}
    cost, memory, files = ([sample[unit] for sample in samples[PARTS // 4 :]] for unit in samples[0])
    dearer, grown = median(cost[len(cost) // 2 :]) / median(cost[: len(cost) // 2]), memory[-1] - memory[0]
    checks = {
        f"{ends.total()} calls ended, each as is due {surprises or ''}": not surprises,
        f"a call costs what it did: {dearer:.2f} times that": dearer < COST_GROWTH,
        f"memory is flat: {grown:+.1f} MiB": grown < MEMORY_GROWTH,
        f"open files are bounded: {files[-1] - files[0]:+.0f}": files[-1] <= files[0] + IN_FLIGHT,
    }
    await client.aclose() if isinstance(client, AsyncSequenceClient) else client.close()
    print("\n".join(f"{'ok  ' if holds else 'FAIL'} {check}" for check, holds in checks.items()))
    return all(checks.values())


def _sample(cost: float) -> dict[str, float]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return {"µs": cost * 1e6, "MiB": memory, "files": len([*Path("/proc/self/fd").iterdir()])}


def main(kind: str = "async", count: str = "20000") -> int:
    """Run the soak; 0 where all of it is as it must be."""
    command = [sys.executable, "-m", "benchmarks.soak", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - this file
        port = server.stdout.readline().strip() if server.stdout else ""
        options: Any = {"base_url": f"http://127.0.0.1:{port}", "client_id": "soak", "client_secret": "soak"}
        options |= {"timeout": 10.0, "max_retries": 0} | ({"transport": kind} if kind == "aiohttp" else {})
        try:
            client = (SequenceClient if kind == "sync" else AsyncSequenceClient)(**options)
            return int(not asyncio.run(_soak(client, int(count))))
        finally:
            server.terminate()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(_serve())
    sys.exit(main(*sys.argv[1:]))

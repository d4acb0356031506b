"""The FastAPI example under load: does it keep up, does anything grow, is every call's span complete?

python -m benchmarks.service_load [seconds]     200 requests a second to a service whose Sequence fails one in ten
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from sequence_customers_client.otel import SequenceInstrumentor
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

RATE = 200
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


class Spans(SpanExporter):
    """Counts spans by whether they tell all of a call: when it began and ended, where to, and how each attempt went."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: D102 - the SDK's
        for span in spans:
            told = {*(span.attributes or ())}
            is_told = "url.template" in told and bool(told & {"http.response.status_code", "error.type"})
            is_whole = bool(span.end_time and span.events) and is_told
            self.counts["complete" if is_whole else "incomplete"] += 1
        return SpanExportResult.SUCCESS


def serve(port: int) -> None:
    """Run the example's service, with a page that says what it holds."""
    sys.path.insert(0, str(EXAMPLES))
    app: Any = __import__("fastapi_service").app
    spans, tracers = Spans(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    SequenceInstrumentor().instrument(tracer_provider=tracers)

    @app.get("/held")  # type: ignore[untyped-decorator]
    async def held() -> dict[str, Any]:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])  # noqa: ASYNC240 - no disk's
        files, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())  # noqa: PTH208
        return {"MiB": pages * os.sysconf("SC_PAGE_SIZE") >> 20, "files": files, "tasks": tasks, **spans.counts}

    uvicorn.run(app, port=port, log_level="warning")


async def _answers(client: aiohttp.ClientSession) -> bool:
    try:
        async with client.get("/held"):
            return True
    except aiohttp.ClientConnectionError:
        return False


async def load(base_url: str, seconds: int) -> None:
    """Ask at a steady rate, whatever the service makes of it, and print what came of it."""
    took: list[float] = []
    statuses: Counter[int] = Counter()
    async with aiohttp.ClientSession(base_url, connector=aiohttp.TCPConnector(limit=0)) as client:

        async def held() -> Any:
            async with client.get("/held") as response:
                return await response.json()

        async def ask() -> None:
            started = time.perf_counter()
            async with client.get("/cards/acme") as response:
                await response.read()
            statuses[response.status] += 1
            took.append(time.perf_counter() - started)

        while not await _answers(client):  # noqa: ASYNC110 - another process starts
            await asyncio.sleep(0.1)
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(RATE * seconds):
                if number % (RATE * max(1, seconds // 6)) == 0:
                    print(f"{number:6} asked: {await held()}", flush=True)
                tasks.create_task(ask())
                await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
        print(f"{len(took):6} asked: {await held()} in {time.perf_counter() - begun:.1f} s")
    took.sort()
    print({f"p{share}": f"{took[len(took) * share // 100] * 1000:.1f} ms" for share in (50, 95, 99)}, dict(statuses))


def main(seconds: int = 30, port: int = 8123) -> None:
    """Start a fake that fails one in ten and the service, and ask that."""
    turns = itertools.count(1)
    customer = example_customer()
    with SequenceServer({"acme": lambda _: Reply(503) if next(turns) % 10 == 0 else Reply(body=customer)}) as fake:
        told = {"SEQUENCE_BASE_URL": fake.base_url, "SEQUENCE_CLIENT_ID": "id", "SEQUENCE_CLIENT_SECRET": "secret"}
        command = [sys.executable, "-c", f"from benchmarks.service_load import serve; serve({port})"]
        with subprocess.Popen(command, env=os.environ | told) as service:  # noqa: S603 - our own
            asyncio.run(load(f"http://127.0.0.1:{port}", seconds))
            service.terminate()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Prism, a server that answers as an OpenAPI document says, for as long as a test needs it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

START_SECONDS = 30
STOP_SECONDS = 5

_LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")


@dataclass(frozen=True)
class Server:
    base_url: str
    log: list[str]
    """What Prism has printed so far, a line each."""


@contextmanager
def prism(document: Path) -> Iterator[Server]:
    venv = Path(sys.prefix)
    node = venv / "bin" / "node"
    program = venv / "node" / "node_modules" / ".bin" / "prism"
    if not (node.exists() and program.exists()):
        raise RuntimeError(f"Prism is not installed in {venv}: run `make setup`")

    with subprocess.Popen(  # noqa: S603 - our own program, our own document
        [node, program, "mock", "--host", "127.0.0.1", "--port", "0", document],
        env=os.environ | {"FORCE_COLOR": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        # The venv's `node` is a wrapper that passes no signal on: only a group reaches the real one.
        process_group=0,
    ) as process:
        log: list[str] = []
        addresses: SimpleQueue[str | None] = SimpleQueue()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                log.append(line.rstrip())
                if found := _LISTENING.search(line):
                    addresses.put(found[1])
            addresses.put(None)

        reader = Thread(target=read, daemon=True)
        reader.start()
        try:
            try:
                base_url = addresses.get(timeout=START_SECONDS)
            except Empty:
                base_url = None
            if base_url is None:
                raise RuntimeError("Prism does not listen:\n" + "\n".join(log))
            yield Server(base_url, log)
        finally:
            _signal(process, signal.SIGTERM)
            # Its output ends with the last of its processes.
            reader.join(STOP_SECONDS)
            _signal(process, signal.SIGKILL)
            reader.join()


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    # All of the group may be gone, or, which some systems refuse, waiting to be reaped.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)

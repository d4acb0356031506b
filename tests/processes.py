"""Pythons that tests start: what is installed for other tests would take most of the time of each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LEAN: Final = "import sys; sys.modules |= dict.fromkeys(('httpx._main', 'trio'))\n"
"""How a program begins that is not to import trio and the command line of httpx, which are there for others."""

PYTEST: Final = f"{LEAN}import pytest; sys.exit(pytest.main(sys.argv[1:]))"
"""What `python -m pytest` does, without them."""

_PARENT: Final = """
import json, os, signal
import sequence_customers_client

sequence_customers_client.SequenceClient(base_url="http://localhost", client_id="id", client_secret="secret")
for line in sys.stdin:
    program, sys.argv[1:], *files = json.loads(line)
    child = os.fork()
    if not child:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
signal.alarm(60)
for stream, file in enumerate(files, 1):
    opened = os.open(file, os.O_WRONLY)
    os.dup2(opened, stream)
    os.close(opened)
exec(program, {"__name__": "__main__"})
"""


class Forks:
    """Runs programs in processes of their own that have made a client of httpx already, and no call."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._files = [folder / "stdout", folder / "stderr"]

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """How a program ends, within a minute; as any other does, with the end of its interpreter."""
        for file in self._files:
            file.write_bytes(b"")
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([program, arguments, *map(str, self._files)]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, *(file.read_text("utf-8") for file in self._files))


@contextmanager
def forks(folder: Path) -> Iterator[Forks]:
    """For programs of which only the interpreter's start, and what every client imports, may be one and the same.

    Args:
        folder: For what they print.
    """
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", LEAN + _PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        yield Forks(process, folder)

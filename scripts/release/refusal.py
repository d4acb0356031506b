"""Refusals: one line that says what is in the way, and what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path


class RefusalError(Exception):
    """Something is in the way of a release; the message is one line, and holds no secret."""


def run(main: Callable[[], None]) -> None:
    """Run a program that refuses with one line on standard error, and exit code 1."""
    try:
        main()
    except RefusalError as refusal:
        sys.exit(f"refused: {refusal}")


def call(*command: str | Path, what: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a tool and return what it prints, or refuse with the cause that it told last."""
    try:
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise RefusalError(f"{what}: {error.strerror}") from error
    if done.returncode:
        lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
        # uv tells causes in lines of their own, and after them whatever a server said.
        causes = [line for line in lines if line.lower().startswith(("caused by: ", "cause: "))]
        said = [f"exit code {done.returncode}", *lines[-1:], *causes[-1:]][-1]
        raise RefusalError(f"{what}: {said.removesuffix(' Server says:')}")
    return done.stdout

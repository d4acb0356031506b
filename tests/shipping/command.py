"""The commands that build and publish, run as a person would."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.shipping.checkout import Checkout
from tests.shipping.privateindex import PASSWORD, PrivateIndex


class Distributions(NamedTuple):
    wheel: Path
    sdist: Path


@dataclass(frozen=True)
class Released:
    index: PrivateIndex
    built: Distributions
    """What the command left in dist/."""

    said: str
    """What the command printed."""

    seen_on_a_command_line: bool
    """Whether a process of this machine had the password among its arguments while the command ran."""


def make(checkout: Checkout, *targets: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Make something, with the virtual environment that the tests run in, as it is."""
    return subprocess.run(  # noqa: S603 - our Makefile
        ["make", "--no-print-directory", *targets, f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.python"],  # noqa: S607
        cwd=checkout.root,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def make_build(checkout: Checkout) -> Distributions:
    """`make build`: what it leaves in dist/."""
    done = make(checkout, "build")
    assert 0 == done.returncode, done.stdout

    return distributions(checkout)


def distributions(checkout: Checkout) -> Distributions:
    """What is in dist/, and nothing else is."""
    return Distributions(*sorted((checkout.root / "dist").iterdir()))


def make_publish(checkout: Checkout, index: PrivateIndex) -> Released:
    """`make publish`, watched."""
    seen: list[bool] = []
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(seen, over), daemon=True)
    watch.start()
    done = make(checkout, "publish", **index.environment)
    over.set()
    watch.join()
    assert 0 == done.returncode, done.stdout

    return Released(index, distributions(checkout), done.stdout, any(seen))


def _watch(seen: list[bool], over: threading.Event) -> None:
    while not over.wait(0.02):
        seen.append(any(PASSWORD in line for line in _command_lines()))


def _command_lines() -> list[str]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_text(encoding="utf-8", errors="replace"))
        except OSError:  # it has ended
            continue
    return lines

"""Progress of many look-ups, on standard error: a bar at a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import rich.progress
from rich.console import Console

_SECONDS_BETWEEN_LINES: Final = 10.0
_SECONDS_BETWEEN_MOVES: Final = 0.1


def progress_of(total: int | None, *, quiet: bool) -> Progress:
    """How to show the progress here.

    Args:
        total: How many aliases there are, where that is known.
        quiet: Whether results are shown where the progress would be.
    """
    if quiet:
        return Progress(total, every=float("inf"))
    return Bar(total) if sys.stderr.isatty() else Progress(total)


class Progress:
    """Progress where nobody looks on: a line now and then."""

    def __init__(self, total: int | None, every: float = _SECONDS_BETWEEN_LINES) -> None:
        self._total = total
        self._every = every
        self._done = self._skipped = self._failed = 0
        self._started = self._shown = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def advance(self, *, skipped: bool = False, failed: bool = False) -> None:
        """One alias is done: now, or by a former run."""
        self._done += 1
        self._skipped += skipped
        self._failed += failed
        now = time.monotonic()
        if now - self._shown >= self._every:
            self._shown = now
            rate = (self._done - self._skipped) / (now - self._started)
            text = f"{rate:,.0f} a second, {self._failed:,} failed"
            if self._total and rate:
                text += f", {timedelta(seconds=round((self._total - self._done) / rate))} left"
            self._show(text)

    def _show(self, text: str) -> None:
        of = "" if self._total is None else f" of {self._total:,}"
        sys.stderr.write(f"{self._done:,}{of}, {text}\n")
        sys.stderr.flush()


class Bar(Progress):
    """Progress at a terminal: a bar, the rate, the time left."""

    def __init__(self, total: int | None) -> None:
        super().__init__(total, _SECONDS_BETWEEN_MOVES)
        columns = (
            rich.progress.BarColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TextColumn("{task.description}"),
        )
        self._bar = rich.progress.Progress(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.update(self._task, completed=self._done)
        self._bar.stop()

    def _show(self, text: str) -> None:
        self._bar.update(self._task, completed=self._done, description=text)

"""Many look-ups: from a file of aliases to a file of customers and one of failures, each alias in one of them, once."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, closing, suppress
from pathlib import Path
from typing import Any

from sequence_customers_client import AsyncSequenceClient, ConfigurationError, NotFoundError, SequenceError
from sequence_customers_client.bulk import is_fatal, map_calls

from . import files
from .progress import Progress, progress_of

_MOST_WAITING = 1000


class _Standard:
    """Standard output in the place of a file: nothing to go on from."""

    lines = 0

    def recover(self) -> Iterator[str]:
        return iter(())

    def write(self, record: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(record) + "\n")
        sys.stdout.flush()
        self.lines += 1

    def close(self) -> None:
        pass


class _Nowhere(_Standard):
    """Failures that nobody keeps are counted."""

    def write(self, record: dict[str, Any]) -> None:  # noqa: ARG002
        self.lines += 1


_Sink = files.Journal | _Standard


def run(file: Path, output: Path | None, failures: Path | None, concurrency: int, options: dict[str, Any]) -> int:
    """Look up every alias of a file that has not been looked up yet.

    Args:
        file: The aliases.
        output: Where customers go; None is standard output.
        failures: Where failures go; beside the output when left out.
        concurrency: How many calls are under way at a time.
        options: What to make the client with.

    Returns:
        How many aliases failed, those of former runs included.

    Raises:
        ConfigurationError: Something cannot be used; nothing was sent.
        AuthenticationError: The server refused the credentials.
    """
    journal = output
    if output is not None:
        files.check_table(output)
        journal = output if output.suffix.lower() in files.JSON_LINES else output.with_name(output.name + ".jsonl")
        failures = failures or output.with_name(output.name + ".failures.jsonl")
    written = [path for path in (journal, output if output != journal else None, failures) if path]
    if len({path.resolve() for path in (file, *written)}) <= len(written):
        raise ConfigurationError("input, output and failures must be files of their own: name another with --failures")
    for path in written:
        files.check_writable(path)
    found = files.Journal(journal, has_customers=True) if journal else _Standard()
    failed = files.Journal(failures) if failures else _Nowhere()
    with closing(found), closing(failed), closing(files.Seen()) as seen:
        for kept in (found, failed):
            for alias in kept.recover():
                seen.add(alias)
        at_hand = str(file) != "-" and file.is_file()  # a pipe cannot be read twice
        total = sum(1 for _ in files.read_aliases(file)) if at_hand else None
        with progress_of(total, quiet=output is None and sys.stdout.isatty()) as progress:

            def unseen(alias: str) -> bool:
                new = seen.add(alias)
                if not new:
                    progress.advance(skipped=True)
                return new

            aliases = _aliases(file, unseen, at_hand=at_hand)
            asyncio.run(_look_up(aliases, found, failed, progress, concurrency=concurrency, options=options))
    if journal and output and journal != output:
        files.write_table(journal, output)
    where = f": {failures}" if failures and failed.lines else ""
    sys.stderr.write(f"{found.lines:,} found, {failed.lines:,} failed{where}\n")
    return failed.lines


def is_page(error: Exception | None) -> bool:
    """Whether a 404 is about the base URL, and not about the alias: no API said it, but a web server."""
    return isinstance(error, NotFoundError) and error.error_type is None and isinstance(error.body, str)


def _aliases(file: Path, wanted: Callable[[str], bool], *, at_hand: bool) -> Iterable[str] | AsyncIterable[str]:
    if at_hand:
        return filter(wanted, files.read_aliases(file))

    async def from_pipe() -> AsyncIterator[str]:
        async for alias in _on_thread(files.read_aliases(file)):
            if wanted(alias):
                yield alias

    return from_pipe()


async def _look_up(
    aliases: Iterable[str] | AsyncIterable[str],
    found: _Sink,
    failed: _Sink,
    progress: Progress,
    *,
    concurrency: int,
    options: dict[str, Any],
) -> None:
    async with AsyncSequenceClient(**options, max_connections=max(100, concurrency)) as sequence:
        calls = map_calls(sequence.customers.get_by_alias, aliases, concurrency=concurrency)
        async with aclosing(calls) as results:
            async for result in results:
                error = result.error
                if result.value is not None:
                    found.write({"alias": result.argument, "customer": result.value.to_dict()})
                elif is_page(error) and not found.lines:  # once one was found, it is about this alias alone
                    raise ConfigurationError(str(error))
                elif is_fatal(error):
                    continue  # raised in the end; the alias is looked up by the next run
                elif isinstance(error, SequenceError):
                    failed.write(
                        {
                            "alias": result.argument,
                            "error": type(error).__name__,
                            "status": getattr(error, "status_code", None),
                            "message": error.message,
                        }
                    )
                elif error is not None:
                    raise error
                progress.advance(failed=error is not None)


async def _on_thread(lines: Iterator[str]) -> AsyncIterator[str]:
    """Lines that come when they come: meanwhile the calls under way go on."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[str | BaseException | None] = asyncio.Queue()
    room = threading.Semaphore(_MOST_WAITING)

    def read() -> None:
        last: BaseException | None = None
        with suppress(RuntimeError):  # the loop has been closed
            try:
                for line in lines:
                    room.acquire()
                    loop.call_soon_threadsafe(waiting.put_nowait, line)
            except ConfigurationError as error:
                last = error
            loop.call_soon_threadsafe(waiting.put_nowait, last)

    # A daemon: nobody can make it stop waiting for a line.
    threading.Thread(target=read, daemon=True).start()
    while isinstance(line := await waiting.get(), str):
        room.release()
        yield line
    if line is not None:
        raise line

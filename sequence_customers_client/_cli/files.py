"""Files of aliases and of customers: lines that survive a kill, and the tables that are made of them."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sequence_customers_client import ConfigurationError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

JSON_LINES = {".jsonl", ".ndjson"}
TABLES = {".csv", ".parquet"}

_BATCH = 5_000
"""Rows of a Parquet file that are in memory at a time."""


def read_aliases(file: Path) -> Iterator[str]:
    """The aliases of a file, by its extension; `-` is standard input.

    Raises:
        ConfigurationError: The file cannot be read, or a line of it holds no alias.
    """
    standard = str(file) == "-"
    try:
        # 0 and not sys.stdin: a reader may be waiting for it when the interpreter ends, which must find it unlocked.
        with open(
            0 if standard else file, encoding="utf-8-sig", errors="surrogateescape", newline="", closefd=not standard
        ) as stream:
            lines = _lines(stream, file)
            if file.suffix.lower() == ".csv":
                yield from _column(csv.DictReader(lines), file)
            elif file.suffix.lower() in JSON_LINES:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield _alias(line, f"line {number} of {file}")
            else:
                yield from (alias for line in lines if (alias := line.rstrip("\r\n")))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None


def _lines(stream: Iterable[str], file: Path) -> Iterator[str]:
    for line in stream:
        if "\0" in line or line.startswith(("\udcff\udcfe", "\udcfe\udcff")):  # UTF-16, with a mark or without
            raise ConfigurationError(f"{file} is no text in UTF-8: save it as that")
        yield line


def _column(rows: csv.DictReader[str], file: Path) -> Iterator[str]:
    try:
        if "alias" not in (rows.fieldnames or []):
            raise ConfigurationError(f"{file} has no column named alias")
        for row in rows:
            if row["alias"] is None:
                raise ConfigurationError(f"line {rows.line_num} of {file} has no alias: it has too few columns")
            yield row["alias"]
    except csv.Error as error:
        raise ConfigurationError(f"line {rows.line_num + 1} of {file} cannot be read: {error}") from None


def _alias(line: str | bytes, where: str, *, has_customer: bool = False) -> str:
    try:
        record = json.loads(line)
        if isinstance(record["alias"], str) and (not has_customer or isinstance(record["customer"], dict)):
            return record["alias"]
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise ConfigurationError(f"{where} is no JSON object with an alias{' and a customer' if has_customer else ''}")


class Seen:
    """Which aliases there have been, on disk: a million take no memory."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a temporary file, which goes with the process
        self._database.execute("CREATE TABLE seen (alias BLOB PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def add(self, alias: str) -> bool:
        """Add one; returns whether it is new."""
        value = alias.encode("utf-8", "surrogatepass")
        return self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", [value]).rowcount == 1

    def close(self) -> None:
        """Remove the file."""
        self._database.close()


class Journal:
    """A file of JSON lines that grows by one whole line at a time, whenever the process is killed."""

    def __init__(self, path: Path, *, has_customers: bool = False) -> None:
        self._path = path
        self._has_customers = has_customers
        self._descriptor = -1
        self.lines = 0

    def recover(self) -> Iterator[str]:
        """Cut off a line that a kill left unfinished; the aliases of all the others.

        Raises:
            ConfigurationError: The file is none that a lookup wrote, or another run writes it.
        """
        if not self._path.exists():
            return
        self._open()
        with self._path.open("rb+") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    file.truncate(file.tell() - len(line))
                    return
                self.lines += 1
                yield _alias(line, f"line {self.lines} of {self._path}", has_customer=self._has_customers)

    def write(self, record: dict[str, Any]) -> None:
        """Add a line."""
        if self._descriptor < 0:
            self._open()
        left = memoryview(json.dumps(record).encode() + b"\n")
        while left:
            left = left[os.write(self._descriptor, left) :]
        self.lines += 1

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(self._path, flags, 0o666)
        if fcntl is not None:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigurationError(f"{self._path} is being written by another run: wait for it") from None

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)


def check_writable(path: Path) -> None:
    """Refuse now what could not be opened later.

    Raises:
        ConfigurationError: It is a folder, in no folder, or not to be written.
    """
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ConfigurationError(f"{path} cannot be written: name a file in a folder that there is")


def check_table(path: Path) -> None:
    """Refuse now what could not be written at the end.

    Raises:
        ConfigurationError: No format has the extension, or its package is missing.
    """
    if path.suffix.lower() not in TABLES | JSON_LINES:
        raise ConfigurationError(f"{path}: use .jsonl, .csv or .parquet")
    if path.suffix.lower() == ".parquet":
        _pyarrow()


def _pyarrow() -> tuple[Any, Any]:
    """The packages of one format: they are large, and not typed."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError('Parquet needs pip install "sequence-customers-client[parquet]"') from None
    return pa, parquet


def write_table(journal: Path, path: Path) -> None:
    """Make a table of the lines of a lookup, complete or not at all."""
    names: dict[str, None] = {"alias": None}
    for row in _rows(journal):
        names.update(dict.fromkeys(row))
    columns = list(names)
    unfinished = path.with_name(path.name + ".part")
    if path.suffix.lower() == ".csv":
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(_rows(journal))
    else:
        _write_parquet(journal, columns, unfinished)
    unfinished.replace(path)


def _write_parquet(journal: Path, columns: list[str], path: Path) -> None:
    pa, parquet = _pyarrow()
    schema = pa.schema([(name, pa.string()) for name in columns])
    rows = _rows(journal)
    with parquet.ParquetWriter(path, schema) as writer:
        while batch := list(islice(rows, _BATCH)):
            writer.write_table(pa.Table.from_pylist(batch, schema))


def _rows(journal: Path) -> Iterator[dict[str, str]]:
    if not journal.exists():
        return
    with journal.open("rb") as file:
        for line in file:
            record = json.loads(line)
            yield flat(record["customer"] | {"alias": record["alias"]})


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """A JSON object as one row: `address.town` for what is nested, JSON for lists, nothing for null."""
    row: dict[str, str] = {}
    for name, inner in value.items():
        if isinstance(inner, dict):
            row |= flat(inner, f"{prefix}{name}.")
        elif inner is not None:
            text = inner if isinstance(inner, str) else json.dumps(inner)
            row[_encodable(prefix + name)] = _encodable(text)
    return row


def _encodable(text: str) -> str:
    """A text without half characters, which JSON may hold and no file."""
    return text.encode(errors="replace").decode()


def printable(text: str) -> str:
    """A text without what would command the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)

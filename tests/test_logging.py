"""Logs: readable where they are asked for, and without anybody's data."""

from __future__ import annotations

import base64
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import pytest

from sequence_customers_client import APIError

if TYPE_CHECKING:
    from tests.conftest import Twin

ALIAS = "4l1as+of@example.com"
NAME = "sequence_customers_client"
ROUTE = "GET /customers/by-alias/{alias}"


@pytest.fixture(autouse=True)
def logger() -> Iterator[logging.Logger]:
    """The package's logger, which is as it was afterwards."""
    ours = logging.getLogger(NAME)
    level, handlers = ours.level, list(ours.handlers)
    yield ours
    ours.setLevel(level)
    ours.handlers[:] = handlers


def lines(captured: pytest.CaptureFixture[str]) -> list[str]:
    return captured.readouterr().err.splitlines()


# --- SEQUENCE_LOG


def test_silence_is_the_default(twin: Twin, ok: httpx.Response, capfd: pytest.CaptureFixture[str]) -> None:
    """Without the variable, and without logging set up, a call prints nothing: neither logs nor complaints."""
    twin.talk(httpx.Response(503, headers={"Retry-After": "0"}), ok).get()

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("value", ["debug", "DEBUG", " debug "])
def test_debug_tells_of_each_attempt_and_its_end(
    twin: Twin, ok: httpx.Response, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    """SEQUENCE_LOG=debug prints a line when an attempt begins and one when it ends, on standard error."""
    monkeypatch.setenv("SEQUENCE_LOG", value)

    twin.talk(httpx.Response(503, headers={"Retry-After": "0"}), ok).get(ALIAS)

    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} "
    patterns = [
        rf"DEBUG {NAME}: {re.escape(ROUTE)}: attempt 1",
        rf"INFO {NAME}: {re.escape(ROUTE)}: attempt 1: 503 in \d\.\d{{3}} s, next in \d\.\d{{3}} s",
        rf"DEBUG {NAME}: {re.escape(ROUTE)}: attempt 2",
        rf"INFO {NAME}: {re.escape(ROUTE)}: attempt 2: 200 in \d\.\d{{3}} s",
    ]
    printed = lines(capsys)
    assert len(patterns) == len(printed)
    assert all(re.fullmatch(stamp + pattern, line) for pattern, line in zip(patterns, printed, strict=True))


@pytest.mark.usefixtures("clock")
def test_info_tells_how_each_attempt_ended(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SEQUENCE_LOG=info prints one line for each attempt, with its status or its cause."""
    monkeypatch.setenv("SEQUENCE_LOG", "info")

    twin.talk(httpx.ReadError("cut"), httpx.Response(404)).error(ALIAS)

    first, second = lines(capsys)
    assert "attempt 1: ReadError in 0.000 s, next in " in first
    assert second.endswith("attempt 2: 404 in 0.000 s")


def test_lines_are_printed_once(
    twin: Twin, ok: httpx.Response, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many clients are made, a line is printed once."""
    monkeypatch.setenv("SEQUENCE_LOG", "info")
    for _ in range(3):
        twin.make()

    twin.talk(ok).get()

    assert len(lines(capsys)) == 1


@pytest.mark.parametrize("value", ["1", "true", "verbose", "debug,info", "10", "nonsense"])
def test_unknown_level_warns_and_goes_on(
    twin: Twin, ok: httpx.Response, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, value: str
) -> None:
    """Another value is a mistake that does not stop a service: a warning lists what there is."""
    monkeypatch.setenv("SEQUENCE_LOG", value)

    twin.talk(ok).get()

    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.getMessage().startswith(f"SEQUENCE_LOG: {value!r} is no level, and is ignored; use one of")


@pytest.mark.parametrize("value", ["critical", "ERROR", "warning", "warn", "info", "debug"])
def test_every_level_of_logging_is_taken(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger, value: str
) -> None:
    """The variable takes the names that logging has, in any case."""
    monkeypatch.setenv("SEQUENCE_LOG", value)

    twin.make()

    assert logging.getLevelNamesMapping()[value.upper()] == logger.level


def test_nothing_is_printed_twice_with_basic_config() -> None:
    """Where the application prints all records itself, ours are printed by it alone."""
    script = (
        "import logging, httpx; logging.basicConfig(level=logging.INFO); "
        "from sequence_customers_client import SequenceClient; "
        "t = httpx.MockTransport(lambda r: httpx.Response(404)); "
        "c = SequenceClient(client_id='i', client_secret='s', transport=t)\n"
        "try: c.customers.get_by_alias('a')\nexcept Exception: pass"
    )
    environment = {**os.environ, "SEQUENCE_LOG": "info"}

    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own

    assert 1 == done.stderr.count("attempt 1: 404")


@pytest.mark.parametrize("value", ["", " "])
def test_empty_level_is_none(twin: Twin, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger, value: str) -> None:
    """A variable that is set to nothing turns nothing on."""
    monkeypatch.setenv("SEQUENCE_LOG", value)
    before = logger.level, list(logger.handlers)

    twin.make()

    assert before == (logger.level, list(logger.handlers))


def test_logger_has_the_name_of_the_package(twin: Twin, ok: httpx.Response, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever sets logging up themselves finds the logger under the package's name."""
    caplog.set_level(logging.DEBUG, NAME)

    twin.talk(ok).get()

    assert {NAME} == {record.name for record in caplog.records}
    assert ["DEBUG", "INFO"] == [record.levelname for record in caplog.records]


def test_library_leaves_logging_to_the_application() -> None:
    """The package adds a handler that does nothing, and sets no level."""
    ours = logging.getLogger(NAME)

    assert logging.NOTSET == ours.level
    assert any(isinstance(handler, logging.NullHandler) for handler in ours.handlers)


# --- What is in no record


def everything(records: list[logging.LogRecord]) -> str:
    """All that is in the records, their arguments and other attributes included."""
    return " ".join(f"{record.getMessage()} {record.__dict__!r}" for record in records)


def given_away(text: str, *secrets: str) -> list[str]:
    return [secret for secret in secrets if secret in text]


@pytest.fixture
def secrets(client_id: str, client_secret: str) -> list[str]:
    encoded = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    return ["4l1as", client_id, client_secret, encoded, "John Doe", "john@example.com", "hunter2"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda example: httpx.Response(200, json=example),
        lambda _: httpx.Response(404, json={"error": {"message": "no John Doe"}}),
        lambda _: httpx.Response(500, text="hunter2", headers={"X-Key": "hunter2"}),
        lambda _: httpx.Response(200, json={"id": "John Doe"}),
        lambda _: httpx.Response(302, headers={"Location": "https://sequence.test/4l1as"}),
        lambda _: httpx.ConnectError("no 4l1as at john@example.com"),
        lambda _: httpx.ReadTimeout("hunter2"),
    ],
)
@pytest.mark.usefixtures("clock")
def test_records_hold_no_data(
    twin: Twin, caplog: pytest.LogCaptureFixture, example: Any, secrets: list[str], answer: Any
) -> None:
    """No record of any logger has an alias, a credential, a header or a body; ours have the route template."""
    caplog.set_level(logging.DEBUG)
    talk = twin.talk(answer(example), forever=True, default_headers={"X-Key": "hunter2"})

    with suppress(APIError):
        talk.get(ALIAS)

    assert given_away(everything(caplog.records), *secrets) == []
    assert all(ROUTE in record.getMessage() for record in caplog.records if record.name == NAME)
    assert any(record.name == NAME for record in caplog.records)


def wire(status: int, content: bytes) -> list[bytes]:
    return [b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(content)), content]


@pytest.mark.parametrize("status", [200, 404])
def test_records_of_httpx_and_httpcore_hold_no_secret(
    twin: Twin, caplog: pytest.LogCaptureFixture, secrets: list[str], status: int
) -> None:
    """With the debug records of httpx and httpcore on, a call over HTTP shows no alias and no credential either."""
    caplog.set_level(logging.DEBUG)
    transport = wired(twin, wire(status, b'{"error": "x"}'))
    client = twin.make(transport=transport, max_retries=0)

    with pytest.raises(APIError):
        twin.get(client, ALIAS)
    twin.close(client)

    assert any(record.name.startswith("httpcore") for record in caplog.records)
    assert given_away(everything(caplog.records), *secrets) == []


@pytest.mark.parametrize("status", [200, 404])
def test_records_of_a_callers_httpx_client_hold_no_secret(
    twin: Twin, caplog: pytest.LogCaptureFixture, secrets: list[str], status: int
) -> None:
    """An httpx client logs the URL of each request; for ours it logs the route."""
    caplog.set_level(logging.DEBUG)
    theirs = twin.http_client_type(transport=httpx.MockTransport(lambda _: httpx.Response(status, json={})))

    with pytest.raises(APIError):
        twin.get(twin.make(http_client=theirs), ALIAS)
    twin.close(theirs)

    told = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert len(told) == 1
    assert "/customers/by-alias/{alias}" in told[0]
    assert given_away(everything(caplog.records), *secrets) == []


def test_callers_httpx_client_logs_its_other_requests_as_ever(
    twin: Twin, caplog: pytest.LogCaptureFixture, ok: httpx.Response
) -> None:
    """What the caller's own client sends for the caller is logged as httpx logs it."""
    caplog.set_level(logging.INFO)
    twin.get(twin.make(http_client=twin.http_client_type(transport=httpx.MockTransport(lambda _: ok))), ALIAS)
    caplog.clear()

    httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))).get("https://example.com/their/own")

    assert "https://example.com/their/own" in caplog.text


def wired(twin: Twin, pieces: list[bytes]) -> Any:
    """Httpx's own transport on a network that answers so."""
    if twin.name == "async":
        asynchronous = httpx.AsyncHTTPTransport()
        asynchronous._pool = httpcore.AsyncConnectionPool(network_backend=httpcore.AsyncMockBackend(pieces))
        return asynchronous
    synchronous = httpx.HTTPTransport()
    synchronous._pool = httpcore.ConnectionPool(network_backend=httpcore.MockBackend(pieces))
    return synchronous

"""Nothing leaks: one list of needles, and whatever can be reached from an error, a client or a log."""

from __future__ import annotations

import asyncio
import base64
import copy
import html
import json
import logging
import pickle
import re
import signal
import socket
import threading
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import httpx2
import pytest

from sequence_customers_client import AsyncSequenceClient, ConfigurationError, SequenceClient, SequenceError
from tests.faults.faultkit import CLIENT_ID, KINDS, OWN_KINDS, Caller, Kind, calling, ending, http, is_async
from tests.faults.faultserver import Close, Drip, FaultServer, Read, Reset, Script, Send, Silence

SECRET = 's3"cret\\of/the+tests<&>%7E'
ALIAS = 'needle"alias\\of/one+<é>@example.com'
BODY_WORD = "needle-of-the-body"
TOKEN = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()


def forms(word: str) -> set[str]:
    """A word as it is, as JSON writes it, as Python shows it, percent-encoded, in HTML and in base64."""
    escaped = json.dumps(word)[1:-1]
    plain = word.encode()
    return {
        word,
        escaped,
        escaped.replace("/", "\\/"),
        json.dumps(word, ensure_ascii=False)[1:-1],
        repr(word)[1:-1],
        html.escape(word),
        quote(word, safe=""),
        quote(word),
        quote_plus(word),
        base64.b64encode(plain).decode().rstrip("="),
        base64.urlsafe_b64encode(plain).decode().rstrip("="),
    }


NEEDLES = sorted({form for word in (SECRET, TOKEN, ALIAS) for form in forms(word)})
"""What is nowhere to be found."""


def found(text: str) -> list[str]:
    """The needles in a text, as it is or as Python shows it."""
    return [needle for needle in NEEDLES if needle in text or repr(needle)[1:-1] in text]


def json_error(status: str, text: str) -> bytes:
    error = {"type": text, "message": text, "errors": [text, {text: text}]}
    return http(json.dumps({"error": error, "more": BODY_WORD}).encode(), status=status)


ECHO = " ".join(sorted(NEEDLES))
HEADER = quote(SECRET, safe="") + " " + TOKEN + " " + quote(ALIAS, safe="") + " " + SECRET
ANSWERS: dict[str, Script] = {
    "a 400 of JSON": (Read(), Send(json_error("400 No", ECHO))),
    "a 400 of JSON without ASCII escapes": (
        Read(),
        Send(http(json.dumps({"error": {"message": ECHO}}, ensure_ascii=False).encode(), status="400 No")),
    ),
    "a 401 of text": (Read(), Send(http(ECHO.encode(), status="401 No"))),
    "a 404 page": (Read(), Send(http(f"<html>{html.escape(ECHO)}".encode(), status="404 No"))),
    "a 500 with headers": (Read(), Send(http(b"{}", f"X-Echo: {HEADER}", f"X-Request-Id: {TOKEN}", status="500 No"))),
    "a redirect": (
        Read(),
        Send(http(b"", f"Location: /api/{quote(ALIAS, safe='')}?s={quote(SECRET)}", status="302 No")),
    ),
    "a 200 of another shape": (
        Read(),
        Send(http(json.dumps({ECHO: ECHO, "id": ECHO, "address": ECHO, "more": BODY_WORD}).encode())),
    ),
    "a 200 that is no JSON": (Read(), Send(http(f"{ECHO} {BODY_WORD}".encode()))),
    "a reason": (Read(), Send(http(b"{}", status=f"503 {HEADER}"))),
    "no HTTP": (Read(), Send(f"{HEADER}\r\n\r\n".encode("latin-1")), Close()),
    "a broken header": (Read(), Send(f"HTTP/1.1 200 OK\r\n{HEADER}\r\n\r\n".encode("latin-1")), Close()),
    "a broken length": (
        Read(),
        Send(f"HTTP/1.1 200 OK\r\nContent-Length: {HEADER}\r\n\r\n".encode("latin-1")),
        Close(),
    ),
    "a broken chunk": (
        Read(),
        Send(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{HEADER}\r\n".encode("latin-1")),
        Close(),
    ),
    "a reset": (Read(), Reset()),
    "silence": (Read(), Silence()),
    "drops": (Read(), Drip(http())),
}


def links(error: BaseException) -> Iterator[BaseException]:
    """An error, and every one that it is chained to."""
    seen: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        link = todo.pop()
        if link is not None and link not in seen:
            seen.append(link)
            todo += [link.__cause__, link.__context__, *getattr(link, "exceptions", ())]
            yield link


def frames(trace: TracebackType | None) -> Iterator[tuple[str, str]]:
    """The local variables of every frame that is not a test's, as reporters of errors print them."""
    for frame, line in traceback.walk_tb(trace):
        if "/tests/" not in frame.f_code.co_filename:
            for name, value in frame.f_locals.items():
                yield f"{frame.f_code.co_filename}:{line} {name}", show(value)


def show(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 - what cannot be shown shows nothing
        return type(error).__name__


def reachable(value: Any, depth: int = 8, where: str = "") -> Iterator[tuple[str, str]]:
    """Whatever shows of a thing, of what it holds, and of what that holds."""
    seen: dict[int, object] = {}

    def walk(value: Any, where: str, left: int) -> Iterator[tuple[str, str]]:
        if id(value) in seen or left < 0 or isinstance(value, type):
            return
        seen[id(value)] = value
        yield where, show(value)
        if isinstance(value, bytes | bytearray):
            yield where, value.decode("latin-1")
        if isinstance(value, str | bytes | int | float | None):
            yield where, str(value)
            return
        parts: list[tuple[str, Any]] = []
        if isinstance(value, Mapping):
            parts += [(f"[{key!r}]", item) for key, item in value.items()] + [("key", key) for key in value]
        elif isinstance(value, list | tuple | set | frozenset):
            parts += [("[]", item) for item in value]
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        for name in {*getattr(value, "__dict__", {}), *slots}:
            parts.append((f".{name}", getattr(value, name, None)))
        for name, part in parts:
            yield from walk(part, where + name, left - 1)

    yield from walk(value, where, depth)


def tellings(error: SequenceError) -> Iterator[tuple[str, str]]:
    """Every way in which an error can be read."""
    yield "traceback", "".join(traceback.format_exception(error))
    yield "pickle", pickle.dumps(error, protocol=0).decode("latin-1")
    yield "pickle", pickle.dumps(error).decode("latin-1")
    yield from reachable(pickle.loads(pickle.dumps(error)), where="unpickled")  # noqa: S301 - our own
    yield from reachable(copy.deepcopy(error), where="copy")
    for link in links(error):
        name = type(link).__name__
        yield f"{name} str", str(link)
        yield f"{name} notes", repr(getattr(link, "__notes__", ()))
        yield from reachable(link, where=name)
        yield from reachable(link.args, where=f"{name}.args")
        yield from frames(link.__traceback__)


def told(texts: Iterator[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Where needles were found, and which."""
    return [(where, needles) for where, text in texts if (needles := found(text))]


def records_of(logs: pytest.LogCaptureFixture) -> list[str]:
    """All that the records of any library say, but for those of a server of the test's."""
    records = [record for record in logs.records if record.threadName != "server"]
    return [f"{logging.Formatter().format(record)} {record.args!r}" for record in records]


@pytest.mark.parametrize("script", ANSWERS.values(), ids=ANSWERS.keys())
def test_nothing_of_an_error_tells_a_secret_or_the_alias(
    kind: Kind, script: Script, logs: pytest.LogCaptureFixture
) -> None:
    """Whatever the server repeats and however the call ends: not the error, what is behind it, its frames or a log."""
    with (
        FaultServer(otherwise=script) as server,
        calling(kind, server.base_url, client_secret=SECRET, timeout=0.3) as caller,
    ):
        error, _ = ending(lambda: caller.get(ALIAS))
        records = records_of(logs)

    assert isinstance(error, SequenceError)
    assert [] == told(tellings(error))
    assert [] == [(record, needles) for record in records if (needles := found(record))]
    assert not [record for record in records if BODY_WORD in record]
    assert not [where for link in links(error) for where, text in frames(link.__traceback__) if BODY_WORD in text]
    assert BODY_WORD not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "alias", [f"{ALIAS}\ud800", ALIAS.encode(), ALIAS * 2000], ids=["no text", "bytes", "too long"]
)
def test_nothing_of_a_refusal_tells_the_argument(kind: Kind, alias: Any) -> None:
    """An argument that cannot be sent is in no frame and no link of the error that says so."""
    with calling(kind, "http://127.0.0.1:1", client_secret=SECRET, timeout=0.3) as caller:
        error, _ = ending(lambda: caller.get(alias))

    assert isinstance(error, ConfigurationError)
    assert [] == told(tellings(error))


class Stopped(Exception):  # noqa: N818 - what a signal raises, as a task queue's time limit does
    """The program does not want to wait any longer."""


def stopped(caller: Caller, stop: type[BaseException]) -> BaseException:
    """What a call ends in that hangs, and is ended from outside: by a cancellation, or by a signal's handler."""

    async def main() -> object:
        assert isinstance(caller.client, AsyncSequenceClient)
        async with asyncio.timeout(0.2):
            return await caller.client.customers.get_by_alias(ALIAS)

    def handle(*_: object) -> None:
        raise stop

    try:
        if isinstance(caller.client, AsyncSequenceClient):
            vars(caller)["_runner"].run(main())
        else:
            former = signal.signal(signal.SIGALRM, handle)
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            try:
                caller.get(ALIAS)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, former)
    except BaseException as error:  # noqa: BLE001 - it is what is asked for
        return error
    raise AssertionError("nothing ended the call")


STOPS = [
    *((kind, TimeoutError if is_async(kind) else KeyboardInterrupt) for kind in KINDS),
    ("sync", Stopped),
    ("sync httpx2", Stopped),
]


@pytest.mark.parametrize(
    ("kind", "stop", "is_proxied"),
    [
        *((*stop, False) for stop in STOPS),
        *((*stop, True) for stop in STOPS if stop[0] in OWN_KINDS),  # another's proxies are the caller's affair
    ],
)
def test_a_call_that_is_ended_from_outside_tells_nothing(
    kind: Kind, stop: type[BaseException], is_proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timeout of the caller's, Ctrl-C, or a task queue's limit: no frame of what comes out shows a secret."""
    silent: Script = (Read(), Silence())
    with FaultServer(otherwise=silent) as server:
        base_url = server.base_url
        if is_proxied:
            monkeypatch.setenv("HTTP_PROXY", base_url.replace("//", "//user:hunter2-of-proxy@"))
            base_url = "http://sequence.invalid"
        with calling(kind, base_url, client_secret=SECRET, allow_http=True) as caller:
            error = stopped(caller, stop)

    assert stop is type(error)
    shown = [text for link in links(error) for text in frames(link.__traceback__)]
    assert any("_client.py" in where for where, _ in shown)
    assert [] == told(iter(shown))
    assert [] == [where for where, text in shown if "hunter2-of-proxy" in text]


def test_a_signal_while_secrets_are_looked_for_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes secrets out of an answer holds them all: a signal there shows none of its frames."""

    def stop(*_: object) -> None:
        raise Stopped

    with (
        FaultServer(otherwise=ANSWERS["a 400 of JSON"]) as server,
        calling("sync", server.base_url, client_secret=SECRET) as caller,
        monkeypatch.context() as patch,
    ):
        patch.setattr(re, "sub", stop)
        with pytest.raises(Stopped) as caught:
            caller.get(ALIAS)

    assert [] == told(text for link in links(caught.value) for text in frames(link.__traceback__))


@pytest.mark.parametrize("script", ["a 400 of JSON", "a 500 with headers", "no HTTP", "silence"])
@pytest.mark.parametrize("kind", ["async", "async aiohttp", "async httpx2"])
def test_asyncio_in_debug_mode_tells_nothing(kind: Kind, script: str, logs: pytest.LogCaptureFixture) -> None:
    """Asyncio's debug mode reports every callback that it runs, and all of its records tell no secret or alias."""
    logs.set_level(logging.DEBUG, "asyncio")
    options: dict[str, Any] = {"client_secret": SECRET, "timeout": 0.3}
    with FaultServer(otherwise=ANSWERS[script]) as server, calling(kind, server.base_url, **options) as caller:

        async def main() -> object:
            loop = asyncio.get_running_loop()
            loop.set_debug(True)
            loop.slow_callback_duration = 0
            assert isinstance(caller.client, AsyncSequenceClient)
            return (await asyncio.gather(caller.client.customers.get_by_alias(ALIAS), return_exceptions=True))[0]

        runner: asyncio.Runner = vars(caller)["_runner"]
        error = runner.run(main())
        runner.get_loop().set_debug(False)
    records = records_of(logs)

    assert isinstance(error, SequenceError)
    assert any("Executing" in record for record in records)
    assert [] == [(record, needles) for record in records if (needles := found(record))]


def _serve_http2(listener: socket.socket) -> None:
    """Answer every request on one connection with a 400 of HTTP/2 that repeats what it can."""
    h2 = pytest.importorskip("h2.connection")
    events = pytest.importorskip("h2.events")
    connection, _ = listener.accept()
    with connection:
        protocol = h2.H2Connection(pytest.importorskip("h2.config").H2Configuration(client_side=False))
        protocol.initiate_connection()
        connection.sendall(protocol.data_to_send())
        while data := connection.recv(65536):
            for event in protocol.receive_data(data):
                if isinstance(event, events.RequestReceived):
                    protocol.send_headers(event.stream_id, [(":status", "400"), ("x-echo", HEADER)])
                    protocol.send_data(event.stream_id, ECHO.encode(), end_stream=True)
            connection.sendall(protocol.data_to_send())


@pytest.mark.parametrize("client", ["async", "sync"])
def test_http2_tells_nothing(client: str, logs: pytest.LogCaptureFixture) -> None:
    """A transport of HTTP/2 logs every header, in tables and frames: not those of our calls, nor what is echoed."""
    pytest.importorskip("h2")
    options: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": SECRET, "max_retries": 0, "timeout": 5}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=_serve_http2, args=[listener], name="server", daemon=True)
        serving.start()
        options["base_url"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        error: object
        if client == "sync":
            with SequenceClient(**options, transport=httpx.HTTPTransport(http1=False, http2=True)) as blocking:
                error, _ = ending(lambda: blocking.customers.get_by_alias(ALIAS))
        else:

            async def main() -> object:
                transport = httpx.AsyncHTTPTransport(http1=False, http2=True)
                async with AsyncSequenceClient(**options, transport=transport) as awaited:
                    call = awaited.customers.get_by_alias(ALIAS)
                    return (await asyncio.gather(call, return_exceptions=True))[0]

            error = asyncio.run(main())
        serving.join(10)
    records = records_of(logs)

    assert isinstance(error, SequenceError)
    assert "400" in str(error)
    assert [] == told(tellings(error))
    assert [] == [(record, needles) for record in records if (needles := found(record))]


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_closed_http_client_tells_nothing(library: Any) -> None:
    """That a client of the caller's is closed is told without the request that was to go over it."""
    options: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": SECRET, "base_url": "https://a.test"}

    async def main() -> object:
        theirs = library.AsyncClient()
        await theirs.aclose()
        call = AsyncSequenceClient(**options, http_client=theirs).customers.get_by_alias(ALIAS)
        return (await asyncio.gather(call, return_exceptions=True))[0]

    theirs = library.Client()
    theirs.close()
    blocking, _ = ending(lambda: SequenceClient(**options, http_client=theirs).customers.get_by_alias(ALIAS))

    for error in (blocking, asyncio.run(main())):
        assert isinstance(error, ConfigurationError)
        assert [] == told(tellings(error))


def test_a_client_that_is_copied_says_what_to_do_instead(kind: Kind) -> None:
    """A deep copy would have credentials and sockets of its own: the error names what shares them."""
    with (
        calling(kind, "http://localhost:1", client_secret=SECRET) as caller,
        pytest.raises(TypeError, match=r"share it, or use with_options\(\)") as caught,
    ):
        copy.deepcopy(caller.client)

    assert [] == found(str(caught.value))

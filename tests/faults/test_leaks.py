"""Nothing leaks: one list of needles, and whatever can be reached from an error, a client or a log."""

from __future__ import annotations

import base64
import copy
import html
import json
import pickle
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from sequence_customers_client import ConfigurationError, SequenceError
from tests.faults.faultkit import CLIENT_ID, Kind, calling, ending, http
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
    return http(
        json.dumps({"error": {"type": text, "message": text, "errors": [text, {text: text}]}}).encode(), status=status
    )


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
    "a 200 of another shape": (Read(), Send(http(json.dumps({ECHO: ECHO, "id": ECHO, "address": ECHO}).encode()))),
    "a 200 that is no JSON": (Read(), Send(http(ECHO.encode()))),
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
        records = [f"{record.getMessage()} {record.args!r} {record.exc_text}" for record in logs.records]

    assert isinstance(error, SequenceError)
    assert [] == told(tellings(error))
    assert [] == [(record, needles) for record in records if (needles := found(record))]


@pytest.mark.parametrize(
    "alias", [f"{ALIAS}\ud800", ALIAS.encode(), ALIAS * 2000], ids=["no text", "bytes", "too long"]
)
def test_nothing_of_a_refusal_tells_the_argument(kind: Kind, alias: Any) -> None:
    """An argument that cannot be sent is in no frame and no link of the error that says so."""
    with calling(kind, "http://127.0.0.1:1", client_secret=SECRET, timeout=0.3) as caller:
        error, _ = ending(lambda: caller.get(alias))

    assert isinstance(error, ConfigurationError)
    assert [] == told(tellings(error))

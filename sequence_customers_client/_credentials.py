"""Credentials: given or asked for, checked before they are sent, and never shown.

Reporters of errors print local variables. So errors are raised here only where no frame of ours holds a value.
"""

import base64
import inspect
import os
import re
import threading
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from typing import Any, NoReturn

from . import _concurrency
from ._errors import ConfigurationError
from ._response import Headers, Response

Secret = str | Callable[[], str] | Callable[[], Awaitable[str]]
"""A client id or a client secret: as it is, or a callable that is asked for it before every attempt."""
_Caller = Callable[[Any, str], Awaitable[Any]]

_LEAST_REDACTED = 4
_MOST_REDACTED = 128
"""Characters. A pattern of each takes time and memory; where a longer word begins, all that follows is taken out."""

_AGAIN = "copy it again from where Sequence showed it"

_depth: ContextVar[int] = ContextVar("_depth", default=0)
_DEEPEST = 8
"""How many callables may be asked within each other: one that makes a call of its own client is asked by that, too."""

_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


class _Unshown:
    """Whatever prints, lists or pickles one of these learns nothing from it."""

    __slots__ = ()  # so that there is no `__dict__` to list

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials do not pickle: make a new client in the other process")


class Authorization(_Unshown):
    __slots__ = ("_value", "generation")

    def __init__(self, value: str, generation: int) -> None:
        self._value = value
        self.generation = generation  # how often callables had been asked anew after a 401 when this was made

    def header(self) -> dict[str, str]:
        """The header itself: it goes into requests, and nowhere else."""
        return {"Authorization": self._value}

    def secrets(self) -> tuple[str, str]:
        """What no response is to repeat: the secret, and the token that holds it."""
        token = self._value.removeprefix("Basic ")
        return base64.b64decode(token).partition(b":")[2].decode("ascii"), token


def redact(response: Response, words: Iterable[str]) -> Response:
    """A response without what the server repeats of secrets and arguments; short words are none, and stay."""
    patterns = [pattern for word in words if len(word) >= _LEAST_REDACTED for pattern in _patterns(word)]

    def clean(text: bytes) -> bytes:
        for letters, pattern in patterns:
            # Letters and digits are written as they are, and looking for them takes no time: bodies may be long.
            text = re.sub(pattern, b"***", text) if letters in text else text
        return text

    headers = Headers((name, clean(value)) for name, value in response.headers.raw)
    return Response(response.status_code, headers, clean(response.content), response.fault)


def _patterns(word: str) -> list[tuple[bytes, bytes]]:
    """What finds a word however servers write it: in base64, or each character escaped in a way of its own."""
    plain = word.encode()
    encoded = {base64.b64encode(plain).rstrip(b"="), base64.urlsafe_b64encode(plain).rstrip(b"=")}
    word, rest = word[:_MOST_REDACTED], rb"(?s:.*)" if len(word) > _MOST_REDACTED else b""
    # How long these are depends on how often they were escaped.
    runs = re.sub(r"\\+|%(?:25)+|&(?:amp;)+", lambda run: run[0][0], word.lstrip("\\") or word)
    # A word is found where backslashes before it begin, or a body of nothing but those would take for ever.
    text = _character(runs[0], rb"(?<!\\)") + b"".join(map(_character, runs[1:]))
    letters = max(re.findall(r"[A-Za-z0-9]+", runs), key=len, default="").encode()
    return [*((form, re.escape(form)) for form in encoded), (letters, text + rest)]


def _character(character: str, before: bytes = b"") -> bytes:
    if character.isascii() and character.isalnum():
        return character.encode()
    plain, units, point = character.encode(), character.encode("utf-16-be"), ord(character)
    json_escape = b"".join(rb"\\++u%04x" % int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    ways = [
        before + json_escape,
        before + rb"\\++x%02x" % point,
        b"(?:%(?:25)*+5c)++" if character == "\\" else b"".join(b"%%(?:25)*+%02x" % byte for byte in plain),
        b"&(?:amp;)*+(?:#0*+%d|#x0*+%x|[a-z][a-z0-9]*+);" % (point, point),  # whichever the name: HTML has 2,000
        before + (rb"\\++" if character == "\\" else rb"\\*+" + re.escape(plain)),
        *{"%": [b"%(?:25)++"], "&": [b"&(?:amp;)++"], " ": [rb"\+"]}.get(character, []),
        *([re.escape(character.encode("latin-1"))] if 127 < point < 256 else ()),
    ]
    found = b"(?i:%s)%s" % (b"|".join(ways), b"(?:amp(?i:;|%(?:25)*+3b))*+" if character == "&" else b"")
    # What follows a backslash may take it for its own escape: then there is none to be found.
    return b"(?:%s)?" % found if character == "\\" and not before else found


class Credentials(_Unshown):
    """The id and secret of one client (HTTP Basic, RFC 7617), fixed or rotating; None reads the environment."""

    __slots__ = ("_async_lock", "_latest", "_lock", "_names", "_refusal", "_sources", "rotating")

    def __init__(self, client_id: Secret | None, client_secret: Secret | None) -> None:
        self._sources: dict[str, Any] = {"client_id": client_id, "client_secret": client_secret}
        self._names = {name: name for name in self._sources}
        for name in [name for name, source in self._sources.items() if source is None]:
            self._sources[name] = os.environ.get(f"SEQUENCE_{name.upper()}")
            self._names[name] = f"the environment variable SEQUENCE_{name.upper()}"
        self.rotating = any(map(callable, self._sources.values()))  # asking again may give something else
        self._latest: Authorization
        self._refusal: ConfigurationError | None = None
        self._lock = _concurrency.PerProcess(threading.Lock)
        self._async_lock = _concurrency.PerLoop(_concurrency.async_lock)

    def check(self) -> None:
        """Refuse what cannot be right; what callables give is checked when they are asked."""
        given = {name: source for name, source in self._sources.items() if not callable(source)}
        self._latest = self._authorization(given, 0)

    def get(self, timeout: float, rejected: Authorization | None = None) -> Authorization:
        """What to send next, in so many seconds. After a 401 callables are asked anew, unless somebody has since."""
        if not self.rotating:
            return self._latest
        ends = _concurrency.now() + timeout

        async def call(source: Any, name: str) -> Any:
            return _concurrency.call_within(ends - _concurrency.now(), source, name)

        return _concurrency.run(self._get(rejected, call, lambda: _concurrency.locked(self._lock.get(), timeout)))

    async def get_async(self, rejected: Authorization | None = None) -> Authorization:
        """What to send next, likewise, from callables that may be async."""
        if not self.rotating:
            return self._latest
        return await self._get(rejected, _call_async, self._async_lock.get)

    async def _get(self, rejected: Authorization | None, call: _Caller, lock: Callable[[], Any]) -> Authorization:
        if rejected is None:
            return await self._ask(self._latest.generation, call)
        refusal = self._refusal
        async with lock():
            # Unless another call asked anew while this one waited, or another failed to.
            if self._latest.generation == rejected.generation:
                if self._refusal is not refusal and self._refusal is not None:
                    raise ConfigurationError(self._refusal.message)
                try:
                    self._latest = await self._ask(rejected.generation + 1, call)
                except ConfigurationError as error:
                    self._refusal = error
                    raise
            return self._latest

    async def _ask(self, generation: int, call: _Caller) -> Authorization:
        return self._authorization({name: await self._value(name, call) for name in self._sources}, generation)

    async def _value(self, name: str, call: _Caller) -> Any:
        source = self._sources[name]
        if not callable(source):
            return source
        if _depth.get() == _DEEPEST:
            raise ConfigurationError(
                f"{name}: the callable that is asked for it calls this client, which asks it again"
            )
        token = _depth.set(_depth.get() + 1)  # which the callable's thread inherits
        try:
            value = await call(source, name)
        except _concurrency.WallClockTimeout:
            raise
        except Exception as error:
            kind = type(error).__name__
            raise ConfigurationError(f"{name}: the callable that was asked for it raised {kind}") from error
        finally:
            _depth.reset(token)
        if not inspect.isawaitable(value):
            return value
        if inspect.iscoroutine(value):
            value.close()
        del value
        raise ConfigurationError(f"{name}: an async callable needs AsyncSequenceClient")

    def _authorization(self, values: dict[str, Any], generation: int) -> Authorization:
        problems = [f"{self._names[name]} {problem}" for name in values if (problem := _problem(name, values[name]))]
        if problems:
            values.clear()
            raise ConfigurationError("; ".join(problems))
        pair = ":".join(values.values()).encode("ascii")
        return Authorization(f"Basic {base64.b64encode(pair).decode('ascii')}", generation)


async def _call_async(source: Any, name: str) -> Any:
    is_async = inspect.iscoroutinefunction(source) or inspect.iscoroutinefunction(type(source).__call__)
    return await _concurrency.settled(source() if is_async else await _concurrency.call_aside(source, name))


def _problem(name: str, value: object) -> str | None:
    if value is None:
        return f"is not set: set it, or pass {name}=…"
    if not isinstance(value, str):
        return f"must be a string, not a {type(value).__name__}"
    checks = (
        (not value.strip(), "is empty"),
        (value != value.strip(), "has white space around it, a newline from a file perhaps: strip it"),
        (value[:1] in _QUOTES or value[-1:] in _QUOTES, "has quotes around it: take them off"),
        ("\x7f" in value or min(value, default=" ") < " ", f"holds a control character: {_AGAIN}"),
        (not value.isascii(), f"holds characters beyond ASCII: {_AGAIN}"),
        (name == "client_id" and ":" in value, "holds a colon, which no id has: are id and secret joined into one?"),
    )
    return next((problem for is_wrong, problem in checks if is_wrong), None)

"""Credentials: given or asked for, checked before they are sent, and never shown.

Reporters of errors print local variables. So errors are raised here only where no frame of ours holds a value.
"""

from __future__ import annotations

import base64
import inspect
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from . import _clock
from ._errors import ConfigurationError

Secret = str | Callable[[], str] | Callable[[], Awaitable[str]]
"""A client id or a client secret: as it is, or a callable that is asked for it before every attempt."""

_LEAST_MASKED = 8
"""Shorter ones are no secrets, and would blot out words."""

_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


class _Unshown:
    """Whatever prints, lists or pickles one of these learns nothing from it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials do not pickle: make a new client in the other process")


class Authorization(_Unshown):
    """The value of one Authorization header."""

    __slots__ = ("_value", "generation")

    def __init__(self, value: str, generation: int) -> None:
        self._value = value
        self.generation = generation
        """How often callables had been asked anew after a 401 when this was made."""

    def reveal(self) -> str:
        """The value itself: it goes into requests, and nowhere else."""
        return self._value

    def mask(self, content: bytes) -> bytes:
        """The content of an answer, without what the server repeats of the credentials."""
        token = self._value.removeprefix("Basic ").encode("ascii")
        secret = base64.b64decode(token).partition(b":")[2]
        for shown in (token, secret):
            if len(shown) >= _LEAST_MASKED:
                content = content.replace(shown, b"***")
        return content


class Credentials(_Unshown):
    """The id and secret of one client (HTTP Basic, RFC 7617), fixed or rotating.

    Args:
        client_id: The id; None reads SEQUENCE_CLIENT_ID.
        client_secret: The secret; None reads SEQUENCE_CLIENT_SECRET.
    """

    __slots__ = ("_async_lock", "_latest", "_lock", "_names", "_sources", "rotating")

    def __init__(self, client_id: Secret | None, client_secret: Secret | None) -> None:
        self._sources: dict[str, Any] = {"client_id": client_id, "client_secret": client_secret}
        self._names = {"client_id": "client_id", "client_secret": "client_secret"}
        for name, source in self._sources.items():
            if source is None:
                variable = f"SEQUENCE_{name.upper()}"
                self._sources[name] = os.environ.get(variable)
                self._names[name] = f"the environment variable {variable}"
        self.rotating = any(callable(source) for source in self._sources.values())
        """Whether asking again may give something else."""
        self._latest = Authorization("", 0)
        self._lock = threading.Lock()
        self._async_lock = _clock.PerLoop(_clock.async_lock)

    def check(self) -> None:
        """Refuse what cannot be right; what callables give is checked when they are asked.

        Raises:
            ConfigurationError: One is missing, or holds what no credential holds. The message never shows a value.
        """
        given = {name: source for name, source in self._sources.items() if not callable(source)}
        if self.rotating:
            self._refuse(given)
        else:
            self._latest = self._authorization(given, 0)

    def ask(self, rejected: Authorization | None = None) -> Authorization:
        """What to send next.

        Args:
            rejected: What a 401 was the answer to. Callables are asked anew, unless somebody has since.

        Raises:
            ConfigurationError: A callable failed, or gave what no credential holds.
        """
        if not self.rotating:
            return self._latest
        if rejected is None:
            return self._ask(self._latest.generation)
        with self._lock:
            if self._latest.generation == rejected.generation:
                self._latest = self._ask(rejected.generation + 1)
            return self._latest

    async def ask_async(self, rejected: Authorization | None = None) -> Authorization:
        """The twin of `ask`, for callables that may be async."""
        if not self.rotating:
            return self._latest
        if rejected is None:
            return await self._ask_async(self._latest.generation)
        async with self._async_lock.get():
            if self._latest.generation == rejected.generation:
                self._latest = await self._ask_async(rejected.generation + 1)
            return self._latest

    def _ask(self, generation: int) -> Authorization:
        values: dict[str, Any] = {}
        for name, source in self._sources.items():
            with _asking(name):
                values[name] = source() if callable(source) else source
            if inspect.isawaitable(values[name]):
                if inspect.iscoroutine(values[name]):
                    values[name].close()
                values.clear()
                raise ConfigurationError(f"{name}: an async callable needs AsyncSequenceClient")
        return self._authorization(values, generation)

    async def _ask_async(self, generation: int) -> Authorization:
        values: dict[str, Any] = {}
        for name, source in self._sources.items():
            with _asking(name):
                values[name] = source() if callable(source) else source
                if inspect.isawaitable(values[name]):
                    values[name] = await values[name]
        return self._authorization(values, generation)

    def _authorization(self, values: dict[str, Any], generation: int) -> Authorization:
        self._refuse(values)
        pair = f"{values['client_id']}:{values['client_secret']}"
        return Authorization("Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii"), generation)

    def _refuse(self, values: dict[str, Any]) -> None:
        problems = [f"{self._names[name]} {problem}" for name in values if (problem := _problem(name, values[name]))]
        if problems:
            values.clear()
            raise ConfigurationError("; ".join(problems))


@contextmanager
def _asking(name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise ConfigurationError(f"{name}: the callable that was asked for it raised {type(error).__name__}") from error


def _problem(name: str, value: object) -> str | None:
    if value is None:
        return f"is not set: pass {name}=… or set it"
    if not isinstance(value, str):
        return f"must be a string, not a {type(value).__name__}"
    if not value.strip():
        return "is empty"
    if value != value.strip():
        return "has white space around it, a newline from a file perhaps: strip it"
    if value[0] in _QUOTES or value[-1] in _QUOTES:
        return "has quotes around it: take them off"
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return "holds a control character"
    if not value.isascii():
        return "holds characters beyond ASCII: copy it again from where Sequence showed it"
    if name == "client_id" and ":" in value:
        return "holds a colon, which HTTP Basic does not allow in an id; are id and secret joined into one?"
    return None

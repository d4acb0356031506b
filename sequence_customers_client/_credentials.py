"""Credentials: checked when the client is made, and never shown."""

from __future__ import annotations

import base64
import os
from typing import NoReturn

from ._errors import ConfigurationError

_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


class Credentials:
    """The Authorization header of one client id and secret (RFC 7617).

    Whatever prints, compares or pickles a client meets this class, and learns nothing from it.
    """

    __slots__ = ("_authorization",)

    def __init__(self, authorization: str) -> None:
        self._authorization = authorization

    def authorization(self) -> str:
        """The value of the header. A secret: it goes into requests, and nowhere else."""
        return self._authorization

    def __repr__(self) -> str:
        return "Credentials(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials do not pickle: make a new client in the other process")


def read_credentials(client_id: str | None, client_secret: str | None) -> Credentials:
    """Check what the caller or the environment gave.

    Args:
        client_id: The id; None reads SEQUENCE_CLIENT_ID.
        client_secret: The secret; None reads SEQUENCE_CLIENT_SECRET.

    Raises:
        ConfigurationError: One is missing, or holds what no credential holds. The message never shows a value.
    """
    values = []
    for name, value in (("client_id", client_id), ("client_secret", client_secret)):
        variable = f"SEQUENCE_{name.upper()}"
        source = name if value is not None else f"the environment variable {variable}"
        text = os.environ.get(variable) if value is None else value
        if text is None:
            raise ConfigurationError(f"{name} is missing: pass {name}=… or set {variable}")
        problem = _problem(text, colon_allowed=name == "client_secret")
        if problem:
            raise ConfigurationError(f"{source} {problem}")
        values.append(text)
    return Credentials("Basic " + base64.b64encode(":".join(values).encode("ascii")).decode("ascii"))


def _problem(text: object, *, colon_allowed: bool) -> str | None:
    if not isinstance(text, str):
        return f"must be a string, not {type(text).__name__}"
    if not text.strip():
        return "is empty"
    if text != text.strip():
        return "has white space around it, a newline from a file perhaps: strip it"
    if text[0] in _QUOTES or text[-1] in _QUOTES:
        return "has quotes around it: take them off"
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        return "holds a control character"
    if not text.isascii():
        return "holds characters beyond ASCII: copy it again from the Sequence dashboard"
    if not colon_allowed and ":" in text:
        return "holds a colon, which HTTP Basic does not allow in an id; are id and secret joined into one?"
    return None

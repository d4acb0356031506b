"""Requests: from an operation and its arguments to what goes over the wire."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ._config import Config, is_header_value
from ._errors import ConfigurationError
from ._models.codec import DecodeError
from ._operation import Operation

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})  # RFC 9110, section 8.6
_LONGEST_URL = 65536  # httpx refuses longer ones


class Request:
    """One request, good for any number of attempts.

    No attrs class, and no tuple: it holds arguments, which no repr and no reporter of errors is to show.
    """

    __slots__ = ("content", "headers", "method", "url")

    def __init__(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> None:
        self.method = method
        self.url = url
        """Whole, percent-encoded: transports send it as it stands."""
        self.headers = headers
        """All of them, Host and Content-Length included; the credentials are added for each attempt."""
        self.content = content

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method in _SAFE_METHODS or any(name.lower() == "idempotency-key" for name in self.headers)

    def with_headers(self, headers: Mapping[str, str]) -> Request:
        """The request with more headers."""
        return Request(self.method, self.url, {**self.headers, **headers}, self.content)


def build_request(config: Config, operation: Operation[Any], arguments: Mapping[str, Any]) -> Request:
    """Turn arguments into a request.

    Raises:
        ConfigurationError: An argument cannot be sent. The message names it, and does not repeat it.
    """
    path = operation.path
    query: list[tuple[str, str]] = []
    headers = dict(config.headers)
    content: bytes | None = None
    for parameter in operation.parameters:
        value = arguments[parameter.name]
        if value is None and not parameter.required:
            continue
        try:
            encoded = parameter.codec.encode(value)
            parameter.codec.decode(encoded)  # what the document would not accept is not sent
            if parameter.location == "path":
                path = path.replace(f"{{{parameter.key}}}", path_segment(encoded))
            elif parameter.location == "query":
                query += [(parameter.key, _text(item)) for item in (encoded if type(encoded) is list else [encoded])]
            elif parameter.location == "header":
                headers[parameter.key] = _header_text(encoded)
            else:
                content = json.dumps(encoded, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
                headers["Content-Type"] = "application/json"
        except (AttributeError, TypeError, ValueError) as error:
            ours = isinstance(error, DecodeError) or type(error) is ValueError
            reason = str(error) if ours else f"a {type(value).__name__} cannot be sent"
            raise ConfigurationError(f"{parameter.name}: {reason}", operation=operation.route) from None
    key_header = operation.idempotency_key
    if key_header and key_header.lower() not in {name.lower() for name in headers}:
        # One key a call, whatever its attempts: that is what makes it safe to try again.
        headers[key_header] = str(uuid.uuid4())
    if content is not None or operation.method in _WITH_LENGTH:
        headers["Content-Length"] = str(len(content or b""))
    url = f"{config.base_url}{path}?{urlencode(query, quote_via=quote)}" if query else f"{config.base_url}{path}"
    if len(url) > _LONGEST_URL:
        raise ConfigurationError("the arguments make a URL that is too long", operation=operation.route)
    return Request(operation.method, url, headers, content)


def path_segment(value: str | int) -> str:
    """Percent-encode an argument as one segment of a path (RFC 3986, section 3.3).

    Dot segments would reach another endpoint, and an empty one its parent: those are no aliases.

    Raises:
        ValueError: The argument is no segment; the message says why, and does not repeat it.
    """
    text = str(value)
    if not text:
        raise ValueError("must not be empty")
    if text in {".", ".."}:
        raise ValueError("must not be '.' or '..', which mean another path")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ValueError("holds a lone surrogate, which is no character") from None


def _header_text(value: object) -> str:
    text = _text(value)
    if not is_header_value(text):
        raise ValueError("holds what no header can have: a control character, white space around it, non-ASCII")
    return text


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

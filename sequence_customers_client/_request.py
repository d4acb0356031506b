"""Requests: from an operation and its arguments to what goes over the wire."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ._config import NO_HEADER_VALUE, Config, is_header_value
from ._models.codec import DecodeError
from ._operation import Operation

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})  # RFC 9110, section 8.6
_LONGEST_URL = 65536  # httpx refuses longer ones


class Request:
    """One request, good for any number of attempts; neither its repr nor a reporter of errors shows what it holds."""

    __slots__ = ("content", "headers", "method", "url")

    def __init__(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> None:
        self.method = method
        self.url = url  # whole, percent-encoded: transports send it as it stands
        self.headers = headers  # all of them, Host and Content-Length included; but credentials, of each attempt
        self.content = content

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method in _SAFE_METHODS or any(name.lower() == "idempotency-key" for name in self.headers)


def build_request(config: Config, operation: Operation[Any], arguments: Mapping[str, Any]) -> Request | str:
    """Turn arguments into a request; or say why there is none, of an argument its name alone."""
    # Nothing is raised here: reporters of errors print local variables.
    path = operation.path
    query: list[tuple[str, str]] = []
    headers = dict(config.headers)
    content: bytes | None = None
    for name, key, location, codec, required in operation.parameters:
        value = arguments[name]
        if value is None and not required:
            continue
        try:
            encoded = codec.encode(value)
            codec.decode(encoded)  # what the document would not accept is not sent
            if location == "path":
                path = path.replace(f"{{{key}}}", path_segment(encoded))
            elif location == "query":
                query += [(key, _text(item)) for item in (encoded if type(encoded) is list else [encoded])]
            elif location == "header":
                headers[key] = _text(encoded)
                if not is_header_value(headers[key]):
                    return f"{name}: {NO_HEADER_VALUE}"
            else:
                content = json.dumps(encoded, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
                headers["Content-Type"] = "application/json"
        except (AttributeError, TypeError, ValueError) as error:
            is_ours = isinstance(error, DecodeError) or type(error) is ValueError
            return f"{name}: {error}" if is_ours else f"{name}: a {type(value).__name__} cannot be sent"
    key_header = operation.idempotency_key
    if key_header and key_header.lower() not in map(str.lower, headers):
        # One key a call, whatever its attempts: that is what makes it safe to try again.
        from uuid import uuid4  # noqa: PLC0415 - where the document has such a header

        headers[key_header] = str(uuid4())
    if content is not None or operation.method in _WITH_LENGTH:
        headers["Content-Length"] = str(len(content or b""))
    url = config.base_url + path + (f"?{urlencode(query, quote_via=quote)}" if query else "")
    if len(url) > _LONGEST_URL:
        return f"the arguments make a URL of more than {_LONGEST_URL:,} characters"
    return Request(operation.method, url, headers, content)


def path_segment(value: str | int) -> str:
    """Percent-encode an argument as one segment of a path (RFC 3986, section 3.3); ValueError says why it is none."""
    text = str(value)
    if not text:
        raise ValueError("must not be empty")
    if text in {".", ".."}:
        raise ValueError("must not be '.' or '..', which mean another path")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ValueError("holds a lone surrogate, which is no character") from None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

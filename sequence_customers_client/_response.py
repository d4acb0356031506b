"""Responses: from what came over the wire to a result, or to the error that says why not."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Generic, NamedTuple, TypeVar

from attrs import field, frozen

from ._errors import (
    APIResponseValidationError,
    APIStatusError,
    Attempt,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)
from ._models.codec import DecodeError, loads
from ._operation import Operation, described
from ._retry import parse_retry_after

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id")


class Answer(NamedTuple):
    """What came over the wire, its content decompressed."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    fault: str | None = None
    """Why the content is not all of the body, or not readable."""


def request_id(headers: Mapping[str, str]) -> str | None:
    """The server's name for the request, where it sent one."""
    return next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), None)


@frozen(kw_only=True)
class APIResponse(Generic[T_co]):
    """A whole response, as `client.with_raw_response` returns it."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in any case."""

    content: bytes = field(repr=False)
    """The body, decompressed."""

    attempts: tuple[Attempt, ...]
    """Every attempt that was made, the last one this response's."""

    elapsed: float
    """Seconds from the start of the call to the end of the body."""

    parsed: T_co = field(repr=False)
    """What the plain method returns."""

    @property
    def request_id(self) -> str | None:
        """The server's name for the request, where it sent one."""
        return request_id(self.headers)


def parse(operation: Operation[T], answer: Answer) -> T:
    """Read the body of a documented 2xx.

    Raises:
        DecodeError: It is not what the document says.
    """
    if answer.fault:
        raise DecodeError(answer.fault)
    codec = operation.responses[described(operation.responses, answer.status_code) or ""]
    if codec is None:
        return None  # type: ignore[return-value] # the operation says so
    return codec.decode(loads(answer.content))  # type: ignore[no-any-return]


def is_success(operation: Operation[Any], status_code: int) -> bool:
    """Whether a status is a 2xx that the document describes."""
    return 200 <= status_code <= 299 and described(operation.responses, status_code) is not None


def validation_error(
    error: DecodeError, operation: Operation[Any], answer: Answer, **context: Any
) -> APIResponseValidationError:
    """The error for a 2xx that is not what the document says."""
    return APIResponseValidationError(
        f"{operation.route} answered {answer.status_code} with a body that is not what the document says: {error}",
        path=error.path,
        operation=operation.route,
        **_facts(answer),
        **context,
    )


_ERRORS: dict[int, tuple[type[APIStatusError], str]] = {
    400: (BadRequestError, ""),
    401: (AuthenticationError, "check client_id and client_secret, and that they belong to {server}"),
    403: (PermissionDeniedError, "the credentials are valid in {server}, and do not allow this"),
    404: (NotFoundError, "not in {server}; each environment has its own"),
    409: (ConflictError, ""),
    422: (UnprocessableEntityError, ""),
    429: (RateLimitError, "the limit is per key: send fewer requests at a time"),
}


def status_error(
    operation: Operation[Any], answer: Answer, *, server: str, history: str, **context: Any
) -> APIStatusError:
    """The error for a status that is not a documented 2xx.

    Args:
        operation: What was called.
        answer: What came.
        server: How to call the server in the message.
        history: What the message says of the attempts.
        context: `attempts` and `elapsed`.
    """
    status = answer.status_code
    fallback = (InternalServerError if 500 <= status <= 599 else APIStatusError, "")
    kind, hint = _ERRORS.get(status, fallback)
    facts = _facts(answer)
    error_type, server_message = _envelope(facts["body"])
    codec = operation.errors.get(described(operation.errors, status) or "")
    if codec is not None:
        with suppress(DecodeError):
            facts["body"] = codec.decode(facts["body"])
    message = f"{operation.route} answered {_status_line(status)}"
    message += f": {server_message}" if server_message else ""
    message += f" ({hint.format(server=server)})" if hint else ""
    message += history
    return kind(message, error_type=error_type, operation=operation.route, **facts, **context)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _facts(answer: Answer) -> dict[str, Any]:
    return {
        "status_code": answer.status_code,
        "headers": answer.headers,
        "body": _body(answer.content),
        "request_id": request_id(answer.headers),
        "retry_after": parse_retry_after(answer.headers),
    }


def _body(content: bytes) -> Any:
    if not content:
        return None
    try:
        return loads(content)
    except DecodeError:
        return content.decode("utf-8", errors="replace")


def _envelope(body: Any) -> tuple[str | None, str | None]:
    """The type and message of `{"error": {"type", "message", "errors"}}`, or of what servers send in its place."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        kind, text = error.get("type"), error.get("message")
    else:
        kind, text = None, error
    # A page of HTML is no message.
    readable = one_line(text) if isinstance(text, str) and not text[:1000].lstrip().startswith("<") else ""
    return kind if isinstance(kind, str) else None, readable or None


def one_line(text: str) -> str:
    """Somebody else's text, fit for a message of ours: no line breaks, no control characters, not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())[:300]

"""The errors of the client.

    SequenceError
    ├── ConfigurationError            also ValueError
    └── APIError
        ├── APIConnectionError        also ConnectionError
        │   └── APITimeoutError       also TimeoutError
        ├── APIStatusError
        │   ├── BadRequestError 400           ├── ConflictError 409
        │   ├── AuthenticationError 401       ├── UnprocessableEntityError 422
        │   ├── PermissionDeniedError 403     ├── RateLimitError 429
        │   └── NotFoundError 404             └── InternalServerError 500-599
        └── APIResponseValidationError

Every argument but the message has a default, so that errors pickle; none holds a credential, or an alias.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Attempt(NamedTuple):
    """One attempt of a call, as errors and responses report it."""

    status_code: int | None
    """The status that came, or None where none did."""
    cause: str | None
    """Why no status came: the name of the failure, never its text."""
    elapsed: float
    """Seconds the attempt took."""
    wait: float | None
    """Seconds waited afterwards, before the next attempt; None after the last one."""


class SequenceError(Exception):
    """The base of every error this package raises."""

    message: str
    """What went wrong, where, and what to do."""
    operation: str | None
    """Method and route template, `GET /customers/by-alias/{alias}`: never the alias. None where no call was made."""
    attempts: tuple[Attempt, ...]
    """Every attempt that was made."""
    elapsed: float
    """Seconds from the start of the call to the error."""

    def __init__(
        self, message: str, *, operation: str | None = None, attempts: tuple[Attempt, ...] = (), elapsed: float = 0.0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.attempts = attempts
        self.elapsed = elapsed


class ConfigurationError(SequenceError, ValueError):
    """The caller's mistake, found before anything is sent: credentials, environment, base_url, limits, alias."""


class APIError(SequenceError):
    """A call was made, and did not end well."""


class APIConnectionError(APIError, ConnectionError):
    """No answer came: DNS, TLS, refused, reset, or a server that does not speak HTTP."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """No answer came in time."""

    limit: str
    """Which limit was reached.

    `timeout` (one attempt), `deadline` (the whole call), a phase of a `Timeout` of httpx or httpx2, or `rate_limit`.
    """

    def __init__(self, message: str, *, limit: str = "timeout", **context: Any) -> None:
        super().__init__(message, **context)
        self.limit = limit


class _ResponseError(APIError):
    """An answer came. What it was is kept here."""

    status_code: int = 0
    headers: Mapping[str, str] = {}
    """The headers of the answer; names in any case."""
    body: Any = None
    """The model that the document describes; else the decoded JSON, the text where it is no JSON, None where empty."""
    request_id: str | None = None
    """The server's name for the request, where it sent one."""
    retry_after: float | None = None
    """Seconds the server asked to wait, where it did."""

    def __init__(self, message: str, **facts: Any) -> None:
        own = {name: facts.pop(name, None) for name in _ResponseError.__annotations__}
        super().__init__(message, **facts)
        vars(self).update({name: value for name, value in own.items() if value is not None})


class APIStatusError(_ResponseError):
    """The answer's status is not a 2xx that the document describes."""

    error_type: str | None
    """The `type` of the server's error envelope, `UnrecognisedApiVersion` for example, where it sent one."""

    def __init__(self, message: str, *, error_type: str | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.error_type = error_type


class BadRequestError(APIStatusError):
    """400: the server could not use the request."""


class AuthenticationError(APIStatusError):
    """401: the server did not accept the credentials."""


class PermissionDeniedError(APIStatusError):
    """403: the credentials are valid, and do not allow this."""


class NotFoundError(APIStatusError):
    """404: there is no such thing; for a look-up by alias, no customer has it."""


class ConflictError(APIStatusError):
    """409: the request contradicts what is there."""


class UnprocessableEntityError(APIStatusError):
    """422: the server understood the request, and cannot carry it out."""


class RateLimitError(APIStatusError):
    """429: too many requests for this key."""


class InternalServerError(APIStatusError):
    """500 to 599: the server failed."""


class APIResponseValidationError(_ResponseError):
    """A 2xx whose body is not what the document says."""

    path: str
    """Where the fault is, `integrationIds[0].isPending`; empty where the body as a whole is at fault."""

    def __init__(self, message: str, *, path: str = "", **context: Any) -> None:
        super().__init__(message, **context)
        self.path = path

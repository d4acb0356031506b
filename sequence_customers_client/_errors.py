"""Errors: every argument but the message has a default, so that they pickle; none holds a credential or an alias."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NamedTuple

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "InternalServerError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "SequenceError",
    "UnprocessableEntityError",
]


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


@dataclass(eq=False, repr=False)
class SequenceError(Exception):
    """The base of every error this package raises."""

    message: str
    """What went wrong, where, and what to do."""
    _: KW_ONLY
    operation: str | None = None
    """Method and route template, `GET /customers/by-alias/{alias}`: never the alias. None where no call was made."""
    attempts: tuple[Attempt, ...] = ()
    """Every attempt that was made."""
    elapsed: float = 0.0
    """Seconds from the start of the call to the error."""

    def __post_init__(self) -> None:
        super().__init__(self.message)


class ConfigurationError(SequenceError, ValueError):
    """The caller's mistake, found before anything is sent: credentials, environment, base_url, limits, alias."""


class APIError(SequenceError):
    """A call was made, and did not end well."""


class APIConnectionError(APIError, ConnectionError):
    """No answer came: DNS, TLS, refused, reset, or a server that does not speak HTTP."""


@dataclass(eq=False, repr=False, kw_only=True)
class APITimeoutError(APIConnectionError, TimeoutError):
    """No answer came in time."""

    limit: str = "timeout"
    """Which limit was reached.

    `timeout` (one attempt), `deadline` (the whole call), a phase of a `Timeout` of httpx or httpx2, or `rate_limit`.
    """


@dataclass(eq=False, repr=False, kw_only=True)
class _ResponseError(APIError):
    """An answer came. What it was is kept here."""

    status_code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    """The headers of the answer; names in any case."""
    body: Any = None
    """The model that the document describes; else the decoded JSON, the text where it is no JSON, None where empty."""
    request_id: str | None = None
    """The server's name for the request, where it sent one."""
    retry_after: float | None = None
    """Seconds the server asked to wait, where it did."""


@dataclass(eq=False, repr=False, kw_only=True)
class APIStatusError(_ResponseError):
    """The answer's status is not a 2xx that the document describes."""

    error_type: str | None = None
    """The `type` of the server's error envelope, `UnrecognisedApiVersion` for example, where it sent one."""


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


@dataclass(eq=False, repr=False, kw_only=True)
class APIResponseValidationError(_ResponseError):
    """A 2xx whose body is not what the document says."""

    path: str = ""
    """Where the fault is, `integrationIds[0].isPending`; empty where the body as a whole is at fault."""

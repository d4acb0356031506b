"""Error mapping: from a response, or from a failure without one, to the error that says so."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from . import _errors as errors
from ._failures import TransportError, one_line
from ._models.codec import ANY, DecodeError, loads
from ._operation import Operation, described
from ._response import Response, request_id
from ._retry import parse_retry_after
from ._timeouts import AttemptTimeouts

_STATUSES: dict[int, tuple[type[errors.APIStatusError], str]] = {
    400: (errors.BadRequestError, ""),
    401: (errors.AuthenticationError, "check client_id and client_secret, and that they belong to {server}"),
    403: (errors.PermissionDeniedError, "the credentials are valid in {server}, and do not allow this"),
    404: (errors.NotFoundError, "not in {server}; each environment has its own"),
    409: (errors.ConflictError, ""),
    422: (errors.UnprocessableEntityError, ""),
    429: (errors.RateLimitError, "the limit is per key: send fewer requests at a time"),
}


def failure_error(
    failure: TransportError, timeouts: AttemptTimeouts, *, history: str, **context: Any
) -> errors.APIConnectionError:
    if not failure.timed_out:
        return errors.APIConnectionError(f"{context['operation']}: no response came: {failure}{history}", **context)
    waiting = failure.phase == "acquire"
    limit = timeouts.acquire if waiting else timeouts.phases.get(failure.phase or "", timeouts.total)
    what = "no connection came free" if waiting else "no response came"
    remedy = ": raise max_connections, or make fewer calls at a time" if waiting else ""
    name = limit.name if limit.name in {"timeout", "deadline"} else f"{limit.name} timeout"
    message = f"{context['operation']}: {what} within the {name} of {_plain(limit.seconds)} s{remedy}{history}"
    return errors.APITimeoutError(message, limit=limit.name, **context)


def _plain(seconds: float) -> str:
    return f"{seconds:.3g}" if seconds < 999 else f"{seconds:.0f}"


def rate_limit_error(deadline: float, *, operation: str, **context: Any) -> errors.APITimeoutError:
    """The error of a call for which the client's own rate limit leaves no room before the deadline."""
    message = f"{operation}: the client's rate limit leaves no room within the deadline of {_plain(deadline)} s"
    message += ": raise rate_limit or deadline, or make fewer calls"
    return errors.APITimeoutError(message, limit="rate_limit", operation=operation, **context)


def validation_error(
    error: DecodeError, operation: Operation[Any], response: Response, **context: Any
) -> errors.APIResponseValidationError:
    message = f"{operation.route} answered {response.status_code} with a body that is not what the document says"
    facts = {"path": error.path, **_facts(operation, response), **context}
    return errors.APIResponseValidationError(f"{message}: {error}", **facts)


def status_error(
    operation: Operation[Any], response: Response, *, server: str, history: str, **context: Any
) -> errors.APIStatusError:
    """The error for a status that is not a documented 2xx, of a response that repeats no credential or argument."""
    status = response.status_code
    otherwise = errors.InternalServerError if 500 <= status <= 599 else errors.APIStatusError
    kind, hint = _STATUSES.get(status, (otherwise, ""))
    facts = _facts(operation, response)
    error_type, server_message = _envelope(facts["body"])
    hint = hint.format(server=server)
    if status == 404 and _is_page(facts["body"]):
        hint = "this is a web page and not an answer of the API: check base_url, and any proxy on the way"
    elif 300 <= status <= 399:
        hint = _redirection(response.headers.get("location", ""), operation)
    codec = operation.errors.get(described(operation.errors, status) or "")
    with suppress(DecodeError):
        facts["body"] = (codec or ANY).decode(facts["body"])
    phrase = next((known.phrase for known in HTTPStatus if known == status), "")
    message = f"{operation.route} answered {status} {phrase}".rstrip()
    message += f": {server_message}" if server_message else ""
    message += f" ({hint})" if hint else ""
    return kind(message + history, error_type=error_type, **facts, **context)


def _redirection(location: str, operation: Operation[Any]) -> str:
    """Where a redirect points, without what may be an argument."""
    try:
        target = urlsplit(location.strip())
        port = f":{target.port}" if target.port else ""
    except ValueError:
        return ""
    if not target.netloc and not target.path:
        return ""
    where = f"{target.scheme or 'https'}://{target.hostname}{port}" if target.hostname else "the same server"
    before, prefix, _ = target.path.partition(operation.path.partition("{")[0])
    path = before + operation.path if prefix else "another path"
    return one_line(f"redirects are not followed; this one points to {where}, {path}")


def _facts(operation: Operation[Any], response: Response) -> dict[str, Any]:
    return {
        "operation": operation.route,
        "status_code": response.status_code,
        "headers": response.headers,
        "body": _body(response),
        "request_id": request_id(response.headers),
        "retry_after": parse_retry_after(response.headers),
    }


def _body(response: Response) -> Any:
    if response.fault is None and response.content:
        with suppress(DecodeError):
            return loads(response.content)
    return response.content.decode("utf-8", errors="replace") or None


def _is_page(body: Any) -> bool:
    return isinstance(body, str) and body[:1000].lstrip().startswith("<")


def _envelope(body: Any) -> tuple[str | None, str | None]:
    """The type and message of `{"error": {"type", "message", "errors"}}`, or of what servers send in its place."""
    error = body.get("error", body) if isinstance(body, dict) else body
    kind, text = (error.get("type"), error.get("message")) if isinstance(error, dict) else (None, error)
    # A page of HTML is no message.
    readable = one_line(text) if isinstance(text, str) and not _is_page(text) else ""
    return kind if isinstance(kind, str) else None, readable or None

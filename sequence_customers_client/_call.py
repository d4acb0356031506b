"""One call, from its first attempt to its result: every decision of the send path, and none of its I/O.

The clients do what they are told here: begin an attempt, exchange a request for a response, report how it ended, and
either return, raise, or wait and begin again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from . import _concurrency
from ._config import Config, checked_headers, merged_headers
from ._credentials import Authorization, redact
from ._error_mapping import failure_error, status_error, validation_error
from ._errors import APIError, APITimeoutError, Attempt
from ._logging import logger
from ._models.codec import DecodeError
from ._observers import ObservedCall, notify, observers_of
from ._operation import Operation
from ._request import Request, build_request
from ._response import APIResponse, Response, is_success, parse
from ._retry import is_retryable_status, next_wait, parse_retry_after
from ._timeouts import AttemptTimeouts, attempt_timeouts
from ._transports.base import TransportError

T = TypeVar("T")


class Call(Generic[T]):
    """The state of one call."""

    def __init__(self, config: Config, operation: Operation[T], arguments: Mapping[str, Any]) -> None:
        self._config = config
        self._operation = operation
        self._request = build_request(config, operation, arguments)
        self._words = [
            value
            for part in operation.parameters
            if type(value := arguments[part.name]) is str and part.location == "path"
        ]
        self._started = self._attempt_started = _concurrency.now()
        self._attempts: list[Attempt] = []
        self._authorization: Authorization | None = None
        self._observed: ObservedCall | None = None
        self._added: Mapping[str, str] = {}
        self.timeouts: AttemptTimeouts
        """Those of the attempt, from its beginning in the queue for a connection."""

        self.rejected: Authorization | None = None
        """What the server did not accept, where credentials are to be asked for anew."""

        self._observers = observers_of(config.observers)
        if self._observers:
            self._observed = ObservedCall(operation.method, operation.path, config.server)
            self._observed.request_bytes = len(self._request.content or b"")
            self._notify("call_started")

    def remaining(self) -> float:
        """Seconds until the deadline."""
        return self._config.deadline - (_concurrency.now() - self._started)

    def acquire_timeout(self) -> float:
        """Begin to wait for a connection: the seconds that the wait may take."""
        self._start_clock()
        return self.timeouts.acquire.seconds

    def begin(self) -> float:
        """Begin an attempt: the wall-clock seconds that it may take, asking for credentials included."""
        self._start_clock()
        logger.debug("%s: attempt %d", self._operation.route, len(self._attempts) + 1)
        if self._observed is not None:
            self._added = self._notify("attempt_started")
        return self.timeouts.total.seconds

    def request(self, authorization: Authorization) -> Request:
        """What to send in the attempt that began."""
        self._authorization = authorization
        request = self._request
        if self._added:
            headers = merged_headers(request.headers, self._added)
            request = Request(request.method, request.url, headers, request.content)
        return request.with_headers(authorization.header())

    def end(self, outcome: Response | TransportError) -> APIResponse[T] | float:
        """End an attempt.

        Returns:
            The response; or the seconds to wait before the next attempt.

        Raises:
            APIError: There is to be no other attempt.
        """
        result = self._judge(outcome)
        if isinstance(result, APIError):
            self._end_call(type(result).__name__)
            raise result from (outcome if isinstance(outcome, TransportError) else None)
        if isinstance(result, APIResponse):
            self._end_call(None)
        return result

    def rate_limited(self) -> APITimeoutError:
        """The error of a call for which the client's own rate limit leaves no room before the deadline."""
        route = self._operation.route
        message = (
            f"{route}: the client's rate limit leaves no room within the deadline of {self._config.deadline:.3g} s"
        )
        return APITimeoutError(message, limit="rate_limit", operation=route, **self._context())

    def abandon(self, error: BaseException) -> None:
        """End the call for a reason that no server and no network gave: cancellation, or a callable that failed."""
        self._end_call(type(error).__name__)

    def _judge(self, outcome: Response | TransportError) -> APIResponse[T] | APIError | float:
        if isinstance(outcome, TransportError):
            repeatable = (self._request.is_repeatable or not outcome.was_sent) and not outcome.is_final
            wait = self._next_wait(None) if repeatable else ""
            self._record(None, outcome.cause, wait)
            if not isinstance(wait, str):
                return wait
            route = self._operation.route
            history = self._history(wait)
            return failure_error(outcome, self.timeouts, operation=route, history=history, **self._context())
        if self._observed is not None:
            self._observed.response_bytes = len(outcome.content)
        status = outcome.status_code
        if is_success(self._operation, status):
            self._record(status, None, None)
            return self._parsed(outcome)
        if status == 401 and self._config.credentials.rotating and self.rejected is None:
            self.rejected = self._authorization
            self._record(401, None, 0.0)
            return 0.0
        worthwhile = self._request.is_repeatable and is_retryable_status(status)
        wait = self._next_wait(parse_retry_after(outcome.headers)) if worthwhile else ""
        self._record(status, None, wait)
        if not isinstance(wait, str):
            return wait
        shown = self._redacted(outcome)
        history = self._history(wait)
        return status_error(self._operation, shown, server=self._config.server_name, history=history, **self._context())

    def _parsed(self, response: Response) -> APIResponse[T] | APIError:
        try:
            parsed = parse(self._operation, response)
        except DecodeError as error:
            # Its frames hold values of the body.
            fault = error.with_traceback(None)
        else:
            return APIResponse(
                status_code=response.status_code,
                headers=response.headers,
                content=response.content,
                parsed=parsed,
                **self._context(),
            )
        return validation_error(fault, self._operation, self._redacted(response), **self._context())

    def _redacted(self, response: Response) -> Response:
        sent = self._authorization
        return redact(response, [*(sent.secrets() if sent is not None else ()), *self._words])

    def _start_clock(self) -> None:
        self._attempt_started = _concurrency.now()
        spent = self._attempt_started - self._started
        self.timeouts = attempt_timeouts(self._config.timeout, self._config.deadline, spent)

    def _next_wait(self, retry_after: float | None) -> float | str:
        return next_wait(
            attempt=len(self._attempts) + 1,
            max_retries=self._config.max_retries,
            remaining=self.remaining(),
            retry_after=retry_after,
        )

    def _record(self, status_code: int | None, cause: str | None, wait: float | str | None) -> None:
        elapsed = _concurrency.now() - self._attempt_started
        pause = None if isinstance(wait, str) else wait
        self._attempts.append(Attempt(status_code=status_code, cause=cause, elapsed=elapsed, wait=pause))
        logger.info(
            "%s: attempt %d: %s in %.3f s%s",
            self._operation.route,
            len(self._attempts),
            status_code or cause,
            elapsed,
            "" if pause is None else f", next in {pause:.3f} s",
        )
        if self._observed is not None:
            self._notify("attempt_ended")

    def _notify(self, event: str) -> Mapping[str, str]:
        observed = self._observed
        if observed is None:
            return {}
        observed.attempts = tuple(self._attempts)
        observed.elapsed = _concurrency.now() - self._started
        return notify(self._observers, event, observed, checked_headers)

    def _end_call(self, error_type: str | None) -> None:
        if self._observed is not None:
            self._observed.error_type = error_type
            self._notify("call_ended")
            self._observed = None

    def _history(self, note: str) -> str:
        """The attempts in words, where there is more to say of them than that there was one."""
        made = len(self._attempts)
        words = [f"{made} attempts in {_concurrency.now() - self._started:.1f} s"] * (made > 1) + [note] * bool(note)
        return f" ({'; '.join(words)})" if words else ""

    def _context(self) -> dict[str, Any]:
        return {"attempts": tuple(self._attempts), "elapsed": _concurrency.now() - self._started}

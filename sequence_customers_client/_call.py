"""One call, from its first attempt to its result: every decision of the send path, and none of its I/O.

The clients do what they are told here: begin an attempt, exchange a request for a response, report how it ended, and
either return, raise, or wait and begin again.
"""

from typing import Any, Generic, TypeVar

from . import _concurrency
from ._config import Config, checked_headers, merged_headers
from ._credentials import Authorization, redact
from ._error_mapping import failure_error, rate_limit_error, status_error, validation_error
from ._errors import Attempt, ConfigurationError
from ._failures import RateLimitTimeout, TransportError, without_context, without_frames
from ._logging import logger
from ._models.codec import DecodeError
from ._observers import OF_EVERY_CLIENT, ObservedCall
from ._operation import Arguments, Operation, is_success, parse
from ._request import Request, build_request
from ._response import APIResponse, Response
from ._retry import is_retryable_status, next_wait, parse_retry_after
from ._timeouts import AttemptTimeouts, attempt_timeouts

T = TypeVar("T")


class Call(Generic[T]):
    def __init__(self, config: Config, operation: Operation[T], arguments: Arguments) -> None:
        self._config = config = config.changed(**arguments.options) if arguments.options else config
        self.operation = operation
        request = build_request(config, operation, arguments.values)
        if isinstance(request, str):
            raise ConfigurationError(request, operation=operation.route)
        self._request = request
        self._arguments = arguments
        self._started = self._attempt_started = _concurrency.now()
        self._attempts: list[Attempt] = []
        self._authorization: Authorization | None = None
        self.timeouts: AttemptTimeouts  # of the attempt, from its beginning in the queue for a connection
        self.rejected: Authorization | None = None  # by the server: callables are to be asked anew
        self._observed: ObservedCall | None = None
        self._observers = (*OF_EVERY_CLIENT, *config.observers)
        if self._observers:
            size = len(self._request.content or b"")
            self._observed = ObservedCall(operation.method, operation.path, config.server, size)
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
        logger.debug("%s: attempt %d", self.operation.route, len(self._attempts) + 1)
        return self.timeouts.total.seconds

    def request(self, authorization: Authorization) -> Request:
        """What to send in the attempt that began."""
        self._authorization, sent = authorization, self._request
        added = self._notify("attempt_started") if self._observed is not None else None
        headers = merged_headers(sent.headers, added) if added else sent.headers
        return Request(sent.method, sent.url, {**headers, **authorization.header()}, sent.content)

    def end(self, outcome: Response | TransportError | RateLimitTimeout) -> APIResponse[T] | float:
        """End an attempt with what came of it: the result, or the seconds to wait before the next."""
        if isinstance(outcome, Response):
            return self._end_response(outcome)
        if isinstance(outcome, RateLimitTimeout):
            raise rate_limit_error(self._config.deadline, operation=self.operation.route, **self._context())
        failure = without_context(outcome)
        repeatable = (self._request.is_repeatable or not failure.was_sent) and not failure.is_final
        wait = self._next_wait(None) if repeatable else ""
        self._record(None, failure.cause, wait)
        if not isinstance(wait, str):
            return wait
        facts = {"operation": self.operation.route, "history": self._history(wait), **self._context()}
        raise failure_error(failure, self.timeouts, **facts) from failure

    def finish(self, error: BaseException | None) -> None:
        """End the call: well, or with what `end` raised, a cancellation, or the error of a callable that failed."""
        if self._observed is not None:
            error_type = None if error is None else type(error).__name__
            if self._is_observed_attempt:
                self._record(None, error_type, None)
            self._observed.error_type = error_type
            self._notify("call_ended")
            self._observed = None

    def _end_response(self, response: Response) -> APIResponse[T] | float:
        status, wait = response.status_code, self._wait_after(response)
        if self._observed is not None:
            self._observed.response_bytes = len(response.content)
        self._record(status, None, wait)
        if not isinstance(wait, str):
            return wait
        if is_success(self.operation, status):
            try:
                parsed = parse(self.operation, response)
            except DecodeError as error:
                fault = error.with_traceback(None)  # its frames hold values of the body
            else:
                self.finish(None)
                content, headers = response.content, response.headers
                context = self._context()
                return APIResponse(status_code=status, headers=headers, content=content, parsed=parsed, **context)
            raise validation_error(fault, self.operation, self._redacted(response), **self._context())
        facts = {"server": self._config.server_name, "history": self._history(wait), **self._context()}
        raise status_error(self.operation, self._redacted(response), **facts)

    def _redacted(self, response: Response) -> Response:
        try:
            return redact(response, self._words())
        except BaseException as error:  # noqa: BLE001 - raised again: a signal's, and the frames below hold the words
            raise without_frames(error) from error.__cause__

    def _words(self) -> list[str]:
        secrets = self._authorization.secrets() if self._authorization is not None else ()
        given = (self._arguments.values[part.name] for part in self.operation.parameters if part.location == "path")
        return [*secrets, *(value for value in given if type(value) is str)]

    def _wait_after(self, response: Response) -> float | str:
        """Seconds until another attempt; or, where this was the last, the reason in words."""
        if response.status_code == 401 and self._config.credentials.rotating and self.rejected is None:
            self.rejected = self._authorization
            return 0.0
        worthwhile = self._request.is_repeatable and is_retryable_status(response.status_code)
        return self._next_wait(parse_retry_after(response.headers)) if worthwhile else ""

    def _next_wait(self, retry_after: float | None) -> float | str:
        made, retries = len(self._attempts), self._config.max_retries
        return next_wait(attempt=made + 1, max_retries=retries, remaining=self.remaining(), retry_after=retry_after)

    def _start_clock(self) -> None:
        self._attempt_started = _concurrency.now()
        spent = self._attempt_started - self._started
        self.timeouts = attempt_timeouts(self._config.timeout, self._config.deadline, spent)

    def _record(self, status_code: int | None, cause: str | None, wait: float | str | None) -> None:
        elapsed = _concurrency.now() - self._attempt_started
        pause = None if isinstance(wait, str) else wait
        if self._observed is not None and not self._is_observed_attempt:
            self._notify("attempt_started")  # it ended before it could be sent
        self._attempts.append(Attempt(status_code=status_code, cause=cause, elapsed=elapsed, wait=pause))
        ending = "" if pause is None else f", next in {pause:.3f} s"
        came, number = status_code or cause, len(self._attempts)
        logger.info("%s: attempt %d: %s in %.3f s%s", self.operation.route, number, came, elapsed, ending)
        if self._observed is not None:
            self._notify("attempt_ended")

    def _notify(self, event: str) -> dict[str, str]:
        """Tell every observer of an event; returns the headers that they want added, those that can be sent."""
        headers: dict[str, str] = {}
        call: Any = self._observed
        call.attempts, call.elapsed = tuple(self._attempts), _concurrency.now() - self._started
        self._is_observed_attempt = event == "attempt_started"
        for observer in self._observers:
            try:
                added = checked_headers(getattr(observer, event)(call) or {}, event)
                headers.update({name.lower(): value for name, value in added.items()})
            except Exception as error:  # noqa: BLE001 - an observer's fault is not the caller's
                logger.warning("%s.%s raised %s", type(observer).__name__, event, type(error).__name__)
        return headers

    def _history(self, note: str) -> str:
        """The attempts in words, where there is more to say of them than that there was one."""
        made = len(self._attempts)
        words = [f"{made} attempts in {_concurrency.now() - self._started:.1f} s"] * (made > 1) + [note] * bool(note)
        return f" ({'; '.join(words)})" if words else ""

    def _context(self) -> dict[str, Any]:
        return {"attempts": tuple(self._attempts), "elapsed": _concurrency.now() - self._started}

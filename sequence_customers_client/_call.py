"""One call, from its first attempt to its result: every decision of the send path, and none of its I/O.

The clients do what they are told here: begin an attempt, exchange a request for an answer, report how it ended, and
either return, raise, or wait and begin again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import httpx

from . import _clock
from ._credentials import Authorization
from ._errors import Attempt
from ._failure import NOT_SENT, failure_error
from ._limit import TimeLimit, time_limit
from ._log import logger
from ._models.codec import DecodeError
from ._operation import Operation
from ._request import Outgoing, prepare
from ._response import Answer, APIResponse, is_success, parse, status_error, validation_error
from ._retry import is_retryable_status, next_wait, parse_retry_after
from ._settings import Settings

T = TypeVar("T")


class Call(Generic[T]):
    """The state of one call."""

    def __init__(self, settings: Settings, operation: Operation[T], arguments: Mapping[str, Any]) -> None:
        self._settings = settings
        self._operation = operation
        self._prepared = prepare(settings, operation, arguments)
        self._started = self._attempt_started = _clock.now()
        self._limit: TimeLimit  # of the attempt, from its beginning in the queue
        self._attempts: list[Attempt] = []
        self._authorization: Authorization | None = None
        self.rejected: Authorization | None = None
        """What the server did not accept, where credentials are to be asked for anew."""

    def patience(self) -> float:
        """Wait for a connection, where none is free: the seconds that the wait may take."""
        self._attempt_started = _clock.now()
        self._limit = time_limit(self._settings, self._attempt_started - self._started)
        return self._limit.queue.seconds

    def begin(self) -> float:
        """Begin an attempt; returns the wall-clock seconds it may take, asking for credentials included."""
        self._attempt_started = _clock.now()
        self._limit = time_limit(self._settings, self._attempt_started - self._started)
        logger.debug("%s: attempt %d", self._operation.route, len(self._attempts) + 1)
        return self._limit.whole.seconds

    def outgoing(self, authorization: Authorization) -> Outgoing:
        """What to send in the attempt that began."""
        self._authorization = authorization
        return Outgoing(self._prepared, authorization.reveal(), self._limit)

    def end(self, outcome: Answer | Exception) -> APIResponse[T] | float:
        """End an attempt.

        Returns:
            The response; or the seconds to wait before the next attempt.

        Raises:
            APIError: There is to be no other attempt.
        """
        if isinstance(outcome, httpx.HTTPStatusError):
            # From a hook of the caller's httpx client, which had an answer.
            outcome = Answer(outcome.response.status_code, outcome.response.headers, b"", fault="a hook refused it")
        if isinstance(outcome, Exception):
            repeatable = self._prepared.repeatable or isinstance(outcome, NOT_SENT)
            wait = self._next_wait(None) if repeatable else ""
            self._record(None, type(outcome).__name__, wait)
            if not isinstance(wait, str):
                return wait
            route = self._operation.route
            error = failure_error(outcome, self._limit, operation=route, history=self._history(wait), **self._context())
            raise error from outcome
        if is_success(self._operation, outcome.status_code):
            self._record(outcome.status_code, None, None)
            return self._response(outcome)
        if outcome.status_code == 401 and self._settings.credentials.rotating and self.rejected is None:
            self.rejected = self._authorization
            self._record(401, None, 0.0)
            return 0.0
        worthwhile = self._prepared.repeatable and is_retryable_status(outcome.status_code)
        wait = self._next_wait(parse_retry_after(outcome.headers)) if worthwhile else ""
        self._record(outcome.status_code, None, wait)
        if not isinstance(wait, str):
            return wait
        outcome = self._masked(outcome)
        server = str(self._settings.environment or self._settings.base_url)
        raise status_error(self._operation, outcome, server=server, history=self._history(wait), **self._context())

    def _masked(self, answer: Answer) -> Answer:
        sent = self._authorization
        return answer if sent is None else answer._replace(content=sent.mask(answer.content))

    def _next_wait(self, retry_after: float | None) -> float | str:
        return next_wait(
            attempt=len(self._attempts) + 1,
            max_retries=self._settings.max_retries,
            remaining=self._settings.deadline - (_clock.now() - self._started),
            retry_after=retry_after,
        )

    def _record(self, status_code: int | None, cause: str | None, wait: float | str | None) -> None:
        elapsed = _clock.now() - self._attempt_started
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

    def _history(self, note: str) -> str:
        """The attempts in words, where there is more to say of them than that there was one."""
        made = len(self._attempts)
        words = [f"{made} attempts in {_clock.now() - self._started:.1f} s"] * (made > 1) + [note] * bool(note)
        return f" ({'; '.join(words)})" if words else ""

    def _context(self) -> dict[str, Any]:
        return {"attempts": tuple(self._attempts), "elapsed": _clock.now() - self._started}

    def _response(self, answer: Answer) -> APIResponse[T]:
        try:
            parsed = parse(self._operation, answer)
        except DecodeError as error:
            raise validation_error(error, self._operation, self._masked(answer), **self._context()) from None
        return APIResponse(
            status_code=answer.status_code,
            headers=answer.headers,
            content=answer.content,
            parsed=parsed,
            **self._context(),
        )

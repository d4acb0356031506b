"""Observers: told of every call and attempt, of nothing personal, and unable to break a call."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import CallObserver, ConfigurationError, ObservedCall, SequenceError
from sequence_customers_client._base_url import parse_base_url
from sequence_customers_client._call import Call
from sequence_customers_client._concurrency import AcquireTimeout, WallClockTimeout
from sequence_customers_client._config import Config
from sequence_customers_client._credentials import Authorization, Credentials
from sequence_customers_client._failures import RateLimitTimeout, TransportError
from sequence_customers_client._models.codec import ANY
from sequence_customers_client._operation import Arguments, Operation
from sequence_customers_client._response import Headers, Response

if TYPE_CHECKING:
    from tests.conftest import Twin


class Recorder(CallObserver):
    """Writes down what it is told, and adds a header to each attempt."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.calls: list[ObservedCall] = []

    def call_started(self, call: ObservedCall) -> None:
        self.calls.append(call)
        self.told.append(("call started", call.method, call.route, call.host, call.port))

    def attempt_started(self, call: ObservedCall) -> Mapping[str, str]:
        self.told.append(("attempt started", len(call.attempts)))
        return {"X-Attempt": str(len(call.attempts) + 1)}

    def attempt_ended(self, call: ObservedCall) -> None:
        self.told.append(("attempt ended", call.attempts[-1].status_code, call.attempts[-1].cause))

    def call_ended(self, call: ObservedCall) -> None:
        self.told.append(("call ended", call.error_type, call.response_bytes))


@pytest.mark.usefixtures("clock")
def test_every_event_is_told(twin: Twin, ok: httpx.Response) -> None:
    """An observer sees the call begin, each attempt begin and end, and the call end; its headers are sent."""
    recorder = Recorder()
    talk = twin.talk(httpx.ReadError("cut"), httpx.Response(503), ok, observers=[recorder])

    talk.get("4l1as")

    assert [
        ("call started", "GET", "/customers/by-alias/{alias}", "sequence.test", 443),
        ("attempt started", 0),
        ("attempt ended", None, "ReadError"),
        ("attempt started", 1),
        ("attempt ended", 503, None),
        ("attempt started", 2),
        ("attempt ended", 200, None),
        ("call ended", None, len(ok.content)),
    ] == recorder.told
    assert ["1", "2", "3"] == [request.headers["X-Attempt"] for request in talk.requests]
    assert "4l1as" not in repr([vars(call) for call in recorder.calls])


OUTCOMES = {
    "good": 200,
    "busy": 503,
    "rejected": 401,
    "refused": TransportError("ConnectError", was_sent=False),
    "slow": WallClockTimeout(),
    "crowded": AcquireTimeout(),
    "cancelled": KeyboardInterrupt(),
    "no credentials": ConfigurationError("client_id is empty"),
    "no room": RateLimitTimeout(),
}
SENT = st.lists(st.sampled_from([*OUTCOMES]), min_size=1, max_size=6)


@given(outcomes=SENT, is_sent=st.lists(st.booleans(), min_size=6, max_size=6), max_retries=st.integers(0, 4))
def test_whatever_begins_ends(
    fresh_concurrency: Any, outcomes: list[str], is_sent: list[bool], max_retries: int
) -> None:
    """Each attempt that is told to begin is told to end, and the other way round, however attempts and call end."""
    recorder = Recorder()
    server, credentials = parse_base_url("base_url", "https://sequence.test"), Credentials(lambda: "id", "secret")
    config = Config(server, credentials, observers=[recorder], max_retries=max_retries)
    with fresh_concurrency():
        call: Call[Any] = Call(config, Operation("GET", "/names", (), {"200": ANY}), Arguments({}))
        for name, was_sent in zip(outcomes, is_sent, strict=False):
            outcome: Any = OUTCOMES[name]
            try:
                call.begin()
                if was_sent or isinstance(outcome, int):
                    call.request(Authorization("Basic aWQ6c2VjcmV0", 0))
                if isinstance(outcome, KeyboardInterrupt | ConfigurationError):
                    raise outcome
                result = call.end(Response(outcome, Headers(), b"null") if isinstance(outcome, int) else outcome)
            except (SequenceError, KeyboardInterrupt) as error:
                call.finish(error)
                break
            if not isinstance(result, float):
                break
        else:
            call.finish(KeyboardInterrupt())

    attempts = [event[0] for event in recorder.told[1:-1]]
    assert ["attempt started", "attempt ended"] * (len(attempts) // 2) == attempts
    assert ["call started", "call ended"] == [recorder.told[0][0], recorder.told[-1][0]]
    assert len(attempts) == 2 * len(recorder.calls[0].attempts)


def test_an_error_is_told_by_its_class(twin: Twin) -> None:
    """A call that fails ends with the name of the error's class."""
    recorder = Recorder()

    twin.talk(httpx.Response(404), observers=[recorder]).error()

    assert ("call ended", "NotFoundError", 0) == recorder.told[-1]


@pytest.mark.parametrize("event", ["call_started", "attempt_started", "attempt_ended", "call_ended"])
def test_an_observer_that_raises_is_logged_and_breaks_nothing(
    twin: Twin, ok: httpx.Response, caplog: pytest.LogCaptureFixture, event: str
) -> None:
    """What an observer does wrong is a warning, and the next observer is told all the same."""

    def fail(_: ObservedCall) -> None:
        raise RuntimeError("a secret of its own")

    broken, recorder = CallObserver(), Recorder()
    setattr(broken, event, fail)
    with caplog.at_level(logging.WARNING):
        twin.talk(ok, observers=[broken, recorder]).get()

    assert [f"CallObserver.{event} raised RuntimeError"] == [record.getMessage() for record in caplog.records]
    assert "call ended" == recorder.told[-1][0]


@pytest.mark.parametrize("headers", [{"X-Evil": "1\r\nX-More: 2"}, {"Authorization": "Basic x"}, {"a b": "c"}])
def test_headers_that_cannot_be_sent_are_left_out(
    twin: Twin, ok: httpx.Response, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    """An observer injects nothing, and replaces no header of the client's own."""
    observer = CallObserver()
    observer.attempt_started = lambda _: headers  # type: ignore[method-assign, assignment]
    talk = twin.talk(ok, observers=[observer])

    talk.get()

    assert set(headers.values()).isdisjoint(talk.request.headers.values())
    assert ["CallObserver.attempt_started raised ConfigurationError"] == [r.getMessage() for r in caplog.records]


def test_what_is_no_observer_is_refused(twin: Twin) -> None:
    """A class in place of an object, say, or an object in place of a list, is told when the client is made."""
    with pytest.raises(ConfigurationError, match="observers must be a list"):
        twin.make(observers=CallObserver())
    with pytest.raises(ConfigurationError, match="observers: a type is no CallObserver"):
        twin.make(observers=[CallObserver])


def test_headers_replace_those_of_their_name(twin: Twin, ok: httpx.Response) -> None:
    """A header is sent once, whatever case observers and callers write its name in: the last observer's."""
    first, second = CallObserver(), CallObserver()
    first.attempt_started = lambda _: {"Traceparent": "one"}  # type: ignore[method-assign, assignment]
    second.attempt_started = lambda _: {"TRACEPARENT": "two"}  # type: ignore[method-assign, assignment]
    talk = twin.talk(ok, observers=[first, second], default_headers={"TraceParent": "zero"})

    talk.get()

    assert ["two"] == talk.request.headers.get_list("traceparent")


def test_a_call_of_a_closed_client_ends(twin: Twin) -> None:
    """Every call that starts ends, also the one that a closed client refuses."""
    recorder = Recorder()
    talk = twin.talk(observers=[recorder])
    talk.close()

    with pytest.raises(ConfigurationError, match="closed"):
        talk.get()

    assert ["call started", "call ended"] == [event[0] for event in recorder.told]


@pytest.mark.usefixtures("clock")
def test_nothing_reachable_is_personal_or_secret(
    twin: Twin, ok: httpx.Response, client_id: str, client_secret: str
) -> None:
    """Neither alias, body nor credential can be reached from what an observer is given, however deep it looks."""
    recorder = Recorder()

    busy = httpx.Response(503, text="a-body", headers={"Retry-After": "0"})
    twin.talk(busy, ok, observers=[recorder]).get("4l1as")

    seen: list[object] = [recorder.calls[0]]
    for value in seen:  # grows while it is walked
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
        seen += [*parts, *getattr(value, "__dict__", {}).values()]
    texts = [value for value in seen if isinstance(value, str | bytes)]
    assert "/customers/by-alias/{alias}" in texts
    assert [] == [text for text in texts for word in ("4l1as", "a-body", client_id, client_secret) if word in str(text)]

"""OpenTelemetry: one span a call, by the stable conventions for HTTP, and no alias in any of it. The extra `otel`.

See https://opentelemetry.io/docs/specs/semconv/http/.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from typing import Any, Final

from opentelemetry import metrics, propagate, trace
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined] # it exports nothing
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled, suppress_http_instrumentation

from . import _observers
from ._observers import CallObserver, ObservedCall
from ._version import __version__

_NAME: Final = "sequence_customers_client"
_SECONDS: Final = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.075,
    0.1,
    0.25,
    0.5,
    0.75,
    1,
    2.5,
    5,
    7.5,
    10,
)  # the conventions' buckets


class SequenceInstrumentor(BaseInstrumentor):  # type: ignore[misc] # it has no types
    """Traces and measures the calls of every client of the process, of those made before, too.

    `opentelemetry-instrument` finds it by itself. The spans of the HTTP library below, which have the alias in their
    URL, are suppressed while an attempt is under way; what a callable for credentials sends is traced as ever.

    Example:
        SequenceInstrumentor().instrument(tracer_provider=provider)
    """

    _observer: CallObserver | None = None

    def instrumentation_dependencies(self) -> Collection[str]:
        """What has to be installed: nothing beside this package."""
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        tracer = trace.get_tracer(_NAME, __version__, kwargs.get("tracer_provider"))
        meter = metrics.get_meter(_NAME, __version__, kwargs.get("meter_provider"))
        self._observer = _Telemetry(tracer, meter)
        _observers.OF_EVERY_CLIENT.append(self._observer)

    def _uninstrument(self, **kwargs: Any) -> None:  # noqa: ARG002 - as the base class has it
        if self._observer is not None:
            _observers.OF_EVERY_CLIENT.remove(self._observer)
            self._observer = None


class _Telemetry(CallObserver):
    def __init__(self, tracer: trace.Tracer, meter: metrics.Meter) -> None:
        self._tracer = tracer
        self._duration = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of calls, retries and waits included.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._retries = meter.create_counter(
            "sequence.client.retries", "{attempt}", "Attempts that followed the first of their call."
        )

    def call_started(self, call: ObservedCall) -> None:
        if not is_http_instrumentation_enabled():
            return
        span = self._tracer.start_span(
            f"{call.method} {call.route}", kind=trace.SpanKind.CLIENT, attributes=_attributes(call)
        )
        call.state[self] = span, ExitStack(), ExitStack()
        call.state[self][1].enter_context(trace.use_span(span, end_on_exit=False))

    def attempt_started(self, call: ObservedCall) -> dict[str, str]:
        if self not in call.state:
            return {}
        if call.attempts:
            self._retries.add(1, _attributes(call))
        headers: dict[str, str] = {}
        propagate.inject(headers)
        call.state[self][2].enter_context(suppress_http_instrumentation())
        return headers

    def attempt_ended(self, call: ObservedCall) -> None:
        if self not in call.state:
            return
        status, cause, elapsed, wait = call.attempts[-1]
        facts = {
            "http.response.status_code": status,
            "error.type": cause,
            "sequence.attempt.duration": elapsed,
            "sequence.attempt.wait": wait,
        }
        span, _, suppression = call.state[self]
        suppression.close()
        span.add_event("attempt", {name: value for name, value in facts.items() if value is not None})

    def call_ended(self, call: ObservedCall) -> None:
        if self not in call.state:
            return
        span, current, _ = call.state.pop(self)
        # After an attempt with a wait another was to follow: its status is not how the call ended.
        is_last = call.attempts and call.attempts[-1].wait is None
        status = call.attempts[-1].status_code if is_last else None
        ending: dict[str, str | int] = {} if status is None else {"http.response.status_code": status}
        if call.error_type is not None:
            ending["error.type"] = str(status) if status is not None and status >= 400 else call.error_type
            span.set_status(trace.StatusCode.ERROR, call.error_type)
        if len(call.attempts) > 1:
            span.set_attribute("http.request.resend_count", len(call.attempts) - 1)
        span.set_attributes(ending)
        self._duration.record(call.elapsed, _attributes(call) | ending)  # while the span is current: for exemplars
        current.close()
        span.end()


def _attributes(call: ObservedCall) -> dict[str, str | int]:
    return {
        "http.request.method": call.method,
        "server.address": call.host,
        "server.port": call.port,
        "url.scheme": call.scheme,
        "url.template": call.route,
    }

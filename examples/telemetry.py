"""Spans and metrics of calls, written to a file as an OpenTelemetry collector's file exporter would: JSON, by line.

    python examples/telemetry.py acme telemetry.jsonl

A service that runs under `opentelemetry-instrument` needs nothing of this: the instrumentor is found by itself.
"""

import sys
from pathlib import Path

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

from sequence_customers_client import SequenceClient, SequenceError
from sequence_customers_client.otel import SequenceInstrumentor


def main(alias: str, path: Path) -> None:
    resource = Resource.create({"service.name": "billing"})
    with path.open("a", encoding="utf-8") as file:
        spans = ConsoleSpanExporter(out=file, formatter=lambda span: span.to_json(indent=None) + "\n")
        tracers = TracerProvider(resource=resource)
        tracers.add_span_processor(BatchSpanProcessor(spans))

        measured = ConsoleMetricExporter(out=file, formatter=lambda data: data.to_json(indent=None) + "\n")
        meters = MeterProvider([PeriodicExportingMetricReader(measured)], resource=resource)

        SequenceInstrumentor().instrument(tracer_provider=tracers, meter_provider=meters)
        with SequenceClient() as sequence:
            try:
                print(sequence.customers.get_by_alias(alias).legal_name)
            except SequenceError as error:
                print(error)
        SequenceInstrumentor().uninstrument()

        tracers.shutdown()
        meters.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

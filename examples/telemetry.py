"""Spans and metrics of calls, written to a file as an OpenTelemetry collector's file exporter does: OTLP JSON, by line.

    pip install "sequence-customers-client[otel]" opentelemetry-sdk opentelemetry-exporter-otlp-proto-common
    python examples/telemetry.py acme telemetry.jsonl

A service that runs under `opentelemetry-instrument` needs nothing of this: the instrumentor is found by itself.
"""

import re
import sys
from base64 import b64decode
from pathlib import Path

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

from sequence_customers_client import SequenceClient, SequenceError
from sequence_customers_client.otel import SequenceInstrumentor


def otlp_json(request: Message) -> str:
    text = MessageToJson(request, indent=None, use_integers_for_enums=True)
    # OTLP has its ids in hexadecimal, where other JSON of protobuf has base64.
    ids = r'("(?:traceId|spanId|parentSpanId)": )"([^"]*)"'
    return re.sub(ids, lambda found: f'{found[1]}"{b64decode(found[2]).hex()}"', text) + "\n"


def main(alias: str, path: Path) -> None:
    resource = Resource.create({"service.name": "billing"})
    with path.open("a", encoding="utf-8") as file:
        spans = ConsoleSpanExporter(out=file, formatter=lambda span: otlp_json(encode_spans([span])))
        tracers = TracerProvider(resource=resource)
        tracers.add_span_processor(BatchSpanProcessor(spans))

        measured = ConsoleMetricExporter(out=file, formatter=lambda data: otlp_json(encode_metrics(data)))
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

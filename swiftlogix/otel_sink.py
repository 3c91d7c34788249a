"""Spans by OpenTelemetry: to a collector by OTLP, or as JSON lines into a file. Needs the extra `otel`."""

import json
import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_ENDPOINT
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from tracking.tracing import Context, Span

# A longer file is put aside, in place of the one that was put aside before.
FILE_BYTES = 20_000_000
FLUSH_MS = 2_000
# By default OpenTelemetry asks `localhost`, which may be an address that the collector does not listen on.
BESIDE = "http://127.0.0.1:4318/v1/traces"


class OtelSink:
    """`SpanSink` that exports spans on a thread of its own; the thread starts with the first span."""

    def __init__(self, exporter: str, service: str, file: Path) -> None:
        """Export by `otlp`, to the collector of OTEL_EXPORTER_OTLP_ENDPOINT, or by `jsonl` to the file."""
        self._exporter = exporter
        self._file = file
        self._resource = Resource.create({"service.name": service})
        self._ids = AwsXRayIdGenerator()

    def new_context(self) -> Context:
        """Return the context of a new trace, with an id that AWS X-Ray accepts."""
        return Context(f"{self._ids.generate_trace_id():032x}", f"{self._ids.generate_span_id():016x}")

    def take(self, spans: Sequence[Span]) -> None:
        """Queue spans for the exporter; those that find the queue full are lost."""
        for span in spans:
            self._exporting.on_end(self._convert(span))

    def flush(self) -> None:
        """Export what is queued, for two seconds at most."""
        if "_exporting" in self.__dict__:
            self._exporting.force_flush(FLUSH_MS)

    @cached_property
    def _exporting(self) -> BatchSpanProcessor:
        made = JsonLines(self._file) if self._exporter == "jsonl" else OTLPSpanExporter(find_endpoint())
        return BatchSpanProcessor(made)

    def _convert(self, span: Span) -> ReadableSpan:
        parent = Context(span.context.trace_id, span.parent_id) if span.parent_id else None
        return ReadableSpan(
            name=span.verb,
            context=_to_otel(span.context),
            parent=_to_otel(parent) if parent else None,
            resource=self._resource,
            attributes=dict(span.attributes),
            links=[Link(_to_otel(link)) for link in span.links],
            kind=SpanKind.INTERNAL,
            status=Status(StatusCode.ERROR, span.error) if span.error else Status(StatusCode.OK),
            start_time=span.starts_ns,
            end_time=max(span.starts_ns, span.ends_ns),
            instrumentation_scope=InstrumentationScope("swiftlogix"),
        )


class JsonLines(SpanExporter):
    """Exporter that appends a JSON object for each span to a file; many processes may share the file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append the spans, in one write."""
        text = "".join(json.dumps(_describe(span)) + "\n" for span in spans)
        try:
            with self._lock:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                if self._file.exists() and self._file.stat().st_size > FILE_BYTES:
                    self._file.replace(self._file.with_suffix(".old.jsonl"))
                with self._file.open("ab", buffering=0) as file:
                    file.write(text.encode())
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def find_endpoint() -> str | None:
    """Return the collector's address beside this process; None where the variable names another one."""
    return None if OTEL_EXPORTER_OTLP_ENDPOINT in os.environ else BESIDE


def _to_otel(context: Context) -> SpanContext:
    return SpanContext(
        int(context.trace_id, 16),
        int(context.span_id, 16),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _describe(span: ReadableSpan) -> dict[str, object]:
    return {
        "trace_id": f"{span.context.trace_id:032x}",
        "span_id": f"{span.context.span_id:016x}",
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "verb": span.name,
        "starts_ns": span.start_time,
        "ends_ns": span.end_time,
        "attributes": dict(span.attributes or {}),
        "links": [f"{link.context.trace_id:032x}" for link in span.links],
        "error": span.status.description or "",
        "service": span.resource.attributes["service.name"],
    }

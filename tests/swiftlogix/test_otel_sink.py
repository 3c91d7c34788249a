"""Spans by OpenTelemetry: what a collector gets, and the file that the pipeline page reads."""

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_ENDPOINT

from swiftlogix.otel_sink import FILE_BYTES, JsonLines, OtelSink, find_endpoint
from tracking.tracing import Context, Span
from workers.local_traces import Bar, LocalTrace, SpanLine, read_traces

TRACE = "65f0a1b2" + "c" * 24
START = 1_790_000_000_000_000_000


def make_span(verb, from_ms, to_ms, **fields):
    span_id = f"{from_ms + 1:016x}"
    times = (START + from_ms * 1_000_000, START + to_ms * 1_000_000)
    return Span(verb, Context(TRACE, span_id), None, *times, {"shipment_id": "123"}, **fields)


def test_spans_are_written_to_the_file_and_read_as_bars(tmp_path):
    file = tmp_path / "var" / "traces.jsonl"
    sink = OtelSink("jsonl", "swiftlogix-shards", file)
    link = Context("1" * 32, "2" * 16)
    sink.take([make_span("read", 0, 60, links=(link,)), make_span("record", 60, 100, error="TransientError")])
    sink.take([Span("read", sink.new_context(), None, START, START, {"events": 2})])
    sink.flush()
    assert read_traces(file) == [
        LocalTrace(
            TRACE,
            "123",
            100.0,
            [Bar("read", "", 60.0, 0.0, 60.0, ""), Bar("record", "", 40.0, 60.0, 40.0, "TransientError")],
        )
    ]


class Collector(BaseHTTPRequestHandler):
    """Server that keeps what a process exports to it."""

    def do_POST(self):
        self.server.taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def collector(monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Collector)
    server.taken = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv(OTEL_EXPORTER_OTLP_ENDPOINT, f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_collector_gets_spans_by_otlp(tmp_path, collector):
    sink = OtelSink("otlp", "swiftlogix-shards", tmp_path / "unused")
    sink.take([make_span("push", 3, 5)])
    sink.flush()
    [(path, body)] = collector.taken
    [of_process] = ExportTraceServiceRequest.FromString(body).resource_spans
    [span] = of_process.scope_spans[0].spans
    assert (path, span.name, span.trace_id.hex(), span.span_id.hex()) == (
        "/v1/traces",
        "push",
        TRACE,
        f"{4:016x}",
    )
    assert span.end_time_unix_nano - span.start_time_unix_nano == 2_000_000


def test_without_an_address_the_collector_is_beside_the_process(monkeypatch):
    monkeypatch.delenv(OTEL_EXPORTER_OTLP_ENDPOINT, raising=False)
    assert find_endpoint() == "http://127.0.0.1:4318/v1/traces"


def test_a_span_is_converted_with_all_that_it_has(tmp_path):
    sink = OtelSink("otlp", "swiftlogix-queues", tmp_path / "unused")
    link = Context("1" * 32, "2" * 16)
    span = make_span("deliver", 0, 5, links=(link,), error="KeyError")._replace(parent_id="3" * 16)
    made = sink._convert(span)
    assert (made.name, made.context.trace_id, made.context.span_id) == ("deliver", int(TRACE, 16), 1)
    assert (made.parent.trace_id, made.parent.span_id) == (int(TRACE, 16), int("3" * 16, 16))
    [linked] = made.links
    assert (linked.context.trace_id, linked.context.span_id) == (int("1" * 32, 16), int("2" * 16, 16))
    assert (made.status.is_ok, made.status.description) == (False, "KeyError")
    assert (made.end_time - made.start_time, dict(made.attributes)) == (5_000_000, {"shipment_id": "123"})
    assert made.resource.attributes["service.name"] == "swiftlogix-queues"


def test_a_new_trace_has_an_id_that_aws_x_ray_accepts(tmp_path):
    context = OtelSink("otlp", "swiftlogix-shards", tmp_path / "unused").new_context()
    assert abs(int(context.trace_id[:8], 16) - time.time()) < 3600


def test_a_file_that_is_too_long_is_put_aside(tmp_path):
    file = tmp_path / "traces.jsonl"
    with file.open("wb") as opened:
        opened.truncate(FILE_BYTES + 1)
    JsonLines(file).export([])
    assert (file.stat().st_size, (tmp_path / "traces.old.jsonl").stat().st_size) == (0, FILE_BYTES + 1)


def test_lines_that_are_cut_are_left_out_and_no_file_is_no_trace(tmp_path):
    file = tmp_path / "traces.jsonl"
    assert read_traces(file) == []
    line = SpanLine("a" * 32, "push", 0, 1_000_000, {"shipment_id": "7"})
    file.write_bytes(b'cut": 1}\n' + msgspec.json.encode(line) + b'\n{"trace_id":')
    assert [(trace.trace_id, trace.shipment_id) for trace in read_traces(file)] == [("a" * 32, "7")]

"""Lines of metrics: one for the values of each set of dimensions, at once or buffered for some seconds."""

import json
import time

import pytest

from laboratory.alarms.log_files import MetricValues, SeriesKey, parse_line
from tracking import metrics

MOMENT = 1_790_000_000.0


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: MOMENT)


@pytest.fixture
def buffering(monkeypatch):
    # The test stops before the first flush by time.
    monkeypatch.setattr(metrics, "BUFFERED_FOR_S", 60.0)
    metrics.start_buffering()
    yield
    metrics.stop_buffering()


def read(capsys):
    """Read the written lines as CloudWatch does: the values of each metric."""
    return [list(parse_line(line.encode())) for line in capsys.readouterr().out.splitlines()]


def values_of(name, values, *dimensions):
    return MetricValues(SeriesKey("SwiftLogix", name, dimensions), MOMENT, values)


def emit_a_batch():
    metrics.emit(metrics.READ_RECORDS, 3)
    metrics.emit(metrics.RECORD_LATENCY_MS, [20.52, 21.0])
    metrics.emit(metrics.RECORD_EVENTS, 2, origin="device")


def test_a_process_that_buffers_nothing_writes_each_metric_at_once(capsys):
    emit_a_batch()
    assert read(capsys) == [
        [values_of("read_records", [3])],
        [values_of("record_latency_ms", [20.5, 21.0])],
        [values_of("record_events", [2], ("origin", "device"))],
    ]


def test_buffered_metrics_of_equal_dimensions_share_a_line_with_all_their_values(capsys, buffering):
    emit_a_batch()
    metrics.emit(metrics.READ_RECORDS, 4)
    assert read(capsys) == []
    metrics.stop_buffering()
    assert read(capsys) == [
        [values_of("read_records", [3, 4]), values_of("record_latency_ms", [20.5, 21.0])],
        [values_of("record_events", [2], ("origin", "device"))],
    ]


def test_a_line_has_at_most_a_hundred_values_of_a_metric(capsys, buffering):
    metrics.emit(metrics.RECORD_LATENCY_MS, [float(n) for n in range(150)])
    metrics.emit(metrics.READ_RECORDS, 150)
    metrics.stop_buffering()
    latencies = [float(n) for n in range(150)]
    assert read(capsys) == [
        [values_of("record_latency_ms", latencies[:100]), values_of("read_records", [150])],
        [values_of("record_latency_ms", latencies[100:])],
    ]


def test_a_metric_without_a_dimension_says_so_by_an_empty_list(capsys):
    metrics.emit(metrics.READ_RECORDS, 1)
    (directive,) = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "SwiftLogix",
        "Dimensions": [[]],
        "Metrics": [{"Name": "read_records", "Unit": "Count"}],
    }


def test_buffered_values_are_written_after_a_while(capsys, monkeypatch):
    monkeypatch.setattr(metrics, "BUFFERED_FOR_S", 0.01)
    metrics.start_buffering()
    try:
        metrics.emit(metrics.READ_RECORDS, 5)
        for _ in range(1000):
            if lines := capsys.readouterr().out:
                break
            time.sleep(0.01)
    finally:
        metrics.stop_buffering()
    assert [list(parse_line(line.encode())) for line in lines.splitlines()] == [
        [values_of("read_records", [5])]
    ]


def test_what_is_emitted_after_the_end_is_written_at_once(capsys, buffering):
    metrics.stop_buffering()
    metrics.emit(metrics.READ_RECORDS, 6)
    assert read(capsys) == [[values_of("read_records", [6])]]

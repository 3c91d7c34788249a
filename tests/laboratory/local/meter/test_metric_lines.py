"""Reading the roles' metrics from their logs, as the product writes them."""

import contextlib

from laboratory.local.meter.metric_lines import MetricLines
from tracking import metrics


def test_counts_are_summed_over_logs_and_the_kept_metric_keeps_its_values(tmp_path):
    logs = [tmp_path / "shards.log", tmp_path / "queues.log"]
    lines = MetricLines([*logs, tmp_path / "absent.log"], kept_metric="record_latency_ms")
    for log in logs:
        with log.open("w") as text, contextlib.redirect_stdout(text):
            text.write('{"event": "read", "outcome": "begun"}\nnot even JSON\n')
            metrics.emit(metrics.READ_RECORDS, 3)
            metrics.emit(metrics.RECORD_LATENCY_MS, [120.5, 80.0])
    lines.read_new()
    assert (lines.total("read_records"), list(lines.newest)) == (6, [120.5, 80.0, 120.5, 80.0])


def test_lines_are_read_only_once(tmp_path):
    log = tmp_path / "shards.log"
    lines = MetricLines([log], kept_metric="record_latency_ms")
    for total in (3, 6):
        with log.open("a") as text, contextlib.redirect_stdout(text):
            metrics.emit(metrics.READ_RECORDS, 3)
        lines.read_new()
        assert lines.total("read_records") == total


def test_a_total_leaves_out_the_given_origins(tmp_path):
    log = tmp_path / "shards.log"
    with log.open("w") as text, contextlib.redirect_stdout(text):
        for origin, count in (("device", 5), ("manifest", 2), ("device", 1)):
            metrics.emit(metrics.RECORD_EVENTS, count, origin=origin)
    lines = MetricLines([log], kept_metric="record_latency_ms")
    lines.read_new()
    assert lines.total("record_events", except_origins=("manifest",)) == 6

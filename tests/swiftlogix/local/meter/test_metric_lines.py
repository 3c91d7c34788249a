"""The roles' metrics, read out of their logs as the product really writes them."""

import contextlib

from swiftlogix.local.meter.metric_lines import MetricLines
from tracking import metrics


def test_counts_are_summed_over_logs_and_the_kept_metric_keeps_its_values(tmp_path):
    logs = [tmp_path / "shards.log", tmp_path / "queues.log"]
    lines = MetricLines([*logs, tmp_path / "absent.log"], kept="record_latency_ms")
    for log in logs:
        with log.open("w") as text, contextlib.redirect_stdout(text):
            text.write('{"event": "read", "outcome": "stint begun"}\nnot even JSON\n')
            metrics.emit(metrics.READ_RECORDS, 3)
            metrics.emit(metrics.RECORD_LATENCY_MS, [120.5, 80.0])
    lines.read_new()
    assert (lines.totals["read_records"], list(lines.newest)) == (6, [120.5, 80.0, 120.5, 80.0])


def test_what_was_read_is_not_read_again(tmp_path):
    log = tmp_path / "shards.log"
    lines = MetricLines([log], kept="record_latency_ms")
    for total in (3, 6):
        with log.open("a") as text, contextlib.redirect_stdout(text):
            metrics.emit(metrics.READ_RECORDS, 3)
        lines.read_new()
        assert lines.totals["read_records"] == total

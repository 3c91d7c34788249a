"""Lines of metrics: one each, or those of a block together."""

import pytest

from laboratory.alarms.log_files import parse_line
from tracking import metrics


def read_values(text: str) -> list[tuple[str, dict[str, str], list[float]]]:
    """Return name, dimensions and values of each metric in lines."""
    return [
        (found.series.name, dict(found.series.dimensions), found.values)
        for line in text.splitlines()
        for found in parse_line(line.encode())
    ]


def emit_a_batch() -> None:
    metrics.emit(metrics.ENRICH_MS, 1.5)
    metrics.emit(metrics.RECORD_EVENTS, 2, origin="device")
    metrics.emit(metrics.RECORD_LATENCY_MS, [10.0, 20.0])


BATCH = [
    ("enrich_ms", {}, [1.5]),
    ("record_latency_ms", {}, [10.0, 20.0]),
    ("record_events", {"origin": "device"}, [2]),
]


def test_metrics_of_a_block_are_one_line_with_the_same_values(capsys):
    emit_a_batch()
    apart = capsys.readouterr().out
    with metrics.together():
        emit_a_batch()
        assert capsys.readouterr().out == ""
    joined = capsys.readouterr().out
    assert (len(apart.splitlines()), len(joined.splitlines())) == (3, 1)
    assert read_values(joined) == BATCH
    assert sorted(read_values(apart), key=str) == sorted(BATCH, key=str)
    assert len(joined) < 0.75 * len(apart)


def test_a_metric_that_comes_again_has_a_line_of_its_own(capsys):
    with metrics.together():
        metrics.emit(metrics.RECORD_EVENTS, 2, origin="device")
        metrics.emit(metrics.RECORD_EVENTS, 1, origin="api")
        metrics.emit(metrics.ENRICH_MS, 1.5)
    lines = capsys.readouterr().out.splitlines()
    assert [read_values(line) for line in lines] == [
        [("record_events", {"origin": "device"}, [2]), ("enrich_ms", {}, [1.5])],
        [("record_events", {"origin": "api"}, [1])],
    ]


def fail_within_blocks() -> None:
    with metrics.together():
        with metrics.together():
            metrics.emit(metrics.ENRICH_MS, 1.5)
        metrics.emit(metrics.RECORD_MS, 2.5)
        raise RuntimeError


def test_an_exception_and_a_block_within_a_block_lose_no_metric(capsys):
    with pytest.raises(RuntimeError):
        fail_within_blocks()
    assert read_values(capsys.readouterr().out) == [("enrich_ms", {}, [1.5]), ("record_ms", {}, [2.5])]
    metrics.emit(metrics.ENRICH_MS, 3.5)
    assert read_values(capsys.readouterr().out) == [("enrich_ms", {}, [3.5])]

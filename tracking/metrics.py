"""Every metric, declared once with its unit and dimensions, and the one way to emit it."""

import sys
import threading
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

NAMESPACE = "SwiftLogix"
# CloudWatch takes at most 100 values of a metric in one line.
MAX_VALUES = 100


class Metric(NamedTuple):
    """A metric's name, its unit in CloudWatch's words, and the dimensions it may carry."""

    name: str
    unit: str
    dimensions: tuple[str, ...] = ()


class Unit(StrEnum):
    """The units in use."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    SECONDS = "Seconds"


READ_RECORDS = Metric("read_records", Unit.COUNT)
READ_LAG_S = Metric("read_lag_s", Unit.SECONDS, ("shard",))
LEASES_HELD = Metric("leases_held", Unit.COUNT)
SHARDS_OPEN = Metric("shards_open", Unit.COUNT)
SHARDS_HALTED = Metric("shards_halted", Unit.COUNT)
READ_LOST_GAP_S = Metric("read_lost_gap_s", Unit.SECONDS)
DECODE_QUARANTINED = Metric("decode_quarantined", Unit.COUNT, ("reason",))
ENRICH_PLACES_DEGRADED = Metric("enrich_places_degraded", Unit.COUNT)
ENRICH_REFINE_DROPPED = Metric("enrich_refine_dropped", Unit.COUNT)
ENRICH_REFINE_FAILED = Metric("enrich_refine_failed", Unit.COUNT)
ENRICH_MS = Metric("enrich_ms", Unit.MILLISECONDS)
ENRICH_LANES_STALE = Metric("enrich_lanes_stale", Unit.COUNT)
RECORD_EVENTS = Metric("record_events", Unit.COUNT, ("origin",))
RECORD_REPEATS = Metric("record_repeats", Unit.COUNT)
RECORD_MS = Metric("record_ms", Unit.MILLISECONDS)
RECORD_LATENCY_MS = Metric("record_latency_ms", Unit.MILLISECONDS)
RECORD_CONFLICTS = Metric("record_conflicts", Unit.COUNT)
PUBLISH_CHANGES = Metric("publish_changes", Unit.COUNT)
PUBLISH_PENDING_S = Metric("publish_pending_s", Unit.SECONDS)
PUSH_LATENCY_MS = Metric("push_latency_ms", Unit.MILLISECONDS)
PUSH_FAILED = Metric("push_failed", Unit.COUNT)
ANSWER_UNCOUNTED = Metric("answer_uncounted", Unit.COUNT)
DELIVER_RECEIVED = Metric("deliver_received", Unit.COUNT, ("queue",))
DELIVER_FAILED = Metric("deliver_failed", Unit.COUNT, ("transport",))

_encode = msgspec.json.Encoder().encode
_lock = threading.Lock()


def emit(metric: Metric, value: float | Sequence[float], **dimensions: str) -> None:
    """Write the metric as EMF lines on stdout: one line, or one per 100 values of a sequence.

    Raises `ValueError` for a dimension the metric does not declare: series cost money each month.
    """
    if tuple(sorted(dimensions)) != tuple(sorted(metric.dimensions)):
        raise ValueError(f"{metric.name} takes the dimensions {metric.dimensions}, not {tuple(dimensions)}")
    values = [value] if isinstance(value, int | float) else list(value)
    for start in range(0, len(values), MAX_VALUES):
        _write(metric, values[start : start + MAX_VALUES], dimensions)


def _write(metric: Metric, values: list[float], dimensions: dict[str, str]) -> None:
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [list(dimensions)],
                    "Metrics": [{"Name": metric.name, "Unit": str(metric.unit)}],
                }
            ],
        },
        metric.name: values[0] if len(values) == 1 else values,
        **dimensions,
    }
    text = _encode(line).decode() + "\n"
    with _lock:
        sys.stdout.write(text)
        sys.stdout.flush()

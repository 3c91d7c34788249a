"""Metrics of the product, each declared once with unit and dimensions, and the function that emits them."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

NAMESPACE = "SwiftLogix"
# CloudWatch takes at most 100 values of a metric in one line.
MAX_VALUES = 100


class Metric(NamedTuple):
    """Name of a metric, its CloudWatch unit, and its dimensions."""

    name: str
    unit: str
    dimensions: tuple[str, ...] = ()


class Unit(StrEnum):
    """CloudWatch units in use."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    SECONDS = "Seconds"


# Each metric: what it counts, when it is emitted, what a bad value means.
# deploy/templates/observe.yaml has the alarms.

# Records in a batch that is done; per batch. Zero for minutes while devices send: reading stopped.
READ_RECORDS = Metric("read_records", Unit.COUNT)
# Age of the oldest unread record at the last read; every 10 s per shard. Growing: reading is too slow.
READ_LAG_S = Metric("read_lag_s", Unit.SECONDS, ("shard",))
# Shards held by one process; every 10 s. A sum over processes below `shards_open`: a shard has no owner.
LEASES_HELD = Metric("leases_held", Unit.COUNT)
# Shards that can be read; with each audit (30 s). Changes only by a reshard.
SHARDS_OPEN = Metric("shards_open", Unit.COUNT)
# Shards that could be read and are not, as nobody renews their lease; with each audit. Above 0: no owner.
SHARDS_UNREAD = Metric("shards_unread", Unit.COUNT)
# Halted shards with each audit, and 1 when one halts. Above 0: fix, then `manage.py leases resume`.
SHARDS_HALTED = Metric("shards_halted", Unit.COUNT)
# Span of records that the stream trimmed unread; when it is found. Any value is a loss of data.
READ_LOST_GAP_S = Metric("read_lost_gap_s", Unit.SECONDS)
# Records put into quarantine, by reason; per batch. A rise: bad data, or (`failed`) a bug of ours.
DECODE_QUARANTINED = Metric("decode_quarantined", Unit.COUNT, ("reason",))
# Fields left out of reports as they are unreadable, by field; per batch. A rise: new firmware is at fault.
DECODE_IGNORED_FIELDS = Metric("decode_ignored_fields", Unit.COUNT, ("field",))
# Positions without a place because the places file cannot be read; per batch. Above 0: the file is broken.
ENRICH_PLACES_DEGRADED = Metric("enrich_places_degraded", Unit.COUNT)
# Cells not requested from Amazon Location as the queue is full; each. A rise: it answers too slowly.
ENRICH_REFINE_DROPPED = Metric("enrich_refine_dropped", Unit.COUNT)
# Failed requests for names of a cell, those refused by the open breaker included; each. A rise: it is down.
ENRICH_REFINE_FAILED = Metric("enrich_refine_failed", Unit.COUNT)
# Time to enrich a batch, without the reads of gather; per batch. A rise: the CPU is short.
ENRICH_MS = Metric("enrich_ms", Unit.MILLISECONDS)
# Keys of lane statistics that could not be read in time; per read. A rise: predictions use old ones.
ENRICH_LANES_STALE = Metric("enrich_lanes_stale", Unit.COUNT)
# Events recorded, by origin; per batch. Zero while records are read: nothing that is read is recorded.
RECORD_EVENTS = Metric("record_events", Unit.COUNT, ("origin",))
# Events that were recorded before; per batch. High for long: a device repeats itself, or batches are retried.
RECORD_REPEATS = Metric("record_repeats", Unit.COUNT)
# Time to record a batch; per batch. A rise: DynamoDB is slow or throttles.
RECORD_MS = Metric("record_ms", Unit.MILLISECONDS)
# Time from arrival on the stream to recorded; per event. A rise: reading lags, or recording is slow.
RECORD_LATENCY_MS = Metric("record_latency_ms", Unit.MILLISECONDS)
# Commits refused because another writer was first; per attempt. High: writers compete for shipments.
RECORD_CONFLICTS = Metric("record_conflicts", Unit.COUNT)
# Changes that the bus took; per call. Zero while changes are recorded: the bus cannot be reached.
PUBLISH_CHANGES = Metric("publish_changes", Unit.COUNT)
# Changes on the bus that the rule of a queue has to take; per call. `deliver_received` must follow.
PUBLISH_ROUTED = Metric("publish_routed", Unit.COUNT, ("queue",))
# Age of the oldest unpublished change; when the sweep (every 10 s) finds one. Growing: the bus takes nothing.
PUBLISH_PENDING_S = Metric("publish_pending_s", Unit.SECONDS)
# Time from arrival on the stream to the push to open pages; per event. A rise: pages lag.
PUSH_LATENCY_MS = Metric("push_latency_ms", Unit.MILLISECONDS)
# Messages to live pages that failed or were dropped; at most every 5 s. Above 0: pages are late.
PUSH_FAILED = Metric("push_failed", Unit.COUNT)
# API requests that passed without being counted; each. Above 0: Redis is down and rate limits are off.
ANSWER_UNCOUNTED = Metric("answer_uncounted", Unit.COUNT)
# Queue messages processed and deleted; per poll. Zero while messages wait: the listeners have stopped.
DELIVER_RECEIVED = Metric("deliver_received", Unit.COUNT, ("queue",))
# Changes of canaries that arrived, by queue; each. None for ten minutes: the way to this queue is cut.
DELIVER_CANARY = Metric("deliver_canary", Unit.COUNT, ("queue",))
# Failed attempts to send a notification, by transport; each. A rise: the provider is down, or refuses it.
DELIVER_FAILED = Metric("deliver_failed", Unit.COUNT, ("transport",))

_encode = msgspec.json.Encoder().encode
_lock = threading.Lock()
_observers: dict[Metric, Callable[[float], None]] = {}
# Lines that a thread has gathered.
_gathered = threading.local()


def latencies_ms(arrivals: Sequence[datetime], now: datetime) -> list[float]:
    """Return the time from each arrival on the stream to `now`, in milliseconds."""
    return [(now - arrived_at).total_seconds() * 1000 for arrived_at in arrivals]


def observe(metric: Metric, take: Callable[[float], None]) -> None:
    """Pass the sum of the values to `take` whenever this process emits the metric; one observer for each."""
    _observers[metric] = take


def emit(metric: Metric, value: float | Sequence[float], **dimensions: str) -> None:
    """Write the metric to stdout in CloudWatch's embedded metric format (EMF), 100 values per line.

    Raises `ValueError` if the dimensions are not those the metric declares: each series costs money.
    """
    if tuple(sorted(dimensions)) != tuple(sorted(metric.dimensions)):
        raise ValueError(f"{metric.name} takes the dimensions {metric.dimensions}, not {tuple(dimensions)}")
    values = [value] if isinstance(value, int | float) else list(value)
    if metric in _observers:
        _observers[metric](sum(values))
    for start in range(0, len(values), MAX_VALUES):
        _write(metric, values[start : start + MAX_VALUES], dimensions)


@contextmanager
def together() -> Iterator[None]:
    """Write what this thread emits in the block at its end, in as few lines as possible: logs cost money."""
    if getattr(_gathered, "lines", None) is not None:
        yield
        return
    lines = _gathered.lines = []
    try:
        yield
    finally:
        _gathered.lines = None
        for line in lines:
            _print(line)


def _write(metric: Metric, values: list[float], dimensions: dict[str, str]) -> None:
    line: dict[str, Any] = {
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
    if (gathered := getattr(_gathered, "lines", None)) is None:
        _print(line)
    else:
        _join(gathered, line)


def _join(lines: list[dict[str, Any]], line: dict[str, Any]) -> None:
    """Join a line to the first that has none of its values, or append it."""
    names = line.keys() - {"_aws"}
    for known in lines:
        if not names & known.keys():
            _add_directive(known["_aws"]["CloudWatchMetrics"], *line["_aws"]["CloudWatchMetrics"])
            known |= {name: line[name] for name in names}
            return
    lines.append(line)


def _add_directive(directives: list[dict[str, Any]], new: dict[str, Any]) -> None:
    """Add the metrics of a directive to that of the same dimensions, or append it."""
    for known in directives:
        if known["Dimensions"] == new["Dimensions"]:
            known["Metrics"] += new["Metrics"]
            return
    directives.append(new)


def _print(line: dict[str, Any]) -> None:
    text = _encode(line).decode() + "\n"
    with _lock:
        sys.stdout.write(text)
        sys.stdout.flush()

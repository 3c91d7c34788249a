"""Metrics of the product, each declared once with unit and dimensions, and the function that emits them."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

NAMESPACE = "SwiftLogix"
# CloudWatch takes at most 100 values of a metric in one line.
MAX_VALUES = 100
# Short beside the minute of an alarm, long beside the time between two reads of a shard.
BUFFERED_FOR_S = 2.0


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

# Values of one metric with the same values of its dimensions.
Series = tuple[Metric, tuple[tuple[str, str], ...]]


def latencies_ms(arrivals: Sequence[datetime], now: datetime) -> list[float]:
    """Return the time from each arrival on the stream to `now`, in milliseconds."""
    return [(now - arrived_at).total_seconds() * 1000 for arrived_at in arrivals]


def observe(metric: Metric, take: Callable[[float], None]) -> None:
    """Pass the sum of the values to `take` whenever this process emits the metric; one observer for each."""
    _observers[metric] = take


def emit(metric: Metric, value: float | Sequence[float], **dimensions: str) -> None:
    """Emit values of the metric: at once, or with those of the next seconds while this process buffers them.

    Raises `ValueError` if the dimensions are not those the metric declares: each series costs money.
    """
    if tuple(sorted(dimensions)) != tuple(sorted(metric.dimensions)):
        raise ValueError(f"{metric.name} takes the dimensions {metric.dimensions}, not {tuple(dimensions)}")
    values = [value] if isinstance(value, int | float) else list(value)
    if metric in _observers:
        _observers[metric](sum(values))
    if metric.unit is Unit.MILLISECONDS:
        # More digits say nothing, and logs are paid by the byte.
        values = [round(each, 1) for each in values]
    series = metric, tuple(sorted(dimensions.items()))
    if not _buffer.add(series, values):
        _write({series: values})


class MetricBuffer:
    """Keeps values and writes them together every `BUFFERED_FOR_S`, from `start` until `stop`.

    A line for each metric of each batch would be most of what a process logs, and logs are paid by the byte.
    A process that is killed loses the values of these seconds.
    """

    def __init__(self) -> None:
        self._waiting: dict[Series, list[float]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Buffer from now on."""
        self._stopped.clear()
        with self._lock:
            self._thread = threading.Thread(target=self._work, name="metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is buffered, and buffer no more; does nothing without a start before."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopped.set()
        thread.join()
        self._flush()

    def add(self, series: Series, values: list[float]) -> bool:
        """Buffer the values; return whether that is done, or they have to be written at once."""
        with self._lock:
            if self._thread is None:
                return False
            self._waiting.setdefault(series, []).extend(values)
        return True

    def _work(self) -> None:
        while not self._stopped.wait(BUFFERED_FOR_S):
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        _write(waiting)


_buffer = MetricBuffer()
start_buffering, stop_buffering = _buffer.start, _buffer.stop


def _write(waiting: Mapping[Series, list[float]]) -> None:
    """Write the values to stdout in CloudWatch's embedded metric format (EMF).

    Metrics with equal dimensions share a line, which has at most 100 values of each.
    """
    at_ms = int(time.time() * 1000)
    alike: dict[tuple[tuple[str, str], ...], dict[Metric, list[float]]] = {}
    for (metric, dimensions), values in waiting.items():
        alike.setdefault(dimensions, {})[metric] = values
    lines = [
        line for dimensions, metrics in alike.items() for line in _build_lines(at_ms, dimensions, metrics)
    ]
    with _lock:
        sys.stdout.write("".join(lines))
        sys.stdout.flush()


def _build_lines(
    at_ms: int, dimensions: tuple[tuple[str, str], ...], metrics: Mapping[Metric, list[float]]
) -> Iterator[str]:
    """Yield the lines of metrics with these dimensions."""
    for start in range(0, max(map(len, metrics.values())), MAX_VALUES):
        parts = {metric: values[start : start + MAX_VALUES] for metric, values in metrics.items()}
        parts = {metric: part for metric, part in parts.items() if part}
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [[name for name, _ in dimensions]],
            "Metrics": [{"Name": metric.name, "Unit": str(metric.unit)} for metric in parts],
        }
        values = {metric.name: part[0] if len(part) == 1 else part for metric, part in parts.items()}
        line = {"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [directive]}, **values, **dict(dimensions)}
        yield _encode(line).decode() + "\n"

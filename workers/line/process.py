"""Line: takes a batch of records through decode, gather, enrich, record, push and publish, in this order."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic

import structlog

from tracking import metrics
from tracking.domain.canary import is_canary
from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.histograms import Buckets, count_buckets
from tracking.ports import TrackingPorts
from tracking.tracing import find_sink, logging_trace
from workers.line.arriving import put_arriving
from workers.line.decode import MAX_DETAIL_LENGTH, Decoded, decode
from workers.line.enrich import enrich
from workers.line.gather import gather
from workers.line.parcels_aboard import forecast_parcels_aboard
from workers.line.publish import publish
from workers.line.push import push
from workers.line.record import Recorded, record
from workers.line.traces import BatchTrace
from workers.ports import Quarantine, Refusal, StreamRecord, WorkerPorts
from workers.steps.batches import BatchFigures
from workers.steps.meter import METER, Spans, Step

Measure = Callable[[BatchFigures], None]

# A shorter span from the device's time to the arrival is of a report without a time.
LEAST_DEVICE_MS = 1.0
# Origin of the events of canaries, which are counted apart.
CANARY = "canary"

log = structlog.get_logger()


def process(
    records: Sequence[StreamRecord],
    tracking: TrackingPorts,
    workers: WorkerPorts,
    publish_later: Callable[[Sequence[Change]], None] | None = None,
    measure: Measure | None = None,
) -> None:
    """Take records of one shard through the line; on return all are done, and the checkpoint may pass them.

    Done means recorded, recognised as a repeat, or quarantined durably. Publishing and pushing may fail
    without harm: a change stays pending until the bus has it, and a page that misses a version reads the
    state again. `publish_later` queues changes and returns at once; without it they are published before
    this returns. `measure` takes the figures of the batch. Raises `TransientError` if a store cannot be
    reached; the same records may then be processed again.
    """
    now, spans, sink = datetime.now(UTC), Spans(), find_sink()
    trace = BatchTrace(sink, now) if sink else None
    with logging_trace(trace.context.trace_id if trace else None):
        try:
            decoded, events = _take_through(records, tracking, workers, publish_later, spans)
        except Exception as error:
            if trace:
                trace.fail(error, len(records), spans)
            raise
    if trace:
        trace.end(events, decoded.refusals, spans)
    if measure is not None:
        waits = count_buckets(metrics.latencies_ms([each.arrived_at for each in records], now))
        measure(BatchFigures(waits, _count_device_spans(decoded.scans), spans, len(decoded.refusals)))


def _take_through(
    records: Sequence[StreamRecord],
    tracking: TrackingPorts,
    workers: WorkerPorts,
    publish_later: Callable[[Sequence[Change]], None] | None,
    spans: Spans,
) -> tuple[Decoded, Sequence[TrackingEvent]]:
    """Take records through all steps; return what was decoded and recorded. `spans` takes the durations."""
    started = monotonic()
    decoded = decode(records, workers.clocks)
    spans.append(("decode", monotonic() - started, len(records)))
    keep_refusals(decoded.refusals, workers.quarantine)
    _count_ignored(decoded.scans)
    recorded = record_scans(decoded.scans, tracking, workers, spans=spans)
    keep_refusals(refuse_foreign(recorded.foreign, decoded), workers.quarantine)
    push_and_publish(recorded, tracking, workers, publish_later, spans)
    return decoded, recorded.events


def record_scans(
    scans: Sequence[Scan],
    tracking: TrackingPorts,
    workers: WorkerPorts,
    now: datetime | None = None,
    spans: Spans | None = None,
) -> Recorded:
    """Gather, enrich and record decoded scans; `now` is the time of recording, by default the present.

    `spans` takes the durations of enrich and record. What gather reads is needed to enrich, so it counts to
    that step.
    """
    step: Step = "enrich"
    began = monotonic()
    try:
        gathered = gather(scans, tracking, workers)
        started = monotonic()
        enriched = enrich(gathered, workers.places, workers.fences)
        step, enriched_at = "record", monotonic()
        recorded = record(enriched, gathered, tracking, now or datetime.now(UTC))
    except Exception:
        METER.add_errors(step, len(scans))
        raise
    record_s = monotonic() - enriched_at
    if spans is not None:
        spans += [("enrich", enriched_at - began, len(scans)), ("record", record_s, len(scans))]
    _measure(recorded, enriched_at - started, record_s)
    return recorded


def push_and_publish(
    recorded: Recorded,
    tracking: TrackingPorts,
    workers: WorkerPorts,
    publish_later: Callable[[Sequence[Change]], None] | None = None,
    spans: Spans | None = None,
) -> None:
    """Push and publish a recorded batch, and derive events of the parcels whose vehicles moved.

    `spans` takes the duration of push.
    """
    started = monotonic()
    push(recorded, tracking)
    if spans is not None:
        spans.append(("push", monotonic() - started, len(recorded.events) + len(recorded.fixes)))
    if publish_later is None:
        publish(recorded.changes, tracking.store, workers.bus)
    else:
        publish_later(recorded.changes)
    put_arriving(recorded, tracking)
    forecast_parcels_aboard(recorded.vehicles, tracking, workers)


def refuse_foreign(foreign: Sequence[Scan], decoded: Decoded) -> list[Refusal]:
    """Return the refusals of scans that name a vehicle of another owner, with the records they came in."""
    if not foreign:
        return []
    records = {id(scan): record for scan, record in zip(decoded.scans, decoded.records, strict=True)}
    return [
        Refusal(
            records[id(scan)],
            "foreign_vehicle",
            f"reported by {scan.partner_id}, to whom {scan.vehicle_id} does not belong"[:MAX_DETAIL_LENGTH],
            scan.shipment_id,
            scan.vehicle_id,
        )
        for scan in foreign
    ]


def quarantine_failed(record: StreamRecord, error: Exception, quarantine: Quarantine) -> None:
    """Quarantine a record that our own code fails on, so that it can be replayed once the code is fixed."""
    refusal = Refusal(record, "failed", f"{type(error).__name__}: {error}"[:MAX_DETAIL_LENGTH])
    keep_refusals([refusal], quarantine)


def keep_refusals(refusals: Sequence[Refusal], quarantine: Quarantine) -> None:
    """Keep refused records in quarantine; count and log them by reason."""
    if not refusals:
        return
    quarantine.put(refusals)
    for reason, count in sorted(Counter(refusal.reason for refusal in refusals).items()):
        metrics.emit(metrics.DECODE_QUARANTINED, count, reason=reason)
        log.warning("quarantine", outcome="kept", reason=reason, records=count)


def _count_device_spans(scans: Sequence[Scan]) -> Buckets:
    """Count the spans from reports of devices to their arrival; a clock that is ahead gives none."""
    spans_ms = [
        (scan.received_at - (scan.device_at or scan.occurred_at)).total_seconds() * 1000
        for scan in scans
        if scan.source == "device"
    ]
    return count_buckets([span_ms for span_ms in spans_ms if span_ms >= LEAST_DEVICE_MS])


def _count_ignored(scans: Sequence[Scan]) -> None:
    """Count the fields that were left out of reports since they could not be read."""
    ignored = Counter([name for scan in scans for name in scan.ignored_fields])
    for name, count in sorted(ignored.items()):
        metrics.emit(metrics.DECODE_IGNORED_FIELDS, count, field=name)


def _measure(recorded: Recorded, enrich_s: float, record_s: float) -> None:
    """Emit how many events were recorded, and how long that took from their arrival on the stream."""
    events = [*recorded.events, *recorded.fixes]
    if recorded.repeats:
        metrics.emit(metrics.RECORD_REPEATS, recorded.repeats)
    if not events:
        return
    arrivals = [event.received_at for event in events]
    origins = Counter([CANARY if is_canary(event.shipment_id) else event.source for event in events])
    metrics.emit(metrics.ENRICH_MS, enrich_s * 1000)
    metrics.emit(metrics.RECORD_MS, record_s * 1000)
    metrics.emit(metrics.RECORD_LATENCY_MS, metrics.latencies_ms(arrivals, datetime.now(UTC)))
    for origin, count in sorted(origins.items()):
        metrics.emit(metrics.RECORD_EVENTS, count, origin=origin)

"""The middle of the house, to be read aloud: decode, enrich, record, publish, push."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic

import structlog

from tracking import metrics
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Change, Scan, TrackingEvent
from tracking.eta.aboard import ParcelAboard, predict_aboard
from tracking.eta.forecast import Forecast
from tracking.ports import ShipmentStore, TrackingPorts
from workers.line.decode import DETAIL_LENGTH, decode
from workers.line.enrich import enrich
from workers.line.geofence_scans import is_own
from workers.line.manifest_scans import put_manifest_scans
from workers.line.parcels_aboard import check_vehicles
from workers.line.push import push_recorded
from workers.line.receiving import complete_scans, read_memories
from workers.line.record import Recorded, record_events
from workers.line.tours import count_stops_ahead
from workers.ports import ChangeBus, Quarantine, Refusal, StreamRecord, WorkerPorts

log = structlog.get_logger()


def process(
    records: Sequence[StreamRecord],
    tracking: TrackingPorts,
    workers: WorkerPorts,
    hand_on: Callable[[Sequence[Change]], None] | None = None,
) -> None:
    """Take records of one shard through the line; on return all of them are done and may be passed.

    Done is: recorded, recognised as a repeat, or quarantined durably. Publishing and pushing may fail without
    harm: a change stays pending until the bus has it, a page asks again by version. Raises `TransientError`
    when a store cannot be reached; the same records may then be given again.

    `hand_on` publishes in its own time; without it changes are published before this returns.
    """
    scans, refusals = decode(list(records))
    workers.quarantine.put(refusals)
    count_refusals(refusals)
    recorded = record(scans, tracking, workers)
    push_recorded(tracking, recorded)
    if hand_on is None:
        publish(recorded.changes, tracking.store, workers.bus)
    else:
        hand_on(recorded.changes)
    check_moved_vehicles(recorded, tracking, workers)


def record(
    scans: Sequence[Scan], tracking: TrackingPorts, workers: WorkerPorts, now: datetime | None = None
) -> Recorded:
    """Enrich scans on top of what is known of their shipments, and keep them; `now` None: as by the clock."""
    store = tracking.store
    scans = complete_scans(tracking, scans)
    states = store.read_states([scan.shipment_id for scan in scans if scan.shipment_id])
    started = monotonic()
    memories = read_memories(tracking, scans)
    stops_ahead = count_stops_ahead(tracking, scans, states)
    enriched = workers.lanes.consult(
        lambda book: enrich(scans, states, workers.places, book, workers.fences, memories, stops_ahead)
    )
    took = monotonic() - started
    events = [event for event in enriched if event.shipment_id is not None]
    of_vehicles = [event for event in enriched if event.shipment_id is None]
    fixes = [event for event in of_vehicles if not is_own(event)]
    started = monotonic()
    recorded = record_events(store, states, events, now or datetime.now(UTC))
    # Before the vehicle's memory says that it has arrived: after a crash in between it is told again.
    put_manifest_scans(tracking, [event for event in of_vehicles if is_own(event)])
    recorded = recorded._replace(fixes=fixes, vehicles=tracking.vehicles.record_fixes(fixes))
    measure(recorded, took, monotonic() - started)
    return recorded


def check_moved_vehicles(recorded: Recorded, tracking: TrackingPorts, workers: WorkerPorts) -> int:
    """Work out again what vehicles that moved mean for the parcels aboard; how many records that made."""
    find_door = workers.places.locate_pincode

    def predict(rides: Sequence[ParcelAboard], fix: TrackingEvent) -> list[Forecast]:
        return workers.lanes.consult(lambda book: predict_aboard(book, rides, fix, find_door))

    return check_vehicles(tracking, workers.looks, predict, recorded.vehicles)


def publish(changes: Sequence[Change], store: ShipmentStore, bus: ChangeBus) -> int:
    """Put changes on the bus and take the pending mark off those it took; what fails stays pending.

    Returns how many were published.
    """
    if not changes:
        return 0
    try:
        taken = bus.publish(changes)
        store.clear_pending(taken)
    except SwiftLogixError as error:
        # The sweeper finds them by their mark; the stream must not wait for the bus.
        log.warning("publish", outcome="left pending", changes=len(changes), error=str(error))
        return 0
    metrics.emit(metrics.PUBLISH_CHANGES, len(taken))
    return len(taken)


def set_aside(record: StreamRecord, error: Exception, quarantine: Quarantine) -> None:
    """Keep a record that fails by a bug of ours, so that it can be replayed once the bug is mended."""
    refusal = Refusal(record, "failed", f"{type(error).__name__}: {error}"[:DETAIL_LENGTH])
    quarantine.put([refusal])
    count_refusals([refusal])


def count_refusals(refusals: Sequence[Refusal]) -> None:
    """Count and log what was quarantined, by reason."""
    for reason in sorted({refusal.reason for refusal in refusals}):
        count = sum(refusal.reason == reason for refusal in refusals)
        metrics.emit(metrics.DECODE_QUARANTINED, count, reason=reason)
        log.warning("decode", outcome="quarantined", reason=reason, records=count)


def measure(recorded: Recorded, enrich_s: float, record_s: float) -> None:
    """Count what was recorded, and how long it took from the stream's arrival to being durable."""
    kept = [*recorded.events, *recorded.fixes]
    if recorded.repeats:
        metrics.emit(metrics.RECORD_REPEATS, recorded.repeats)
    if not kept:
        return
    now = datetime.now(UTC)
    metrics.emit(metrics.ENRICH_MS, enrich_s * 1000)
    metrics.emit(metrics.RECORD_MS, record_s * 1000)
    for origin, count in sorted(Counter(event.source for event in kept).items()):
        metrics.emit(metrics.RECORD_EVENTS, count, origin=origin)
    waits = [(now - event.received_at).total_seconds() * 1000 for event in kept]
    metrics.emit(metrics.RECORD_LATENCY_MS, waits)

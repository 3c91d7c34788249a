"""Replay of a quarantined record: it is processed again, without a stream position."""

from datetime import UTC, datetime
from enum import StrEnum

import msgspec
import structlog

from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts
from workers.line.decode import MAX_DETAIL_LENGTH, decode
from workers.line.process import record_scans
from workers.line.publish import publish
from workers.line.push import push
from workers.ports import WorkerPorts

log = structlog.get_logger()


class Outcome(StrEnum):
    """Result of replaying a quarantined record."""

    RECORDED = "recorded"
    # `refused`: still not readable. `failed`: our code still fails on it. Both stay in quarantine.
    REFUSED = "refused"
    FAILED = "failed"
    MISSING = "missing"


def replay(
    quarantine_id: str, tracking: TrackingPorts, workers: WorkerPorts, now: datetime | None = None
) -> Outcome:
    """Process one record again; remove it from quarantine once all its events are recorded.

    Its events get the ids they would have got at first, so nothing is recorded twice. A time that was in the
    future is judged by `now`, None for the clock's. Raises `TransientError` when a store cannot be reached.
    """
    refusal = workers.quarantine.read(quarantine_id)
    if refusal is None:
        return Outcome.MISSING
    decoded = decode([refusal.record], workers.clocks, now or datetime.now(UTC))
    if decoded.refusals:
        workers.quarantine.note_attempt(quarantine_id, decoded.refusals[0].reason, decoded.refusals[0].detail)
        return Outcome.REFUSED
    # The checkpoint of its shard is past it: with its stream position it would be taken for a repeat.
    scans = [msgspec.structs.replace(scan, stream_source="", stream_position="") for scan in decoded.scans]
    try:
        recorded = record_scans(scans, tracking, workers)
    except TransientError:
        raise
    except Exception as error:
        log.exception("record", outcome="failed again", quarantine_id=quarantine_id)
        detail = f"{type(error).__name__}: {error}"[:MAX_DETAIL_LENGTH]
        workers.quarantine.note_attempt(quarantine_id, "failed", detail)
        return Outcome.FAILED
    if recorded.foreign:
        workers.quarantine.note_attempt(quarantine_id, refusal.reason, refusal.detail)
        return Outcome.REFUSED
    push(recorded, tracking)
    publish(recorded.changes, tracking.store, workers.bus)
    workers.quarantine.remove(quarantine_id)
    log.info("record", outcome="replayed", quarantine_id=quarantine_id, events=len(scans))
    return Outcome.RECORDED

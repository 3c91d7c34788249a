"""Replay from quarantine: what was set aside goes through the line once more, without a stream position."""

from enum import StrEnum

import msgspec
import structlog

from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts
from workers.line.decode import DETAIL_LENGTH, decode
from workers.line.process import record_scans
from workers.line.publish import publish
from workers.line.push import push
from workers.ports import WorkerPorts

log = structlog.get_logger()


class Outcome(StrEnum):
    """What became of a record that was tried again."""

    RECORDED = "recorded"
    # Still not readable, or our code still fails on it: it stays.
    REFUSED = "refused"
    FAILED = "failed"
    MISSING = "missing"


def replay(quarantine_id: str, tracking: TrackingPorts, workers: WorkerPorts) -> Outcome:
    """Try one record again; it leaves the quarantine once all it holds is recorded.

    Its events get the names they would have got the first time, so nothing is recorded twice. Raises
    `TransientError` when a store cannot be reached.
    """
    refusal = workers.quarantine.read(quarantine_id)
    if refusal is None:
        return Outcome.MISSING
    scans, refusals = decode([refusal.record])
    if refusals:
        workers.quarantine.note_attempt(quarantine_id, refusals[0].reason, refusals[0].detail)
        return Outcome.REFUSED
    # Its shard has long passed it: with its position it would look like a replay of what was done then.
    scans = [msgspec.structs.replace(scan, stream_source="", stream_position="") for scan in scans]
    try:
        recorded = record_scans(scans, tracking, workers)
    except TransientError:
        raise
    except Exception as error:
        log.exception("record", outcome="failed again", quarantine_id=quarantine_id)
        detail = f"{type(error).__name__}: {error}"[:DETAIL_LENGTH]
        workers.quarantine.note_attempt(quarantine_id, "failed", detail)
        return Outcome.FAILED
    push(recorded, tracking)
    publish(recorded.changes, tracking.store, workers.bus)
    workers.quarantine.remove(quarantine_id)
    log.info("record", outcome="replayed", quarantine_id=quarantine_id, events=len(scans))
    return Outcome.RECORDED

"""Replay of a quarantined record by staff, with its entry in the audit log."""

from tracking.ports import TrackingPorts
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import Verb
from workers.ports import WorkerPorts
from workers.quarantine import is_quarantine_id
from workers.replay import Outcome, replay


@staff_write(Verb.REPLAY_RECORD)
def replay_record(staff: Staff, quarantine_id: str, tracking: TrackingPorts, workers: WorkerPorts) -> Outcome:
    """Process a quarantined record again and return what came of it.

    Raises `UnknownError` for staff with a limited scope, who see no records, and `TransientError` when a
    store cannot be reached: nothing is in the audit log then.
    """
    if staff.scope.is_limited:
        raise UnknownError
    refusal = workers.quarantine.read(quarantine_id) if is_quarantine_id(quarantine_id) else None
    outcome = replay(quarantine_id, tracking, workers) if refusal else Outcome.MISSING
    record_action(
        staff,
        Verb.REPLAY_RECORD,
        f"record {quarantine_id}",
        shipment_id=(refusal.shipment_id if refusal else None) or "",
        after={"outcome": outcome.value},
    )
    return outcome

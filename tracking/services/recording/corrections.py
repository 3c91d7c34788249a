"""Correct an event: a partner or an operator retracts or supersedes it."""

from datetime import datetime

import msgspec

from tracking.domain.events import TrackingEvent, format_time
from tracking.domain.identity import parse_timestamp, short_hash
from tracking.domain.masking import mask_text
from tracking.domain.payload import PAST_LIMIT, ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.models import Shipment
from tracking.ports import ShipmentStore, TrackingPorts
from tracking.services.reading.staff_scope import is_visible
from tracking.services.recording.event_reports import (
    build_payload,
    check_hub,
    check_owner,
    check_report,
    find_owned_vehicles,
    find_unknown_hubs,
)
from tracking.services.recording.stream_records import put_record, stamp_as_partner, stamp_as_staff
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.bodies import Correction, EventReport
from tracking.services.requests.callers import Caller, Staff
from tracking.services.requests.refusals import (
    ConflictError,
    Mistake,
    RequestRefusedError,
    TooLateError,
    UnknownError,
)
from tracking.services.requests.roles import Verb

# Longest reason of an entry of the audit log.
REASON_LENGTH = 200


class NotConfirmedError(ConflictError):
    """Raised when staff correct a delivery that no second account has confirmed."""

    code = "not_confirmed"
    detail = "Another supervisor has to confirm the correction of a delivery."


def correct_event(
    ports: TrackingPorts,
    by: Caller | Staff,
    shipment_id: str,
    event_id: str,
    correction: Correction,
    now: datetime,
) -> str:
    """Put the correction on the stream and return its event id. It takes effect within a second.

    A correction is final: to bring an event back, report it again. Raises `UnknownError` (also for
    another partner's shipment), `TooLateError` for an event over 7 days old, `RequestRefusedError`,
    and `TransientError` when the stream or the store cannot be reached.
    """
    event = check_correction(ports, by, shipment_id, event_id, correction, now)
    payload, moment = _build_payload(correction, event, now)
    own_id = "c_" + short_hash(shipment_id, event_id, correction.kind, format_time(now))
    stamped = (
        stamp_as_partner(payload, by, own_id, moment)
        if isinstance(by, Caller)
        else stamp_as_staff(payload, by, own_id, moment)
    )
    put_record(ports.stream, stamped)
    return own_id


def needs_confirmation(event: TrackingEvent) -> bool:
    """Return whether a second account of staff must confirm a correction of the event: of a delivery."""
    return event.status is Status.DELIVERED


def check_correction(
    ports: TrackingPorts,
    by: Caller | Staff,
    shipment_id: str,
    event_id: str,
    correction: Correction,
    now: datetime,
) -> TrackingEvent:
    """Return the event that may be corrected so. Raises as `correct_event`."""
    _check_owner(by, shipment_id)
    event = _find_event(ports.store, shipment_id, event_id)
    _check_still_open(event, ports.store.read_state(shipment_id), now)
    mistakes = _check_vehicle(by, correction) or _check(correction, event, shipment_id, now)
    if mistakes:
        raise RequestRefusedError(mistakes)
    return event


@staff_write(Verb.CORRECT)
def correct_event_as_staff(
    staff: Staff,
    ports: TrackingPorts,
    shipment_id: str,
    event_id: str,
    correction: Correction,
    now: datetime,
) -> str:
    """As `correct_event`, with an entry in the audit log; without it nothing is put on the stream.

    Raises `NotConfirmedError` for a delivery.
    """
    if needs_confirmation(check_correction(ports, staff, shipment_id, event_id, correction, now)):
        raise NotConfirmedError
    record_action(
        staff,
        Verb.CORRECT,
        f"event {event_id}",
        shipment_id=shipment_id,
        reason=write_reason(correction.reason, correction.note),
        after={"kind": correction.kind},
    )
    return correct_event(ports, staff, shipment_id, event_id, correction, now)


def write_reason(code: str, note: str | None) -> str:
    """Return the reason of a correction as the audit log keeps it: its code, and the masked note if any."""
    return ": ".join(filter(None, (code, mask_text(note))))[:REASON_LENGTH]


def _check_owner(by: Caller | Staff, shipment_id: str) -> None:
    if isinstance(by, Staff):
        if not is_visible(by.scope, shipment_id):
            raise UnknownError
        return
    own = Shipment.objects.filter(shipment_id=shipment_id, partner=by.partner, livemode=by.livemode)
    if not own.exists():
        raise UnknownError


def _find_event(store: ShipmentStore, shipment_id: str, event_id: str) -> TrackingEvent:
    for event in store.read_timeline(shipment_id):
        if event.event_id == event_id:
            return event
    raise UnknownError


def _check_still_open(event: TrackingEvent, state: ShipmentState | None, now: datetime) -> None:
    snapshot = state.snapshot if state is not None else None
    is_in_snapshot = snapshot is not None and event.order <= snapshot.state.last_order
    if is_in_snapshot or event.occurred_at < now - PAST_LIMIT:
        raise TooLateError(f"{event.event_id} happened over {PAST_LIMIT.days} days ago")


def _check(correction: Correction, event: TrackingEvent, shipment_id: str, now: datetime) -> list[Mistake]:
    if (event.reject_reason or "").partition(":")[0] in ("retracted", "superseded"):
        return [
            Mistake("", "already_corrected", "a correction is final; report what happened as a new event")
        ]
    if correction.kind == "retract":
        if correction.replacement is None:
            return []
        return [Mistake("/replacement", "invalid", "what is retracted has none")]
    if correction.replacement is None:
        return [Mistake("/replacement", "required", "say what is right")]
    return _check_replacement(correction.replacement, shipment_id, now)


def _check_vehicle(by: Caller | Staff, correction: Correction) -> list[Mistake]:
    report = correction.replacement
    if report is None or report.vehicle_id is None or isinstance(by, Staff):
        return []
    # The shipment has been checked: it is the one of the address.
    named = msgspec.structs.replace(report, shipment_id=report.shipment_id or "")
    mistake = check_owner(named, find_owned_vehicles(by, named))
    return [msgspec.structs.replace(mistake, pointer="/replacement" + mistake.pointer)] if mistake else []


def _check_replacement(report: EventReport, shipment_id: str, now: datetime) -> list[Mistake]:
    if report.shipment_id is not None and str(report.shipment_id) != shipment_id:
        return [
            Mistake("/replacement/shipment_id", "contradiction", "an event cannot move to another shipment")
        ]
    mistake = check_report(msgspec.structs.replace(report, shipment_id=shipment_id), now)
    mistake = mistake or check_hub(report, find_unknown_hubs([report]))
    return [msgspec.structs.replace(mistake, pointer="/replacement" + mistake.pointer)] if mistake else []


def _build_payload(
    correction: Correction, event: TrackingEvent, now: datetime
) -> tuple[ScanPayload, datetime]:
    """Return the correcting event and its time.

    A retraction happens now, a replacement by default when the replaced event did.
    """
    report = correction.replacement
    if report is None:
        payload = ScanPayload(retracts=event.event_id, note=mask_text(correction.note))
        moment = now
    else:
        payload = msgspec.structs.replace(
            build_payload(report), supersedes=event.event_id, note=mask_text(correction.note or report.note)
        )
        moment = event.occurred_at if report.timestamp is None else parse_timestamp(report.timestamp)
    subject = {"shipment_id": event.shipment_id, "correction_reason": correction.reason}
    return msgspec.structs.replace(payload, **subject), moment

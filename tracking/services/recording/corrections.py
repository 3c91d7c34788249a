"""Correct: a partner or an operator says that an event did not happen, or happened otherwise."""

from datetime import datetime
from typing import Any

import msgspec

from tracking.domain.events import TrackingEvent, format_time
from tracking.domain.identity import mask_note, parse_timestamp, short_hash
from tracking.domain.payload import PAST_LIMIT, ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.recording.event_reports import check_report
from tracking.services.recording.outgoing import put_one, stamp, stamp_manual
from tracking.services.requests.callers import (
    Caller,
    Correction,
    EventReport,
    Mistake,
    RequestRefusedError,
    Staff,
)
from tracking.services.requests.refusals import TooLateError, UnknownError


def correct_event(
    by: Caller | Staff, shipment_id: str, event_id: str, correction: Correction, now: datetime
) -> str:
    """Put the correction on the stream and return its own event id; the answer follows within a second.

    A correction is final: to bring an event back, report it again. Raises `UnknownError` (also for
    another partner's shipment), `TooLateError` for an event over 7 days old, `RequestRefusedError`,
    and `TransientError` when the stream or the store cannot be reached.
    """
    _check_owner(by, shipment_id)
    event = _find_event(shipment_id, event_id)
    _check_age(event, ports().store.read_state(shipment_id), now)
    mistakes = _check(correction, event, shipment_id, now)
    if mistakes:
        raise RequestRefusedError(mistakes)
    payload, moment = _write(correction, event, now)
    own_id = "c_" + short_hash(shipment_id, event_id, correction.kind, format_time(now))
    put_one(
        stamp(payload, by, own_id, moment)
        if isinstance(by, Caller)
        else stamp_manual(payload, by, own_id, moment)
    )
    return own_id


def _check_owner(by: Caller | Staff, shipment_id: str) -> None:
    if isinstance(by, Staff):
        return
    own = Shipment.objects.filter(shipment_id=shipment_id, partner=by.partner, livemode=by.livemode)
    if not own.exists():
        raise UnknownError


def _find_event(shipment_id: str, event_id: str) -> TrackingEvent:
    for event in ports().store.read_timeline(shipment_id):
        if event.event_id == event_id:
            return event
    raise UnknownError


def _check_age(event: TrackingEvent, state: ShipmentState | None, now: datetime) -> None:
    settled = (
        state is not None and state.snapshot is not None and event.order <= state.snapshot.state.last_order
    )
    if settled or event.occurred_at < now - PAST_LIMIT:
        raise TooLateError(f"{event.event_id} happened over {PAST_LIMIT.days} days ago")


def _check(correction: Correction, event: TrackingEvent, shipment_id: str, now: datetime) -> list[Mistake]:
    if (event.reject_reason or "").partition(":")[0] in ("retracted", "superseded"):
        return [
            Mistake("", "already_corrected", "a correction is final; report what happened as a new event")
        ]
    if correction.kind == "retract":
        told_too_much = correction.replacement is not None
        return [Mistake("/replacement", "invalid", "what is retracted has none")] if told_too_much else []
    if correction.replacement is None:
        return [Mistake("/replacement", "required", "say what is right")]
    return _check_replacement(correction.replacement, shipment_id, now)


def _check_replacement(report: EventReport, shipment_id: str, now: datetime) -> list[Mistake]:
    if report.shipment_id is not None and str(report.shipment_id) != shipment_id:
        return [Mistake("/replacement/shipment_id", "invalid", "an event cannot move to another shipment")]
    mistake = check_report(msgspec.structs.replace(report, shipment_id=shipment_id), now)
    return [msgspec.structs.replace(mistake, pointer="/replacement" + mistake.pointer)] if mistake else []


def _write(correction: Correction, event: TrackingEvent, now: datetime) -> tuple[ScanPayload, datetime]:
    """The correcting event and its time: now for a retraction, for a replacement that of what it replaces."""
    told: dict[str, Any] = {"shipment_id": event.shipment_id, "correction_reason": correction.reason}
    if correction.replacement is None:
        return ScanPayload(**told, retracts=event.event_id, note=mask_note(correction.note)), now
    report = correction.replacement
    told = msgspec.structs.asdict(report) | told
    told["note"] = mask_note(correction.note or report.note)
    moment = event.occurred_at if report.timestamp is None else parse_timestamp(report.timestamp)
    return ScanPayload(**told, supersedes=event.event_id), moment

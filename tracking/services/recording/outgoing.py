"""Records of our own roles on their way to the stream: same fields as a device's, and who we are."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.domain.errors import TransientError
from tracking.domain.events import Booking, format_time
from tracking.domain.payload import ScanPayload
from tracking.ports import EventStream
from tracking.services.requests.callers import Caller, Staff


class StreamRefusedError(TransientError):
    """The stream has not taken a record; sending it again later is safe."""


def make_record(payload: ScanPayload) -> tuple[str, bytes]:
    """The partition key and the JSON bytes of a report; fields that say nothing are left out."""
    told = {name: value for name, value in msgspec.structs.asdict(payload).items() if value is not None}
    key = payload.shipment_id if payload.shipment_id is not None else payload.vehicle_id
    return str(key), msgspec.json.encode(told)


def stamp(report: ScanPayload, caller: Caller, event_id: str, moment: datetime) -> ScanPayload:
    """The report as the API puts it on the stream: with its id, its time and whom it comes from."""
    return msgspec.structs.replace(
        report,
        event_id=event_id,
        timestamp=format_time(moment),
        source="api",
        partner_id=caller.partner.partner_id,
        livemode=caller.livemode,
        actor=caller.actor,
    )


def stamp_manual(report: ScanPayload, staff: Staff, event_id: str, moment: datetime) -> ScanPayload:
    """The report as an operator puts it on the stream."""
    return msgspec.structs.replace(
        report, event_id=event_id, timestamp=format_time(moment), source="manual", actor=staff.actor
    )


def put_one(stream: EventStream, payload: ScanPayload) -> None:
    """Put one record durably on the stream; raises `StreamRefusedError` if it is not taken."""
    (refused,) = stream.put([make_record(payload)])
    if refused is not None:
        raise StreamRefusedError(refused)


def put_all(stream: EventStream, payloads: Sequence[ScanPayload]) -> None:
    """Put these records durably on the stream; raises `StreamRefusedError` if one of them is not taken."""
    refusals = stream.put([make_record(payload) for payload in payloads]) if payloads else []
    refused = [refusal for refusal in refusals if refusal is not None]
    if refused:
        raise StreamRefusedError(f"{len(refused)} of {len(payloads)} records: {refused[0]}")


def booked_report(shipment_id: str, booking: Booking) -> ScanPayload:
    """What a booking tells the timeline: created, promised when, on which lane, to which PIN code."""
    return ScanPayload(shipment_id=shipment_id, status="created", booking=booking)

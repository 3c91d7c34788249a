"""Records that our own processes put on the stream: the fields of a device's record, and the author."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.domain.errors import TransientError
from tracking.domain.events import Booking, format_time
from tracking.domain.payload import ScanPayload
from tracking.ports import EventStream
from tracking.provenance import sign_record
from tracking.services.requests.callers import Caller, Staff


class StreamRefusedError(TransientError):
    """Raised when the stream did not accept a record. Sending it again is safe."""


def make_record(payload: ScanPayload) -> tuple[str, bytes]:
    """Return the partition key and the signed JSON bytes of a report; fields without a value are left out."""
    fields = {name: value for name, value in msgspec.structs.asdict(payload).items() if value is not None}
    key = payload.shipment_id if payload.shipment_id is not None else payload.vehicle_id
    return str(key), sign_record(msgspec.json.encode(fields))


def stamp_as_partner(report: ScanPayload, caller: Caller, event_id: str, moment: datetime) -> ScanPayload:
    """Return the report with its id, its time and the partner and key that it comes from."""
    return msgspec.structs.replace(
        report,
        event_id=event_id,
        timestamp=format_time(moment),
        source="api",
        partner_id=caller.partner.partner_id,
        livemode=caller.livemode,
        actor=caller.actor,
    )


def stamp_as_staff(report: ScanPayload, staff: Staff, event_id: str, moment: datetime) -> ScanPayload:
    """Return the report with its id, its time and the operator that it comes from."""
    return msgspec.structs.replace(
        report, event_id=event_id, timestamp=format_time(moment), source="manual", actor=staff.actor
    )


def put_record(stream: EventStream, payload: ScanPayload) -> None:
    """Put one record durably on the stream. Raises `StreamRefusedError` when it is not accepted."""
    (refused,) = stream.put([make_record(payload)])
    if refused is not None:
        raise StreamRefusedError(refused)


def put_records(stream: EventStream, payloads: Sequence[ScanPayload]) -> None:
    """Put these records durably on the stream. Raises `StreamRefusedError` when one is not accepted."""
    refusals = stream.put([make_record(payload) for payload in payloads]) if payloads else []
    refused = [refusal for refusal in refusals if refusal is not None]
    if refused:
        raise StreamRefusedError(f"{len(refused)} of {len(payloads)} records: {refused[0]}")


def build_booking_report(shipment_id: str, booking: Booking) -> ScanPayload:
    """Return the report of a booking: status `created` with promise, lane and PIN code."""
    return ScanPayload(shipment_id=shipment_id, status="created", booking=booking)

"""Decode: the bytes of a record become scans, or a refusal with its reason. Nothing is dropped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tracking.domain.compatibility import complete_scan
from tracking.domain.errors import PermanentError
from tracking.domain.events import Scan
from tracking.domain.identity import (
    cut_to_milliseconds,
    has_own_id,
    make_sort_key,
    name_event,
    parse_timestamp,
)
from tracking.domain.masking import mask_text
from tracking.domain.payload import (
    FUTURE_LIMIT,
    MAX_EVENTS_PER_RECORD,
    MAX_RECORD_BYTES,
    PAST_LIMIT,
    ScanPayload,
)
from tracking.domain.position import correct_clock
from tracking.domain.status import has_code, parse_status
from tracking.provenance import is_signed
from workers.ports import Refusal, StreamRecord

DETAIL_LENGTH = 200

_decode_one = msgspec.json.Decoder(ScanPayload).decode
_decode_many = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Decoded(NamedTuple):
    """Scans of a batch of records, in order, and the records that could not be read.

    `records` has the record of each scan, at the same place.
    """

    scans: list[Scan]
    refusals: list[Refusal]
    records: list[StreamRecord]


class _RefusedError(PermanentError):
    """Raised for a report that cannot become a scan, with one of the quarantine's reasons."""

    def __init__(self, reason: str, detail: str, shipment_id: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.shipment_id = shipment_id


def decode(records: Sequence[StreamRecord]) -> Decoded:
    """Decode every record. A bad record is refused with its reason; of an array only the bad entry is."""
    decoded = Decoded([], [], [])
    for record in records:
        for part in _split(record, decoded.refusals):
            try:
                decoded.scans.append(_read_scan(part))
                decoded.records.append(part)
            except _RefusedError as refused:
                detail = str(refused)[:DETAIL_LENGTH]
                decoded.refusals.append(Refusal(part, refused.reason, detail, refused.shipment_id))
    return decoded


def _split(record: StreamRecord, refusals: list[Refusal]) -> list[StreamRecord]:
    """Return the record itself, or one part per entry of an array, each with its own stream position."""
    if len(record.raw) > MAX_RECORD_BYTES:
        detail = f"{len(record.raw)} bytes; at most {MAX_RECORD_BYTES}"
        refusals.append(Refusal(record, "too_large", detail))
        return []
    if not record.raw.lstrip().startswith(b"["):
        return [record]
    try:
        parts = _decode_many(record.raw)
    except msgspec.DecodeError as error:
        refusals.append(Refusal(record, "undecodable", str(error)[:DETAIL_LENGTH]))
        return []
    if len(parts) > MAX_EVENTS_PER_RECORD:
        detail = f"{len(parts)} events in one record; at most {MAX_EVENTS_PER_RECORD}"
        refusals.append(Refusal(record, "too_large", detail))
        return []
    return [
        record._replace(raw=bytes(part), stream_position=f"{record.stream_position}/{index:03d}")
        for index, part in enumerate(parts)
    ]


def _read_scan(record: StreamRecord) -> Scan:
    try:
        payload = _decode_one(record.raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _RefusedError("undecodable", str(error)) from error
    shipment_id, vehicle_id = _as_id(payload.shipment_id), _as_id(payload.vehicle_id)
    lat, lon = _check_position(payload, shipment_id)
    # A vehicle at (0, 0) has no fix yet, so its report is empty; a shipment's scan counts all the same.
    if shipment_id is None and (vehicle_id is None or lat is None or lat == lon == 0):
        raise _RefusedError("no_subject", "neither a shipment nor a vehicle with a position")
    sent_at = _read_time(payload, shipment_id)
    true_at = _check_time(sent_at, record.arrived_at, shipment_id)
    moment = sent_at or cut_to_milliseconds(record.arrived_at)
    event_id = name_event(payload, sent_at, f"{record.source}/{record.stream_position}")
    scan = Scan(
        event_id=event_id,
        sort_key=make_sort_key(moment, event_id),
        occurred_at=true_at or moment,
        device_at=sent_at if sent_at != true_at else None,
        fix_flags=("skew_530",) if sent_at != true_at else (),
        is_untimed=sent_at is None and has_own_id(payload),
        received_at=record.arrived_at,
        shipment_id=shipment_id,
        vehicle_id=vehicle_id,
        device_id=_as_id(payload.device_id),
        device_seq=payload.device_seq,
        lat=lat,
        lon=lon,
        accuracy_m=payload.accuracy_m,
        speed_kmh=payload.speed_kmh,
        heading=payload.heading,
        note=mask_text(payload.note),
        traceparent=payload.traceparent,
        stream_source=record.source,
        stream_position=record.stream_position.partition("/")[0],
        **_read_status(payload),
        **_read_own_fields(payload, record.raw),
    )
    return complete_scan(scan)


def _as_id(sent: str | int | None) -> str | None:
    return None if sent is None else str(sent)


def _check_position(payload: ScanPayload, shipment_id: str | None) -> tuple[float | None, float | None]:
    """Return the coordinates in degrees; refuse values outside the globe."""
    lat, lon = payload.lat, payload.lon
    if lat is None and lon is None:
        return None, None
    if lat is None or lon is None:
        raise _RefusedError("bad_coordinates", "latitude and longitude come together", shipment_id)
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise _RefusedError("bad_coordinates", f"lat {lat}, lon {lon} is not on the globe", shipment_id)
    return lat, lon


def _read_time(payload: ScanPayload, shipment_id: str | None) -> datetime | None:
    """Return the time that the device sent, or None."""
    if payload.timestamp is None:
        return None
    try:
        return parse_timestamp(payload.timestamp)
    except PermanentError as error:
        raise _RefusedError("undecodable", str(error), shipment_id) from error


def _check_time(sent_at: datetime | None, arrived_at: datetime, shipment_id: str | None) -> datetime | None:
    """Return the true time: Indian time sent as UTC is corrected, an impossible time is refused."""
    if sent_at is None:
        return None
    moment = correct_clock(sent_at, arrived_at) or sent_at
    if moment > arrived_at + FUTURE_LIMIT:
        raise _RefusedError("future", f"{moment.isoformat()} is after its arrival", shipment_id)
    if moment < arrived_at - PAST_LIMIT:
        raise _RefusedError("too_old", f"{moment.isoformat()} is over 7 days before arrival", shipment_id)
    return moment


def _read_status(payload: ScanPayload) -> dict[str, Any]:
    if payload.status is None or payload.shipment_id is None:
        return {}
    status = parse_status(payload.status)
    if status is None:
        return {"reported_status": payload.status.strip().lower()}
    # Firmware in the field cannot be updated: a code that belongs to another status is left out.
    substatus = payload.substatus if has_code(status, payload.substatus) else None
    reason_code = payload.reason_code if has_code(status, payload.reason_code) else None
    return {"status": status, "substatus": substatus or reason_code, "reason_code": reason_code}


def _read_own_fields(payload: ScanPayload, raw: bytes) -> dict[str, Any]:
    """Return the fields that only our own roles may set; a record without their code is a device's."""
    if payload.source == "device" or not is_signed(raw):
        return {}
    return {
        "source": payload.source,
        "partner_id": payload.partner_id,
        "livemode": payload.livemode,
        "actor": payload.actor,
        "booking": payload.booking,
        "tour": payload.tour,
        "retracts": payload.retracts,
        "supersedes": payload.supersedes,
        "correction_reason": payload.correction_reason,
        "clock_kind": payload.clock_kind if payload.source == "system" else None,
    }

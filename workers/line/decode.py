"""Decode: the bytes of each record become scans, or refusals with a reason."""

import json
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
from tracking.domain.payload import DEVICE_FIELDS, MAX_EVENTS_PER_RECORD, MAX_RECORD_BYTES, ScanPayload
from tracking.domain.position import SKEW_530, correct_clock
from tracking.domain.report_rules import Fault, check_report, check_time
from tracking.domain.status import has_code
from tracking.domain.vocabularies import parse_status
from tracking.provenance import is_signed
from workers.line.tolerance import PADDING, parse_tolerantly, split_lines, strip_padding
from workers.ports import Refusal, RefusalReason, StreamRecord
from workers.skewed_clocks import SkewedClocks

# Characters of an error text that a refusal keeps.
MAX_DETAIL_LENGTH = 200

# Fields that make sense together only.
_FIELDS_OF = {"lat": ("lat", "lon")}

_decode_one = msgspec.json.Decoder(ScanPayload).decode
_decode_many = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Decoded(NamedTuple):
    """Scans of a batch of records, in order, and the records that could not be read.

    `records` has the record of each scan, at the same place.
    """

    scans: list[Scan]
    refusals: list[Refusal]
    records: list[StreamRecord]


class _Report(msgspec.Struct, frozen=True):
    """One report of a record, and the names of its fields that could not be read."""

    record: StreamRecord
    payload: ScanPayload
    ignored: tuple[str, ...] = ()


class _RefusedError(PermanentError):
    """Raised for a report that cannot become a scan, with its reason for quarantine."""

    def __init__(self, reason: RefusalReason, detail: str, shipment_id: str | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.shipment_id = shipment_id


def decode(
    records: Sequence[StreamRecord], clocks: SkewedClocks | None = None, now: datetime | None = None
) -> Decoded:
    """Decode every record. A bad record is refused with its reason; of several reports only the bad ones are.

    `clocks` remembers the devices that stamp Indian time as UTC. `now` is given for a record that is decoded
    again: by then its time may no longer lie in the future. Never raises for bytes of a sender.
    """
    decoded = Decoded([], [], [])
    # All are parsed before the first scan is made, since that costs less than one after the other.
    payloads = [_parse_exactly(record) for record in records]
    for record, payload in zip(records, payloads, strict=True):
        reports = [_Report(record, payload)] if payload else _parse_reports(record, decoded.refusals)
        for report in reports:
            try:
                decoded.scans.append(_make_scan(report, clocks, now))
                decoded.records.append(report.record)
            except _RefusedError as refused:
                detail = str(refused)[:MAX_DETAIL_LENGTH]
                decoded.refusals.append(Refusal(report.record, refused.reason, detail, refused.shipment_id))
    return decoded


def _parse_exactly(record: StreamRecord) -> ScanPayload | None:
    """Return the payload of a record that is one report with exactly the right types, as nearly all are."""
    if len(record.raw) > MAX_RECORD_BYTES:
        return None
    try:
        return _decode_one(record.raw)
    except Exception:  # noqa: BLE001 - whatever a parser raises for a sender's bytes is about these bytes
        return None


def _parse_reports(record: StreamRecord, refusals: list[Refusal]) -> list[_Report]:
    """Return the readable reports of a record that is not one report with exactly the right types."""
    if len(record.raw) > MAX_RECORD_BYTES:
        detail = f"{len(record.raw)} bytes; at most {MAX_RECORD_BYTES}"
        refusals.append(Refusal(record, "too_large", detail))
        return []
    try:
        parts = _split(record)
    except Exception as error:  # noqa: BLE001 - as above
        refusals.append(_refuse_unreadable(record, error))
        return []
    if not parts:
        refusals.append(Refusal(record, "no_subject", "no report in the record"))
    if len(parts) > MAX_EVENTS_PER_RECORD:
        detail = f"{len(parts)} events in one record; at most {MAX_EVENTS_PER_RECORD}"
        refusals.append(Refusal(record, "too_large", detail))
        return []
    reports = []
    for part in parts:
        try:
            reports.append(_parse_part(part))
        except Exception as error:  # noqa: BLE001 - as above
            refusals.append(_refuse_unreadable(part, error))
    return reports


def _split(record: StreamRecord) -> Sequence[StreamRecord]:
    """Return the record itself, or one part per entry of an array or per line, each with its own position."""
    cleaned = strip_padding(record.raw)
    raws = _decode_many(cleaned) if cleaned.startswith(b"[") else split_lines(cleaned)
    if not raws and not cleaned.startswith(b"["):
        return [record]
    return [
        record._replace(raw=bytes(raw), stream_position=f"{record.stream_position}/{index:03d}")
        for index, raw in enumerate(raws)
    ]


def _parse_part(part: StreamRecord) -> _Report:
    try:
        return _Report(part, _decode_one(part.raw))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        try:
            return _Report(part, *parse_tolerantly(part.raw))
        except json.JSONDecodeError:
            raise error from None


def _refuse_unreadable(record: StreamRecord, error: Exception) -> Refusal:
    return Refusal(record, "undecodable", str(error)[:MAX_DETAIL_LENGTH])


def _make_scan(report: _Report, clocks: SkewedClocks | None, now: datetime | None) -> Scan:
    """Return the scan of a report. Raises `_RefusedError` for a broken rule."""
    record, payload, ignored = report.record, report.payload, report.ignored
    if payload.source != "device" and not is_signed(record.raw):
        payload = _restrict_to_device(payload)
    faults = check_report(payload)
    if faults:
        payload, ignored = _leave_out(payload, ignored, faults)
    shipment_id = _as_id(payload.shipment_id)
    sent_at = _parse_time(payload, shipment_id)
    corrected_at = _correct_time(payload, sent_at, record.arrived_at, clocks)
    if corrected_at is not None:
        _check_time(corrected_at, report, now)
    reported_at = sent_at or cut_to_milliseconds(record.arrived_at)
    event_id = name_event(payload, sent_at, f"{record.source}/{record.stream_position}")
    scan = Scan(
        event_id=event_id,
        # The key has the time as sent: a repeat that arrives later may be corrected differently.
        sort_key=make_sort_key(reported_at, event_id),
        occurred_at=corrected_at or reported_at,
        device_at=sent_at if sent_at != corrected_at else None,
        fix_flags=(SKEW_530,) if sent_at != corrected_at else (),
        is_untimed=sent_at is None and has_own_id(payload),
        received_at=record.arrived_at,
        shipment_id=shipment_id,
        vehicle_id=_as_id(payload.vehicle_id),
        device_id=_as_id(payload.device_id),
        device_seq=payload.device_seq,
        lat=payload.lat,
        lon=payload.lon,
        accuracy_m=payload.accuracy_m,
        speed_kmh=payload.speed_kmh,
        heading=payload.heading,
        note=mask_text(payload.note) if payload.note else None,
        traceparent=payload.traceparent or None,
        hub_id=payload.hub_id,
        stream_source=record.source,
        # Scans of one record share its position; the number of the part was only for the event id.
        stream_position=record.stream_position.partition("/")[0],
        ignored_fields=ignored,
    )
    # Most reports are positions of a device, and have none of these.
    further = _parse_status_fields(payload) | _list_signed_fields(payload)
    return complete_scan(msgspec.structs.replace(scan, **further) if further else scan)


def _restrict_to_device(payload: ScanPayload) -> ScanPayload:
    """Return the payload as a device's: it claims another source, but our processes did not sign it."""
    return ScanPayload(**{name: getattr(payload, name) for name in DEVICE_FIELDS})


def _leave_out(
    payload: ScanPayload, ignored: tuple[str, ...], faults: Sequence[Fault]
) -> tuple[ScanPayload, tuple[str, ...]]:
    """Return the payload without the fields that broke a rule. Raises `_RefusedError` if it needs one."""
    for fault in faults:
        if fault.is_fatal:
            raise _RefusedError(fault.reason, fault.detail, _as_id(payload.shipment_id))
    names = [name for fault in faults for name in _FIELDS_OF.get(fault.field, (fault.field,))]
    return msgspec.structs.replace(payload, **dict.fromkeys(names)), (*ignored, *names)


def _as_id(sent: str | int | None) -> str | None:
    return None if sent is None else str(sent)


def _parse_time(payload: ScanPayload, shipment_id: str | None) -> datetime | None:
    """Return the time that the device sent, or None."""
    sent = payload.timestamp
    if sent is None or (isinstance(sent, str) and not sent.strip(PADDING)):
        return None
    try:
        return parse_timestamp(sent)
    except PermanentError as error:
        raise _RefusedError("undecodable", str(error), shipment_id) from error


def _correct_time(
    payload: ScanPayload, sent_at: datetime | None, arrived_at: datetime, clocks: SkewedClocks | None
) -> datetime | None:
    """Return the time of the report; a time of a device that is 5 h 30 min ahead is corrected."""
    if sent_at is None or payload.source != "device":
        return sent_at
    device = payload.device_id if payload.device_id is not None else payload.vehicle_id
    if clocks is None or device is None:
        return correct_clock(sent_at, arrived_at) or sent_at
    return clocks.correct(str(device), sent_at, arrived_at)


def _check_time(corrected_at: datetime, report: _Report, now: datetime | None) -> None:
    """Raise `_RefusedError` for a time that cannot be right."""
    is_accepted = report.payload.source != "device"
    fault = check_time(corrected_at, report.record.arrived_at, now, is_accepted=is_accepted)
    if fault is not None:
        detail = f"{corrected_at.isoformat()} is {fault.detail}"
        raise _RefusedError(fault.reason, detail, _as_id(report.payload.shipment_id))


def _parse_status_fields(payload: ScanPayload) -> dict[str, Any]:
    # A vehicle has no status: what it reports is its position.
    if payload.status is None or payload.shipment_id is None:
        return {}
    status = parse_status(payload.status)
    if status is None:
        return {"reported_status": payload.status.strip(PADDING).lower() or None}
    if payload.substatus is None and payload.reason_code is None:
        return {"status": status}
    # A code of another status is ignored and not refused, since firmware in the field cannot be corrected.
    substatus = payload.substatus if has_code(status, payload.substatus) else None
    reason_code = payload.reason_code if has_code(status, payload.reason_code) else None
    # Where a device sends only a reason code, the code is the substatus too.
    return {"status": status, "substatus": substatus or reason_code, "reason_code": reason_code}


def _list_signed_fields(payload: ScanPayload) -> dict[str, Any]:
    """Return the fields that are read only from records that our own processes have signed."""
    if payload.source == "device":
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
        # Only our own processes derive clock events.
        "clock_kind": payload.clock_kind if payload.source == "system" else None,
        "evidence": payload.evidence if payload.source == "system" else None,
    }

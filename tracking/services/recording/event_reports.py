"""Report events of a partner: check them, give them ids and put them on the stream."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracking.domain import report_rules as rules
from tracking.domain.errors import PermanentError
from tracking.domain.identity import (
    cut_to_milliseconds,
    has_own_id,
    name_event,
    parse_timestamp,
)
from tracking.domain.masking import mask_text
from tracking.domain.payload import ScanPayload
from tracking.domain.report_rules import Fault
from tracking.domain.status import SUBSTATUSES, has_code
from tracking.domain.vocabularies import parse_status
from tracking.models import Hub
from tracking.ports import EventStream
from tracking.services.recording.stream_records import make_record, stamp_as_partner
from tracking.services.requests.bodies import EventReport
from tracking.services.requests.callers import Caller
from tracking.services.requests.ownership import (
    find_foreign_shipments,
    find_foreign_vehicles,
    find_own_vehicles,
)
from tracking.services.requests.refusals import Mistake, name_allowed


class ReportOutcome(msgspec.Struct, frozen=True):
    """Result of one event of a request: durably on the stream, or refused with the mistake."""

    index: int
    event_id: str | None
    mistake: Mistake | None = None


class Owned(NamedTuple):
    """Shipments and vehicles that a caller may not report, and the vehicles that it has registered."""

    foreign_shipments: frozenset[str]
    foreign_vehicles: frozenset[str]
    vehicles: frozenset[str]


def report_events(
    stream: EventStream, caller: Caller, reports: Sequence[EventReport | Mistake], now: datetime
) -> list[ReportOutcome]:
    """Put each valid event on the stream; return one outcome per entry, in the order given.

    An entry that is a `Mistake` (it could not be read) is returned as refused. Events have their id and their
    time before the put, so sending a request again is safe.
    """
    readable = [report for report in reports if isinstance(report, EventReport)]
    owned, unknown_hubs = _find_owned(caller, readable), find_unknown_hubs(readable)
    outcomes: dict[int, ReportOutcome] = {}
    records: dict[int, ScanPayload] = {}
    for index, report in enumerate(reports):
        if isinstance(report, Mistake):
            outcomes[index] = ReportOutcome(index, None, report)
        elif mistake := (
            check_report(report, now) or check_owner(report, owned) or check_hub(report, unknown_hubs)
        ):
            outcomes[index] = ReportOutcome(index, None, mistake)
        elif isinstance(report, EventReport):
            records[index] = _prepare(report, caller, now)
    outcomes |= _put(stream, records)
    return [outcomes[index] for index in range(len(reports))]


def _find_owned(caller: Caller, reports: Sequence[EventReport]) -> Owned:
    shipment_ids = {str(report.shipment_id) for report in reports if report.shipment_id is not None}
    return Owned(find_foreign_shipments(caller, shipment_ids), *_find_vehicles(caller, reports))


def find_owned_vehicles(caller: Caller, report: EventReport) -> Owned:
    """Return what the caller may report of the vehicle that one event names."""
    return Owned(frozenset(), *_find_vehicles(caller, [report]))


def _find_vehicles(caller: Caller, reports: Sequence[EventReport]) -> tuple[frozenset[str], frozenset[str]]:
    vehicle_ids = {str(report.vehicle_id) for report in reports if report.vehicle_id is not None}
    return find_foreign_vehicles(caller, vehicle_ids), find_own_vehicles(caller, vehicle_ids)


def check_report(report: EventReport, now: datetime) -> Mistake | None:
    """Return the first mistake of an event that its type does not exclude, or None.

    The rules are those by which the stream refuses a record or leaves a field out: what passes here is not
    quarantined there.
    """
    payload = build_payload(report)
    for fault in rules.check_report(payload):
        return _to_mistake(fault, payload)
    return _check_substatus(report) or _check_time(report, now)


def build_payload(report: EventReport) -> ScanPayload:
    """Return the event as a record of the stream."""
    fields = msgspec.structs.asdict(report)
    return ScanPayload(**fields | {"device_seq": report.device_seq or 0})


def _to_mistake(fault: Fault, payload: ScanPayload) -> Mistake:
    is_out_of_range = fault.field == "lat" and payload.lat is not None and payload.lon is not None
    return Mistake(f"/{fault.field}", "invalid" if is_out_of_range else fault.reason, fault.detail)


def check_owner(report: EventReport, owned: Owned) -> Mistake | None:
    """Return the mistake of an event of a shipment or a vehicle that the caller may not report, or None.

    A scan of a shipment may name a vehicle that nobody has registered; a position alone must be that of a
    vehicle of the caller.
    """
    if report.shipment_id is not None and str(report.shipment_id) in owned.foreign_shipments:
        return Mistake("/shipment_id", "not_found", "there is no such shipment")
    if report.vehicle_id is None:
        return None
    vehicle_id = str(report.vehicle_id)
    is_unknown = report.shipment_id is None and vehicle_id not in owned.vehicles
    if vehicle_id in owned.foreign_vehicles or is_unknown:
        return Mistake("/vehicle_id", "not_found", "there is no such vehicle")
    return None


def find_unknown_hubs(reports: Sequence[EventReport]) -> frozenset[str]:
    """Return the hubs that events name and the network does not have."""
    named = {report.hub_id for report in reports if report.hub_id is not None}
    if not named:
        return frozenset()
    known = Hub.objects.filter(hub_id__in=named).values_list("hub_id", flat=True)
    return frozenset(named - set(known))


def check_hub(report: EventReport, unknown_hubs: frozenset[str]) -> Mistake | None:
    """Return the mistake of an event at a hub that there is not, or None."""
    if report.hub_id not in unknown_hubs:
        return None
    return Mistake("/hub_id", "unknown_hub", f"there is no hub {report.hub_id!r}")


def _check_substatus(report: EventReport) -> Mistake | None:
    status = parse_status(report.status) if report.status is not None else None
    codes = sorted(SUBSTATUSES[status]) if status is not None else []
    if report.substatus is not None and not has_code(status, report.substatus):
        detail = name_allowed("not a substatus of this status", codes)
        return Mistake("/substatus", "contradiction", detail)
    if report.reason_code is not None and not has_code(status, report.reason_code):
        detail = name_allowed("not a reason for this status", codes)
        return Mistake("/reason_code", "contradiction", detail)
    return None


def _check_time(report: EventReport, now: datetime) -> Mistake | None:
    if report.timestamp is None:
        return None
    try:
        moment = parse_timestamp(report.timestamp)
    except PermanentError:
        return Mistake("/timestamp", "invalid", "not a time with a zone")
    fault = rules.check_time(moment, now)
    return None if fault is None else Mistake("/timestamp", fault.reason, fault.detail)


def _prepare(report: EventReport, caller: Caller, now: datetime) -> ScanPayload:
    """Return the record of a valid event. Phone numbers and e-mail addresses in its note are masked."""
    payload = build_payload(report)
    sent_at = None if payload.timestamp is None else parse_timestamp(payload.timestamp)
    payload = msgspec.structs.replace(payload, note=mask_text(payload.note), source="api")
    event_id = name_event(payload, sent_at, uuid.uuid4().hex)
    stamped = stamp_as_partner(payload, caller, event_id, sent_at or cut_to_milliseconds(now))
    if sent_at is None and payload.shipment_id is not None and has_own_id(payload):
        # A repeated request must give the same event: the reader gives every copy the time of the first.
        return msgspec.structs.replace(stamped, timestamp=None)
    return stamped


def _put(stream: EventStream, records: dict[int, ScanPayload]) -> dict[int, ReportOutcome]:
    refusals = stream.put([make_record(payload) for payload in records.values()]) if records else []
    return {
        index: ReportOutcome(index, payload.event_id, None if refused is None else _UNAVAILABLE)
        for (index, payload), refused in zip(records.items(), refusals, strict=True)
    }


_UNAVAILABLE = Mistake("", "unavailable", "not taken now; send it again")

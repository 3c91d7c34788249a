"""Arrivals: a fence crossed by a parcel, or by the vehicle it is on, becomes a scan of the system's own."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from tracking.domain.events import Scan
from tracking.domain.geofence import Crossing
from tracking.domain.identity import make_sort_key, short_hash
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status

ACTOR = "geofence"
# A scan that says the same within this time is the better witness.
SAME_FACT = timedelta(minutes=30)


class Report(NamedTuple):
    """What a crossing says of a parcel: status and substatus, of whom it is news, and who says the same."""

    status: Status
    substatus: str
    under_way: frozenset[Status]
    alike: frozenset[str]


_ON_THE_ROAD = frozenset({Status.PICKED_UP, Status.IN_TRANSIT})
_HUB_REACHED = Report(
    Status.IN_TRANSIT, "arrived_hub", _ON_THE_ROAD, frozenset({"arrived_hub", "arrived_destination_hub"})
)
_HUB_LEFT = Report(
    Status.IN_TRANSIT, "departed_hub", _ON_THE_ROAD, frozenset({"departed_hub", "departed_origin"})
)
REPORTS = {
    ("arrived", "hub"): _HUB_REACHED,
    ("departed", "hub"): _HUB_LEFT,
    ("arrived", "dark_store"): _HUB_REACHED,
    ("departed", "dark_store"): _HUB_LEFT,
    ("arrived", "recipient"): Report(
        Status.OUT_FOR_DELIVERY, "arrived", frozenset({Status.OUT_FOR_DELIVERY}), frozenset({"arrived"})
    ),
}
_REPORT_OF = {report.substatus: report for report in (_HUB_REACHED, _HUB_LEFT)}


class Fact(NamedTuple):
    """A substatus that a scan has told, and when."""

    substatus: str
    occurred_at: datetime


def list_facts(state: ShipmentState | None, scans: Iterable[Scan]) -> list[Fact]:
    """What scans have told of the parcel, lately and in this batch."""
    steps = [(step.substatus, step.occurred_at) for step in state.journey] if state else []
    steps += [(scan.substatus, scan.occurred_at) for scan in scans]
    return [Fact(substatus, occurred_at) for substatus, occurred_at in steps if substatus is not None]


def report_crossing(
    crossing: Crossing, scan: Scan, state: ShipmentState | None, facts: list[Fact]
) -> Scan | None:
    """The system's scan of a crossing that `scan` brought to light, or None where it is no news.

    `state` is the parcel's before that scan. No news: the parcel is not under way, or returns, or was scanned
    with the same fact within half an hour. The id is made of the fact, so the same crossing is one event.
    A vehicle that reports for itself crosses for the parcels on board: see `workers/line/manifest_scans.py`.
    """
    report = REPORTS.get((crossing.kind, crossing.fence.kind))
    if report is None:
        return None
    if scan.shipment_id is None:
        # Whose door it stands at is a matter of one parcel, and a manifest names many.
        return None if crossing.fence.kind == "recipient" else _write(report, crossing, scan)
    if state is None or not _is_news(report, scan.status or state.status, state, crossing.at, facts):
        return None
    return msgspec.structs.replace(
        _write(report, crossing, scan), partner_id=state.partner_id, livemode=state.livemode
    )


def report_parcel_aboard(arrival: Scan, state: ShipmentState) -> Scan | None:
    """What a vehicle's crossing says of a parcel on board, or None where it is no news to it."""
    report = _REPORT_OF.get(arrival.substatus or "")
    if report is None or not _is_news(
        report, state.status, state, arrival.occurred_at, list_facts(state, [])
    ):
        return None
    event_id = "g_" + short_hash(state.shipment_id, arrival.event_id)
    return msgspec.structs.replace(
        arrival,
        event_id=event_id,
        sort_key=make_sort_key(arrival.occurred_at, event_id),
        shipment_id=state.shipment_id,
        partner_id=state.partner_id,
        livemode=state.livemode,
    )


def is_own(scan: Scan) -> bool:
    """Whether we have read the scan off a fence ourselves; its position is the fence's, and no fix."""
    return scan.source == "system" and scan.actor == ACTOR


def _write(report: Report, crossing: Crossing, scan: Scan) -> Scan:
    """The system's scan, of the subject that crossed: a parcel, or a vehicle without one."""
    subject = scan.shipment_id or scan.vehicle_id
    event_id = "g_" + short_hash(subject, crossing.fence.fence_id, crossing.kind, crossing.at)
    return Scan(
        event_id=event_id,
        sort_key=make_sort_key(crossing.at, event_id),
        occurred_at=crossing.at,
        received_at=scan.received_at,
        shipment_id=scan.shipment_id,
        vehicle_id=scan.vehicle_id,
        status=report.status,
        substatus=report.substatus,
        lat=crossing.fence.lat,
        lon=crossing.fence.lon,
        source="system",
        actor=ACTOR,
        traceparent=scan.traceparent,
        stream_source=scan.stream_source,
        stream_position=scan.stream_position,
    )


def _is_news(report: Report, status: Status, state: ShipmentState, at: datetime, facts: list[Fact]) -> bool:
    is_under_way = state.direction is Direction.FORWARD and status in report.under_way
    return is_under_way and not _is_told(report, at, facts)


def _is_told(report: Report, at: datetime, facts: list[Fact]) -> bool:
    return any(fact.substatus in report.alike and abs(fact.occurred_at - at) <= SAME_FACT for fact in facts)

"""Arrivals: a fence crossed by a parcel under way becomes a scan of the system's own."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.events import Scan
from tracking.domain.geofence import Crossing
from tracking.domain.identity import make_sort_key, short_hash
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Leg, Status

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
    """
    report = REPORTS.get((crossing.kind, crossing.fence.kind))
    if report is None or state is None or state.leg is not Leg.FORWARD:
        return None
    if (scan.status or state.status) not in report.under_way or _is_told(report, crossing.at, facts):
        return None
    event_id = "g_" + short_hash(scan.shipment_id, crossing.fence.fence_id, crossing.kind, crossing.at)
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
        partner_id=state.partner_id,
        livemode=state.livemode,
        traceparent=scan.traceparent,
        stream_source=scan.stream_source,
        stream_position=scan.stream_position,
    )


def _is_told(report: Report, at: datetime, facts: list[Fact]) -> bool:
    return any(fact.substatus in report.alike and abs(fact.occurred_at - at) <= SAME_FACT for fact in facts)

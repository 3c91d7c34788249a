"""Geofence scans: a scan is made when a parcel, or the vehicle that carries it, crosses a geofence."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from tracking.domain.events import Scan
from tracking.domain.geofence import Crossing
from tracking.domain.identity import make_sort_key, short_hash
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status

GEOFENCE_ACTOR = "geofence"
# A scan that states the same fact within this time makes a geofence scan superfluous.
SAME_FACT_WITHIN = timedelta(minutes=30)


class CrossingRule(NamedTuple):
    """Scan that a crossing leads to.

    It applies to parcels whose status is in `applies_in`; each substatus in `same_fact` states the same fact.
    """

    status: Status
    substatus: str
    applies_in: frozenset[Status]
    same_fact: frozenset[str]


_ON_THE_ROAD = frozenset({Status.PICKED_UP, Status.IN_TRANSIT})
_ARRIVAL_RULE = CrossingRule(
    Status.IN_TRANSIT, "arrived_hub", _ON_THE_ROAD, frozenset({"arrived_hub", "arrived_destination_hub"})
)
_DEPARTURE_RULE = CrossingRule(
    Status.IN_TRANSIT, "departed_hub", _ON_THE_ROAD, frozenset({"departed_hub", "departed_origin"})
)
RULES = {
    ("arrived", "hub"): _ARRIVAL_RULE,
    ("departed", "hub"): _DEPARTURE_RULE,
    ("arrived", "dark_store"): _ARRIVAL_RULE,
    ("departed", "dark_store"): _DEPARTURE_RULE,
    ("arrived", "recipient"): CrossingRule(
        Status.OUT_FOR_DELIVERY, "arrived", frozenset({Status.OUT_FOR_DELIVERY}), frozenset({"arrived"})
    ),
}
_RULE_OF_SUBSTATUS = {rule.substatus: rule for rule in (_ARRIVAL_RULE, _DEPARTURE_RULE)}


class ReportedSubstatus(NamedTuple):
    """A substatus that a scan has reported, and when."""

    substatus: str
    occurred_at: datetime


def list_reported(state: ShipmentState | None, scans: Iterable[Scan]) -> list[ReportedSubstatus]:
    """Return the substatuses that scans have reported of the parcel, from its journey and this batch."""
    steps = [(step.substatus, step.occurred_at) for step in state.journey] if state else []
    steps += [(scan.substatus, scan.occurred_at) for scan in scans]
    return [
        ReportedSubstatus(substatus, occurred_at) for substatus, occurred_at in steps if substatus is not None
    ]


def make_crossing_scan(
    crossing: Crossing, scan: Scan, state: ShipmentState | None, batch: Sequence[Scan]
) -> Scan | None:
    """Return the scan made from a crossing that `scan` completes, or None if it would state nothing new.

    `batch` are all scans of the same track in this batch, `state` is the parcel's state before the scan.
    Nothing is new if the parcel is not under way, is being returned, or was scanned with the same fact within
    half an hour. The id is a hash of subject, geofence, kind and time, so the same crossing gives the same
    event. The crossing of a vehicle whose report names no shipment concerns the parcels aboard: see
    `workers/line/crossings_aboard.py`.
    """
    rule = RULES.get((crossing.kind, crossing.fence.kind))
    if rule is None:
        return None
    if scan.shipment_id is None:
        # A recipient's geofence concerns one parcel; the position of a vehicle does not say which.
        return None if crossing.fence.kind == "recipient" else _make_scan(rule, crossing, scan)
    if state is None or not _is_new(
        rule, scan.status or state.status, state, crossing.at, list_reported(state, batch)
    ):
        return None
    return msgspec.structs.replace(
        _make_scan(rule, crossing, scan), partner_id=state.partner_id, livemode=state.livemode
    )


def make_scan_of_parcel_aboard(vehicle_scan: Scan, state: ShipmentState) -> Scan | None:
    """Return the scan of a parcel aboard the vehicle of a geofence scan, or None if it states nothing new."""
    rule = _RULE_OF_SUBSTATUS.get(vehicle_scan.substatus or "")
    if rule is None or not _is_new(
        rule, state.status, state, vehicle_scan.occurred_at, list_reported(state, [])
    ):
        return None
    event_id = "g_" + short_hash(state.shipment_id, vehicle_scan.event_id)
    return msgspec.structs.replace(
        vehicle_scan,
        event_id=event_id,
        sort_key=make_sort_key(vehicle_scan.occurred_at, event_id),
        shipment_id=state.shipment_id,
        partner_id=state.partner_id,
        livemode=state.livemode,
    )


def is_geofence_scan(scan: Scan) -> bool:
    """Return whether the scan was derived from a geofence; its position is the geofence's centre, no fix."""
    return scan.source == "system" and scan.actor == GEOFENCE_ACTOR


def _make_scan(rule: CrossingRule, crossing: Crossing, scan: Scan) -> Scan:
    """Return the scan of the subject that crossed: a parcel, or a vehicle whose report names no shipment."""
    subject = scan.shipment_id or scan.vehicle_id
    event_id = "g_" + short_hash(subject, crossing.fence.fence_id, crossing.kind, crossing.at)
    return Scan(
        event_id=event_id,
        sort_key=make_sort_key(crossing.at, event_id),
        occurred_at=crossing.at,
        received_at=scan.received_at,
        shipment_id=scan.shipment_id,
        vehicle_id=scan.vehicle_id,
        status=rule.status,
        substatus=rule.substatus,
        lat=crossing.fence.lat,
        lon=crossing.fence.lon,
        source="system",
        actor=GEOFENCE_ACTOR,
        traceparent=scan.traceparent,
        stream_source=scan.stream_source,
        stream_position=scan.stream_position,
    )


def _is_new(
    rule: CrossingRule, status: Status, state: ShipmentState, at: datetime, reported: list[ReportedSubstatus]
) -> bool:
    is_under_way = state.direction is Direction.FORWARD and status in rule.applies_in
    return is_under_way and not _is_reported(rule, at, reported)


def _is_reported(rule: CrossingRule, at: datetime, reported: list[ReportedSubstatus]) -> bool:
    return any(
        each.substatus in rule.same_fact and abs(each.occurred_at - at) <= SAME_FACT_WITHIN
        for each in reported
    )

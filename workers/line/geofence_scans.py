"""Geofence scans: a geofence crossed by a parcel, or by its vehicle, becomes a scan of our own."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from tracking.domain.events import Scan
from tracking.domain.geofence import Crossing
from tracking.domain.identity import make_sort_key, short_hash
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status

ACTOR = "geofence"
# A person's scan of the same fact within this time counts instead: it is the better evidence.
SAME_FACT = timedelta(minutes=30)


class CrossingRule(NamedTuple):
    """Scan that a crossing leads to.

    It applies to parcels whose status is in `under_way`; any of the substatuses `alike` states the same fact.
    """

    status: Status
    substatus: str
    under_way: frozenset[Status]
    alike: frozenset[str]


_ON_THE_ROAD = frozenset({Status.PICKED_UP, Status.IN_TRANSIT})
_HUB_REACHED = CrossingRule(
    Status.IN_TRANSIT, "arrived_hub", _ON_THE_ROAD, frozenset({"arrived_hub", "arrived_destination_hub"})
)
_HUB_LEFT = CrossingRule(
    Status.IN_TRANSIT, "departed_hub", _ON_THE_ROAD, frozenset({"departed_hub", "departed_origin"})
)
RULES = {
    ("arrived", "hub"): _HUB_REACHED,
    ("departed", "hub"): _HUB_LEFT,
    ("arrived", "dark_store"): _HUB_REACHED,
    ("departed", "dark_store"): _HUB_LEFT,
    ("arrived", "recipient"): CrossingRule(
        Status.OUT_FOR_DELIVERY, "arrived", frozenset({Status.OUT_FOR_DELIVERY}), frozenset({"arrived"})
    ),
}
_RULE_OF_SUBSTATUS = {rule.substatus: rule for rule in (_HUB_REACHED, _HUB_LEFT)}


class Fact(NamedTuple):
    """A substatus that a scan has reported, and when."""

    substatus: str
    occurred_at: datetime


def list_facts(state: ShipmentState | None, scans: Iterable[Scan]) -> list[Fact]:
    """Return what scans have reported of the parcel, from its journey and from this batch."""
    steps = [(step.substatus, step.occurred_at) for step in state.journey] if state else []
    steps += [(scan.substatus, scan.occurred_at) for scan in scans]
    return [Fact(substatus, occurred_at) for substatus, occurred_at in steps if substatus is not None]


def report_crossing(
    crossing: Crossing, scan: Scan, state: ShipmentState | None, batch: Sequence[Scan]
) -> Scan | None:
    """Return the scan of a crossing found by `scan`, or None where it states nothing new.

    `batch` are all scans of the same track in this batch, `state` is the parcel's state before the scan.
    Nothing is new where the parcel is not under way, is being returned, or was scanned with the same fact
    within half an hour. The id is made of the fact, so the same crossing is one event. The crossing of a
    vehicle that reports for itself concerns the parcels aboard: see `workers/line/manifest_scans.py`.
    """
    rule = RULES.get((crossing.kind, crossing.fence.kind))
    if rule is None:
        return None
    if scan.shipment_id is None:
        # A door belongs to one parcel, and a manifest names many.
        return None if crossing.fence.kind == "recipient" else _make_scan(rule, crossing, scan)
    if state is None or not _is_new(
        rule, scan.status or state.status, state, crossing.at, list_facts(state, batch)
    ):
        return None
    return msgspec.structs.replace(
        _make_scan(rule, crossing, scan), partner_id=state.partner_id, livemode=state.livemode
    )


def report_parcel_aboard(arrival: Scan, state: ShipmentState) -> Scan | None:
    """Return the scan of a parcel aboard a vehicle that crossed a geofence, or None where nothing is new."""
    rule = _RULE_OF_SUBSTATUS.get(arrival.substatus or "")
    if rule is None or not _is_new(rule, state.status, state, arrival.occurred_at, list_facts(state, [])):
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
    """Return whether the scan was derived from a geofence; its position is the geofence's and no fix."""
    return scan.source == "system" and scan.actor == ACTOR


def _make_scan(rule: CrossingRule, crossing: Crossing, scan: Scan) -> Scan:
    """Return the scan of the subject that crossed: a parcel, or a vehicle that reports for itself."""
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
        actor=ACTOR,
        traceparent=scan.traceparent,
        stream_source=scan.stream_source,
        stream_position=scan.stream_position,
    )


def _is_new(
    rule: CrossingRule, status: Status, state: ShipmentState, at: datetime, facts: list[Fact]
) -> bool:
    is_under_way = state.direction is Direction.FORWARD and status in rule.under_way
    return is_under_way and not _is_reported(rule, at, facts)


def _is_reported(rule: CrossingRule, at: datetime, facts: list[Fact]) -> bool:
    return any(fact.substatus in rule.alike and abs(fact.occurred_at - at) <= SAME_FACT for fact in facts)

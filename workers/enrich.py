"""Enrich: scans get the name of their place and an arrival window, a whole batch at once, no network."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from tracking.domain.eta import distance_km, free_flow_minutes, make_eta, predict_whole
from tracking.domain.events import Eta, HubPoint, Place, Scan, TrackingEvent
from tracking.domain.lanes import Run, predict_pace
from tracking.domain.shipment import KEPT_FOR, ShipmentState
from tracking.domain.status import END_STATUSES
from workers.cleaning import clean_scans
from workers.places.fences import FenceBook
from workers.ports import Fences, Places

AT_HUB_KM = 0.3


# A network without hubs: fences are then the ends of each parcel's lane.
NO_FENCES = FenceBook(list)


def enrich(
    sent: Sequence[Scan], states: dict[str, ShipmentState], places: Places, fences: Fences = NO_FENCES
) -> list[TrackingEvent]:
    """Each scan as an event with its place and ETA, in order; worked out once and stored, never asked again.

    `states` are the shipments' states before these scans. A scan without a position gets neither, nor does
    one whose position is set aside. Behind a scan stand the system's own of arrivals it brings to light.
    """
    scans = clean_scans(sent, states, fences)
    located = [scan for scan in scans if scan.has_position and not scan.is_fix_dropped]
    found = places.locate([(scan.lat or 0.0, scan.lon or 0.0) for scan in located])
    by_scan = {id(scan): place for scan, place in zip(located, found, strict=True)}
    return [
        _make_event(scan, by_scan.get(id(scan)), states.get(scan.shipment_id or ""), places) for scan in scans
    ]


def _make_event(
    scan: Scan, place: Place | None, state: ShipmentState | None, places: Places
) -> TrackingEvent:
    fields = {name: getattr(scan, name) for name in Scan.__struct_fields__}
    return TrackingEvent(
        **fields,
        place=_name_hub(scan, place, state),
        eta=_estimate(scan, state, places),
        expires_at=int((scan.received_at + KEPT_FOR + timedelta(seconds=1)).timestamp()),
    )


def _name_hub(scan: Scan, place: Place | None, state: ShipmentState | None) -> Place | None:
    """The place with the hub's name when the scan was made at an end of the shipment's lane."""
    if place is None or state is None or state.lane is None:
        return place
    for hub in (state.lane.origin, state.lane.destination):
        if _kilometres(scan, hub.lat, hub.lon) <= AT_HUB_KM:
            return msgspec.structs.replace(place, hub_id=hub.hub_id, hub_name=hub.name)
    return place


def _estimate(scan: Scan, state: ShipmentState | None, places: Places) -> Eta | None:
    """The arrival window, for a position that is the shipment's newest and has somewhere to go."""
    if state is None or not scan.has_position or scan.is_fix_dropped or state.status in END_STATUSES:
        return None
    if state.position is not None and scan.occurred_at < state.position.occurred_at:
        return None
    destination = _find_destination(state, places)
    if destination is None:
        return None
    base_min = free_flow_minutes(_kilometres(scan, *destination))
    pace = predict_pace({}, Run("", "", "", "d", base_min))
    return make_eta(predict_whole(pace, base_min), scan.occurred_at, pace.depth)


def _find_destination(state: ShipmentState, places: Places) -> tuple[float, float] | None:
    if state.lane is not None:
        hub: HubPoint = state.lane.destination
        return hub.lat, hub.lon
    return places.locate_pincode(state.destination_pin) if state.destination_pin else None


def _kilometres(scan: Scan, lat: float, lon: float) -> float:
    return distance_km(scan.lat or 0.0, scan.lon or 0.0, lat, lon)

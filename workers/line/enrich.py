"""Enrich: each scan of a gathered batch gets its place, an arrival window and a leg. Pure; no network."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from tracking.domain.events import Place, Scan, TrackingEvent, VehicleFix
from tracking.domain.fold import apply_event
from tracking.domain.geofence import Geofence, is_inside
from tracking.domain.shipment import STATES_KEPT_FOR, ShipmentState
from tracking.domain.status import END_STATUSES
from tracking.domain.tour import Tour
from tracking.eta.forecast import Forecast, forecast
from tracking.eta.scan_context import ScanContext
from workers.line.cleaning import CleanedScan, add_lane_ends, clean_scans
from workers.line.gather import Gathered
from workers.line.geofence_scans import is_own
from workers.ports import Geofences, NoGeofences, Places

EMPTY = Forecast()
# With these substatuses no stop comes before the parcel's own.
AT_THE_NEXT_STOP = frozenset({"arriving", "arrived"})
NO_GEOFENCES = NoGeofences()
# Rows outlive their 30 days by a second, so that none expires before the state that has read it.
ROW_LASTS = STATES_KEPT_FOR + timedelta(seconds=1)


class Enriched(NamedTuple):
    """A batch of events, ready to be recorded, in the order of the scans that they come from.

    `events` belong to shipments; `fixes` are positions of vehicles that report for themselves; `crossings`
    are geofences that such vehicles crossed: they concern the parcels aboard.
    """

    events: list[TrackingEvent]
    fixes: list[VehicleFix]
    crossings: list[Scan]


def enrich(gathered: Gathered, places: Places, geofences: Geofences = NO_GEOFENCES) -> Enriched:
    """Clean positions, derive geofence scans, name places and forecast arrivals.

    A scan of a shipment that was scanned earlier in the batch is judged on the state that the earlier scan
    leads to. A position that cleaning drops gets neither place nor window. A geofence scan comes directly
    behind the scan that it was derived from. Results are stored with the event and never worked out again.
    """
    cleaned = clean_scans(gathered, geofences)
    found = _locate(cleaned, places)
    left = Counter([each.scan.shipment_id for each in cleaned])
    states = dict(gathered.states)
    enriched = Enriched([], [], [])
    for (scan, near, _point), found_place in zip(cleaned, found, strict=True):
        shipment_id = scan.shipment_id
        state = states.get(shipment_id) if shipment_id is not None else None
        place = _name_hub(scan, found_place, add_lane_ends(near, state))
        if shipment_id is None:
            if is_own(scan):
                enriched.crossings.append(scan)
            else:
                enriched.fixes.append(_make_fix(scan, place))
            continue
        event = _make_event(scan, place)
        event = _forecast(event, state, places, geofences, gathered)
        enriched.events.append(event)
        left[shipment_id] -= 1
        if left[shipment_id]:
            states[shipment_id] = _advance(state, event)
    return enriched


def _locate(cleaned: Sequence[CleanedScan], places: Places) -> list[Place | None]:
    """Return the place of each scan, all looked up at once; None without a usable position."""
    found = iter(places.locate([each.point for each in cleaned if each.point is not None]))
    return [next(found) if each.point is not None else None for each in cleaned]


def _make_event(scan: Scan, place: Place | None) -> TrackingEvent:
    return TrackingEvent(**_fields_of(scan), place=place, expires_at=_find_expiry(scan))


def _make_fix(scan: Scan, place: Place | None) -> VehicleFix:
    return VehicleFix(**_fields_of(scan), place=place, expires_at=_find_expiry(scan))


def _fields_of(scan: Scan) -> dict[str, Any]:
    return {name: getattr(scan, name) for name in Scan.__struct_fields__}


def _find_expiry(scan: Scan) -> int:
    """Return when the row of a scan expires, in epoch seconds."""
    return int((scan.received_at + ROW_LASTS).timestamp())


def _forecast(
    event: TrackingEvent,
    state: ShipmentState | None,
    places: Places,
    geofences: Geofences,
    gathered: Gathered,
) -> TrackingEvent:
    """Return the event with its forecast; one that is not the newest of its shipment gets none."""
    if state is None or state.status in END_STATUSES or event.order <= state.last_order:
        return event
    if event.source == "manifest":
        # Joining a vehicle moves nothing, and the loading scan follows in a moment.
        return event
    context = ScanContext(
        hub_id=event.place.hub_id if event.place else None,
        pin_point=places.locate_pincode(state.destination_pin) if state.destination_pin else None,
        tour=_find_tour(event, gathered.stops_ahead),
        calendar=geofences.find_calendar(state.lane.destination.hub_id) if state.lane else None,
    )
    expected = forecast(gathered.lanes, state, event, context)
    if expected == EMPTY:
        return event
    return msgspec.structs.replace(
        event, eta=expected.eta, lateness_risk=expected.lateness_risk, open_leg=expected.open_leg
    )


def _find_tour(scan: Scan, stops_ahead: Mapping[str, int]) -> Tour | None:
    """Return the tour that the scan itself names, else the one it begins by being loaded."""
    if scan.tour is not None:
        return scan.tour
    if scan.substatus in AT_THE_NEXT_STOP:
        return Tour(stops_ahead=0)
    ahead = stops_ahead.get(scan.shipment_id or "")
    return None if ahead is None else Tour(stops_ahead=ahead, is_as_loaded=True)


def _advance(state: ShipmentState | None, event: TrackingEvent) -> ShipmentState:
    """Return the state that the next scan of the batch finds; a late event leaves it as it is."""
    known = state or ShipmentState(shipment_id=event.shipment_id)
    return known if event.order <= known.last_order else apply_event(known, event)[0]


def _name_hub(scan: Scan, place: Place | None, near: Sequence[Geofence]) -> Place | None:
    """Return the place with the hub's name where the scan was made inside a hub's geofence."""
    if place is None:
        return None
    for fence in near:
        if is_inside(fence, scan.lat or 0.0, scan.lon or 0.0):
            return msgspec.structs.replace(place, hub_id=fence.fence_id, hub_name=fence.name)
    return place

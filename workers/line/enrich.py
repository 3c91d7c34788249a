"""Enrich: each scan of a batch gets its place and, if it is its shipment's newest, a forecast.

No network and no clock: all that it needs has been gathered before.
"""

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
from workers.line.cleaning import CheckedScan, add_lane_ends, clean_scans
from workers.line.gather import Gathered
from workers.line.geofence_scans import is_geofence_scan
from workers.ports import Geofences, NoGeofences, Places

NO_FORECAST = Forecast()
# Substatuses of a van that is at the parcel's stop, or reaches it next.
AT_ITS_STOP = frozenset({"arriving", "arrived"})
NO_GEOFENCES = NoGeofences()
# Expiry is in whole seconds, rounded down: the added second keeps a row for no less than its 30 days.
ROW_KEPT_FOR = STATES_KEPT_FOR + timedelta(seconds=1)


class Enriched(NamedTuple):
    """A batch of events, ready to be recorded, in the order of the scans that they come from.

    `events` belong to shipments; `fixes` are positions of vehicles whose reports name no shipment;
    `crossings` are the scans derived from geofences that such vehicles crossed: they concern the parcels
    aboard.
    """

    events: list[TrackingEvent]
    fixes: list[VehicleFix]
    crossings: list[Scan]


def enrich(gathered: Gathered, places: Places, geofences: Geofences = NO_GEOFENCES) -> Enriched:
    """Clean positions, derive geofence scans, name places and forecast arrivals.

    A scan of a shipment that was scanned earlier in the batch is forecast from the state that the earlier
    scan leads to. A position that cleaning drops gets no place. A geofence scan comes directly after the scan
    that it was derived from. Results are stored with the event and never computed again.
    """
    cleaned = clean_scans(gathered, geofences)
    located = _locate(cleaned, places)
    scans_to_come = Counter([each.scan.shipment_id for each in cleaned])
    states = dict(gathered.states)
    enriched = Enriched([], [], [])
    for (scan, near, _point), located_place in zip(cleaned, located, strict=True):
        shipment_id = scan.shipment_id
        state = states.get(shipment_id) if shipment_id is not None else None
        place = _add_hub(scan, located_place, add_lane_ends(near, state))
        if shipment_id is None:
            if is_geofence_scan(scan):
                enriched.crossings.append(scan)
            else:
                enriched.fixes.append(_make_fix(scan, place))
            continue
        event = _make_event(scan, place)
        event = _forecast(event, state, places, geofences, gathered)
        enriched.events.append(event)
        scans_to_come[shipment_id] -= 1
        if scans_to_come[shipment_id]:
            states[shipment_id] = _state_after(state, event)
    return enriched


def _locate(cleaned: Sequence[CheckedScan], places: Places) -> list[Place | None]:
    """Return the place of each scan, all looked up at once; None without a usable position."""
    found = iter(places.locate([each.point for each in cleaned if each.point is not None]))
    return [next(found) if each.point is not None else None for each in cleaned]


def _make_event(scan: Scan, place: Place | None) -> TrackingEvent:
    return TrackingEvent(**_fields_of(scan), place=place, expires_at=_expires_at(scan))


def _make_fix(scan: Scan, place: Place | None) -> VehicleFix:
    return VehicleFix(**_fields_of(scan), place=place, expires_at=_expires_at(scan))


def _fields_of(scan: Scan) -> dict[str, Any]:
    """Return the fields of a scan alone, also of an event, which has more."""
    return {name: getattr(scan, name) for name in Scan.__struct_fields__}


def _expires_at(scan: Scan) -> int:
    """Return when the row of a scan expires, in epoch seconds."""
    return int((scan.received_at + ROW_KEPT_FOR).timestamp())


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
    if event.source == "manifest" or event.evidence is not None:
        # The event assigns the parcel to a vehicle and moves nothing; the loading scan gets the forecast.
        # Evidence is about an attempt in the past.
        return event
    context = ScanContext(
        hub_id=event.place.hub_id if event.place else None,
        pin_point=places.locate_pincode(state.destination_pin) if state.destination_pin else None,
        tour=_find_tour(event, gathered.stops_ahead),
        calendar=geofences.find_calendar(state.lane.destination.hub_id) if state.lane else None,
    )
    predicted = forecast(gathered.statistics, state, event, context)
    if predicted == NO_FORECAST:
        return event
    return msgspec.structs.replace(
        event, eta=predicted.eta, lateness_risk=predicted.lateness_risk, open_leg=predicted.open_leg
    )


def _find_tour(scan: Scan, stops_ahead: Mapping[str, int]) -> Tour | None:
    """Return the tour of the scan: its own, else one without stops ahead, else one counted at loading."""
    if scan.tour is not None:
        return scan.tour
    if scan.substatus in AT_ITS_STOP:
        return Tour(stops_ahead=0)
    ahead = stops_ahead.get(scan.shipment_id or "")
    return None if ahead is None else Tour(stops_ahead=ahead, is_as_loaded=True)


def _state_after(state: ShipmentState | None, event: TrackingEvent) -> ShipmentState:
    """Return the state for the next scan of the batch; a late event leaves it as it is."""
    known = state or ShipmentState(shipment_id=event.shipment_id)
    return known if event.order <= known.last_order else apply_event(known, event)[0]


def _add_hub(scan: Scan, place: Place | None, near: Sequence[Geofence]) -> Place | None:
    """Return the place, with the hub's name if the scan was made inside a hub's geofence."""
    if place is None or scan.lat is None or scan.lon is None:
        return place
    for fence in near:
        if is_inside(fence, scan.lat, scan.lon):
            return msgspec.structs.replace(place, hub_id=fence.fence_id, hub_name=fence.name)
    return place

"""Enrich: each scan of a batch gets its place and, if it is its shipment's newest, a forecast.

No network and no clock: all that it needs has been gathered before.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from tracking.domain.arriving import AT_ITS_STOP
from tracking.domain.events import Place, Scan, TrackingEvent, VehicleFix
from tracking.domain.fold import apply_event
from tracking.domain.geofence import Geofence, is_inside
from tracking.domain.shipment import STATES_KEPT_FOR, ShipmentState
from tracking.domain.status import END_STATUSES
from tracking.domain.tour import Tour
from tracking.domain.vehicles import find_carrier
from tracking.eta.forecast import Forecast, Subject, forecast_all
from tracking.eta.scan_context import ScanContext
from workers.line.cleaning import CheckedScan, add_lane_ends, clean_scans, find_named_hub
from workers.line.gather import Gathered
from workers.line.geofence_scans import is_geofence_scan
from workers.ports import Geofences, NoGeofences, Places

NO_FORECAST = Forecast()
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
    states = dict(gathered.states)
    events: dict[int, TrackingEvent] = {}
    for rows, following in pairwise([*_split_rounds(cleaned), []]):
        made = [_make_event(cleaned[row], located[row], states) for row in rows]
        events.update(zip(rows, _forecast(made, states, places, geofences, gathered), strict=True))
        to_come = {cleaned[row].scan.shipment_id for row in following}
        for event in (events[row] for row in rows if cleaned[row].scan.shipment_id in to_come):
            states[event.shipment_id] = _state_after(states.get(event.shipment_id), event)
    enriched = Enriched([events[row] for row in sorted(events)], [], [])
    for each, place in zip(cleaned, located, strict=True):
        if each.scan.shipment_id is not None:
            continue
        if is_geofence_scan(each.scan):
            enriched.crossings.append(each.scan)
        else:
            enriched.fixes.append(_make_fix(each, place))
    return enriched


def _split_rounds(cleaned: Sequence[CheckedScan]) -> list[list[int]]:
    """Return the rows of the shipments' scans: those of each shipment's first scan, of its second, and on."""
    seen: Counter[str] = Counter()
    rounds: list[list[int]] = []
    for row, each in enumerate(cleaned):
        shipment_id = each.scan.shipment_id
        if shipment_id is None:
            continue
        if seen[shipment_id] == len(rounds):
            rounds.append([])
        rounds[seen[shipment_id]].append(row)
        seen[shipment_id] += 1
    return rounds


def _locate(cleaned: Sequence[CheckedScan], places: Places) -> list[Place | None]:
    """Return the place of each scan, all looked up at once; None without a usable position."""
    found = iter(places.locate([each.point for each in cleaned if each.point is not None]))
    return [next(found) if each.point is not None else None for each in cleaned]


def _make_event(
    checked: CheckedScan, located: Place | None, states: Mapping[str, ShipmentState]
) -> TrackingEvent:
    """Return the event of a shipment's scan, without its forecast."""
    scan = checked.scan
    state = states.get(scan.shipment_id or "")
    lane = state.lane if state else None
    place = _add_hub(scan, located, add_lane_ends(checked.near, lane) if lane else checked.near)
    return TrackingEvent(**_read_fields(scan), place=place, expires_at=_expires_at(scan))


def _make_fix(checked: CheckedScan, located: Place | None) -> VehicleFix:
    scan = checked.scan
    place = _add_hub(scan, located, checked.near)
    return VehicleFix(**_read_fields(scan), place=place, expires_at=_expires_at(scan))


def _read_fields(scan: Scan) -> dict[str, Any]:
    """Return the fields of a scan alone, also of an event, which has more."""
    fields = msgspec.structs.asdict(scan)
    return fields if type(scan) is Scan else {name: fields[name] for name in Scan.__struct_fields__}


def _expires_at(scan: Scan) -> int:
    """Return when the row of a scan expires, in epoch seconds."""
    return int((scan.received_at + ROW_KEPT_FOR).timestamp())


def _forecast(
    events: Sequence[TrackingEvent],
    states: Mapping[str, ShipmentState],
    places: Places,
    geofences: Geofences,
    gathered: Gathered,
) -> list[TrackingEvent]:
    """Return the events, of distinct shipments, with their forecasts; `states` are those before them."""
    subjects: dict[int, Subject] = {}
    for row, event in enumerate(events):
        state = states.get(event.shipment_id)
        if state is not None and _is_forecast(event, state):
            context = _find_context(event, state, places, geofences, gathered)
            subjects[row] = Subject(state, event, context)
    predicted = forecast_all(gathered.statistics, list(subjects.values()))
    forecasts = dict(zip(subjects, predicted, strict=True))
    return [_add_forecast(event, forecasts.get(row, NO_FORECAST)) for row, event in enumerate(events)]


def _is_forecast(event: TrackingEvent, state: ShipmentState) -> bool:
    """Return whether an event gets a forecast; one that is not the newest of its shipment gets none."""
    if state.status in END_STATUSES or event.order <= state.last_order:
        return False
    # A manifest assigns the parcel to a vehicle and moves nothing; the loading scan gets the forecast.
    # Evidence is about an attempt in the past.
    return event.source != "manifest" and event.evidence is None


def _find_context(
    event: TrackingEvent,
    state: ShipmentState,
    places: Places,
    geofences: Geofences,
    gathered: Gathered,
) -> ScanContext:
    classes = gathered.vehicle_classes
    named_hub = find_named_hub(event, state, geofences) if event.hub_id else None
    return ScanContext(
        hub_id=event.place.hub_id if event.place else None,
        pin_point=places.locate_pincode(state.destination_pin) if state.destination_pin else None,
        tour=_find_tour(event, gathered.stops_ahead),
        calendar=geofences.find_calendar(state.lane.destination.hub_id) if state.lane else None,
        vehicle_class=classes.get(find_carrier(event, state) or "") if classes else None,
        hub_point=(named_hub.lat, named_hub.lon) if named_hub else None,
    )


def _add_forecast(event: TrackingEvent, forecast: Forecast) -> TrackingEvent:
    if forecast == NO_FORECAST:
        return event
    return msgspec.structs.replace(
        event, eta=forecast.eta, lateness_risk=forecast.lateness_risk, open_leg=forecast.open_leg
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
    """Return the place, with the hub's name if the scan was made inside a hub's geofence or names the hub."""
    if place is None:
        return None
    for fence in near:
        # A recipient's door is no hub.
        if fence.kind == "recipient":
            continue
        if scan.lat is None or scan.lon is None or is_inside(fence, scan.lat, scan.lon):
            return msgspec.structs.replace(place, hub_id=fence.fence_id, hub_name=fence.name)
    return place

"""Enrich: scans get their place, an arrival window and a leg, a whole batch at once, no network."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from tracking.domain.events import Place, Scan, TrackingEvent
from tracking.domain.fold import apply_event
from tracking.domain.geofence import is_inside
from tracking.domain.shipment import KEPT_FOR, ShipmentState
from tracking.domain.status import END_STATUSES
from tracking.domain.tour import Tour
from tracking.eta.forecast import Forecast, forecast
from tracking.eta.lanes import LaneStatistics
from tracking.eta.scan_context import ScanContext
from workers.line.cleaning import NO_MEMORIES, clean_scans, find_geofences
from workers.ports import Geofences, NoGeofences, Places

NOTHING = Forecast()
# Whoever says so has no stop left before the parcel's own.
AT_THE_NEXT_STOP = frozenset({"arriving", "arrived"})
# Where nobody keeps what lanes teach, every window rests on its prior.
NO_HISTORY: LaneStatistics = {}
NO_TOURS: Mapping[str, int] = {}
NO_FENCES = NoGeofences()


def enrich(
    sent: Sequence[Scan],
    states: dict[str, ShipmentState],
    places: Places,
    book: LaneStatistics = NO_HISTORY,
    fences: Geofences = NO_FENCES,
    memories: Mapping[str, str] = NO_MEMORIES,
    stops_ahead: Mapping[str, int] = NO_TOURS,
) -> list[TrackingEvent]:
    """Each scan as an event with place, window, lateness_risk and leg, in order; stored, never asked again.

    `states` are the shipments' states before these scans, `memories` what cleaning knows of vehicles, `book`
    what lanes have taught, `stops_ahead` how many stops come before a parcel that is being loaded. A scan of
    a shipment that was scanned earlier in the batch is judged by what the earlier scan has made of it. A
    position that is set aside gets neither place nor window. Behind a scan stand the system's own of arrivals
    it tells of.
    """
    scans = clean_scans(sent, states, fences, memories)
    located = [scan for scan in scans if scan.has_position and not scan.is_fix_dropped]
    found = places.locate([(scan.lat or 0.0, scan.lon or 0.0) for scan in located])
    by_scan = {id(scan): place for scan, place in zip(located, found, strict=True)}
    left = Counter(scan.shipment_id for scan in scans)
    known = dict(states)
    events = []
    for scan in scans:
        shipment_id = scan.shipment_id
        state = known.get(shipment_id) if shipment_id is not None else None
        event = _make_event(scan, _name_hub(scan, by_scan.get(id(scan)), state, fences))
        event = _forecast(event, state, places, book, stops_ahead.get(shipment_id or ""))
        events.append(event)
        left[shipment_id] -= 1
        if shipment_id is not None and left[shipment_id]:
            known[shipment_id] = _advance(state, event)
    return events


def _make_event(scan: Scan, place: Place | None) -> TrackingEvent:
    fields = {name: getattr(scan, name) for name in Scan.__struct_fields__}
    expires_at = int((scan.received_at + KEPT_FOR + timedelta(seconds=1)).timestamp())
    return TrackingEvent(**fields, place=place, expires_at=expires_at)


def _forecast(
    event: TrackingEvent,
    state: ShipmentState | None,
    places: Places,
    book: LaneStatistics,
    stops_ahead: int | None,
) -> TrackingEvent:
    """The event with what it lets us expect; one that is not the newest of its shipment changes nothing."""
    if state is None or state.status in END_STATUSES or event.order <= state.last_order:
        return event
    if event.source == "manifest":
        # Who joins a vehicle has not moved, and is loaded in a moment.
        return event
    outside = ScanContext(
        hub_id=event.place.hub_id if event.place else None,
        door=places.locate_pincode(state.destination_pin) if state.destination_pin else None,
        tour=_find_tour(event, stops_ahead),
    )
    expected = forecast(book, state, event, outside)
    if expected == NOTHING:
        return event
    return msgspec.structs.replace(
        event, eta=expected.eta, lateness_risk=expected.lateness_risk, open_leg=expected.open_leg
    )


def _find_tour(scan: Scan, stops_ahead: int | None) -> Tour | None:
    """The tour as the scan tells it, else as it is when the parcel is loaded."""
    if scan.tour is not None:
        return scan.tour
    if scan.substatus in AT_THE_NEXT_STOP:
        return Tour(stops_ahead=0)
    return None if stops_ahead is None else Tour(stops_ahead=stops_ahead, is_as_loaded=True)


def _advance(state: ShipmentState | None, event: TrackingEvent) -> ShipmentState:
    """The state as the next scan of the batch will find it; a late one leaves it as it is."""
    known = state or ShipmentState(shipment_id=event.shipment_id or "")
    return known if event.order <= known.last_order else apply_event(known, event)[0]


def _name_hub(
    scan: Scan, place: Place | None, state: ShipmentState | None, fences: Geofences
) -> Place | None:
    """The place with the hub's name when the scan was made inside the fence of one."""
    if place is None:
        return None
    for fence in find_geofences(scan, state, fences):
        if is_inside(fence, scan.lat or 0.0, scan.lon or 0.0):
            return msgspec.structs.replace(place, hub_id=fence.fence_id, hub_name=fence.name)
    return place

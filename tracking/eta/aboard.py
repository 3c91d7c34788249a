"""Parcels aboard a vehicle, the progress of the tour for each, and their forecasts from its position."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tracking.domain.calendars import DeliveryCalendar
from tracking.domain.distance import LatLon
from tracking.domain.events import Scan, VehicleFix
from tracking.domain.identity import make_sort_key
from tracking.domain.legs import RECIPIENT
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, Direction, Status
from tracking.domain.tour import Tour
from tracking.domain.vehicles import VehicleManifest
from tracking.eta.forecast import Forecast, Subject, forecast_all
from tracking.eta.lanes import LaneStatistics
from tracking.eta.scan_context import ScanContext

# Actor of events derived from the position of the vehicle that carries the parcel; stored.
RIDE_ACTOR = "ride"
# A parcel that was not delivered stays aboard, but has no open stop on this tour any more.
ATTEMPTED_STATUSES = frozenset({Status.ATTEMPT_FAILED, Status.AVAILABLE_FOR_PICKUP})
# Point in the area of a PIN code; None if the code is unknown.
FindPinPoint = Callable[[str], LatLon | None]
# Delivery hours of a hub by its id; None if it is unknown.
FindCalendar = Callable[[str], DeliveryCalendar | None]


class ParcelAboard(NamedTuple):
    """Parcel aboard, and its tour if it is out for delivery."""

    state: ShipmentState
    tour: Tour | None = None


def is_open_at(manifest: VehicleManifest, at: datetime) -> bool:
    """Return whether the manifest covers that moment."""
    return manifest.starts_at <= at and (manifest.ends_at is None or at <= manifest.ends_at)


def list_aboard(manifest: VehicleManifest, states: Mapping[str, ShipmentState]) -> list[ParcelAboard]:
    """Return the parcels of the manifest that are still aboard, in the order of their stops.

    `states` are the known states by shipment id.
    """
    parcels = [states[shipment_id] for shipment_id in manifest.shipment_ids if shipment_id in states]
    aboard = [state for state in parcels if _is_aboard(state, manifest)]
    if not aboard:
        return []
    stops_done = sum(_is_done(state) for state in parcels)
    started_at = _find_tour_start(aboard, manifest)
    return [
        ParcelAboard(state, _make_tour(state, stops_ahead, stops_done, started_at))
        for stops_ahead, state in enumerate(aboard)
    ]


def predict_aboard(
    statistics: LaneStatistics,
    parcels: Sequence[ParcelAboard],
    fix: VehicleFix,
    find_pin_point: FindPinPoint,
    find_calendar: FindCalendar,
    vehicle_class: str | None = None,
) -> list[Forecast]:
    """Return the forecast of each parcel from the vehicle's position `fix`.

    `vehicle_class` is that of the vehicle; None if it is not registered.
    """
    hub_id = fix.place.hub_id if fix.place else None
    subjects = []
    for parcel in parcels:
        pin, lane = parcel.state.destination_pin, parcel.state.lane
        context = ScanContext(
            hub_id=hub_id,
            pin_point=find_pin_point(pin) if pin else None,
            tour=parcel.tour,
            calendar=find_calendar(lane.destination.hub_id) if lane else None,
            vehicle_class=vehicle_class,
        )
        subjects.append(Subject(parcel.state, _as_scan(parcel, fix), context))
    return forecast_all(statistics, subjects)


def _as_scan(parcel: ParcelAboard, fix: VehicleFix) -> Scan:
    """Return the vehicle's position as a scan of the parcel."""
    return Scan(
        # Never stored: the scan exists only for the forecast.
        event_id=RIDE_ACTOR,
        sort_key=make_sort_key(fix.occurred_at, RIDE_ACTOR),
        occurred_at=fix.occurred_at,
        received_at=fix.received_at,
        shipment_id=parcel.state.shipment_id,
        vehicle_id=fix.vehicle_id,
        lat=fix.lat,
        lon=fix.lon,
        source="system",
        actor=RIDE_ACTOR,
        tour=parcel.tour,
    )


def _make_tour(state: ShipmentState, stops_ahead: int, stops_done: int, started_at: datetime) -> Tour | None:
    """Return the tour as seen from one parcel; None if it is not out for delivery."""
    if state.status is not Status.OUT_FOR_DELIVERY:
        return None
    return Tour(stops_ahead=stops_ahead, stops_done=stops_done, started_at=started_at)


def _is_aboard(state: ShipmentState, manifest: VehicleManifest) -> bool:
    is_carried = state.manifest_vehicle_id == manifest.vehicle_id and state.direction is Direction.FORWARD
    return is_carried and not _is_done(state)


def _is_done(state: ShipmentState) -> bool:
    return state.status in END_STATUSES or state.status in ATTEMPTED_STATUSES


def _find_tour_start(aboard: list[ShipmentState], manifest: VehicleManifest) -> datetime:
    """Return the start of the tour: its first loading, since a manifest may be sent long before."""
    legs = (state.open_leg for state in aboard if state.open_leg is not None)
    loaded_at = [leg.departed_at for leg in legs if leg.destination == RECIPIENT]
    return min((moment for moment in loaded_at if moment >= manifest.starts_at), default=manifest.starts_at)

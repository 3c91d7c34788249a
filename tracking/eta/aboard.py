"""Rides: the parcels still aboard a vehicle, and where each one's stop stands on the tour just now."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tracking.domain.events import Scan, TrackingEvent
from tracking.domain.identity import make_sort_key
from tracking.domain.legs import RECIPIENT
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, Leg, Status
from tracking.domain.tour import Tour
from tracking.domain.vehicles import VehicleManifest
from tracking.eta.forecast import Forecast, ScanContext, forecast
from tracking.eta.lanes import LaneStatistics

# Who says so, in events that a vehicle's position gave rise to.
ACTOR = "ride"
# Whoever was tried in vain rides on, but has no stop on this tour any more.
TRIED = frozenset({Status.ATTEMPT_FAILED, Status.AVAILABLE_FOR_PICKUP})
FindDoor = Callable[[str], tuple[float, float] | None]


class ParcelAboard(NamedTuple):
    """A parcel aboard, and its tour where it is out for delivery."""

    state: ShipmentState
    tour: Tour | None = None


def is_open_at(manifest: VehicleManifest, at: datetime) -> bool:
    """Whether the vehicle drives by this manifest at that moment."""
    return manifest.starts_at <= at and (manifest.ends_at is None or at <= manifest.ends_at)


def list_aboard(manifest: VehicleManifest, states: Mapping[str, ShipmentState]) -> list[ParcelAboard]:
    """The parcels that still ride by the manifest, in the order of their stops; `states` are those known."""
    aboard = [name for name in manifest.shipment_ids if name in states and _is_open(states[name], manifest)]
    if not aboard:
        return []
    done = sum(1 for name in manifest.shipment_ids if name in states and _is_done(states[name]))
    started_at = _find_start([states[name] for name in aboard], manifest)
    return [
        ParcelAboard(states[name], _make_tour(states[name], ahead, done, started_at))
        for ahead, name in enumerate(aboard)
    ]


def predict_aboard(
    book: LaneStatistics, rides: Sequence[ParcelAboard], fix: TrackingEvent, find_door: FindDoor
) -> list[Forecast]:
    """What the vehicle's position lets us expect of each parcel; `find_door` gives a PIN code's point."""
    hub_id = fix.place.hub_id if fix.place else None
    expected = []
    for ride in rides:
        pin = ride.state.destination_pin
        outside = ScanContext(hub_id=hub_id, door=find_door(pin) if pin else None, tour=ride.tour)
        expected.append(forecast(book, ride.state, _as_scan(ride, fix), outside))
    return expected


def _as_scan(ride: ParcelAboard, fix: TrackingEvent) -> Scan:
    """The vehicle's position as one of the parcel's own."""
    return Scan(
        event_id=ACTOR,
        sort_key=make_sort_key(fix.occurred_at, ACTOR),
        occurred_at=fix.occurred_at,
        received_at=fix.received_at,
        shipment_id=ride.state.shipment_id,
        vehicle_id=fix.vehicle_id,
        lat=fix.lat,
        lon=fix.lon,
        source="system",
        actor=ACTOR,
        tour=ride.tour,
    )


def _make_tour(state: ShipmentState, ahead: int, done: int, started_at: datetime) -> Tour | None:
    if state.status is not Status.OUT_FOR_DELIVERY:
        return None
    return Tour(stops_ahead=ahead, stops_done=done, started_at=started_at)


def _is_open(state: ShipmentState, manifest: VehicleManifest) -> bool:
    rides = state.manifest_vehicle_id == manifest.vehicle_id and state.leg is Leg.FORWARD
    return rides and not _is_done(state)


def _is_done(state: ShipmentState) -> bool:
    return state.status in END_STATUSES or state.status in TRIED


def _find_start(aboard: list[ShipmentState], manifest: VehicleManifest) -> datetime:
    """When the tour began: with its first loading, since a manifest may be told long before."""
    legs = (state.open_leg for state in aboard if state.open_leg is not None)
    loaded = [leg.departed_at for leg in legs if leg.destination == RECIPIENT]
    return min((moment for moment in loaded if moment >= manifest.starts_at), default=manifest.starts_at)

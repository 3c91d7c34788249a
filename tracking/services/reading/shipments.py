"""Read the current state of a shipment, joined with its vehicle, and find the booking of a link."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.events import Window
from tracking.domain.payload import is_id
from tracking.domain.shipment import ShipmentState
from tracking.domain.shown_window import say_at
from tracking.domain.status import END_STATUSES, HIDDEN_POSITION, Status
from tracking.domain.vehicles import VehicleState, is_aboard, join_vehicle
from tracking.eta.shown_arrival import find_shown
from tracking.models import Shipment
from tracking.ports import TrackingPorts, VehicleStore
from tracking.tokens import hash_token, is_token

LINK_LIVES_FOR = timedelta(days=14)


class Tracked(NamedTuple):
    """State of a shipment, joined with the position of its vehicle, and the version of that vehicle."""

    state: ShipmentState
    vehicle_version: int | None = None

    def make_etag(self, now: datetime) -> str:
        """Return the ETag of the answer read at `now`.

        It consists of the state version, the vehicle version, and the begin of the shown window if that
        replaces one that has passed.
        """
        parts = [str(self.state.state_version)]
        if self.vehicle_version is not None:
            parts.append(str(self.vehicle_version))
        if self.state.eta is not None and self.state.status not in END_STATUSES:
            shown = say_at(find_shown(self.state.eta), now)
            if shown.expected_by is not None:
                parts.append(f"{shown.from_:%Y%m%dT%H%M}")
        return f'"{".".join(parts)}"'


def read_tracked(ports: TrackingPorts, shipment_id: str) -> Tracked | None:
    """Return the state behind the public answer, None for an unknown shipment.

    Costs at most two reads, none for an impossible id. Raises `TransientError` when the store cannot be
    reached.
    """
    if not is_id(shipment_id):
        return None
    state = ports.store.read_state(shipment_id)
    return None if state is None else join_vehicles(ports.vehicles, [state])[0]


def read_current_state(ports: TrackingPorts, shipment_id: str) -> ShipmentState | None:
    """Return the current state joined with its vehicle's position, None for an unknown shipment.

    Raises `TransientError` when the store cannot be reached.
    """
    tracked = read_tracked(ports, shipment_id)
    return None if tracked is None else tracked.state


def read_current_states(ports: TrackingPorts, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
    """Return the current states of those shipments that have one, joined with their vehicles' positions.

    Raises `TransientError` when the store cannot be reached.
    """
    possible = [shipment_id for shipment_id in shipment_ids if is_id(shipment_id)]
    states = ports.store.read_current(possible) if possible else {}
    return {
        tracked.state.shipment_id: tracked.state
        for tracked in join_vehicles(ports.vehicles, [*states.values()])
    }


def join_vehicles(vehicles: VehicleStore, states: Sequence[ShipmentState]) -> list[Tracked]:
    """Return each state joined with the position of its vehicle, where that is newer. One read."""
    carriers = {state.manifest_vehicle_id for state in states if may_ride(state)} - {None}
    found = vehicles.read_vehicles(sorted(filter(None, carriers))) if carriers else {}
    return [_join(state, found.get(state.manifest_vehicle_id or "")) for state in states]


def may_ride(state: ShipmentState) -> bool:
    """Return whether the position of a vehicle may be newer than that of the shipment."""
    return state.manifest_vehicle_id is not None and state.status not in HIDDEN_POSITION


def _join(state: ShipmentState, vehicle: VehicleState | None) -> Tracked:
    if vehicle is None or not is_aboard(state, vehicle):
        return Tracked(state)
    return Tracked(join_vehicle(state, vehicle), vehicle.vehicle_version)


def find_by_token(token: str) -> Shipment | None:
    """Return the booking of a link's token, with hubs and partner; None for a malformed or unknown token."""
    if not is_token(token):
        return None
    hubs = Shipment.objects.select_related("origin_hub", "destination_hub", "partner")
    # At most one has the token, and an order costs a third of the query.
    return next(iter(hubs.filter(token_sha256=hash_token(token)).order_by()), None)


def find_booked_state(shipment_id: str) -> ShipmentState | None:
    """Return the state of a booking whose first record has not been read yet; None if there is none.

    The store knows nothing of it. One query of the database, none for an impossible id.
    """
    if not is_id(shipment_id):
        return None
    rows = Shipment.objects.select_related("partner")
    booking = rows.filter(shipment_id=shipment_id, partner__isnull=False, state_version=0).first()
    return None if booking is None else build_listed_state(booking)


def build_listed_state(booking: Shipment) -> ShipmentState:
    """Return what the row of a booking says of its state, for one that the store has no state of.

    Its first record has not been read yet, or its state has expired.
    """
    begin, end = booking.promised_from, booking.promised_to
    return ShipmentState(
        shipment_id=booking.shipment_id,
        status=Status(booking.status),
        status_at=booking.status_at,
        promised=Window(from_=begin, to=end) if begin and end else None,
        partner_id=booking.partner.partner_id if booking.partner else None,
        livemode=booking.livemode,
    )


def has_link_ended(state: ShipmentState, now: datetime) -> bool:
    """Return whether the links to the shipment have expired: 14 days after its end status."""
    if state.status not in END_STATUSES or state.status_at is None:
        return False
    return now > state.status_at + LINK_LIVES_FOR

"""Vehicles: where one is now, which shipments ride on it, and what that says of their position."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.domain.events import Scan, Struct, TrackingEvent, format_time
from tracking.domain.shipment import Position, ShipmentState
from tracking.domain.status import HIDDEN_POSITION


class VehicleState(Struct, frozen=True):
    """A vehicle as it was last heard of.

    `fix` is its newest position that cleaning let pass; `vehicle_version` grows with each. `partner_id` is
    whose vehicle it is, None for one that nobody registered. `fix_memory` is what cleaning goes on from.
    """

    vehicle_id: str
    vehicle_version: int = 0
    fix: TrackingEvent | None = None
    partner_id: str | None = None
    fix_memory: str = ""


class VehicleManifest(Struct, frozen=True):
    """The manifest a vehicle drives by: shipments in the order of their stops.

    A later run beats an earlier one, and of one run the higher version the lower.
    """

    vehicle_id: str
    manifest_id: str
    version: int
    starts_at: datetime
    ends_at: datetime | None = None
    shipment_ids: tuple[str, ...] = ()

    @property
    def order(self) -> str:
        """Which of two manifests of a vehicle is the newer one; compared as text."""
        return f"{format_time(self.starts_at)}|{self.manifest_id}|{self.version:010d}"


def order_of_fix(fix: Scan) -> str:
    """Which of two positions of a vehicle is the newer one; compared as text."""
    return f"{format_time(fix.occurred_at)}|{fix.device_seq:016d}|{fix.event_id}"


def find_newest(fixes: Sequence[TrackingEvent]) -> dict[str, TrackingEvent]:
    """The newest position of each vehicle, by its id; one that cleaning set aside is none."""
    counted = [fix for fix in fixes if not fix.is_fix_dropped]
    return {fix.vehicle_id or "": fix for fix in sorted(counted, key=order_of_fix)}


def find_memories(fixes: Sequence[TrackingEvent]) -> dict[str, str]:
    """What cleaning goes on from after these positions, by vehicle; also one it set aside is remembered."""
    remembered = [fix for fix in fixes if fix.fix_memory]
    return {fix.vehicle_id or "": fix.fix_memory for fix in sorted(remembered, key=order_of_fix)}


def join_vehicle(state: ShipmentState, vehicle: VehicleState | None) -> ShipmentState:
    """The state with the position of the vehicle that carries the shipment, where that is the newer one."""
    if not rides_on(state, vehicle):
        return state
    assert vehicle is not None
    assert vehicle.fix is not None
    if state.position is not None and vehicle.fix.occurred_at <= state.position.occurred_at:
        return state
    return msgspec.structs.replace(state, position=_position_of(vehicle.fix))


def rides_on(state: ShipmentState, vehicle: VehicleState | None) -> bool:
    """Whether the vehicle's position is the shipment's too: on its manifest, and not at anybody's home."""
    return (
        vehicle is not None
        and vehicle.fix is not None
        and state.manifest_vehicle_id == vehicle.vehicle_id
        and state.status not in HIDDEN_POSITION
    )


def _position_of(fix: TrackingEvent) -> Position:
    return Position(
        lat=round(fix.lat or 0.0, 6),
        lon=round(fix.lon or 0.0, 6),
        occurred_at=fix.occurred_at,
        order=order_of_fix(fix),
        place=fix.place,
    )

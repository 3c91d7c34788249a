"""Vehicles: their newest position, their manifest, and the position of the shipments aboard."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracking.domain.events import Scan, Struct, VehicleFix, format_time
from tracking.domain.legs import ANY_CLASS
from tracking.domain.shipment import Position, ShipmentState, hash_state
from tracking.domain.status import HIDDEN_POSITION


class Owner(NamedTuple):
    """Partner that has registered a vehicle, and the mode of the key that it did it with."""

    partner_id: str
    livemode: bool = True


class Registration(NamedTuple):
    """Registration of a vehicle: its owner, and its class as `normalize_class` returns it.

    The owner decides what the vehicle may report; the class only which statistics its legs teach and use.
    """

    owner: Owner
    vehicle_class: str = ANY_CLASS


class VehicleState(Struct, frozen=True):
    """Current state of a vehicle.

    `fix` is the newest position that cleaning accepted; `vehicle_version` grows with each. `partner_id` and
    `livemode` are the owner's; the partner is None for an unregistered vehicle. `fix_memory` is the memory of
    the track that cleaning continues from. `vehicle_class` is `ANY_CLASS` without a class.
    """

    vehicle_id: str
    vehicle_version: int = 0
    fix: VehicleFix | None = None
    partner_id: str | None = None
    fix_memory: str = ""
    livemode: bool = True
    vehicle_class: str = ANY_CLASS

    @property
    def owner(self) -> Owner | None:
        """Owner of the vehicle, None for an unregistered vehicle."""
        return None if self.partner_id is None else Owner(self.partner_id, self.livemode)

    @property
    def registration(self) -> Registration | None:
        """Owner and class of the vehicle, None for an unregistered vehicle."""
        return None if self.owner is None else Registration(self.owner, self.vehicle_class)


class VehicleManifest(Struct, frozen=True):
    """Manifest of a vehicle: shipments in the order of their stops.

    A manifest that starts later replaces an earlier one; of the same manifest the higher version counts.
    """

    vehicle_id: str
    manifest_id: str
    version: int
    starts_at: datetime
    ends_at: datetime | None = None
    shipment_ids: tuple[str, ...] = ()

    @property
    def order(self) -> str:
        """Sort key of a vehicle's manifests, compared as text: the newest is the greatest."""
        return f"{format_time(self.starts_at)}|{self.manifest_id}|{self.version:010d}"


def is_fix_of(fix: Scan, owner: Owner | None) -> bool:
    """Return whether the position was reported while the vehicle had this owner (None: no owner)."""
    if owner is None:
        return fix.partner_id is None
    return (fix.partner_id, fix.livemode) == owner


def find_carrier(scan: Scan, state: ShipmentState | None) -> str | None:
    """Return the id of the vehicle that carries the parcel at a scan: the one it names, else the manifest's.

    None if neither is known. The vehicle of an earlier scan may have handed the parcel over.
    """
    return scan.vehicle_id or (state.manifest_vehicle_id if state is not None else None)


def hide_earlier_owners(state: VehicleState) -> VehicleState:
    """Return the state without a position that was reported under another owner."""
    if state.fix is None or is_fix_of(state.fix, state.owner):
        return state
    return msgspec.structs.replace(state, fix=None)


def order_of_fix(fix: Scan) -> str:
    """Return the sort key of a vehicle's position, compared as text: time, device sequence, id."""
    return f"{format_time(fix.occurred_at)}|{fix.device_seq:016d}|{fix.event_id}"


def find_newest_fixes(fixes: Sequence[VehicleFix]) -> dict[str, VehicleFix]:
    """Return the newest position of each vehicle by its id; positions that cleaning dropped do not count."""
    counted = [fix for fix in fixes if not fix.is_fix_dropped]
    return {fix.vehicle_id: fix for fix in sorted(counted, key=order_of_fix)}


def find_fix_memories(fixes: Sequence[VehicleFix]) -> dict[str, str]:
    """Return the track memory after these positions by vehicle id; dropped positions update it too."""
    remembered = [fix for fix in fixes if fix.fix_memory]
    return {fix.vehicle_id: fix.fix_memory for fix in sorted(remembered, key=order_of_fix)}


def join_vehicle(state: ShipmentState, vehicle: VehicleState | None) -> ShipmentState:
    """Return the state with the position of the vehicle that carries the shipment, if that is newer."""
    if not is_aboard(state, vehicle):
        return state
    assert vehicle is not None
    assert vehicle.fix is not None
    if state.position is not None and vehicle.fix.occurred_at <= state.position.occurred_at:
        return state
    return msgspec.structs.replace(
        state, position=_position_of(vehicle.fix), hash_before_join=hash_state(state)
    )


def is_aboard(state: ShipmentState, vehicle: VehicleState | None) -> bool:
    """Return whether the vehicle's position is the shipment's too: on its manifest, not hidden by status."""
    return (
        vehicle is not None
        and vehicle.fix is not None
        and state.manifest_vehicle_id == vehicle.vehicle_id
        and state.status not in HIDDEN_POSITION
    )


def _position_of(fix: VehicleFix) -> Position:
    return Position(
        lat=round(fix.lat, 6),
        lon=round(fix.lon, 6),
        occurred_at=fix.occurred_at,
        order=order_of_fix(fix),
        place=fix.place,
    )

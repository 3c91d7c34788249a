"""Vehicle store in memory, with the same guarantees as the one on DynamoDB, for tests and replays."""

import threading
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from tracking.domain.events import VehicleFix
from tracking.domain.legs import ANY_CLASS
from tracking.domain.vehicles import (
    Owner,
    Registration,
    VehicleManifest,
    VehicleState,
    find_fix_memories,
    find_newest_fixes,
    hide_earlier_owners,
    is_fix_of,
    order_of_fix,
)


class MemoryVehicleStore:
    """`VehicleStore` in dictionaries, under one lock; `writes` counts writes of positions and vehicles."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._fixes: dict[str, dict[str, VehicleFix]] = defaultdict(dict)
        self._vehicles: dict[str, VehicleState] = {}
        self._manifests: dict[str, VehicleManifest] = {}
        self.writes = 0

    def record_fixes(self, fixes: Sequence[VehicleFix]) -> dict[str, VehicleState]:
        """Store positions; return the vehicles whose newest position changed, as they are now."""
        with self._lock:
            for fix in fixes:
                self.writes += fix.sort_key not in self._fixes[fix.vehicle_id or ""]
                self._fixes[fix.vehicle_id or ""].setdefault(fix.sort_key, fix)
            newest = find_newest_fixes(fixes)
            moved = {vehicle_id for vehicle_id, fix in newest.items() if self._move(fix)}
            for vehicle_id, memory in find_fix_memories(fixes).items():
                if vehicle_id in moved or vehicle_id not in newest:
                    state = self._vehicles.get(vehicle_id) or VehicleState(vehicle_id=vehicle_id)
                    self._vehicles[vehicle_id] = msgspec.structs.replace(state, fix_memory=memory)
            found = {vehicle_id: hide_earlier_owners(self._vehicles[vehicle_id]) for vehicle_id in moved}
            return {vehicle_id: state for vehicle_id, state in found.items() if state.fix is not None}

    def read_vehicles(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleState]:
        """Return the state of each of these vehicles that has one."""
        with self._lock:
            return {
                key: hide_earlier_owners(self._vehicles[key]) for key in vehicle_ids if key in self._vehicles
            }

    def read_registrations(
        self,
        vehicle_ids: Sequence[str],
        *,
        fresh: bool = False,  # noqa: ARG002
    ) -> dict[str, Registration]:
        """Return owner and class of each of these vehicles that has an owner."""
        states = self.read_vehicles(vehicle_ids).values()
        found = {state.vehicle_id: state.registration for state in states}
        return {key: registration for key, registration in found.items() if registration is not None}

    def read_fixes(
        self, vehicle_id: str, owner: Owner | None, after: str, until: str, limit: int
    ) -> list[VehicleFix]:
        """Return positions under this owner between these sort keys (both exclusive), oldest first."""
        with self._lock:
            fixes = sorted(self._fixes[vehicle_id].items())
            found = [fix for key, fix in fixes if after < key < until and is_fix_of(fix, owner)]
            return found[:limit]

    def keep_registration(self, vehicle_id: str, registration: Registration | None) -> None:
        """Set owner and class of the vehicle; None removes both."""
        owner = registration.owner if registration else None
        with self._lock:
            state = self._vehicles.get(vehicle_id) or VehicleState(vehicle_id=vehicle_id)
            self._vehicles[vehicle_id] = msgspec.structs.replace(
                state,
                partner_id=owner.partner_id if owner else None,
                livemode=owner.livemode if owner else True,
                vehicle_class=registration.vehicle_class if registration else ANY_CLASS,
            )

    def keep_manifest(self, manifest: VehicleManifest) -> None:
        """Store the manifest unless a newer one of the vehicle is stored."""
        with self._lock:
            stored = self._manifests.get(manifest.vehicle_id)
            if stored is None or stored.order < manifest.order:
                self._manifests[manifest.vehicle_id] = manifest

    def drop_manifest(self, vehicle_id: str, manifest_id: str) -> None:
        """Delete the manifest of the vehicle if it is this one."""
        with self._lock:
            stored = self._manifests.get(vehicle_id)
            if stored is not None and stored.manifest_id == manifest_id:
                del self._manifests[vehicle_id]

    def read_manifests(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleManifest]:
        """Return the manifest of each of these vehicles that has one."""
        with self._lock:
            return {key: self._manifests[key] for key in vehicle_ids if key in self._manifests}

    def _move(self, fix: VehicleFix) -> bool:
        vehicle_id = fix.vehicle_id or ""
        state = self._vehicles.get(vehicle_id) or VehicleState(vehicle_id=vehicle_id)
        if state.fix is not None and order_of_fix(fix) <= order_of_fix(state.fix):
            return False
        self.writes += 1
        self._vehicles[vehicle_id] = msgspec.structs.replace(
            state, fix=fix, vehicle_version=state.vehicle_version + 1
        )
        return True

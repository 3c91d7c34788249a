"""The store of vehicles in memory: the same promises as DynamoDB's, for tests and replays."""

import threading
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from tracking.domain.events import TrackingEvent
from tracking.domain.vehicles import (
    VehicleManifest,
    VehicleState,
    find_fix_memories,
    find_newest_fixes,
    order_of_fix,
)


class MemoryVehicleStore:
    """Keeps positions, vehicles and manifests in dictionaries, under one lock; counts what it writes."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._fixes: dict[str, dict[str, TrackingEvent]] = defaultdict(dict)
        self._vehicles: dict[str, VehicleState] = {}
        self._manifests: dict[str, VehicleManifest] = {}
        self.writes = 0

    def record_fixes(self, fixes: Sequence[TrackingEvent]) -> dict[str, VehicleState]:
        """Keep positions of vehicles; the vehicles that moved by it, as they are now."""
        with self._lock:
            for fix in fixes:
                self.writes += fix.sort_key not in self._fixes[fix.vehicle_id or ""]
                self._fixes[fix.vehicle_id or ""].setdefault(fix.sort_key, fix)
            newest = find_newest_fixes(fixes)
            moved = {vehicle_id for vehicle_id, fix in newest.items() if self._move(fix)}
            for vehicle_id, memory in find_fix_memories(fixes).items():
                if vehicle_id in moved or vehicle_id not in newest:
                    known = self._vehicles.get(vehicle_id) or VehicleState(vehicle_id=vehicle_id)
                    self._vehicles[vehicle_id] = msgspec.structs.replace(known, fix_memory=memory)
            return {vehicle_id: self._vehicles[vehicle_id] for vehicle_id in moved}

    def read_vehicles(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleState]:
        """Each vehicle that is known."""
        with self._lock:
            return {key: self._vehicles[key] for key in vehicle_ids if key in self._vehicles}

    def read_owners(self, vehicle_ids: Sequence[str]) -> dict[str, str]:
        """The partner of each of these vehicles that belongs to one."""
        states = self.read_vehicles(vehicle_ids).values()
        return {state.vehicle_id: state.partner_id for state in states if state.partner_id is not None}

    def read_fixes(self, vehicle_id: str, after: str, until: str, limit: int) -> list[TrackingEvent]:
        """Positions of the vehicle between these sort keys, oldest first."""
        with self._lock:
            fixes = sorted(self._fixes[vehicle_id].items())
            return [fix for sort_key, fix in fixes if after < sort_key < until][:limit]

    def keep_owner(self, vehicle_id: str, partner_id: str | None) -> None:
        """Say whose vehicle it is; None takes that back."""
        with self._lock:
            known = self._vehicles.get(vehicle_id) or VehicleState(vehicle_id=vehicle_id)
            self._vehicles[vehicle_id] = msgspec.structs.replace(known, partner_id=partner_id)

    def keep_manifest(self, manifest: VehicleManifest) -> None:
        """Keep the manifest unless a newer one of the vehicle is kept."""
        with self._lock:
            known = self._manifests.get(manifest.vehicle_id)
            if known is None or known.order < manifest.order:
                self._manifests[manifest.vehicle_id] = manifest

    def drop_manifest(self, vehicle_id: str, manifest_id: str) -> None:
        """Forget the vehicle's manifest if it is this one."""
        with self._lock:
            known = self._manifests.get(vehicle_id)
            if known is not None and known.manifest_id == manifest_id:
                del self._manifests[vehicle_id]

    def read_manifests(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleManifest]:
        """The manifest of each vehicle that has one."""
        with self._lock:
            return {key: self._manifests[key] for key in vehicle_ids if key in self._manifests}

    def _move(self, fix: TrackingEvent) -> bool:
        vehicle_id = fix.vehicle_id or ""
        known = self._vehicles.get(vehicle_id) or VehicleState(vehicle_id=vehicle_id)
        if known.fix is not None and order_of_fix(fix) <= order_of_fix(known.fix):
            return False
        self.writes += 1
        self._vehicles[vehicle_id] = msgspec.structs.replace(
            known, fix=fix, vehicle_version=known.vehicle_version + 1
        )
        return True

"""Live push in memory, for tests and replays: records what is sent."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tracking.adapters.fleet import is_fresh
from tracking.domain.shipment import ShipmentState


class MemoryLivePush:
    """`LivePush` that records frames instead of sending them."""

    def __init__(self) -> None:
        self.shipments: list[tuple[str, dict[str, Any]]] = []
        self.followed: dict[str, str | None] = {}
        self.positions: list[tuple[str, dict[str, Any]]] = []
        self.fleet: list[dict[str, Any]] = []
        self._vehicles: dict[str, dict[str, Any]] = {}

    def find_watched(self, shipment_ids: Sequence[str]) -> set[str]:
        """Return all of these shipments."""
        return set(shipment_ids)

    def push_shipment(self, state: ShipmentState, frame: dict[str, Any]) -> None:
        """Record the frame."""
        self.shipments.append((state.shipment_id, frame))
        self.followed[state.shipment_id] = state.manifest_vehicle_id

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Record the frame."""
        self.positions.append((vehicle_id, frame))

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """Record the frame, and the newest position of each vehicle."""
        self.fleet.append(frame)
        for vehicle in frame.get("vehicles", ()):
            newest = self._vehicles.get(vehicle["vehicle_id"])
            if newest is None or newest["occurred_at"] <= vehicle["occurred_at"]:
                self._vehicles[vehicle["vehicle_id"]] = vehicle

    def read_fleet(self) -> list[dict[str, Any]]:
        """Return the newest position of every vehicle of the last day."""
        now = datetime.now(UTC)
        return [vehicle for vehicle in self._vehicles.values() if is_fresh(vehicle["occurred_at"], now)]

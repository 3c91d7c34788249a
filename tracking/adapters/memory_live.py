"""Live push in memory: keeps what was sent and each vehicle's newest position, for tests and replays."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tracking.adapters.fleet import is_remembered


class MemoryLivePush:
    """Sends to nobody; what would have been sent can be read back."""

    def __init__(self) -> None:
        self.shipments: list[tuple[str, dict[str, Any]]] = []
        self.followed: dict[str, str | None] = {}
        self.positions: list[tuple[str, dict[str, Any]]] = []
        self.fleet: list[dict[str, Any]] = []
        self._vehicles: dict[str, dict[str, Any]] = {}

    def find_watched(self, shipment_ids: Sequence[str]) -> set[str]:
        """All of them: whoever reads back what was sent watches everything."""
        return set(shipment_ids)

    def push_shipment(self, shipment_id: str, frame: dict[str, Any], vehicle_id: str | None = None) -> None:
        """Keep the frame as sent."""
        self.shipments.append((shipment_id, frame))
        self.followed[shipment_id] = vehicle_id

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Keep the frame as sent."""
        self.positions.append((vehicle_id, frame))

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """Keep the frame as sent, and each vehicle's newest position."""
        self.fleet.append(frame)
        for vehicle in frame.get("vehicles", ()):
            known = self._vehicles.get(vehicle["vehicle_id"])
            if known is None or known["occurred_at"] < vehicle["occurred_at"]:
                self._vehicles[vehicle["vehicle_id"]] = vehicle

    def read_fleet(self) -> list[dict[str, Any]]:
        """The newest known position of every vehicle heard of within a day."""
        now = datetime.now(UTC)
        return [vehicle for vehicle in self._vehicles.values() if is_remembered(vehicle["occurred_at"], now)]

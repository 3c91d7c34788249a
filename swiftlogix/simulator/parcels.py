"""Parcels: where each one goes, how far it has come, and where it waits between two vehicles."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from swiftlogix.simulator.recipients import make_doorstep, make_recipient
from swiftlogix.simulator.world import Spot, World


@dataclass
class Parcel:
    """A parcel on its way along `route` (hub ids) to `stop`; `hop` counts the hubs behind it.

    `scanned_at` is when its status last moved, in seconds since the run began.
    """

    shipment_id: str
    recipient: dict[str, Any]
    route: tuple[str, ...]
    stop: Spot
    hop: int = 0
    status: str = ""
    scanned_at: float = float("-inf")
    attempts: int = 0

    @property
    def next_hub(self) -> str | None:
        """The hub it goes to next; None at the last one."""
        return self.route[self.hop + 1] if self.hop + 1 < len(self.route) else None


class Mint:
    """Makes the parcels of one vehicle; their ids are used by no other vehicle and no other run."""

    def __init__(self, run_tag: str, vehicle_number: int, rng: Random, world: World) -> None:
        self._prefix = f"SLX{run_tag}-{vehicle_number:03d}"
        self._made = 0
        self._rng = rng
        self._world = world

    def make(self, route: tuple[str, ...], near: Spot | None = None) -> Parcel:
        """A parcel along the route to a doorstep near `near`, in the last hub's area, or to that hub."""
        self._made += 1
        shipment_id = f"{self._prefix}{self._made:03d}"
        hub = self._world.hubs[route[-1]]
        if near is None and hub.hub_id in self._world.areas:
            near = self._rng.choice(self._world.areas[hub.hub_id])
        stop = make_doorstep(near, self._rng) if near else hub
        return Parcel(shipment_id, make_recipient(stop, shipment_id, self._rng), route, stop)


@dataclass
class Yards:
    """Parcels that wait at hubs for the vehicle that takes them on, each from a moment on."""

    _waiting: dict[str, list[tuple[float, Parcel]]] = field(default_factory=dict)

    def leave(self, hub_id: str, parcel: Parcel, ready_at: float) -> None:
        """Leave a parcel at a hub; it may be taken from `ready_at` on."""
        self._waiting.setdefault(hub_id, []).append((ready_at, parcel))

    def take(self, hub_id: str, next_hub: str | None, now: float, at_most: int) -> list[Parcel]:
        """Take parcels that go on to `next_hub` (None: to a doorstep), the longest waiting first."""
        waiting = self._waiting.get(hub_id, [])
        fitting = [entry for entry in waiting if entry[0] <= now and entry[1].next_hub == next_hub]
        taken = fitting[:at_most]
        self._waiting[hub_id] = [entry for entry in waiting if entry not in taken]
        return [parcel for _, parcel in taken]

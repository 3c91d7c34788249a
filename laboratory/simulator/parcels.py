"""Simulated parcels: their routes, their progress, and where they wait between two vehicles."""

from dataclasses import dataclass, field
from typing import Any

from laboratory.simulator.chance import Chance, pick
from laboratory.simulator.parameters import Parameters
from laboratory.simulator.recipients import draw_due, make_door_point, make_doorstep, make_recipient
from laboratory.simulator.world import Spot, World

# Mistakes that a courier may make with a parcel's scans.
NO_PICKUP, EARLY_DELIVERY, AFTER_END = "no_pickup", "early_delivery", "after_end"
# An attempt that is reported from somewhere else: the courier never drove to the door.
FALSE_ATTEMPT = "false_attempt"
STATUS_FAULTS = frozenset({NO_PICKUP, EARLY_DELIVERY, AFTER_END, FALSE_ATTEMPT})


@dataclass
class Parcel:
    """Parcel on a `route` of hub ids to `stop`; `hop` is the index of its current hub.

    `scanned_at` is when its status last changed, `promised_at` the end of its promised window, in seconds
    since the start. `flaw` is the mistake that will be made with its scans, `due` the amount to
    pay on delivery, in rupees; empty if nothing is.
    """

    shipment_id: str
    recipient: dict[str, Any]
    route: tuple[str, ...]
    stop: Spot
    flaw: str | None = None
    hop: int = 0
    status: str = ""
    scanned_at: float = float("-inf")
    promised_at: float = float("inf")
    attempts: int = 0
    due: str = ""

    @property
    def next_hub(self) -> str | None:
        """Return the next hub of its route; None at the last one."""
        return self.route[self.hop + 1] if self.hop + 1 < len(self.route) else None


# Series of the ids, in which the demo's partner books.
SERIES = "SIM"


class ParcelFactory:
    """Makes the parcels of one vehicle; their ids are unique over vehicles and runs."""

    def __init__(self, run_tag: str, vehicle_number: int, chance: Chance, world: World) -> None:
        self._prefix = f"{SERIES}{run_tag}-{vehicle_number:03d}"
        self._count = 0
        self._chance = chance
        self._world = world

    def make(self, route: tuple[str, ...], near: Spot | None = None) -> Parcel:
        """Make a parcel to a doorstep near `near`; without it, in the last hub's area, else to that hub."""
        self._count += 1
        shipment_id = f"{self._prefix}{self._count:04d}"
        hub = self._world.hubs[route[-1]]
        if near is None and hub.hub_id in self._world.areas:
            near = pick(self._chance, self._world.areas[hub.hub_id])
        stop = make_doorstep(near, self._chance) if near else hub
        recipient = make_recipient(stop, shipment_id, self._chance)
        if near:
            recipient["point"] = make_door_point(stop, shipment_id, self._world.parameters.door_sigma_m)
        parameters = self._world.parameters
        due = draw_due(shipment_id, parameters.cod_share)
        return Parcel(shipment_id, recipient, route, stop, self._draw_flaw(parameters), due=due)

    def _draw_flaw(self, shares: Parameters) -> str | None:
        drawn = self._chance.random()
        if drawn < shares.no_pickup_share:
            return NO_PICKUP
        if drawn < shares.no_pickup_share + shares.early_delivery_share:
            return EARLY_DELIVERY
        return AFTER_END if drawn > 1 - shares.after_end_share else None


@dataclass
class Yards:
    """Parcels that wait at hubs for their next vehicle, each from a given time on."""

    _waiting: dict[str, list[tuple[float, Parcel]]] = field(default_factory=dict)

    def leave(self, hub_id: str, parcel: Parcel, ready_at: float) -> None:
        """Leave a parcel at a hub; it may be loaded from `ready_at` on."""
        self._waiting.setdefault(hub_id, []).append((ready_at, parcel))

    def take(self, hub_id: str, next_hub: str | None, now: float, at_most: int) -> list[Parcel]:
        """Take parcels whose next hub is `next_hub` (None: a doorstep), the longest waiting first."""
        waiting = self._waiting.get(hub_id, [])
        fitting = [entry for entry in waiting if entry[0] <= now and entry[1].next_hub == next_hub]
        taken = {id(entry) for entry in fitting[:at_most]}
        self._waiting[hub_id] = [entry for entry in waiting if id(entry) not in taken]
        return [parcel for _, parcel in fitting[:at_most]]

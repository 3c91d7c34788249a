"""Last check of each vehicle's parcels: its time, and how late each parcel was then."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.delay import Delay
from tracking.domain.events import VehicleFix
from tracking.domain.vehicles import VehicleState
from tracking.eta.forecast import Forecast

CHECK_EVERY = timedelta(minutes=1)
# Each check reads a manifest and the states on it: after a pause all vehicles are due, and take turns.
CHECKS_A_BATCH = 8
VEHICLES_KEPT = 20_000


class VehicleCheck(NamedTuple):
    """Check of a vehicle's parcels: its time, and the delay of each parcel, by shipment id."""

    at: datetime
    delays: Mapping[str, Delay]


class VehicleChecks:
    """Store of the last check of each vehicle, in the memory of a process; safe for many threads.

    A crash loses the checks: a lateness is then reported up to ten minutes later. `listener` is called with
    every forecast, for the caller that evaluates them.
    """

    def __init__(self, listener: Callable[[str, Forecast, datetime], None] | None = None) -> None:
        self._last: OrderedDict[str, VehicleCheck] = OrderedDict()
        self._lock = threading.Lock()
        self._listener = listener

    def take_due(self, vehicles: Mapping[str, VehicleState]) -> list[tuple[VehicleFix, VehicleCheck | None]]:
        """Return the positions that are due for a check, with the check before; each is taken once."""
        due = []
        with self._lock:
            for vehicle_id, vehicle in vehicles.items():
                last, fix = self._last.get(vehicle_id), vehicle.fix
                if fix is None or (last is not None and fix.occurred_at - last.at < CHECK_EVERY):
                    continue
                due.append((fix, last))
                self._last[vehicle_id] = VehicleCheck(fix.occurred_at, last.delays if last else {})
                self._last.move_to_end(vehicle_id)
                if len(due) == CHECKS_A_BATCH:
                    break
            while len(self._last) > VEHICLES_KEPT:
                self._last.popitem(last=False)
        return due

    def remember(self, vehicle_id: str, check: VehicleCheck) -> None:
        """Remember a check."""
        with self._lock:
            self._last[vehicle_id] = check

    def notify_listener(self, shipment_id: str, predicted: Forecast, at: datetime) -> None:
        """Call the listener, if there is one, with a forecast."""
        if self._listener is not None:
            self._listener(shipment_id, predicted, at)

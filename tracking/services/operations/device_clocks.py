"""Clocks: vehicles whose devices give Indian time out as universal time are told to operators.

A buffer that was away for five and a half hours and is flushed looks much the same, so no time is corrected.
"""

from datetime import datetime, timedelta

from tracking.domain.vehicles import VehicleState
from tracking.models import Vehicle
from tracking.ports import LivePush, TrackingPorts
from tracking.services.operations.incidents import close_incident, open_incident

CODE = "clock_skewed"
FLAG = "skew_late"
# What was heard longer ago says nothing of the clock as it is now.
HEARD_WITHIN = timedelta(hours=1)
VEHICLES_PER_READ = 100


def check_device_clocks(ports: TrackingPorts, now: datetime) -> int:
    """Look at each registered vehicle's last position; how many incidents that opened or closed.

    To be called every ten minutes. Raises `TransientError` when the store cannot be reached.
    """
    names = list(Vehicle.objects.order_by("pk").values_list("vehicle_id", flat=True))
    moved = 0
    for start in range(0, len(names), VEHICLES_PER_READ):
        heard = ports.vehicles.read_vehicles(names[start : start + VEHICLES_PER_READ])
        moved += sum(_take(ports.live, vehicle, now) for vehicle in heard.values())
    return moved


def _take(live: LivePush, vehicle: VehicleState, now: datetime) -> bool:
    """Open or close what the last position calls for; whether anything was."""
    fix, name = vehicle.fix, vehicle.vehicle_id
    if fix is None or now - fix.received_at > HEARD_WITHIN:
        return False
    if FLAG not in fix.fix_flags:
        return close_incident(live, CODE, name, now) is not None
    why = "its device stamps Indian time as universal time, or sends what it kept for 5 h 30"
    return open_incident(live, CODE, name, why, fix.received_at, vehicle_id=name) is not None

"""Device clocks: open an incident for a vehicle whose device reports Indian time as UTC.

A device that sends a buffer 5 h 30 min late looks the same, so no time is corrected.
"""

from datetime import datetime, timedelta

from tracking.domain.vehicles import VehicleState
from tracking.models import Vehicle
from tracking.ports import LivePush, TrackingPorts
from tracking.services.operations.incidents import close_incident, open_incident

CODE = "clock_skewed"
FLAG = "skew_late"
# An older report says nothing about the current clock.
REPORTED_WITHIN = timedelta(hours=1)
VEHICLES_PER_READ = 100


def check_device_clocks(ports: TrackingPorts, now: datetime) -> int:
    """Check the last position of each registered vehicle; return how many incidents were opened or closed.

    Call it every ten minutes. Raises `TransientError` when the store cannot be reached.
    """
    names = list(Vehicle.objects.order_by("pk").values_list("vehicle_id", flat=True))
    changed = 0
    for start in range(0, len(names), VEHICLES_PER_READ):
        found = ports.vehicles.read_vehicles(names[start : start + VEHICLES_PER_READ])
        changed += sum(_check_clock(ports.live, vehicle, now) for vehicle in found.values())
    return changed


def _check_clock(live: LivePush, vehicle: VehicleState, now: datetime) -> bool:
    """Open or close the incident by the last position; return whether one was opened or closed."""
    fix, name = vehicle.fix, vehicle.vehicle_id
    if fix is None or now - fix.received_at > REPORTED_WITHIN:
        return False
    if FLAG not in fix.fix_flags:
        return close_incident(live, CODE, name, now) is not None
    why = "its device stamps Indian time as universal time, or sends what it kept for 5 h 30"
    return open_incident(live, CODE, name, why, fix.received_at, vehicle_id=name) is not None

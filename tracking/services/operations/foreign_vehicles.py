"""Foreign vehicles: open an incident where a partner has reported a vehicle of another one."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from tracking.models import Incident
from tracking.ports import LivePush
from tracking.services.operations.incidents import open_incident

CODE = "foreign_vehicle"


class ForeignReport(NamedTuple):
    """Refused report of a vehicle: the vehicle, when it arrived, and who reported it."""

    vehicle_id: str
    arrived_at: datetime
    why: str


def report_foreign_vehicles(live: LivePush, reports: Iterable[ForeignReport]) -> int:
    """Open one incident per vehicle; return how many were opened.

    A report from before the last incident of its vehicle was resolved opens nothing.
    """
    opened = 0
    for report in reports:
        handled = Incident.objects.filter(
            code=CODE, subject=report.vehicle_id, resolved_at__gte=report.arrived_at
        )
        if not handled.exists():
            incident = open_incident(
                live, CODE, report.vehicle_id, report.why, report.arrived_at, vehicle_id=report.vehicle_id
            )
            opened += incident is not None
    return opened

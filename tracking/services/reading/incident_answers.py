"""JSON of an incident for its partner: in the API, and in webhooks."""

from typing import Any

import msgspec

from tracking.domain.events import format_time
from tracking.models import Incident
from tracking.services.reading.change_answers import Time

# The public id of an incident is this prefix and its row id.
ID_PREFIX = "inc_"


class IncidentAnswer(msgspec.Struct):
    """Incident of a shipment or a vehicle. Operators must respond by `due_at`."""

    incident_id: str
    code: str
    severity: str
    shipment_id: str | None
    vehicle_id: str | None
    why: str
    opened_at: Time
    due_at: Time
    acknowledged_at: Time | None
    resolved_at: Time | None
    resolution_code: str | None
    note: str | None


def describe_incident(incident: Incident) -> IncidentAnswer:
    """Build the answer of an incident for its partner."""
    moments: dict[str, Any] = {
        name: format_time(moment) if (moment := getattr(incident, name)) else None
        for name in ("opened_at", "due_at", "acknowledged_at", "resolved_at")
    }
    return IncidentAnswer(
        incident_id=f"{ID_PREFIX}{incident.pk}",
        code=incident.code,
        severity=str(incident.severity),
        shipment_id=incident.shipment_id or None,
        vehicle_id=incident.vehicle_id or None,
        why=incident.why,
        resolution_code=incident.resolution_code or None,
        note=incident.note or None,
        **moments,
    )

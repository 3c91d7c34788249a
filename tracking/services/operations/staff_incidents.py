"""Incidents in the hands of staff: acknowledge and resolve, with an entry in the audit log."""

from datetime import datetime
from typing import Any

from tracking.models import Incident
from tracking.services.operations.incidents import store_acknowledgement, store_resolution
from tracking.services.reading.staff_scope import visible_incidents
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import Verb


@staff_write(Verb.ACKNOWLEDGE)
def acknowledge_as_staff(staff: Staff, incident_id: int, now: datetime) -> Incident:
    """Acknowledge the incident; the first acknowledgement stays. The caller pushes it to the consoles.

    Raises `UnknownError` outside of the scope, and `AlreadyResolvedError`.
    """
    incident = _find_incident(staff, incident_id)
    before = incident.acknowledged_by
    store_acknowledgement(incident, staff.actor, now)
    _record(staff, Verb.ACKNOWLEDGE, incident, before={"by": before}, after={"by": incident.acknowledged_by})
    return incident


@staff_write(Verb.RESOLVE)
def resolve_as_staff(staff: Staff, incident_id: int, resolution: Resolution, now: datetime) -> Incident:
    """Resolve the incident. The caller pushes it to the consoles.

    Raises `UnknownError` outside of the scope, and `AlreadyResolvedError`.
    """
    incident = _find_incident(staff, incident_id)
    store_resolution(incident, resolution, staff.actor, now)
    _record(
        staff,
        Verb.RESOLVE,
        incident,
        before={"resolution": ""},
        after={"resolution": incident.resolution_code},
        reason=incident.note,
    )
    return incident


def _find_incident(staff: Staff, incident_id: int) -> Incident:
    incident = visible_incidents(staff.scope).filter(pk=incident_id).first()
    if incident is None:
        raise UnknownError
    return incident


def _record(staff: Staff, verb: Verb, incident: Incident, **values: Any) -> None:
    subject = f"incident {incident.pk} {incident.code}"
    record_action(staff, verb, subject, shipment_id=incident.shipment_id, **values)

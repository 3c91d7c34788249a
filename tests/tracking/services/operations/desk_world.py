"""Incidents of three shipments and two operators, for tests of the desk."""

from typing import Any

from tests.events import at
from tests.staff import make_staff
from tracking.models import Incident, StaffAction
from tracking.ports import ports
from tracking.services.operations.card_actions import Seen
from tracking.services.operations.incidents import open_incident
from tracking.services.operations.request_words import CustomerRequest, name_subject, write_why
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import Role
from tracking.services.requests.staff_accounts import find_staff


def enter(username: str, role: Role = Role.OPERATOR) -> Staff:
    """Return a new account as a caller."""
    staff = find_staff(make_staff(role, username), "req-1")
    assert staff is not None
    return staff


def open_on(shipment_id: str, code: str = "delayed", minute: int = 0, vehicle_id: str = "") -> Incident:
    """Open an incident of a shipment."""
    incident = open_incident(
        ports().live,
        code,
        shipment_id,
        f"{code} it is",
        at(minute),
        shipment_id=shipment_id,
        vehicle_id=vehicle_id,
    )
    assert incident is not None
    return incident


def ask_on(shipment_id: str, request: CustomerRequest, words: str = "") -> Incident:
    """Open the incident of a recipient's request."""
    subject, why = name_subject(shipment_id, request), write_why(request, words)
    incident = open_incident(ports().live, "customer_request", subject, why, at(0), shipment_id=shipment_id)
    assert incident is not None
    return incident


def see(*incidents: Incident) -> tuple[Seen, ...]:
    """Return the incidents as one card, as they are now."""
    rows = Incident.objects.filter(pk__in=[incident.pk for incident in incidents]).order_by("pk")
    return tuple(Seen(row.pk, row.version) for row in rows)


def read_fields(incident: Incident, *names: str) -> tuple[Any, ...]:
    """Return the stored fields of an incident."""
    return tuple(Incident.objects.filter(pk=incident.pk).values_list(*names).get())


def read_entries() -> list[tuple[Any, ...]]:
    """Return the entries of the audit log, oldest first."""
    return list(StaffAction.objects.order_by("pk").values_list("actor", "verb", "subject", "reason"))

"""Changes of incidents: each is written against the version that was read, and raises the version by one."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from tracking.code_texts import say_code, say_reason
from tracking.domain.events import format_time
from tracking.domain.indian_time import INDIA
from tracking.domain.masking import mask_text
from tracking.models import Incident, Shipment
from tracking.ports import LivePush
from tracking.services.operations.delivery_days import NoDeliveryDayError, check_delivery_day
from tracking.services.operations.incident_affiliations import add_affiliations
from tracking.services.operations.incident_names import name_incident, name_shipment
from tracking.services.operations.request_words import find_asked_day, is_day_asked
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.refusals import AlreadyResolvedError, ConflictError
from tracking.services.requests.staff_accounts import name_accounts

# How long an action can be undone. Nothing that it causes reaches a customer before that.
UNDO_FOR = timedelta(seconds=10)
# Author of changes that no person has made.
SYSTEM = "system"
# Author and result of what a recipient has withdrawn.
RECIPIENT, WITHDRAWN = "recipient", "withdrawn"
# Result that grants what a recipient asks for.
AGREED = "agreed"
# Result that moves the delivery to another day.
RESCHEDULED = "rescheduled"
ACTION_TEXTS: dict[str, str] = {
    "acknowledge": "claimed it",
    "assign": "assigned it",
    "snooze": "snoozed it",
    "resolve": "resolved it",
    "reopen": "reopened it",
    "withdraw": "withdrew it",
    "undo": "undid an action",
    "close": "closed it, since its cause has ended",
    "rise": "woke it, since something more severe happened",
}
# Tries of a change that does not depend on what others have changed meanwhile.
TRIES = 5


class ChangedMeanwhileError(ConflictError):
    """Raised for a change of an incident that somebody else has changed since it was read."""

    code = "changed_meanwhile"

    @classmethod
    def of(cls, incident: Incident) -> "ChangedMeanwhileError":
        """Describe in words who has changed the incident, how and when."""
        return cls(f"{name_incident(incident)} of {name_shipment(incident)}: {say_change(incident)}")


def say_change(incident: Incident) -> str:
    """Return the newest change of the incident in words, such as `asha claimed it at 14:02:07.` as text."""
    action = ACTION_TEXTS.get(incident.last_action, "changed it")
    if incident.last_action == "resolve":
        action += f" ({say_code('resolution', incident.resolution_code).lower()})"
    if incident.last_action == "assign" and incident.owner:
        action += f" to {name_accounts([incident.owner])[incident.owner]}"
    moment = f" at {incident.changed_at.astimezone(INDIA):%H:%M:%S}" if incident.changed_at else ""
    author = name_accounts([incident.changed_by])[incident.changed_by] or "somebody"
    return f"{author} {action}{moment}."


def write_change(incident: Incident, action: str, actor: str, now: datetime, fields: dict[str, Any]) -> None:
    """Write fields of the incident as it was read. Raises `ChangedMeanwhileError`, in words."""
    unchanged = Incident.objects.filter(pk=incident.pk, version=incident.version)
    author = {"last_action": action, "changed_by": actor, "changed_at": now}
    written = unchanged.update(**fields, **author, version=F("version") + 1)
    incident.refresh_from_db()
    if not written:
        raise ChangedMeanwhileError.of(incident)


def list_acknowledged(incident: Incident, actor: str, now: datetime) -> dict[str, Any]:
    """Return the fields of an acknowledgement; the first one stays. Raises `AlreadyResolvedError`."""
    if incident.resolved_at is not None:
        raise AlreadyResolvedError
    if incident.acknowledged_at is not None:
        return {}
    return {"acknowledged_at": now, "acknowledged_by": actor}


def list_resolved(incident: Incident, resolution: Resolution, actor: str, now: datetime) -> dict[str, Any]:
    """Return the fields of a resolution. Raises `AlreadyResolvedError`, `NoDeliveryDayError`."""
    fields = _list_ended(incident, resolution.resolution_code, actor, now)
    fields |= {"note": mask_text(resolution.note) or ""}
    if _is_day_set(incident, resolution):
        fields |= {"agreed_day": _choose_day(incident, resolution, now), "day_moved_at": None}
    return fields


def acknowledge_incident(live: LivePush, incident: Incident, actor: str, now: datetime) -> Incident:
    """Acknowledge the incident; the first acknowledgement stays. Raises `AlreadyResolvedError`."""
    for _ in range(TRIES):
        fields = list_acknowledged(incident, actor, now)
        if not fields or _is_written(incident, "acknowledge", actor, now, fields):
            break
    push_incidents(live, [incident])
    return incident


def resolve_incident(
    live: LivePush, incident: Incident, resolution: Resolution, actor: str, now: datetime
) -> Incident:
    """Resolve the incident. Of two calls at once one succeeds. Raises `AlreadyResolvedError`."""
    for _ in range(TRIES):
        fields = list_resolved(incident, resolution, actor, now)
        if _is_written(incident, "resolve", actor, now, fields):
            break
    push_incidents(live, [incident])
    return incident


def withdraw_incident(live: LivePush, incident: Incident, now: datetime) -> Incident:
    """Resolve the incident as withdrawn by the recipient who caused it. Raises `AlreadyResolvedError`."""
    for _ in range(TRIES):
        fields = _list_ended(incident, WITHDRAWN, RECIPIENT, now)
        if _is_written(incident, "withdraw", RECIPIENT, now, fields):
            break
    push_incidents(live, [incident])
    return incident


def push_incidents(live: LivePush, incidents: Iterable[Incident]) -> None:
    """Push the incidents to the consoles, with partner and hubs, which no socket looks up again."""
    if rows := add_affiliations(list_rows(incidents)):
        live.push_fleet({"vehicles": [], "changes": [], "incidents": rows})


def list_rows(incidents: Iterable[Incident]) -> list[dict[str, Any]]:
    """Return the incidents as the consoles get them, with the names of their owners."""
    found = list(incidents)
    names = name_accounts(incident.owner for incident in found)
    return [incident_row(incident, names[incident.owner]) for incident in found]


def incident_row(incident: Incident, owner: str = "") -> dict[str, Any]:
    """Return the incident as the console gets it: its reason in words, times in RFC 3339 UTC."""
    moments = {
        name: format_time(moment) if (moment := getattr(incident, name)) else None
        for name in ("resolved_at", "snoozed_until")
    }
    return {
        "id": incident.pk,
        "version": incident.version,
        "code": incident.code,
        "severity": str(incident.severity),
        "subject": incident.subject,
        "shipment_id": incident.shipment_id or None,
        "vehicle_id": incident.vehicle_id or None,
        "why": say_reason(incident.why),
        "owner": owner,
        "opened_at": format_time(incident.opened_at),
        "due_at": format_time(incident.due_at),
        **moments,
    }


def _is_day_set(incident: Incident, resolution: Resolution) -> bool:
    """Return whether the resolution moves the delivery to another day."""
    if resolution.resolution_code == RESCHEDULED:
        return resolution.agreed_day is not None
    return resolution.resolution_code == AGREED and is_day_asked(incident)


def _choose_day(incident: Incident, resolution: Resolution, now: datetime) -> date:
    """Return the agreed day, else the day that was asked for; it must be one with deliveries."""
    day = resolution.agreed_day or find_asked_day(incident)
    if day is None:
        raise NoDeliveryDayError("Choose the new day.")
    booked = Shipment.objects.select_related("destination_hub").filter(shipment_id=incident.shipment_id)
    booking = booked.first()
    if booking is None:
        raise NoDeliveryDayError("No booked parcel belongs to this incident.")
    check_delivery_day(booking, day, now)
    return day


def _list_ended(incident: Incident, code: str, actor: str, now: datetime) -> dict[str, Any]:
    if incident.resolved_at is not None:
        raise AlreadyResolvedError
    return {"resolved_at": max(now, incident.opened_at), "resolved_by": actor, "resolution_code": code}


def _is_written(incident: Incident, action: str, actor: str, now: datetime, fields: dict[str, Any]) -> bool:
    """Write the fields; return False if another change came first, with the incident as it is now."""
    try:
        write_change(incident, action, actor, now, fields)
    except ChangedMeanwhileError:
        return False
    return True

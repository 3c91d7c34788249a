"""Kinds of incidents: severity, time to respond, and which changes of a shipment cause them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tracking.domain.events import Change
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, Status
from tracking.models import Incident

# Weights of the severities in the order of the queue.
WEIGHTS: dict[str, int] = {
    Incident.Severity.CRITICAL: 8,
    Incident.Severity.HIGH: 4,
    Incident.Severity.MEDIUM: 2,
    Incident.Severity.LOW: 1,
}
# Operators must act on these at once.
URGENT = (Incident.Severity.CRITICAL, Incident.Severity.HIGH)
# About the parcel and its recipient alone: nothing is wrong with the vehicle.
PARCEL_ONLY = ("attempt_failed",)


class Kind(NamedTuple):
    """Severity of a kind of incident, and the time until an operator must respond."""

    severity: Incident.Severity
    response: timedelta


CRITICAL = Kind(Incident.Severity.CRITICAL, timedelta(minutes=15))
SILENT_PARTNER = Kind(Incident.Severity.HIGH, timedelta(minutes=15))
HIGH = Kind(Incident.Severity.HIGH, timedelta(minutes=30))
MEDIUM = Kind(Incident.Severity.MEDIUM, timedelta(minutes=60))
WAITING = Kind(Incident.Severity.MEDIUM, timedelta(hours=4))
LOW = Kind(Incident.Severity.LOW, timedelta(days=1))

# Positions of the vehicle contradict an attempt or a delivery.
DOUBT = "suspected_fake_attempt"
STANDS = "vehicle_stands"

KINDS: dict[str, Kind] = {
    "attempt_doubtful": CRITICAL,
    DOUBT: CRITICAL,
    "delivery_disputed": CRITICAL,
    "feed_silent": SILENT_PARTNER,
    "webhook_disabled": SILENT_PARTNER,
    "attempt_failed": HIGH,
    "exception": HIGH,
    "vehicle_silent": HIGH,
    "unrouted": HIGH,
    STANDS: HIGH,
    "delayed": MEDIUM,
    "stalled": WAITING,
    "on_hold": WAITING,
    "customer_request": WAITING,
    "duplicate_number": LOW,
    "foreign_vehicle": LOW,
    "clock_skewed": LOW,
    "unmapped_status": LOW,
    "quarantine_growing": LOW,
}
_BY_SUBSTATUS = {
    "suspected_fake_attempt": "attempt_doubtful",
    "delivered_disputed": "delivery_disputed",
}
_BY_STATUS = {
    Status.ATTEMPT_FAILED: "attempt_failed",
    Status.EXCEPTION: "exception",
    Status.LOST: "exception",
    Status.ON_HOLD: "on_hold",
}
STATUS_CHANGES = ("created", "status_changed")


def is_red(incident: Mapping[str, Any], now: datetime) -> bool:
    """Return whether an open incident, as a row for the console, makes its vehicle red: act now.

    `fleet_state.js` repeats the rule in the browser.
    """
    snoozed_until = incident["snoozed_until"]
    is_snoozed = snoozed_until is not None and datetime.fromisoformat(snoozed_until) > now
    is_urgent = incident["severity"] in URGENT and incident["code"] not in PARCEL_ONLY
    return is_urgent and not is_snoozed


def find_caused(change: Change, state: ShipmentState) -> str | None:
    """Return the code of the incident that a change causes, None if its cause no longer holds."""
    if change.type in STATUS_CHANGES and change.after.status is state.status:
        return _code_of(state)
    if change.type == "delayed" and _is_late_now(state):
        return "delayed"
    if change.type == "stalled" and state.is_stalled:
        return STANDS if change.reason_code == "vehicle_stands" else "stalled"
    if change.type == "attempt_doubted" and _is_still_doubted(change, state):
        return DOUBT
    if change.type == "event_rejected" and change.reason_code == "foreign_vehicle":
        return "foreign_vehicle"
    if change.type == "event_rejected" and change.reason_code == "unmapped_status":
        has_newer_status = state.status_at is not None and state.status_at > change.occurred_at
        return None if has_newer_status else "unmapped_status"
    return None


def list_ended(change: Change, state: ShipmentState) -> set[str]:
    """Return the codes of incidents whose cause does not hold in the shipment's state."""
    over = set(_BY_STATUS.values()) | set(_BY_SUBSTATUS.values())
    over.discard(_code_of(state) or "")
    if not _is_late_now(state):
        over.add("delayed")
    if not state.is_stalled:
        over |= {"stalled", STANDS}
    if not state.doubts:
        over.add(DOUBT)
    if change.type in STATUS_CHANGES:
        over.add("unmapped_status")
    return over


def _is_still_doubted(change: Change, state: ShipmentState) -> bool:
    evidence = change.evidence
    return evidence is not None and any(doubt.event_id == evidence.event_id for doubt in state.doubts)


def _is_late_now(state: ShipmentState) -> bool:
    return state.is_delayed and state.status not in END_STATUSES


def _code_of(state: ShipmentState) -> str | None:
    """Return the code of the incident that the status of a shipment causes."""
    return _BY_SUBSTATUS.get(state.substatus or "") or _BY_STATUS.get(state.status)

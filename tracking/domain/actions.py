"""Party that must act before a parcel can move on, by status and substatus."""

from typing import Literal

from tracking.domain.status import Status

Actor = Literal["none", "recipient", "shipper", "ops"]

_BY_STATUS: dict[Status, Actor] = {
    Status.EXPIRED: "ops",
    Status.EXCEPTION: "ops",
    Status.ATTEMPT_FAILED: "recipient",
    Status.AVAILABLE_FOR_PICKUP: "recipient",
    Status.LOST: "shipper",
}
# Substatuses that wait for somebody else than their status does.
_BY_SUBSTATUS: dict[str, Actor] = {
    "created.pickup_failed": "shipper",
    "in_transit.misrouted": "ops",
    "on_hold.payment_due": "recipient",
    "on_hold.documents": "recipient",
    "on_hold.restricted_area": "ops",
    "on_hold.security": "ops",
    "exception.damaged": "recipient",
    "attempt_failed.refused": "shipper",
    "attempt_failed.future_date_requested": "none",
    "attempt_failed.no_time": "ops",
    "attempt_failed.vehicle_issue": "ops",
    "delivered.partial": "shipper",
}


def find_action_required(status: Status, substatus: str | None = None) -> Actor:
    """Return whom the parcel waits for; `none` if it moves on by itself or has ended well."""
    return _BY_SUBSTATUS.get(f"{status}.{substatus}") or _BY_STATUS.get(status, "none")

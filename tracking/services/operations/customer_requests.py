"""Customer requests: what a recipient asks for on the page becomes an incident. It promises nothing."""

from datetime import datetime
from typing import Literal, NamedTuple, get_args

from django.db.models import Q

from tracking.domain.masking import mask_text
from tracking.domain.status import END_STATUSES, Status
from tracking.models import Incident, Shipment
from tracking.ports import LivePush
from tracking.services.operations.incident_changes import UNDO_FOR
from tracking.services.operations.incidents import open_incident

CustomerRequest = Literal["other_day", "address", "note", "not_me", "neighbour"]
CUSTOMER_REQUESTS: tuple[CustomerRequest, ...] = get_args(CustomerRequest)
REQUESTED, DISPUTED = "customer_request", "delivery_disputed"
REQUEST_TEXTS: dict[CustomerRequest, str] = {
    "other_day": "Another day requested",
    "address": "Address reported as wrong",
    "note": "Message from the recipient",
    "not_me": "Delivery reported as not received",
    "neighbour": "Asked to leave it with a neighbour",
}
RATINGS = range(1, 6)
# In these statuses no delivery follows: nothing is due, and nothing can be changed about it.
NO_DELIVERY_FOLLOWS = END_STATUSES | {Status.RETURNING, Status.LOST}


class OpenRequest(NamedTuple):
    """Words of a request, as they are kept, and when it was sent."""

    words: str
    sent_at: datetime


def list_choices(status: str) -> tuple[CustomerRequest, ...]:
    """List the customer requests that may be made in this status; none once no delivery follows."""
    if status == Status.DELIVERED:
        return ("not_me", "note")
    if status == Status.AVAILABLE_FOR_PICKUP:
        return ("other_day", "note")
    return () if status in NO_DELIVERY_FOLLOWS else ("other_day", "note", "neighbour", "address")


def may_rate(status: str) -> bool:
    """Return whether a shipment in this status may be rated: only after delivery."""
    return status == Status.DELIVERED


def record_request(
    live: LivePush, booking: Shipment, request: CustomerRequest, words: str, status: str, now: datetime
) -> None:
    """Open an incident for the request. Phone numbers and e-mail addresses in `words` are masked.

    A request that is open already is not recorded again. `not_me` for a delivered shipment disputes the
    delivery.
    """
    code = DISPUTED if request == "not_me" and status == Status.DELIVERED else REQUESTED
    note = mask_text(words.strip())
    why = f"{REQUEST_TEXTS[request]}: {note}" if note else REQUEST_TEXTS[request]
    # A subject of its own: a change closes the incidents whose subject is the shipment, never a request.
    open_incident(live, code, f"{booking.shipment_id}/{request}", why, now, shipment_id=booking.shipment_id)


def cut_words(incident: Incident) -> str:
    """Return why the incident was opened, without what the recipient wrote: it may hold an address."""
    _, _, request = incident.subject.partition("/")
    return next((text for name, text in REQUEST_TEXTS.items() if name == request), incident.why)


def list_open_requests(booking: Shipment, now: datetime) -> dict[CustomerRequest, OpenRequest]:
    """Return what the recipient has asked for, by request, as far as no operator has resolved it for good."""
    may_be_undone = Q(resolved_at__gt=now - UNDO_FOR)
    unresolved = Incident.objects.filter(may_be_undone | Q(resolved_at=None), shipment_id=booking.shipment_id)
    by_subject = {incident.subject: incident for incident in unresolved.order_by("pk")}
    return {
        request: OpenRequest(_read_words(incident.why, request), incident.opened_at)
        for request in CUSTOMER_REQUESTS
        if (incident := by_subject.get(f"{booking.shipment_id}/{request}"))
    }


def _read_words(why: str, request: CustomerRequest) -> str:
    """Return what `record_request` got as `words`, masked, from why the incident was opened."""
    return why.removeprefix(REQUEST_TEXTS[request]).removeprefix(": ")


def record_rating(booking: Shipment, rating: int) -> None:
    """Store the recipient's rating, 1 to 5. The last one counts."""
    Shipment.objects.filter(pk=booking.pk).update(rating=rating)

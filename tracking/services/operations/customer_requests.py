"""What a recipient asks for on the page: passed on to operators as an incident, and promised to nobody."""

from datetime import datetime
from typing import Literal, get_args

from tracking.domain.identity import mask_note
from tracking.domain.status import Status
from tracking.models import Incident, Shipment
from tracking.ports import LivePush
from tracking.services.operations.incidents import open_incident

CustomerRequest = Literal["other_day", "address", "note", "not_me"]
CUSTOMER_REQUESTS: tuple[CustomerRequest, ...] = get_args(CustomerRequest)
ASKED, MISSED = "customer_request", "delivery_disputed"
WORDS: dict[CustomerRequest, str] = {
    "other_day": "Asks for another day",
    "address": "Says that the address is not right",
    "note": "Has something to say",
    "not_me": "Says that it is not with them",
}
RATINGS = range(1, 6)


def record_request(
    live: LivePush, booking: Shipment, wish: CustomerRequest, words: str, status: str, now: datetime
) -> None:
    """Tell operators; phone numbers and e-mail addresses in the words are masked.

    A wish that waits already is not told twice. Who misses a delivered parcel disputes the delivery.
    """
    code = MISSED if wish == "not_me" and status == Status.DELIVERED else ASKED
    said = mask_note(words.strip())
    why = f"{WORDS[wish]}: {said}" if said else WORDS[wish]
    # Under a subject of its own: what the shipment goes through closes its incidents, and answers nobody.
    open_incident(live, code, f"{booking.shipment_id}/{wish}", why, now, shipment_id=booking.shipment_id)


def list_open_requests(booking: Shipment) -> list[CustomerRequest]:
    """What the recipient has asked for and nobody has answered yet."""
    open_ones = Incident.objects.filter(shipment_id=booking.shipment_id, resolved_at=None)
    subjects = set(open_ones.values_list("subject", flat=True))
    return [wish for wish in CUSTOMER_REQUESTS if f"{booking.shipment_id}/{wish}" in subjects]


def record_rating(booking: Shipment, rating: int) -> None:
    """Keep how content the recipient is, 1 to 5; the last word counts."""
    Shipment.objects.filter(pk=booking.pk).update(rating=rating)

"""What a recipient asks for on the page: passed on to operators as an incident, and promised to nobody."""

from datetime import datetime
from typing import Literal, get_args

from tracking.domain.identity import mask_note
from tracking.models import Incident, Shipment
from tracking.services.incidents import open_incident

Wish = Literal["other_day", "address", "note", "not_me"]
WISHES: tuple[Wish, ...] = get_args(Wish)
CODE = "customer_request"
WORDS: dict[Wish, str] = {
    "other_day": "Asks for another day",
    "address": "Says that the address is not right",
    "note": "Has something to say",
    "not_me": "Says that it is not with them",
}
RATINGS = range(1, 6)
# Over this a parcel needs no more of the journey; what is not with the recipient then is missing.
DELIVERED = "delivered"


def pass_on(booking: Shipment, wish: Wish, words: str, status: str, now: datetime) -> None:
    """Tell operators; phone numbers and e-mail addresses in the words are masked.

    A wish that waits already is not told twice. Who misses a delivered parcel disputes the delivery.
    """
    code = "delivery_disputed" if wish == "not_me" and status == DELIVERED else CODE
    subject = booking.shipment_id if code != CODE else f"{booking.shipment_id}/{wish}"
    said = mask_note(words.strip())
    why = f"{WORDS[wish]}: {said}" if said else WORDS[wish]
    open_incident(code, subject, why, now, shipment_id=booking.shipment_id)


def list_waiting(booking: Shipment) -> list[Wish]:
    """What the recipient has asked for and nobody has answered yet."""
    open_ones = Incident.objects.filter(code=CODE, shipment_id=booking.shipment_id, resolved_at=None)
    asked = {subject.rpartition("/")[2] for subject in open_ones.values_list("subject", flat=True)}
    return [wish for wish in WISHES if wish in asked]


def rate(booking: Shipment, rating: int) -> None:
    """Keep how content the recipient is, 1 to 5; the last word counts."""
    Shipment.objects.filter(pk=booking.pk).update(rating=rating)

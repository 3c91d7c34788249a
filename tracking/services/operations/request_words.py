"""Words of customer requests, as their incidents keep them: what was asked for, and the day it names."""

from datetime import date
from typing import Literal, get_args

from tracking.models import Incident
from tracking.services.operations.delivery_days import read_day_in_english

CustomerRequest = Literal["other_day", "address", "note", "not_me", "neighbour"]
CUSTOMER_REQUESTS: tuple[CustomerRequest, ...] = get_args(CustomerRequest)
REQUEST_TEXTS: dict[CustomerRequest, str] = {
    "other_day": "Another day requested",
    "address": "Address reported as wrong",
    "note": "Message from the recipient",
    "not_me": "Delivery reported as not received",
    "neighbour": "Asked to leave it with a neighbour",
}


def name_subject(shipment_id: str, request: CustomerRequest) -> str:
    """Return the subject of the incident of a request."""
    return f"{shipment_id}/{request}"


def write_why(request: CustomerRequest, words: str) -> str:
    """Return why the incident of a request is opened: the request, and the recipient's words if any."""
    return f"{REQUEST_TEXTS[request]}: {words}" if words else REQUEST_TEXTS[request]


def read_words(why: str, request: CustomerRequest) -> str:
    """Return the recipient's words from what `write_why` returned."""
    return why.removeprefix(REQUEST_TEXTS[request]).removeprefix(": ")


def is_day_asked(incident: Incident) -> bool:
    """Return whether the incident is a recipient's request for another day."""
    return incident.subject == name_subject(incident.shipment_id, "other_day")


def find_asked_day(incident: Incident) -> date | None:
    """Return the day in India that a request for another day names; None if it names none."""
    return read_day_in_english(read_words(incident.why, "other_day"), incident.opened_at)[0]

"""Names of incidents for people: what one is about, and which request of the recipient it is."""

from typing import Literal, get_args

from tracking.code_texts import say_code
from tracking.models import Incident

CustomerRequest = Literal["other_day", "address", "note", "not_me", "neighbour"]
CUSTOMER_REQUESTS: tuple[CustomerRequest, ...] = get_args(CustomerRequest)
REQUEST_TEXTS: dict[CustomerRequest, str] = {
    "other_day": "Another day requested",
    "address": "Address reported as wrong",
    "note": "Message from the recipient",
    "not_me": "Delivery reported as not received",
    "neighbour": "Asked to leave it with a neighbour",
}


def name_request_subject(shipment_id: str, request: CustomerRequest) -> str:
    """Return the subject of a request's incident, such as `SLX-1/note`; no id of a shipment has a slash."""
    return f"{shipment_id}/{request}"


def find_request(subject: str) -> CustomerRequest | None:
    """Return which request an incident with this subject is; None for all other incidents."""
    _, _, name = subject.partition("/")
    return next((request for request in CUSTOMER_REQUESTS if request == name), None)


def say_incident(code: str, subject: str) -> str:
    """Return what an incident is: the request of the recipient, else the text of its code."""
    request = find_request(subject)
    return REQUEST_TEXTS[request] if request else say_code("incident", code)


def name_incident(incident: Incident) -> str:
    """Return what the incident is, as `Another day requested`."""
    return say_incident(incident.code, incident.subject)


def name_subject(incident: Incident) -> str:
    """Return the number of the shipment that the incident is about, else its subject."""
    return incident.shipment_id or incident.subject

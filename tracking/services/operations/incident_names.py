"""Names of incidents for people: which request of a recipient one is, what it is about, and its shipment."""

from tracking.code_texts import say_code
from tracking.models import Incident
from tracking.services.operations.request_words import CUSTOMER_REQUESTS, REQUEST_TEXTS, CustomerRequest


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


def name_shipment(incident: Incident) -> str:
    """Return the number of the shipment that the incident is about; without one, its subject."""
    return incident.shipment_id or incident.subject

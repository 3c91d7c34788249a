"""Incidents of shipments, and the forms and pages of their queue as a browser sends and gets them."""

import re
from datetime import UTC, datetime, timedelta

from tracking.models import Incident
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident

HTMX = {"HX-Request": "true"}


def open_on(subject: str, code: str = "delayed", age_min: int = 5, **about: str) -> Incident:
    """Open an incident of this age."""
    opened_at = datetime.now(UTC) - timedelta(minutes=age_min)
    return open_incident(ports().live, code, subject, f"{code} it is", opened_at, **about)


def ask(why: str, request: str, opened_at: datetime = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)) -> Incident:
    """Open the incident of a request of SLX-1's recipient."""
    subject = f"SLX-1/{request}"
    return open_incident(ports().live, "customer_request", subject, why, opened_at, shipment_id="SLX-1")


def find_card(page: str) -> str:
    """Return the only card of a page, as its forms send it."""
    (found,) = set(re.findall(r'name="card" value="([\d.-]+)"', page))
    return found


def post(client, action, headers=None, **form):
    """Send a form of the queue."""
    return client.post(f"/ops/incidents/{action}", form, headers=headers or {})

"""Digest of all lists from the relational database: two databases with the same one list the same."""

import hashlib
from datetime import datetime
from typing import NamedTuple

import msgspec

from tracking.models import Incident, Partner, Shipment
from tracking.services.operations.incident_queue import QUEUE_STATES, QueueFilter, read_queue
from tracking.services.reading.feed import read_feed
from tracking.services.requests.callers import Caller
from tracking.services.requests.roles import EVERYTHING

PAGE = 500
# Of a row of the lists of shipments, in the console and in the partner API.
LISTED = (
    "shipment_id",
    "reference",
    "partner__partner_id",
    "livemode",
    "status",
    "substatus",
    "status_at",
    "is_delayed",
    "attempts",
    "eta_at",
)

_encode = msgspec.json.Encoder(order="sorted").encode


class ListDigest(NamedTuple):
    """Numbers of listed shipments, incidents and entries of feeds, and a SHA-256 over all of them."""

    shipments: int
    incidents: int
    entries: int
    sha256: str


def digest_lists(now: datetime) -> ListDigest:
    """Return the digest of what is listed at `now`: shipments, incidents by state, feeds of partners."""
    digest = hashlib.sha256()
    shipments = list(Shipment.objects.order_by("shipment_id").values(*LISTED))
    incidents = [
        _describe(incident)
        for state in QUEUE_STATES
        for incident in read_queue(EVERYTHING, QueueFilter(state), "", now)
    ]
    entries = [
        entry
        for partner in Partner.objects.order_by("partner_id")
        for livemode in (True, False)
        for entry in _read_feed(Caller(partner, livemode, "drill"), now)
    ]
    for listed in (shipments, incidents, entries):
        digest.update(_encode(listed))
    return ListDigest(len(shipments), len(incidents), len(entries), digest.hexdigest())


def _describe(incident: Incident) -> tuple[object, ...]:
    return (incident.code, incident.severity, incident.opened_at, incident.resolved_at, incident.due_at)


def _read_feed(caller: Caller, now: datetime) -> list[str]:
    """Return all entries of a partner's feed in one mode, page by page."""
    entries: list[str] = []
    page = read_feed(caller, None, (), PAGE, now)
    while page.bodies:
        entries += page.bodies
        page = read_feed(caller, page.after, (), PAGE, now)
    return entries

"""Finds shipments as examples for the customer page."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connections
from django.db.models import QuerySet

from laboratory.local.seed import PARTNER_ID
from tracking.domain.status import Status
from tracking.models import Shipment
from tracking.pages.page_secret import find_secret
from tracking.ports import ports
from tracking.services.reading.last_mile import read_last_mile
from tracking.tokens import make_token

# So many stops before the recipient's: the van is near, and the page still changes for a while.
BEST_STOPS = range(2, 7)
# Shipments that are looked at in one search.
MOST = 25

Example = dict[str, str]


class Examples(NamedTuple):
    """Shipment that shows the customer page at its best, and a delayed one; None if there is none yet.

    Each is `{"shipment_id", "page", "secret"}`; the secret unlocks the page. `is_best` is true if the first
    one is out for delivery with a few stops before it.
    """

    best: Example | None = None
    is_best: bool = False
    delayed: Example | None = None


def find_examples(since: datetime) -> Examples:
    """Return examples among the shipments booked since then."""
    booked = Shipment.objects.filter(partner__partner_id=PARTNER_ID, created_at__gte=since).order_by(
        "created_at"
    )
    on_its_way = booked.filter(status=Status.OUT_FOR_DELIVERY)
    in_time = on_its_way.filter(is_delayed=False)
    near = _find_near(in_time[:MOST])
    any_other = near or in_time.first() or on_its_way.first() or booked.first()
    delayed = _find_delayed(booked, any_other)
    found = Examples(_describe(any_other), is_best=near is not None, delayed=_describe(delayed))
    connections.close_all()
    return found


def _find_near(shipments: Iterable[Shipment]) -> Shipment | None:
    """Return the first shipment whose van has a few stops before it."""
    for shipment in shipments:
        last_mile = read_last_mile(ports(), shipment.shipment_id)
        if last_mile is not None and last_mile.stops_ahead in BEST_STOPS:
            return shipment
    return None


def _find_delayed(booked: QuerySet[Shipment], other: Shipment | None) -> Shipment | None:
    """Return a delayed shipment that is still on its way and has a new time of arrival."""
    late = booked.filter(
        is_delayed=True, eta_at__isnull=False, status__in=(Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY)
    )
    return late.exclude(pk=other.pk if other else None).first()


def _describe(shipment: Shipment | None) -> Example | None:
    if shipment is None:
        return None
    token = make_token(shipment.shipment_id, shipment.token_n)
    secret = find_secret(shipment)
    page = f"{settings.PUBLIC_URL}/t/{token}"
    return {"shipment_id": shipment.shipment_id, "page": page, "secret": secret.digits if secret else ""}

"""Finds a shipment as example for the customer page."""

from datetime import datetime

from django.conf import settings
from django.db import connections

from laboratory.local.seed import PARTNER_ID
from tracking.domain.status import Status
from tracking.models import Shipment
from tracking.pages.page_secret import find_secret
from tracking.tokens import make_token


def find_example(since: datetime, *, on_its_way: bool) -> dict[str, str] | None:
    """Return a shipment booked since then as `{"shipment_id", "page", "secret"}`, or None.

    The secret unlocks its page. With `on_its_way`, only one that is out for delivery.
    """
    booked = Shipment.objects.filter(partner__partner_id=PARTNER_ID, created_at__gte=since)
    if on_its_way:
        booked = booked.filter(status=Status.OUT_FOR_DELIVERY)
    shipment = booked.order_by("created_at").first()
    secret = find_secret(shipment)
    connections.close_all()
    if shipment is None:
        return None
    token = make_token(shipment.shipment_id, shipment.token_n)
    page = f"{settings.PUBLIC_URL}/t/{token}"
    return {"shipment_id": shipment.shipment_id, "page": page, "secret": secret.digits if secret else ""}

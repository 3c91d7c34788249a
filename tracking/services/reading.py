"""Read: what is known about a shipment, and which shipment a link or an address means."""

import re
from datetime import datetime, timedelta

from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES
from tracking.models import Shipment
from tracking.ports import ports
from tracking.tokens import hash_token, is_token

SHIPMENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LINK_LIVES_FOR = timedelta(days=14)


def read_public(shipment_id: str) -> ShipmentState | None:
    """The state behind the public answer, or None; one read of the store, none for an impossible id.

    Raises `TransientError` when the store cannot be reached.
    """
    if SHIPMENT_ID.fullmatch(shipment_id) is None:
        return None
    return ports().store.read_state(shipment_id)


def find_by_token(token: str) -> Shipment | None:
    """The booking a customer's link belongs to; a wrong token and an unknown one look alike."""
    if not is_token(token):
        return None
    return Shipment.objects.filter(token_sha256=hash_token(token)).first()


def has_link_ended(state: ShipmentState, now: datetime) -> bool:
    """Whether the links to the shipment have ended: 14 days after its end status."""
    if state.status not in END_STATUSES or state.status_at is None:
        return False
    return now > state.status_at + LINK_LIVES_FOR

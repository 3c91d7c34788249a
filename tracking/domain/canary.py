"""Canary: shipments that nobody has sent. Our own processes report them, to see that changes arrive."""

# No partner may have a series of ids that begin so.
CANARY_PREFIX = "canary-"


def is_canary(shipment_id: str | None) -> bool:
    """Return whether the shipment is a canary: no list, count, search or message may contain it."""
    return shipment_id is not None and shipment_id.startswith(CANARY_PREFIX)

"""Limit of public reads that are answered before Django."""

from tracking.api.limits import count_public_read
from tracking.ports import ports


def may_read(address: str) -> bool:
    """Count a public read of this client address; return whether it is within the limit."""
    return count_public_read(ports().counter, address) is None

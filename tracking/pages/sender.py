"""Sender of a parcel as its recipient sees it: name, and how to reach it."""

from typing import NamedTuple

from tracking.models import Shipment


class Sender(NamedTuple):
    """Name of the sender, and its phone number and e-mail address for recipients; empty where unknown."""

    name: str
    phone: str
    email: str


def describe_sender(booking: Shipment) -> Sender | None:
    """Return the sender of a booking; None for a shipment that nobody booked."""
    partner = booking.partner
    return Sender(partner.name, partner.support_phone, partner.support_email) if partner else None

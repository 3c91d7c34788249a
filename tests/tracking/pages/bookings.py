"""Bookings with a working link, for tests of the pages."""

import dataclasses
from datetime import datetime
from typing import Any

import msgspec

from tracking import ports
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.shipment import ShipmentState
from tracking.models import Hub, Shipment
from tracking.ports import Commit
from tracking.services.partners.recipients import Contact, keep_contact
from tracking.tokens import hash_token, make_token

HUBS: dict[str, dict[str, Any]] = {
    "NLM-GTW": {"name": "Nelamangala Gateway", "town": "Nelamangala", "lat": 13.0990, "lon": 77.3935},
    "MYS-HUB": {"name": "Mysuru Hub", "town": "Mysuru", "lat": 12.3410, "lon": 76.6210},
    "BLR-PNY": {"name": "Bengaluru Peenya Sort Centre", "town": "Bengaluru", "lat": 13.0285, "lon": 77.5197},
    "BLR-WFD": {
        "name": "Bengaluru Whitefield Delivery Hub",
        "town": "Bengaluru",
        "lat": 12.9698,
        "lon": 77.7500,
    },
    "HSR-HUB": {"name": "Hosur Hub", "town": "Hosur", "lat": 12.7409, "lon": 77.8253},
    "KLR-HUB": {"name": "Kolar Hub", "town": "Kolar", "lat": 13.1367, "lon": 78.1292},
    "BHW-HUB": {"name": "Bhiwandi Hub", "town": "Bhiwandi", "lat": 19.30, "lon": 73.06},
    "KOL-HUB": {"name": "Kolkata Hub", "town": "Kolkata", "lat": 22.56, "lon": 88.36},
}


def use_memory_store() -> MemoryShipmentStore:
    """Wire an empty store in memory into tracking's ports."""
    store = MemoryShipmentStore()
    wired = ports.ports()
    ports.wire(dataclasses.replace(wired, store=store))
    return store


def book(
    state: ShipmentState | None,
    origin: str = "NLM-GTW",
    destination: str = "MYS-HUB",
    contact: Contact | None = None,
    **fields: Any,
) -> str:
    """Book a shipment, store its state and return the token of its page; it has no recipient by default."""
    shipment_id = state.shipment_id if state else fields.pop("shipment_id")
    token = make_token(shipment_id, 0)
    booking = Shipment(
        shipment_id=shipment_id,
        token_sha256=hash_token(token),
        origin_hub=_hub(origin),
        destination_hub=_hub(destination),
        **fields,
    )
    if contact is not None:
        keep_contact(booking, contact)
    booking.save()
    if state is not None:
        store_state(state)
    return token


def store_state(state: ShipmentState) -> None:
    """Replace the shipment's stored state by this one."""
    store = ports.ports().store
    store.commit([Commit(before=store.read_state(state.shipment_id), after=state, events=())])


def rename(state: ShipmentState, shipment_id: str) -> ShipmentState:
    """Return the same state for another shipment."""
    return msgspec.structs.replace(state, shipment_id=shipment_id)


def in_iso(moment: datetime) -> str:
    """Format a moment as the page's scripts read it."""
    return moment.isoformat().replace("+00:00", "Z")


def _hub(hub_id: str) -> Hub:
    return Hub.objects.get_or_create(hub_id=hub_id, defaults=HUBS[hub_id] | {"pin_code": "560000"})[0]

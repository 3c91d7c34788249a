"""Partner and hubs of shipments, by which the console filters what belongs to them."""

from collections.abc import Iterable
from typing import NamedTuple

from tracking.services.reading.staff_scope import visible_shipments
from tracking.services.requests.roles import Scope


class ShipmentAffiliation(NamedTuple):
    """Partner of a shipment (None if it has none), and its origin and destination hub, in order."""

    partner: str | None
    hubs: tuple[str, ...]


def read_affiliations(scope: Scope, shipment_ids: Iterable[str]) -> dict[str, ShipmentAffiliation]:
    """Return the affiliations of those of the shipments that the scope shows, by their ids."""
    booked = visible_shipments(scope).filter(shipment_id__in=set(shipment_ids))
    rows = booked.values_list(
        "shipment_id", "partner__partner_id", "origin_hub__hub_id", "destination_hub__hub_id"
    )
    return {
        shipment_id: ShipmentAffiliation(partner, tuple(sorted({hub for hub in hubs if hub is not None})))
        for shipment_id, partner, *hubs in rows
    }

"""Partner and hubs of incidents, by which the fleet page filters its queue."""

from collections.abc import Iterable
from typing import Any

from tracking.models import Shipment, Vehicle


def add_affiliations(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of incidents with `partner` and `hubs`, the ids by which the queue is filtered.

    They are those of the shipment; an incident without one has the partner of its vehicle and no hubs. The
    partner is None, and `hubs` is empty, where none is known.
    """
    incidents = list(rows)
    shipments = _read_shipments({row["shipment_id"] for row in incidents if row["shipment_id"]})
    vehicle_ids = {row["vehicle_id"] for row in incidents if row["vehicle_id"] and not row["shipment_id"]}
    owners = dict(
        Vehicle.objects.filter(vehicle_id__in=vehicle_ids).values_list("vehicle_id", "partner__partner_id")
    )
    found = []
    for row in incidents:
        owner = None if row["shipment_id"] else owners.get(row["vehicle_id"])
        found.append(row | shipments.get(row["shipment_id"], {"partner": owner, "hubs": []}))
    return found


def _read_shipments(shipment_ids: set[str]) -> dict[str, dict[str, Any]]:
    booked = Shipment.objects.filter(shipment_id__in=shipment_ids)
    rows = booked.values_list(
        "shipment_id", "partner__partner_id", "origin_hub__hub_id", "destination_hub__hub_id"
    )
    return {
        shipment_id: {"partner": partner, "hubs": sorted({hub for hub in hubs if hub is not None})}
        for shipment_id, partner, *hubs in rows
    }

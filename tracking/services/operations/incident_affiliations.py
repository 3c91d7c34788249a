"""Partner and hubs of incidents, by which the fleet page filters its queue."""

from collections.abc import Iterable
from typing import Any

from tracking.models import Vehicle
from tracking.services.reading.shipment_affiliations import read_affiliations
from tracking.services.requests.roles import EVERYTHING


def add_affiliations(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of incidents with `partner` and `hubs`, the ids by which the queue is filtered.

    They are those of the shipment; an incident without one has the partner of its vehicle and no hubs. The
    partner is None, and `hubs` is empty, where none is known.
    """
    incidents = list(rows)
    booked = read_affiliations(EVERYTHING, [row["shipment_id"] for row in incidents if row["shipment_id"]])
    vehicle_ids = {row["vehicle_id"] for row in incidents if row["vehicle_id"] and not row["shipment_id"]}
    owners = dict(
        Vehicle.objects.filter(vehicle_id__in=vehicle_ids).values_list("vehicle_id", "partner__partner_id")
    )
    found = []
    for row in incidents:
        owner = None if row["shipment_id"] else owners.get(row["vehicle_id"])
        partner, hubs = booked.get(row["shipment_id"], (owner, ()))
        found.append(row | {"partner": partner, "hubs": list(hubs)})
    return found

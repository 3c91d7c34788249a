"""Partner and hubs of vehicles, by which the console filters the fleet."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tracking.models import Stop, Vehicle
from tracking.services.reading.shipment_affiliations import read_affiliations
from tracking.services.requests.roles import Scope


class VehicleAffiliation(NamedTuple):
    """Partner of a vehicle (None for an unregistered one), and the hubs of the parcels aboard, in order."""

    partner: str | None
    hubs: tuple[str, ...]


def list_affiliations(scope: Scope, vehicles: Iterable[Mapping[str, Any]]) -> dict[str, VehicleAffiliation]:
    """Return the affiliations of these vehicles, given as rows for the console, by their ids.

    The hubs are origin and destination of the parcels on the open manifest and of the last one scanned
    aboard; parcels outside of the scope are left out.
    """
    rows = list(vehicles)
    ids = [row["vehicle_id"] for row in rows]
    registered = Vehicle.objects.filter(vehicle_id__in=ids)
    partners = dict(registered.values_list("vehicle_id", "partner__partner_id"))
    aboard = _list_parcels(ids)
    for row in rows:
        if row["shipment_id"] is not None:
            aboard.setdefault(row["vehicle_id"], set()).add(row["shipment_id"])
    booked = read_affiliations(scope, (parcel for parcels in aboard.values() for parcel in parcels))
    found = {}
    for vehicle_id in ids:
        parcels = (booked[parcel] for parcel in aboard.get(vehicle_id, ()) if parcel in booked)
        names = {hub for parcel in parcels for hub in parcel.hubs}
        found[vehicle_id] = VehicleAffiliation(partners.get(vehicle_id), tuple(sorted(names)))
    return found


def _list_parcels(vehicle_ids: list[str]) -> dict[str, set[str]]:
    """Return the shipments on the open manifests of these vehicles."""
    stops = Stop.objects.filter(open=True, manifest__vehicle__vehicle_id__in=vehicle_ids)
    aboard: dict[str, set[str]] = {}
    for vehicle_id, shipment_id in stops.values_list("manifest__vehicle__vehicle_id", "shipment_id"):
        aboard.setdefault(vehicle_id, set()).add(shipment_id)
    return aboard

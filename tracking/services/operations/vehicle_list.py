"""List of vehicles for staff: registered ones and those heard of within a day, and what they carry."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tracking.models import Stop
from tracking.ports import TrackingPorts
from tracking.services.reading.parcels_aboard import count_aboard, read_vehicles
from tracking.services.reading.staff_scope import visible_shipments, visible_vehicles
from tracking.services.requests.roles import Scope


class Load(NamedTuple):
    """Visible parcels aboard, as the fleet counts them, and the hub that most of the run are delivered from.

    The hub is empty where none is known.
    """

    parcels: int = 0
    hub_id: str = ""


class ListedVehicle(NamedTuple):
    """Vehicle with its newest report, as frames of the console hold it; None if it was not heard of."""

    vehicle_id: str
    report: dict[str, Any] | None


def list_known_vehicles(ports: TrackingPorts, scope: Scope) -> list[ListedVehicle]:
    """Return the vehicles in the scope by id: all registered ones, and others heard of within a day."""
    heard = {report["vehicle_id"]: report for report in read_vehicles(ports, scope)}
    registered = visible_vehicles(scope).values_list("vehicle_id", flat=True)
    return [ListedVehicle(one, heard.get(one)) for one in sorted(heard.keys() | set(registered))]


def find_vehicles_of_hub(scope: Scope, hub_id: str) -> set[str]:
    """Return the vehicles that carry a visible shipment from or to this hub."""
    shipments = visible_shipments(scope)
    at_hub = shipments.filter(origin_hub__hub_id=hub_id) | shipments.filter(destination_hub__hub_id=hub_id)
    stops = Stop.objects.filter(open=True, shipment_id__in=at_hub.values("shipment_id"))
    return set(stops.values_list("manifest__vehicle__vehicle_id", flat=True))


def read_loads(scope: Scope, vehicle_ids: Sequence[str], now: datetime) -> dict[str, Load]:
    """Return the load of each of these vehicles that has an open manifest."""
    counts = count_aboard(scope, vehicle_ids, now)
    stops = Stop.objects.filter(open=True, manifest__vehicle__vehicle_id__in=vehicle_ids)
    aboard: dict[str, list[str]] = defaultdict(list)
    for vehicle_id, shipment_id in stops.values_list("manifest__vehicle__vehicle_id", "shipment_id"):
        aboard[vehicle_id].append(shipment_id)
    ids = [shipment_id for parcels in aboard.values() for shipment_id in parcels]
    hubs = _find_hubs(scope, ids)
    loads = {}
    for vehicle_id, parcels in aboard.items():
        known = Counter(hubs[each] for each in parcels if hubs.get(each))
        loads[vehicle_id] = Load(counts[vehicle_id], known.most_common(1)[0][0] if known else "")
    return loads


def _find_hubs(scope: Scope, shipment_ids: Iterable[str]) -> dict[str, str]:
    """Return the destination hub of each visible shipment, empty for one without."""
    rows = visible_shipments(scope).filter(shipment_id__in=list(shipment_ids))
    pairs: Iterable[tuple[str, str | None]] = rows.values_list("shipment_id", "destination_hub__hub_id")
    return {shipment_id: hub_id or "" for shipment_id, hub_id in pairs}

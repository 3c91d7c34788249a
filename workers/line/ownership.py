"""Ownership: a scan of a device gets the owner of its vehicle; reports of foreign vehicles are refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from tracking.domain.events import Scan
from tracking.domain.route import DEPARTURES
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import Owner, Registration, find_carrier
from tracking.ports import VehicleStore

# Reports of these sources are checked against the owner of the vehicle.
CHECKED_SOURCES = frozenset({"device", "api"})
NO_CLASSES: Mapping[str, str] = {}


class OwnerCheck(NamedTuple):
    """Scans that are accepted, and those of partners that name a vehicle of another owner.

    `vehicle_classes` are those of the registered vehicles that carry the parcels, by vehicle id.
    """

    accepted: Sequence[Scan]
    foreign: Sequence[Scan]
    vehicle_classes: Mapping[str, str] = NO_CLASSES


def check_owners(
    scans: Sequence[Scan], states: Mapping[str, ShipmentState], vehicles: VehicleStore
) -> OwnerCheck:
    """Give each scan of a device the owner of its vehicle, and separate the foreign scans.

    A device belongs to the owner of its vehicle. A partner may name a vehicle that it has registered in the
    same mode, or one that nobody has registered; its scan of any other vehicle is foreign. Registrations may
    be a minute old, and are read again before a scan counts as foreign. A batch that names no vehicle, and
    whose parcels leave on none that is known, costs no read. Raises `TransientError` if the store cannot be
    reached.
    """
    carriers = set(_list_carriers(scans, states))
    found = vehicles.read_registrations(sorted(carriers)) if carriers else {}
    reread = {scan.vehicle_id or "" for scan in scans if _is_foreign(scan, found)}
    if reread:
        current = vehicles.read_registrations(sorted(reread), fresh=True)
        others = {vehicle_id: known for vehicle_id, known in found.items() if vehicle_id not in reread}
        found = others | current
    if not found:
        return OwnerCheck(scans, ())
    accepted: list[Scan] = []
    foreign: list[Scan] = []
    for scan in scans:
        registration = found.get(scan.vehicle_id or "")
        if registration is None or scan.source not in CHECKED_SOURCES:
            accepted.append(scan)
        elif scan.source == "device":
            owner = registration.owner
            accepted.append(
                msgspec.structs.replace(scan, partner_id=owner.partner_id, livemode=owner.livemode)
            )
        elif _is_foreign(scan, found):
            foreign.append(scan)
        else:
            accepted.append(scan)
    classes = {vehicle_id: registration.vehicle_class for vehicle_id, registration in found.items()}
    return OwnerCheck(accepted, foreign, classes)


def _list_carriers(scans: Sequence[Scan], states: Mapping[str, ShipmentState]) -> Iterator[str]:
    """Yield the vehicles that scans name, and those of the manifests of parcels that depart."""
    for scan in scans:
        vehicle_id = scan.vehicle_id
        if vehicle_id is None and scan.substatus in DEPARTURES:
            vehicle_id = find_carrier(scan, states.get(scan.shipment_id or ""))
        if vehicle_id:
            yield vehicle_id


def _is_foreign(scan: Scan, found: Mapping[str, Registration]) -> bool:
    """Return whether a partner reports a vehicle that another partner, or the other mode, has registered."""
    registration = found.get(scan.vehicle_id or "")
    by = Owner(scan.partner_id or "", scan.livemode)
    return scan.source == "api" and registration is not None and registration.owner != by

"""Ownership: a scan of a device gets the owner of its vehicle; reports of foreign vehicles are refused."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from tracking.domain.events import Scan
from tracking.domain.vehicles import Owner
from tracking.ports import VehicleStore

# For reports of these sources the owner of the vehicle is read.
CHECKED_SOURCES = frozenset({"device", "api"})


class OwnerCheck(NamedTuple):
    """Scans that are accepted, and those of partners that name a vehicle of another owner."""

    accepted: Sequence[Scan]
    foreign: Sequence[Scan]


def check_owners(scans: Sequence[Scan], vehicles: VehicleStore) -> OwnerCheck:
    """Give each scan of a device the owner of its vehicle, and separate the foreign scans.

    A device belongs to the owner of its vehicle. A partner may name a vehicle that it has registered in the
    same mode, or one that nobody has registered; its scan of any other vehicle is foreign. Owners may be a
    minute old, and are read again before a scan counts as foreign. A batch that names no vehicle costs no
    read. Raises `TransientError` if the store cannot be reached.
    """
    named = {scan.vehicle_id for scan in scans if scan.vehicle_id and scan.source in CHECKED_SOURCES}
    owners = vehicles.read_owners(sorted(named)) if named else {}
    reread = {scan.vehicle_id or "" for scan in scans if _is_foreign(scan, owners)}
    if reread:
        current = vehicles.read_owners(sorted(reread), fresh=True)
        others = {vehicle_id: owner for vehicle_id, owner in owners.items() if vehicle_id not in reread}
        owners = others | current
    if not owners:
        return OwnerCheck(scans, ())
    accepted: list[Scan] = []
    foreign: list[Scan] = []
    for scan in scans:
        owner = owners.get(scan.vehicle_id or "")
        if owner is None or scan.source not in CHECKED_SOURCES:
            accepted.append(scan)
        elif scan.source == "device":
            accepted.append(
                msgspec.structs.replace(scan, partner_id=owner.partner_id, livemode=owner.livemode)
            )
        elif _is_foreign(scan, owners):
            foreign.append(scan)
        else:
            accepted.append(scan)
    return OwnerCheck(accepted, foreign)


def _is_foreign(scan: Scan, owners: Mapping[str, Owner]) -> bool:
    """Return whether a partner reports a vehicle that another partner, or the other mode, has registered."""
    owner = owners.get(scan.vehicle_id or "")
    may_report = owner is None or Owner(scan.partner_id or "", scan.livemode) == owner
    return scan.source == "api" and not may_report

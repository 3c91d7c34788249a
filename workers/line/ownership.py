"""Ownership: scans of devices take the owner of their vehicle; reports of foreign vehicles are refused."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from tracking.domain.events import Scan
from tracking.domain.vehicles import Owner
from tracking.ports import VehicleStore

# Reports of these sources count for a vehicle only if its owner may make them.
CHECKED = frozenset({"device", "api"})


class Checked(NamedTuple):
    """Scans that count, and those of partners that name a vehicle of another owner."""

    scans: Sequence[Scan]
    foreign: Sequence[Scan]


def check_owners(scans: Sequence[Scan], vehicles: VehicleStore) -> Checked:
    """Give each scan of a device the owner of its vehicle, and set foreign scans aside.

    A device is its vehicle's own. A partner may report a vehicle that it has registered in the same mode, and
    name one that nobody has registered. Owners may be a minute old, and are read again before a scan is set
    aside. A batch that names no vehicle costs no read. Raises `TransientError` when the store cannot be
    reached.
    """
    named = {scan.vehicle_id for scan in scans if scan.vehicle_id and scan.source in CHECKED}
    owners = vehicles.read_owners(sorted(named)) if named else {}
    doubtful = {scan.vehicle_id or "" for scan in scans if _is_foreign(scan, owners)}
    if doubtful:
        current = vehicles.read_owners(sorted(doubtful), fresh=True)
        kept = {vehicle_id: owner for vehicle_id, owner in owners.items() if vehicle_id not in doubtful}
        owners = kept | current
    if not owners:
        return Checked(scans, ())
    own: list[Scan] = []
    foreign: list[Scan] = []
    for scan in scans:
        owner = owners.get(scan.vehicle_id or "")
        if owner is None or scan.source not in CHECKED:
            own.append(scan)
        elif scan.source == "device":
            own.append(msgspec.structs.replace(scan, partner_id=owner.partner_id, livemode=owner.livemode))
        elif _is_foreign(scan, owners):
            foreign.append(scan)
        else:
            own.append(scan)
    return Checked(own, foreign)


def _is_foreign(scan: Scan, owners: Mapping[str, Owner]) -> bool:
    owner = owners.get(scan.vehicle_id or "")
    is_own = owner is None or Owner(scan.partner_id or "", scan.livemode) == owner
    return scan.source == "api" and not is_own

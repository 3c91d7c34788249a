"""Receive: what only memory can tell of a scan: when its first copy came, and whose vehicle sent it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.domain.events import Scan
from tracking.domain.identity import make_sort_key
from tracking.ports import TrackingPorts


def complete_scans(tracking: TrackingPorts, scans: Sequence[Scan]) -> list[Scan]:
    """The scans with the time of their first copy where none was sent, and with their vehicle's partner.

    Costs nothing for scans that carry a time and no vehicle; owners may be a minute old. Raises
    `TransientError` when a store cannot be reached.
    """
    return _name_partners(tracking, _take_first_times(tracking, scans))


def read_memories(tracking: TrackingPorts, scans: Sequence[Scan]) -> dict[str, str]:
    """What cleaning knows of vehicles that report for themselves; a shipment's state has its own."""
    alone = {scan.vehicle_id for scan in scans if scan.shipment_id is None and scan.vehicle_id}
    states = tracking.vehicles.read_vehicles(sorted(alone)) if alone else {}
    return {vehicle_id: state.fix_memory for vehicle_id, state in states.items()}


def _take_first_times(tracking: TrackingPorts, scans: Sequence[Scan]) -> list[Scan]:
    untimed = [scan for scan in scans if scan.is_untimed and scan.shipment_id is not None]
    if not untimed:
        return list(scans)
    first = tracking.store.keep_first_receipts(untimed)
    return [_date_back(scan, first) if scan.is_untimed else scan for scan in scans]


def _date_back(scan: Scan, first: dict[tuple[str, str], datetime]) -> Scan:
    moment = first.get((scan.shipment_id or "", scan.event_id), scan.occurred_at)
    return msgspec.structs.replace(scan, occurred_at=moment, sort_key=make_sort_key(moment, scan.event_id))


def _name_partners(tracking: TrackingPorts, scans: Sequence[Scan]) -> list[Scan]:
    """What a device reports, it reports for the partner whose vehicle it rides on."""
    reporters = {scan.vehicle_id for scan in scans if scan.vehicle_id and scan.source == "device"}
    owners = tracking.vehicles.read_owners(sorted(reporters)) if reporters else {}
    return [
        msgspec.structs.replace(scan, partner_id=owners[scan.vehicle_id])
        if scan.source == "device" and scan.vehicle_id in owners
        else scan
        for scan in scans
    ]

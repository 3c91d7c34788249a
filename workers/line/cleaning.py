"""Cleaning: check positions against their track, and derive a scan from each geofence that they cross."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from tracking.domain.events import Lane, Scan
from tracking.domain.geofence import (
    CrossingResult,
    Geofence,
    GeofenceMemory,
    detect_crossings,
    is_inside,
    make_geofence,
)
from tracking.domain.position import CleanedFix, Fix, clean_fix, start_at_hub
from tracking.domain.shipment import ShipmentState
from tracking.domain.track import TrackMemory, read_memory, write_memory
from workers.line.gather import Gathered
from workers.line.geofence_scans import is_geofence_scan, make_crossing_scan
from workers.ports import Geofences


class CheckedScan(msgspec.Struct, frozen=True):
    """A scan whose position has been checked, and the network's geofences near it.

    `point` is its position (lat, lon) in degrees; None if it has none or cleaning dropped it. A scan without
    a position that names a hub is at the hub's point, and that hub alone is near.
    """

    scan: Scan
    near: Sequence[Geofence] = ()
    point: tuple[float, float] | None = None


def clean_scans(gathered: Gathered, fences: Geofences) -> list[CheckedScan]:
    """Return the scans with their positions checked, and after each the geofence scans derived from it.

    A scan belongs to the track of its shipment, else of its vehicle, and is checked in the order of event
    time, whatever the order of the batch. Each returned scan carries the memory of its track after it.
    """
    tracks: dict[tuple[str | None, str | None], list[Scan]] = defaultdict(list)
    for scan in gathered.scans:
        tracks[scan.shipment_id, None if scan.shipment_id else scan.vehicle_id].append(scan)
    checked_by_id: dict[int, list[CheckedScan]] = {}
    for (shipment_id, vehicle_id), scans in tracks.items():
        state = gathered.states.get(shipment_id or "")
        memory = state.fix_memory if state else gathered.fix_memories.get(vehicle_id or "", "")
        checked_by_id.update(_clean_track(scans, state, read_memory(memory), fences))
    return [checked for scan in gathered.scans for checked in checked_by_id[id(scan)]]


def _clean_track(
    scans: Sequence[Scan], state: ShipmentState | None, memory: TrackMemory, fences: Geofences
) -> Iterator[tuple[int, list[CheckedScan]]]:
    """Yield `id(scan)` of each scan of one track, with the checked scan and the geofence scans from it."""
    for scan in sorted(scans, key=_order_in_track) if len(scans) > 1 else scans:
        if scan.lat is None or scan.lon is None:
            yield id(scan), [_check_without_position(scan, state, fences)]
            continue
        # The source comes first, since nearly every scan is a device's.
        if scan.source == "system" and is_geofence_scan(scan):
            yield id(scan), [CheckedScan(scan, fences.find_near(scan.lat, scan.lon), (scan.lat, scan.lon))]
            continue
        fix = Fix(scan.occurred_at, scan.lat, scan.lon, scan.accuracy_m, scan.speed_kmh)
        cleaned = clean_fix(memory.fixes, fix, scan.received_at)
        near = fences.find_near(cleaned.lat, cleaned.lon)
        places = add_lane_ends(near, state.lane) if state and state.lane else near
        if "jump" in cleaned.flags and _is_at_hub(cleaned, fix, places):
            cleaned = start_at_hub(cleaned, fix)
        crossed = _detect_crossings(memory.fences, fix, cleaned, places, fences)
        memory = TrackMemory(cleaned.memory, crossed.memory)
        derived = [
            CheckedScan(derived_scan, fences.find_near(*centre), centre)
            for crossing in crossed.crossings
            if (centre := (crossing.fence.lat, crossing.fence.lon))
            if (derived_scan := make_crossing_scan(crossing, scan, state, scans)) is not None
        ]
        point = None if cleaned.is_dropped else (cleaned.lat, cleaned.lon)
        yield id(scan), [CheckedScan(_apply_cleaning(scan, cleaned, memory), near, point), *derived]


def add_lane_ends(near: Sequence[Geofence], lane: Lane) -> Sequence[Geofence]:
    """Return the geofences with those around the ends of the parcel's lane."""
    ends = _make_end_fences(lane)
    if not near:
        return ends
    known = [fence.fence_id for fence in near]
    return [*near, *[fence for fence in ends if fence.fence_id not in known]]


# Cached because the scans of a batch share the few lanes of a carrier.
@lru_cache(4096)
def _make_end_fences(lane: Lane) -> tuple[Geofence, ...]:
    ends = (lane.origin, lane.destination)
    return tuple(make_geofence(hub.hub_id, "hub", hub.lat, hub.lon, hub.name) for hub in ends)


def find_named_hub(scan: Scan, state: ShipmentState | None, fences: Geofences) -> Geofence | None:
    """Return the hub that a scan without a position names: one of the network, or an end of its lane."""
    if scan.hub_id is None or scan.has_position:
        return None
    known = fences.find(scan.hub_id)
    ends = add_lane_ends((), state.lane) if state and state.lane else ()
    hubs = [fence for fence in (known, *ends) if fence is not None and fence.kind == "hub"]
    return next((hub for hub in hubs if hub.fence_id == scan.hub_id), None)


def _check_without_position(scan: Scan, state: ShipmentState | None, fences: Geofences) -> CheckedScan:
    """Return the scan at the hub that it names; an unknown hub is one of its ignored fields."""
    if scan.hub_id is None:
        return CheckedScan(scan)
    hub = find_named_hub(scan, state, fences)
    if hub is None:
        return CheckedScan(msgspec.structs.replace(scan, ignored_fields=(*scan.ignored_fields, "hub_id")))
    return CheckedScan(scan, (hub,), (hub.lat, hub.lon))


def _is_at_hub(cleaned: CleanedFix, fix: Fix, places: Sequence[Geofence]) -> bool:
    """Return whether a fix lies inside a hub's geofence, and is exact enough to say so."""
    return any(
        fence.kind != "recipient"
        and (fix.accuracy_m or 0.0) <= fence.radius_m
        and is_inside(fence, cleaned.lat, cleaned.lon)
        for fence in places
    )


def _order_in_track(scan: Scan) -> tuple[datetime, int]:
    return scan.occurred_at, scan.device_seq


def _detect_crossings(
    memory: GeofenceMemory, fix: Fix, cleaned: CleanedFix, near: Sequence[Geofence], fences: Geofences
) -> CrossingResult:
    """Return the crossings of a position; none if it was dropped or is older than the last accepted one."""
    if cleaned.is_dropped or cleaned.is_history:
        return CrossingResult([], memory)
    if memory.visits:
        known = {fence.fence_id for fence in near}
        visited = [fences.find(visit.fence_id) for visit in memory.visits if visit.fence_id not in known]
        near = [*near, *[fence for fence in visited if fence is not None]]
    if (fix.lat, fix.lon) != (cleaned.lat, cleaned.lon):
        fix = msgspec.structs.replace(fix, lat=cleaned.lat, lon=cleaned.lon)
    return detect_crossings(memory, near, fix)


def _apply_cleaning(scan: Scan, cleaned: CleanedFix, memory: TrackMemory) -> Scan:
    """Return the scan with its cleaned position, the flags of cleaning and the memory of its track."""
    return msgspec.structs.replace(
        scan,
        lat=cleaned.lat,
        lon=cleaned.lon,
        fix_flags=(*scan.fix_flags, *cleaned.flags),
        fix_memory=write_memory(memory),
    )

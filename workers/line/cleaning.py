"""Cleaning: check positions against their track, and derive the geofences that they cross."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from tracking.domain.events import Scan
from tracking.domain.geofence import (
    CrossingResult,
    Geofence,
    GeofenceMemory,
    detect_crossings,
    is_inside,
    make_geofence,
)
from tracking.domain.position import Cleaned, Fix, clean_fix, start_at_hub
from tracking.domain.shipment import ShipmentState
from tracking.domain.track import TrackMemory, read_memory, write_memory
from workers.line.gather import Gathered
from workers.line.geofence_scans import is_own, report_crossing
from workers.ports import Geofences


class CleanedScan(NamedTuple):
    """A scan whose position has been checked, and the network's geofences near it.

    `point` is its position (lat, lon) in degrees; None where it has none, or where cleaning dropped it.
    """

    scan: Scan
    near: Sequence[Geofence] = ()
    point: tuple[float, float] | None = None


def clean_scans(gathered: Gathered, fences: Geofences) -> list[CleanedScan]:
    """Return the scans with their positions checked, and behind each the geofence scans derived from it.

    A scan belongs to the track of its shipment, else of its vehicle, and is checked in the order of event
    time, whatever order the batch is in. Each carries the memory of its track as it is after the scan.
    """
    tracks: dict[tuple[str | None, str | None], list[Scan]] = defaultdict(list)
    for scan in gathered.scans:
        tracks[scan.shipment_id, None if scan.shipment_id else scan.vehicle_id].append(scan)
    made: dict[int, list[CleanedScan]] = {}
    for (shipment_id, vehicle_id), scans in tracks.items():
        state = gathered.states.get(shipment_id or "")
        memory = state.fix_memory if state else gathered.fix_memories.get(vehicle_id or "", "")
        made.update(_clean_track(scans, state, read_memory(memory), fences))
    return [cleaned for scan in gathered.scans for cleaned in made[id(scan)]]


def _clean_track(
    scans: Sequence[Scan], state: ShipmentState | None, memory: TrackMemory, fences: Geofences
) -> Iterator[tuple[int, list[CleanedScan]]]:
    """Yield each scan of one track by its identity, with the scans that take its place."""
    for scan in sorted(scans, key=_order_in_track):
        if scan.lat is None or scan.lon is None:
            yield id(scan), [CleanedScan(scan)]
            continue
        if scan.source == "system" and is_own(scan):
            yield id(scan), [CleanedScan(scan, fences.find_near(scan.lat, scan.lon), (scan.lat, scan.lon))]
            continue
        fix = Fix(scan.occurred_at, scan.lat, scan.lon, scan.accuracy_m, scan.speed_kmh)
        cleaned = clean_fix(memory.fixes, fix, scan.received_at)
        near = fences.find_near(cleaned.lat, cleaned.lon)
        places = add_lane_ends(near, state)
        if "jump" in cleaned.flags and _is_at_hub(cleaned, fix, places):
            cleaned = start_at_hub(cleaned, fix)
        followed = _follow(memory.fences, fix, cleaned, places, fences)
        memory = TrackMemory(cleaned.memory, followed.memory)
        derived = [
            CleanedScan(report, fences.find_near(*centre), centre)
            for crossing in followed.crossings
            if (centre := (crossing.fence.lat, crossing.fence.lon))
            if (report := report_crossing(crossing, scan, state, scans)) is not None
        ]
        point = None if cleaned.is_dropped else (cleaned.lat, cleaned.lon)
        yield id(scan), [CleanedScan(_mark(scan, cleaned, memory), near, point), *derived]


def add_lane_ends(near: Sequence[Geofence], state: ShipmentState | None) -> Sequence[Geofence]:
    """Return the geofences with those around the ends of the parcel's lane."""
    if state is None or state.lane is None:
        return near
    known = {fence.fence_id for fence in near}
    ends = (state.lane.origin, state.lane.destination)
    return [
        *near,
        *(
            make_geofence(hub.hub_id, "hub", hub.lat, hub.lon, hub.name)
            for hub in ends
            if hub.hub_id not in known
        ),
    ]


def _is_at_hub(cleaned: Cleaned, fix: Fix, places: Sequence[Geofence]) -> bool:
    """Return whether a fix lies inside a hub's geofence, and is exact enough to say so."""
    return any(
        fence.kind != "recipient"
        and (fix.accuracy_m or 0.0) <= fence.radius_m
        and is_inside(fence, cleaned.lat, cleaned.lon)
        for fence in places
    )


def _order_in_track(scan: Scan) -> tuple[object, int]:
    return scan.occurred_at, scan.device_seq


def _follow(
    memory: GeofenceMemory, fix: Fix, cleaned: Cleaned, near: Sequence[Geofence], fences: Geofences
) -> CrossingResult:
    """Return the geofences that the position crosses; none for a dropped position or one of the past."""
    if cleaned.is_dropped or cleaned.is_history:
        return CrossingResult([], memory)
    known = {fence.fence_id for fence in near}
    left = [fences.find(visit.fence_id) for visit in memory.visits if visit.fence_id not in known]
    reached = [*near, *(fence for fence in left if fence is not None)]
    return detect_crossings(memory, reached, msgspec.structs.replace(fix, lat=cleaned.lat, lon=cleaned.lon))


def _mark(scan: Scan, cleaned: Cleaned, memory: TrackMemory) -> Scan:
    return msgspec.structs.replace(
        scan,
        lat=cleaned.lat,
        lon=cleaned.lon,
        fix_flags=(*scan.fix_flags, *cleaned.flags),
        fix_memory=write_memory(memory),
    )

"""Cleaning: check positions against their track, and derive the geofences that it crosses."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from tracking.domain.events import Scan
from tracking.domain.geofence import Followed, Geofence, GeofenceMemory, follow, make_geofence
from tracking.domain.position import Cleaned, Fix, clean_fix
from tracking.domain.shipment import ShipmentState
from tracking.domain.track import TrackMemory, read_memory, write_memory
from workers.line.gather import Gathered
from workers.line.geofence_scans import is_own, list_facts, report_crossing
from workers.ports import Geofences


def clean_scans(gathered: Gathered, fences: Geofences) -> list[Scan]:
    """Return the scans with their positions checked, and behind each the geofence scans derived from it.

    A scan belongs to the track of its shipment, else of its vehicle, and is checked in the order of event
    time, whatever order the batch is in. Each carries the memory of its track as it is after the scan.
    """
    scans, states = gathered.scans, gathered.states
    tracks: dict[tuple[str | None, str | None], list[Scan]] = defaultdict(list)
    for scan in scans:
        tracks[scan.shipment_id, None if scan.shipment_id else scan.vehicle_id].append(scan)
    made: dict[int, list[Scan]] = {}
    for (shipment_id, vehicle_id), own in tracks.items():
        state = states.get(shipment_id or "")
        memory = state.fix_memory if state else gathered.fix_memories.get(vehicle_id or "", "")
        made.update(_clean_track(own, state, read_memory(memory), fences))
    return [scan for sent in scans for scan in made[id(sent)]]


def _clean_track(
    scans: Sequence[Scan], state: ShipmentState | None, memory: TrackMemory, fences: Geofences
) -> Iterator[tuple[int, list[Scan]]]:
    """Yield each scan of one track by its identity, with the scans that take its place."""
    facts = list_facts(state, scans)
    for scan in sorted(scans, key=lambda scan: (scan.occurred_at, scan.device_seq)):
        if not scan.has_position or is_own(scan):
            yield id(scan), [scan]
            continue
        cleaned = clean_fix(memory.fixes, make_fix(scan), scan.received_at)
        followed = _follow(memory.fences, scan, cleaned, state, fences)
        memory = TrackMemory(cleaned.memory, followed.memory)
        derived = (report_crossing(crossing, scan, state, facts) for crossing in followed.crossings)
        yield id(scan), [_mark(scan, cleaned, memory), *(each for each in derived if each is not None)]


def make_fix(scan: Scan) -> Fix:
    """Return the position of a scan that has one."""
    assert scan.lat is not None
    assert scan.lon is not None
    return Fix(scan.occurred_at, scan.lat, scan.lon, scan.accuracy_m, scan.speed_kmh)


def find_geofences(scan: Scan, state: ShipmentState | None, fences: Geofences) -> list[Geofence]:
    """Return the geofences near the scan: those of the network, and the ends of the parcel's lane."""
    near = list(fences.find_near(scan.lat or 0.0, scan.lon or 0.0))
    if state is not None and state.lane is not None:
        known = {fence.fence_id for fence in near}
        near += [
            make_geofence(hub.hub_id, "hub", hub.lat, hub.lon, hub.name)
            for hub in (state.lane.origin, state.lane.destination)
            if hub.hub_id not in known
        ]
    return near


def _follow(
    memory: GeofenceMemory, scan: Scan, cleaned: Cleaned, state: ShipmentState | None, fences: Geofences
) -> Followed:
    """Return the geofences that the position crosses; none for a dropped position or one of the past."""
    if cleaned.is_dropped or cleaned.is_history:
        return Followed([], memory)
    at = msgspec.structs.replace(scan, lat=cleaned.lat, lon=cleaned.lon)
    near = find_geofences(at, state, fences)
    known = {fence.fence_id for fence in near}
    left = (fences.find(visit.fence_id) for visit in memory.visits if visit.fence_id not in known)
    return follow(memory, [*near, *(fence for fence in left if fence is not None)], make_fix(at))


def _mark(scan: Scan, cleaned: Cleaned, memory: TrackMemory) -> Scan:
    return msgspec.structs.replace(
        scan,
        lat=cleaned.lat,
        lon=cleaned.lon,
        fix_flags=(*scan.fix_flags, *cleaned.flags),
        fix_memory=write_memory(memory),
    )

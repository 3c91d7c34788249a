"""Cleaning: positions are checked against their track, and crossings of fences are read off it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tracking.domain.events import Scan
from tracking.domain.geofence import CrossingResult, Geofence, GeofenceMemory, detect_crossings, make_geofence
from tracking.domain.position import Cleaned, Fix, clean_fix
from tracking.domain.shipment import ShipmentState
from tracking.domain.track import TrackMemory, read_memory, write_memory
from workers.line.geofence_scans import is_own, list_facts, report_crossing
from workers.ports import Geofences

NO_MEMORIES: Mapping[str, str] = {}


def clean_scans(
    scans: Sequence[Scan],
    states: Mapping[str, ShipmentState],
    fences: Geofences,
    memories: Mapping[str, str] = NO_MEMORIES,
) -> list[Scan]:
    """The scans with their positions judged, and behind each the system's own scans of what it brings about.

    `states` are the shipments' before the batch, `memories` those of vehicles by id. A scan belongs to the
    track of its shipment, else of its vehicle, and is judged in the order of event time, whatever order the
    batch is in. Each carries the memory of its track as it is after it.
    """
    tracks: dict[tuple[str | None, str | None], list[Scan]] = defaultdict(list)
    for scan in scans:
        tracks[scan.shipment_id, None if scan.shipment_id else scan.vehicle_id].append(scan)
    made: dict[int, list[Scan]] = {}
    for (shipment_id, vehicle_id), own in tracks.items():
        state = states.get(shipment_id or "")
        memory = state.fix_memory if state else memories.get(vehicle_id or "", "")
        made.update(_clean_track(own, state, read_memory(memory), fences))
    return [scan for sent in scans for scan in made[id(sent)]]


def _clean_track(
    scans: Sequence[Scan], state: ShipmentState | None, memory: TrackMemory, fences: Geofences
) -> Iterator[tuple[int, list[Scan]]]:
    """Each scan of one track, by its identity, with what becomes of it."""
    facts = list_facts(state, scans)
    for scan in sorted(scans, key=lambda scan: (scan.occurred_at, scan.device_seq)):
        if not scan.has_position or is_own(scan):
            yield id(scan), [scan]
            continue
        cleaned = clean_fix(memory.fixes, make_fix(scan), scan.received_at)
        followed = _follow(memory.fences, scan, cleaned, state, fences)
        memory = TrackMemory(cleaned.memory, followed.memory)
        told = (report_crossing(crossing, scan, state, facts) for crossing in followed.crossings)
        yield id(scan), [_mark(scan, cleaned, memory), *(report for report in told if report is not None)]


def make_fix(scan: Scan) -> Fix:
    """The position of a scan that has one."""
    assert scan.lat is not None
    assert scan.lon is not None
    return Fix(scan.occurred_at, scan.lat, scan.lon, scan.accuracy_m, scan.speed_kmh)


def find_geofences(scan: Scan, state: ShipmentState | None, fences: Geofences) -> list[Geofence]:
    """The fences that the scan may be inside of: those of the network, and the ends of the parcel's lane."""
    near = list(fences.find_last_mile(scan.lat or 0.0, scan.lon or 0.0))
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
) -> CrossingResult:
    """What the scan's position says of fences; nothing where it is dropped or history."""
    if cleaned.is_dropped or cleaned.is_history:
        return CrossingResult([], memory)
    at = msgspec.structs.replace(scan, lat=cleaned.lat, lon=cleaned.lon)
    near = find_geofences(at, state, fences)
    known = {fence.fence_id for fence in near}
    left = (fences.find(visit.fence_id) for visit in memory.visits if visit.fence_id not in known)
    return detect_crossings(memory, [*near, *(fence for fence in left if fence is not None)], make_fix(at))


def _mark(scan: Scan, cleaned: Cleaned, memory: TrackMemory) -> Scan:
    return msgspec.structs.replace(
        scan,
        lat=cleaned.lat,
        lon=cleaned.lon,
        fix_flags=(*scan.fix_flags, *cleaned.flags),
        fix_memory=write_memory(memory),
    )

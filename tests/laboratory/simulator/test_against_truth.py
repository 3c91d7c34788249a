"""What cleaning and fences make of a faulty fleet, measured against the truth kept aside from them."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from statistics import median

import pytest

from laboratory.simulator.faults import ALL_FAULTS
from laboratory.simulator.fleet import Orders, build_fleet, run_fleet
from laboratory.simulator.roads import distance_km
from laboratory.simulator.trucks import Truck
from tests.laboratory.simulator.drives import PLAIN, STARTED_AT, TAG, reports_of, send, truths_of
from tracking.domain.geofence import GeofenceMemory, detect_crossings, make_geofence
from tracking.domain.position import Fix, FixMemory, clean_fix
from workers.line.decode import decode
from workers.ports import StreamRecord

pytestmark = pytest.mark.slow

DAYS = 2
FENCES = [make_geofence(hub.hub_id, "hub", hub.lat, hub.lon) for hub in PLAIN.hubs.values()]
# An arrival told within so long of the true one is told of that one.
SAME_WITHIN = timedelta(minutes=20)
FASTEST_KMH = 150


@pytest.fixture(scope="module")
def steps():
    """What the pilot's trucks do, without parcels; a device that is silent all day can tell no arrival."""
    empty = replace(PLAIN, parameters=PLAIN.parameters.override({"parcels": [0, 0], "parcels_mean": 0}))
    orders = Orders(50, payload="vehicle", faults=ALL_FAULTS - {"dead"}, hour=0.0)
    fleet = build_fleet(empty, orders, TAG, STARTED_AT)
    trucks = [vehicle for vehicle in fleet if isinstance(vehicle, Truck)]
    return list(takewhile(lambda step: step.at < DAYS * 86_400, run_fleet(trucks)))


@pytest.fixture(scope="module")
def tracks(steps):
    """Per truck the fixes that the product believes, and the arrivals it reads off them."""
    records = send(reports_of(steps), ALL_FAULTS)
    tracks = defaultdict(lambda: ([], []))
    memories = defaultdict(lambda: (FixMemory(), GeofenceMemory()))
    for scan in read(records):
        vehicle_id = scan.vehicle_id
        fixes, fences = memories[vehicle_id]
        cleaned = clean_fix(
            fixes,
            Fix(scan.occurred_at, scan.lat, scan.lon, scan.accuracy_m, scan.speed_kmh),
            scan.received_at,
        )
        memories[vehicle_id] = cleaned.memory, fences
        if cleaned.is_dropped or cleaned.is_history:
            continue
        fix = cleaned.memory.accepted
        tracks[vehicle_id][0].append(fix)
        followed = detect_crossings(fences, FENCES, fix)
        memories[vehicle_id] = cleaned.memory, followed.memory
        arrivals = [(each.fence.fence_id, each.at) for each in followed.crossings if each.kind == "arrived"]
        tracks[vehicle_id][1].extend(arrivals)
    return tracks


def read(records):
    arrived = [
        StreamRecord(record.raw, at(record.due), "1/shard", f"{number:020d}", str(number))
        for number, record in enumerate(records)
    ]
    return [scan for scan in decode(arrived).scans if scan.vehicle_id and scan.has_position]


def at(seconds):
    return datetime.fromtimestamp(STARTED_AT + seconds, UTC)


@pytest.fixture(scope="module")
def arrivals(steps):
    """The true arrivals: (vehicle, hub, instant), but for those of the last minutes."""
    return [
        (leg.fields["vehicle_id"], leg.fields["destination"], at(leg.fields["arrived_s"]))
        for leg in truths_of(steps, "leg")
        if 0 < leg.fields["arrived_s"] < (DAYS - 0.25) * 86_400
    ]


def test_arrivals_are_found_when_they_happen(arrivals, tracks):
    errors, missed = [], 0
    for vehicle_id, hub_id, instant in arrivals:
        near = [abs(told - instant) for hub, told in tracks[vehicle_id][1] if hub == hub_id]
        if near and min(near) < SAME_WITHIN:
            errors.append(min(near).total_seconds())
        else:
            missed += 1
    assert len(errors) > 80
    assert median(errors) <= 45
    assert missed / len(arrivals) <= 0.01


def test_no_arrival_is_made_up(steps, tracks):
    true = defaultdict(list)
    for leg in truths_of(steps, "leg"):
        true[leg.fields["vehicle_id"], leg.fields["destination"]].append(at(leg.fields["arrived_s"]))
    told = [
        (vehicle_id, hub, instant)
        for vehicle_id, (_, arrivals) in tracks.items()
        for hub, instant in arrivals
        # Those that stood at a hub when the run began are seen to arrive there.
        if at(3600) < instant < at((DAYS - 0.25) * 86_400)
    ]
    made_up = [each for each in told if all(abs(each[2] - one) > SAME_WITHIN for one in true[each[:2]])]
    assert len(told) > 80
    assert len(made_up) / len(told) <= 0.005, made_up


def test_no_jump_is_left_in_what_is_believed(tracks):
    fixes = sum(len(believed) for believed, _ in tracks.values())
    jumps = sum(is_jump(*pair) for believed, _ in tracks.values() for pair in pairwise(believed))
    assert fixes > 30_000
    assert jumps / fixes < 0.0001


def is_jump(before, after):
    km = distance_km((before.lat, before.lon), (after.lat, after.lon))
    km -= ((before.accuracy_m or 0) + (after.accuracy_m or 0)) / 1000
    hours = max((after.occurred_at - before.occurred_at).total_seconds(), 1) / 3600
    return km / hours > FASTEST_KMH

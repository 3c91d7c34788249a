"""bench enrich: CPU of giving scans their place, window and leg, whole and in parts, in this one process."""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from time import process_time
from typing import Any

import numpy as np

from laboratory.bench.inputs import CITIES, SPREAD_DEGREES
from laboratory.bench.machine import measured_cores, pin
from laboratory.bench.peers.nearest_office import NearestOffice
from laboratory.bench.plan import Options, Plan, Row, Sample, Target, at_most
from laboratory.bench.under_way import BATCH, UnderWay, cut, make_under_way
from tracking.domain.events import Place
from tracking.eta.forecast import Forecast, forecast
from tracking.eta.scan_context import ScanContext
from workers.line.enrich import enrich
from workers.line.gather import Gathered, read_lanes
from workers.places.atlas import load_atlas
from workers.places.cells import find_cells
from workers.places.index import OfflinePlaces

UNIT = "CPU us/event"
EVENTS, QUICK_EVENTS = 20_000, 1_000
POINTS, QUICK_POINTS = 100_000, 5_000
# What costs ten times as much gets a tenth of the points.
SCARCE = 10
MISSES_BATCH = 100
MICRO = 1e6
CARRIERS = ("numpy", "scipy", "shapely", "h3")

WHOLE, ETA = "enrich, whole step", "ETA alone"
PLACES, HIT, MISS = "places, batch", "places, cells that are settled", "places, cells never seen"
PEER = "k-d tree, point by point"
CONTROL = (WHOLE, "enrich, whole step, again (control)")
TARGETS: tuple[Target, ...] = (
    at_most("enrich.whole", WHOLE, 150, UNIT),
    at_most("enrich.eta", ETA, 50, UNIT),
    at_most("enrich.places.batch", PLACES, 25, UNIT),
    at_most("enrich.places.hit", HIT, 10, UNIT),
    at_most("enrich.places.miss", MISS, 150, UNIT),
)

Point = tuple[float, float]


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Make scans and points, warm every row up, keep this process on one core, and yield the plan."""
    events, points = (QUICK_EVENTS, QUICK_POINTS) if options.quick else (EVENTS, POINTS)
    places = OfflinePlaces()
    under_way = make_under_way(events, options.seed, places)
    rows = [*_whole_rows(under_way, places), *_places_rows(draw_points(points, options.seed), places)]
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    pin(0, measured_cores())
    try:
        for row in rows:
            row.measure(0)
        yield Plan(
            "enrich",
            rows,
            CONTROL,
            ratios=[(PLACES, PEER), (HIT, PEER), (MISS, PEER)],
            targets=TARGETS,
            config={
                "events": events,
                "points": points,
                "batch": BATCH,
                "batch of cells never seen": MISSES_BATCH,
                "places": places.dataset_version,
            },
            versions={"places": {name: metadata.version(name) for name in CARRIERS}},
        )
    finally:
        pin(0, before)


def draw_points(count: int, seed: int) -> list[Point]:
    """Points (lat, lon) in degrees in and around the cities of the other benches."""
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated, not a secret
    cities = [chance.choice(CITIES) for _ in range(count)]
    return [(lat + _stray(chance), lon + _stray(chance)) for lat, lon in cities]


def _stray(chance: random.Random) -> float:
    return chance.uniform(-SPREAD_DEGREES, SPREAD_DEGREES)


def _whole_rows(under_way: UnderWay, places: OfflinePlaces) -> list[Row]:
    def measure_whole(_round: int) -> Sample:
        events, cpu_s = _time(lambda: _enrich_all(under_way, places))
        answered = sum(event.eta is not None and event.place is not None for event in events)
        return _sample(cpu_s, _count(under_way), answered)

    return [
        Row(WHOLE, "ours", UNIT, measure_whole),
        Row(ETA, "ours", UNIT, _eta_measure(under_way, places)),
        Row(CONTROL[1], "control", UNIT, measure_whole),
    ]


def _enrich_all(under_way: UnderWay, places: OfflinePlaces) -> list[Any]:
    """As the line does it, batch by batch, each on what the book knows."""
    events: list[Any] = []
    for batch in under_way.batches:
        lanes = read_lanes(under_way.lanes, batch, under_way.states, under_way.fences)
        gathered = Gathered(batch, under_way.states, lanes=lanes)
        events += enrich(gathered, places, under_way.fences).events
    return events


def _eta_measure(under_way: UnderWay, places: OfflinePlaces) -> Callable[[int], Sample]:
    """The prediction alone: door and hub of each scan are known before the clock starts."""
    asked = []
    for event in _enrich_all(under_way, places):
        state = under_way.states[event.shipment_id]
        door = places.locate_pincode(state.destination_pin or "")
        asked.append((state, event, ScanContext(hub_id=event.place.hub_id, door=door)))
    batches = cut(asked, BATCH)

    def forecast_all() -> list[Forecast]:
        return [expected for batch in batches for expected in _forecast_batch(under_way, batch)]

    def measure(_round: int) -> Sample:
        expected, cpu_s = _time(forecast_all)
        return _sample(cpu_s, len(asked), sum(one.eta is not None for one in expected))

    return measure


def _forecast_batch(under_way: UnderWay, batch: Sequence[Any]) -> list[Forecast]:
    scans = [event for _, event, _ in batch]
    lanes = read_lanes(under_way.lanes, scans, under_way.states, under_way.fences)
    return [forecast(lanes, state, event, context) for state, event, context in batch]


def _places_rows(points: list[Point], places: OfflinePlaces) -> list[Row]:
    """Points anywhere, in cells known to have one name, in cells never seen; and the peer."""
    settled = [
        point for point, cell in zip(points, places.find_settled(points), strict=True) if cell is not None
    ]
    scarce = len(points) // SCARCE
    peer = NearestOffice(load_atlas())
    return [
        Row(PLACES, "ours", UNIT, lambda _round: _locate_all(places, points, BATCH)),
        Row(HIT, "ours", UNIT, lambda _round: _locate_all(places, settled, BATCH)),
        Row(MISS, "ours", UNIT, _miss_measure(_keep_one_a_cell(points)[:scarce])),
        Row(PEER, "peer", UNIT, lambda _round: _locate_each(peer, points[:scarce])),
    ]


def _keep_one_a_cell(points: list[Point]) -> list[Point]:
    """One point of each cell, so that none is met twice."""
    return list(dict(zip(find_cells(np.array(points)), points, strict=True)).values())


def _miss_measure(points: list[Point]) -> Callable[[int], Sample]:
    def measure(_round: int) -> Sample:
        fresh = OfflinePlaces()
        # The file is read at the first question; that is the start of a process and not the price of a miss.
        fresh.locate([])
        return _locate_all(fresh, points, MISSES_BATCH)

    return measure


def _locate_all(places: OfflinePlaces, points: list[Point], size: int) -> Sample:
    batches = cut(points, size)
    found, cpu_s = _time(lambda: [place for batch in batches for place in places.locate(batch)])
    return _sample(cpu_s, len(points), _count_named(found))


def _locate_each(peer: NearestOffice, points: list[Point]) -> Sample:
    found, cpu_s = _time(lambda: [peer.locate(lat, lon) for lat, lon in points])
    return _sample(cpu_s, len(points), _count_named(found))


def _count_named(found: list[Place]) -> int:
    """All of these points lie near enough to India's coast to have a name."""
    return sum(place.state is not None for place in found)


def _count(under_way: UnderWay) -> int:
    return sum(map(len, under_way.batches))


def _time(work: Callable[[], list[Any]]) -> tuple[list[Any], float]:
    started = process_time()
    done = work()
    return done, process_time() - started


def _sample(cpu_s: float, asked: int, answered: int) -> Sample:
    wrong = f"{answered} answered and not {asked}" if answered != asked else None
    return Sample(cpu_s * MICRO / asked, counts={"events": asked}, void_reason=wrong)

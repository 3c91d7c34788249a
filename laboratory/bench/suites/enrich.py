"""Bench enrich: CPU of giving scans their place, arrival window and leg, whole and in parts."""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from time import process_time
from typing import Any

import numpy as np

from laboratory.bench.enrich_inputs import BATCH, EnrichInputs, make_enrich_inputs, split_batches
from laboratory.bench.inputs import CITIES, SPREAD_DEGREES
from laboratory.bench.machine import choose_measured_cores, pin
from laboratory.bench.peers.nearest_office import NearestOffice
from laboratory.bench.plan import Options, Plan, Row, Sample, Target, at_most
from tracking.domain.events import Place
from tracking.eta.forecast import Forecast, Subject, forecast_all
from tracking.eta.scan_context import ScanContext
from workers.gc_tuning import collect_rarely
from workers.line.enrich import enrich
from workers.line.gather import Gathered, read_statistics
from workers.places.atlas import load_atlas
from workers.places.cells import find_cells
from workers.places.index import OfflinePlaces

UNIT = "CPU us/event"
EVENTS, QUICK_EVENTS = 20_000, 1_000
POINTS, QUICK_POINTS = 100_000, 5_000
# Rows that cost ten times as much get a tenth of the points.
EXPENSIVE_DIVISOR = 10
MISSES_BATCH = 100
MICRO = 1e6
REPORTED_PACKAGES = ("numpy", "scipy", "shapely", "h3")

WHOLE, ETA = "enrich, whole step", "ETA alone"
PLACES, HIT, MISS = "places, batch", "places, cells that are settled", "places, cells never seen"
PEER = "k-d tree, point by point"
CONTROL = (WHOLE, "enrich, whole step, again (control)")
TARGETS: tuple[Target, ...] = (
    at_most("enrich.whole", WHOLE, 60, UNIT),
    at_most("enrich.eta", ETA, 50, UNIT),
    at_most("enrich.places.batch", PLACES, 25, UNIT),
    at_most("enrich.places.hit", HIT, 10, UNIT),
    at_most("enrich.places.miss", MISS, 150, UNIT),
)

Point = tuple[float, float]


@contextmanager
def prepare(options: Options) -> Iterator[Plan]:
    """Make scans and points, pin this process to one core, warm every row up, and yield the plan.

    Garbage is collected as rarely as in a worker.
    """
    events, points = (QUICK_EVENTS, QUICK_POINTS) if options.quick else (EVENTS, POINTS)
    places = OfflinePlaces()
    inputs = make_enrich_inputs(events, options.seed, places)
    rows = [*_whole_rows(inputs, places), *_places_rows(draw_points(points, options.seed), places)]
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    pin(0, choose_measured_cores())
    collect_rarely()
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
            versions={"places": {name: metadata.version(name) for name in REPORTED_PACKAGES}},
        )
    finally:
        pin(0, before)


def draw_points(count: int, seed: int) -> list[Point]:
    """Draw points (lat, lon) in degrees in and around the cities of the other benches."""
    chance = random.Random(seed)  # noqa: S311 - repeatable chance, not a secret
    cities = [chance.choice(CITIES) for _ in range(count)]
    return [(lat + _draw_offset(chance), lon + _draw_offset(chance)) for lat, lon in cities]


def _draw_offset(chance: random.Random) -> float:
    return chance.uniform(-SPREAD_DEGREES, SPREAD_DEGREES)


def _whole_rows(inputs: EnrichInputs, places: OfflinePlaces) -> list[Row]:
    def measure_whole(_round: int) -> Sample:
        events, cpu_s = _time(lambda: _enrich_all(inputs, places))
        answered_count = sum(event.eta is not None and event.place is not None for event in events)
        return _sample(cpu_s, _count(inputs), answered_count)

    return [
        Row(WHOLE, "ours", UNIT, measure_whole),
        Row(ETA, "ours", UNIT, _make_eta_measurement(inputs, places)),
        Row(CONTROL[1], "control", UNIT, measure_whole),
    ]


def _enrich_all(inputs: EnrichInputs, places: OfflinePlaces) -> list[Any]:
    """Enrich all scans batch by batch, with lane statistics, as the pipeline does."""
    events: list[Any] = []
    for batch in inputs.batches:
        classes = inputs.vehicle_classes
        statistics = read_statistics(inputs.lanes, batch, inputs.states, inputs.fences, classes)
        gathered = Gathered(batch, inputs.states, statistics=statistics, vehicle_classes=classes)
        events += enrich(gathered, places, inputs.fences).events
    return events


def _make_eta_measurement(inputs: EnrichInputs, places: OfflinePlaces) -> Callable[[int], Sample]:
    """Return the measurement of the prediction alone: hub and PIN point of each scan are found beforehand."""
    prepared = []
    for event in _enrich_all(inputs, places):
        state = inputs.states[event.shipment_id]
        pin_point = places.locate_pincode(state.destination_pin or "")
        vehicle_class = inputs.vehicle_classes.get(event.vehicle_id or "")
        context = ScanContext(event.place.hub_id, pin_point, vehicle_class=vehicle_class)
        prepared.append((state, event, context))
    batches = split_batches(prepared, BATCH)

    def forecast_all() -> list[Forecast]:
        return [expected for batch in batches for expected in _forecast_batch(inputs, batch)]

    def measure(_round: int) -> Sample:
        expected, cpu_s = _time(forecast_all)
        return _sample(cpu_s, len(prepared), sum(one.eta is not None for one in expected))

    return measure


def _forecast_batch(inputs: EnrichInputs, batch: Sequence[Any]) -> list[Forecast]:
    scans = [event for _, event, _ in batch]
    classes = inputs.vehicle_classes
    statistics = read_statistics(inputs.lanes, scans, inputs.states, inputs.fences, classes)
    return forecast_all(statistics, [Subject(*each) for each in batch])


def _places_rows(points: list[Point], places: OfflinePlaces) -> list[Row]:
    """Return rows for points anywhere, in cells with a settled name, in cells never seen; and the peer."""
    settled = [
        point for point, cell in zip(points, places.find_settled(points), strict=True) if cell is not None
    ]
    expensive_count = len(points) // EXPENSIVE_DIVISOR
    peer = NearestOffice(load_atlas())
    return [
        Row(PLACES, "ours", UNIT, lambda _round: _locate_all(places, points, BATCH)),
        Row(HIT, "ours", UNIT, lambda _round: _locate_all(places, settled, BATCH)),
        Row(MISS, "ours", UNIT, _make_miss_measurement(_keep_one_a_cell(points)[:expensive_count])),
        Row(PEER, "peer", UNIT, lambda _round: _locate_each(peer, points[:expensive_count])),
    ]


def _keep_one_a_cell(points: list[Point]) -> list[Point]:
    """Keep one point of each cell, so that no cell is looked up twice."""
    return list(dict(zip(find_cells(np.array(points)), points, strict=True)).values())


def _make_miss_measurement(points: list[Point]) -> Callable[[int], Sample]:
    def measure(_round: int) -> Sample:
        fresh = OfflinePlaces()
        # The first call reads the atlas from disk: a cost of starting a process, not of a miss.
        fresh.locate([])
        return _locate_all(fresh, points, MISSES_BATCH)

    return measure


def _locate_all(places: OfflinePlaces, points: list[Point], size: int) -> Sample:
    batches = split_batches(points, size)
    found, cpu_s = _time(lambda: [place for batch in batches for place in places.locate(batch)])
    return _sample(cpu_s, len(points), _count_named(found))


def _locate_each(peer: NearestOffice, points: list[Point]) -> Sample:
    found, cpu_s = _time(lambda: [peer.locate(lat, lon) for lat, lon in points])
    return _sample(cpu_s, len(points), _count_named(found))


def _count_named(found: list[Place]) -> int:
    """Count the places with a state; every point should have one, as all lie in or near India."""
    return sum(place.state is not None for place in found)


def _count(inputs: EnrichInputs) -> int:
    return sum(map(len, inputs.batches))


def _time(work: Callable[[], list[Any]]) -> tuple[list[Any], float]:
    started = process_time()
    done = work()
    return done, process_time() - started


def _sample(cpu_s: float, expected_count: int, answered_count: int) -> Sample:
    void_reason = (
        f"{answered_count} answered and not {expected_count}" if answered_count != expected_count else None
    )
    return Sample(cpu_s * MICRO / expected_count, counts={"events": expected_count}, void_reason=void_reason)

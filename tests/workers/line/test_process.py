"""Line: each step counts its items and its errors in the meter of the process."""

import json

import pytest

from tests.workers.records import make_record
from tests.workers.world import World
from tracking import metrics
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.errors import TransientError
from workers.line.process import process
from workers.steps.meter import SLOT_S, StepMeter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class AwayStore(MemoryShipmentStore):
    def commit(self, commits):
        raise TransientError("no route")


@pytest.fixture
def read_counts(monkeypatch):
    """Return functions that process records and read items and errors by step, by a clock of their own."""
    clock = Clock()
    meter = StepMeter(clock)
    monkeypatch.setattr("workers.line.process.METER", meter)

    def run(world: World, *records) -> dict[str, tuple[int, int]]:
        process(
            records,
            world.tracking,
            world.workers,
            measure=lambda figures: meter.add_batch(figures.waits, figures.spans, figures.refused),
        )
        return read()

    def read() -> dict[str, tuple[int, int]]:
        clock.now += SLOT_S
        return {step: (figures.count, figures.errors) for step, figures in meter.read().items()}

    return run, read


def make_scan(number: int, **fields):
    return make_record(
        number, json.dumps({"shipment_id": f"s{number}", "status": "in_transit"} | fields).encode()
    )


def test_every_step_counts_its_items(read_counts):
    run, _ = read_counts
    assert run(World(), make_scan(1), make_scan(2), make_record(3, b"{")) == {
        "read": (3, 0),
        "decode": (3, 1),
        "enrich": (2, 0),
        "record": (2, 0),
        "push": (2, 0),
    }


def test_a_step_that_fails_counts_errors(read_counts):
    run, read = read_counts
    run(World(), make_scan(1))
    with pytest.raises(TransientError):
        run(World(AwayStore()), make_scan(2))
    assert read()["record"] == (1, 1)


def test_an_observer_gets_the_sum_of_what_is_emitted(capsys):
    taken: list[float] = []
    metrics.observe(metrics.PUSH_FAILED, taken.append)
    try:
        metrics.emit(metrics.PUSH_FAILED, 3)
        metrics.emit(metrics.PUSH_FAILED, [1, 2])
        metrics.emit(metrics.PUBLISH_CHANGES, 9)
    finally:
        metrics.observe(metrics.PUSH_FAILED, lambda _count: None)
    assert taken == [3, 3]
    assert capsys.readouterr().out.count("push_failed") == 4

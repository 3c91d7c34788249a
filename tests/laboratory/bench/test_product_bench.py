"""Bench product: which rate counts as held, and when a screen shows the last event."""

from datetime import UTC, datetime

import pytest
import time_machine

from laboratory.bench.delays import GROWTH, P50, P99
from laboratory.bench.inputs import Sent
from laboratory.bench.live_screens import find_last_reports, read_traced
from laboratory.bench.plan import Judged, Quantity, Results, Sample
from laboratory.bench.runner import BenchRunner, MeasuredProgram
from laboratory.bench.suites.product import (
    CORE,
    RATES,
    STUB,
    WORKER,
    Screens,
    judge_rates,
    measure_screens,
    name_row,
)


def make_results(growth: dict[int, list[float]], core: float, stub: float) -> Results:
    """Make results of two rounds; a rate without growth of the delay is held."""

    def make(ms_per_s: float) -> Sample:
        busy = {CORE: Quantity(core, "%"), STUB: Quantity(stub, "%")}
        return Sample(1.0, beside=busy | {GROWTH: Quantity(ms_per_s, "ms/s")})

    samples = {name_row(rate): [make(value) for value in growth.get(rate, [0.0, -3.0])] for rate in RATES}
    return Results(samples, spans={}, ratios=[], fits=[], control_spread=1.0)


@pytest.mark.parametrize(
    ("growth", "core", "stub", "judged"),
    [
        ({}, 80, 40, Judged("5,000 events a second held", met=True)),
        (
            {4000: [0.0, 10.1], 5000: [200.0, 300.0]},
            99,
            40,
            Judged("3,000 events a second held; at 4,000 the core of the worker was busy (99 %)", met=False),
        ),
        (
            {5000: [11.0, 11.0]},
            95,
            97,
            Judged(
                "4,000 events a second held; at 5,000 the core of the worker was busy (95 %)"
                " and the core of the simulated AWS was busy (97 %)",
                met=False,
            ),
        ),
        (
            {1000: [500.0, 500.0]},
            60,
            20,
            Judged("0 events a second held; at 1,000 neither core was busy (60 % and 20 %)", met=False),
        ),
    ],
)
def test_a_rate_is_held_if_its_delay_grows_in_no_round_and_the_limit_is_what_had_no_more_to_give(
    growth, core, stub, judged
):
    assert judge_rates(make_results(growth, core, stub)) == judged


def test_the_last_report_of_a_shipment_is_that_of_its_last_readable_record():
    sent = [
        Sent(b'{"timestamp": "2026-11-29T12:00:0%d.250999+00:00"}' % second, shipment, changes=False)
        for second, shipment in enumerate(["a", "b", "a", None, "b", None])
    ]
    assert find_last_reports(sent) == {"a": 1_795_953_602_250, "b": 1_795_953_604_250}


def test_a_frame_is_as_old_as_its_newest_event():
    state = b'{"type":"state","v":8,"shipment":{"updated_at":"2026-11-29T12:00:00.100Z"}'
    trace = b',"trace":{"event_id":"e","arrived_at":"2026-11-29T12:00:00.250Z"}'
    with time_machine.travel(datetime(2026, 11, 29, 12, 0, 1, tzinfo=UTC), tick=False):
        read = read_traced(state + trace + b"}")
    assert read == (1_795_953_600_100, pytest.approx(0.75))
    # As a socket reads it before a heartbeat.
    assert read_traced(state + b"}") == (1_795_953_600_100, None)
    assert read_traced(b'{"type":"heartbeat","v":7}') is None


@pytest.mark.slow
def test_every_screen_shows_the_last_event_of_its_shipment_and_every_event_is_recorded_once(tmp_path):
    worker = MeasuredProgram("role shards", WORKER, 100, tls=True)
    with BenchRunner(tmp_path, seed=1) as runner:
        sample = measure_screens(runner, tmp_path, worker, Screens(20, 40, 30.0), seconds=4)
    assert sample.void_reason is None
    assert {name: sample.counts[name] for name in ("events", "refused", "behind", "sent shipments")} == {
        "events": 160,
        "refused": 0,
        "behind": 0,
        "sent shipments": 20,
    }
    assert 20 <= sample.counts["frames"] <= 160
    assert 0 < sample.beside[P50].value <= sample.value
    assert {P99, GROWTH, CORE, STUB} - set(sample.beside) == {P99}

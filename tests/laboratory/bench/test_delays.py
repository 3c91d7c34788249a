"""Delays of the benches count from the scheduled arrival of a record."""

from datetime import UTC, datetime

import pytest
import time_machine

from laboratory.bench.delays import GROWTH, P50, P99, ArrivalDelays, Delays

NOW_S = 1_800_000_000


def record(number: int) -> bytes:
    return b'{"shipment_id": "b1-2-%07d", "lat": 12.9}' % number


def test_a_delay_counts_from_the_scheduled_arrival_of_its_record():
    delays = Delays({"rate": 10, "begins_at": NOW_S - 20.0})
    with time_machine.travel(NOW_S, tick=False):
        delays.record_done([record(number) for number in range(100)])
    # Record 0 was scheduled 20 s ago, record 99 about 10 s ago.
    assert delays.summarize() == {
        P50: [pytest.approx(15_000, abs=100), "ms"],
        P99: [pytest.approx(19_900, abs=100), "ms"],
    }


def test_a_run_without_a_rate_and_an_unreadable_record_have_no_delay():
    at_once, paced = Delays({}), Delays({"rate": 10, "begins_at": 0.0})
    at_once.record_done([record(1)])
    paced.record_done([b'{"shipment_'])
    assert [at_once.summarize(), paced.summarize()] == [{}, {}]


@pytest.mark.parametrize(
    ("share", "p50", "p99", "growth"),
    [(1.0, 100, 100, 0), (0.5, 10_050, 19_850, 500), (0.99, 299, 494, 10)],
)
def test_the_delay_of_a_reader_that_processes_a_share_of_what_arrives_grows_by_the_rest(
    share, p50, p99, growth
):
    delays = ArrivalDelays(NOW_S, seconds=40)
    for number in range(400):
        arrived = NOW_S + number / 10
        # Without growth a record takes 0.1 s.
        with time_machine.travel(arrived + 0.1 + (number / 10) * (1 - share), tick=False):
            delays.record_done([datetime.fromtimestamp(arrived, UTC)])
    assert delays.summarize() == {
        P50: [pytest.approx(p50, abs=30), "ms"],
        P99: [pytest.approx(p99, abs=30), "ms"],
        GROWTH: [pytest.approx(growth, abs=0.1), "ms/s"],
    }


def test_a_run_without_records_in_its_quarters_has_no_growth():
    delays = ArrivalDelays(NOW_S, seconds=40)
    delays.record_done([datetime.fromtimestamp(NOW_S, UTC)])
    assert delays.summarize() == {}

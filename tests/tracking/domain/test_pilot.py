"""Comparison of a pilot with the old system, and what speaks against a promotion."""

from datetime import timedelta

import msgspec
import pytest

from tests.events import at, make_event
from tracking.domain.pilot import Cohort, Comparison, Mismatch, Reported, compare, find_obstacles
from tracking.domain.status import Status

DAY = 24 * 60


def recorded(minutes: float, status: str, latency_ms: float = 100):
    event = make_event(minutes, status=status)
    return msgspec.structs.replace(event, recorded_at=event.received_at + timedelta(milliseconds=latency_ms))


def report(minutes: float, status: Status, shipment_id: str = "123") -> Reported:
    return Reported(shipment_id, status, at(minutes))


def test_each_report_is_matched_or_named_with_what_was_found_instead():
    timelines = {"123": [recorded(0, "picked_up"), recorded(60, "delivered", latency_ms=300)], "124": []}
    reports = [
        report(10, Status.PICKED_UP),
        report(30, Status.DELIVERED),
        report(30, Status.OUT_FOR_DELIVERY),
        report(5, Status.PICKED_UP, "124"),
    ]
    assert compare(reports, timelines) == Comparison(
        4,
        1,
        (
            Mismatch("time", "123", f"delivered at {at(30):%Y-%m-%d %H:%M}", "30 min apart"),
            Mismatch("missing", "123", f"out_for_delivery at {at(30):%Y-%m-%d %H:%M}", "delivered"),
            Mismatch("missing", "124", f"picked_up at {at(5):%Y-%m-%d %H:%M}", "no event"),
        ),
        (100.0, 300.0),
        at(5),
        at(30),
    )


GOOD = Comparison(
    2_000, 1_999, (Mismatch("time", "1", "", ""),), (200.0,) * 99 + (900.0,), at(0), at(14 * DAY)
)
FINE = {"dead_letters": 0, "open_alarms": 0, "cost_share": 1.1}


@pytest.mark.parametrize(
    ("compared", "known", "obstacles"),
    [
        (GOOD, FINE, []),
        (GOOD._replace(last_at=at(13 * DAY)), FINE, ["compared for 13 days, 14 are needed"]),
        (
            GOOD._replace(latencies_ms=(1200.0,)),
            FINE,
            ["p99 from arrival to record is 1200 ms, at most 1000 is allowed"],
        ),
        (
            GOOD._replace(mismatches=(Mismatch("missing", "1", "", ""),)),
            FINE,
            ["1 reports were never recorded"],
        ),
        (
            GOOD._replace(mismatches=GOOD.mismatches * 2),
            FINE,
            ["0.10% of reports differ, less than 0.1% is allowed"],
        ),
        (
            GOOD,
            {"dead_letters": 1, "open_alarms": 2, "cost_share": 1.3},
            [
                "1 dead letters are open",
                "2 pages are not explained",
                "the cost is 130% of the forecast, 80 to 120 % is allowed",
            ],
        ),
        (GOOD, FINE | {"cost_share": None}, ["the cost is not known: say it with --cost-share"]),
    ],
)
def test_a_cohort_is_promoted_only_if_all_holds(compared, known, obstacles):
    assert find_obstacles(Cohort.SHADOW, compared, **known) == obstacles


def test_nothing_that_was_compared_is_no_reason_to_promote():
    nothing = Comparison(0, 0, (), (), None, None)
    assert find_obstacles(Cohort.PILOT, nothing, **FINE) == [
        "compared for 0 days, 7 are needed",
        "no event of ours has a latency",
    ]

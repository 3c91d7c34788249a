"""Status of the platform: periods over all processes, incidents of hours, and how it is shared."""

from datetime import UTC, datetime, timedelta

import pytest

from tracking.domain.errors import TransientError
from tracking.histograms import bucket_bound, find_bucket
from tracking.lookup_ports import NoAlarms
from tracking.receipt_ports import MemoryReceipts
from tracking.receipts import DAY, HOUR, SlotFigures, find_slots
from tracking.services.reading.platform_status import (
    KEPT_FOR_S,
    SharedStatus,
    StageFigures,
    find_incidents,
    read_platform_status,
)

NOW = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)
FAST, SLOW = find_bucket(200), find_bucket(5000)


def screen(buckets, answered=0, failed=0):
    return SlotFigures({"screen": buckets} if buckets else {}, answered, failed)


def test_a_period_adds_up_all_processes_and_says_since_when_it_was_measured():
    store = MemoryReceipts()
    hour, day = (find_slots(span, NOW.timestamp()) for span in (HOUR, DAY))
    store.keep("host:1:a", {hour[-3]: screen({FAST: 90}, 5), day[-1]: screen({FAST: 90}, 5)})
    store.keep("host:2:b", {hour[-1]: screen({SLOW: 10}, 2, 1), day[-1]: screen({SLOW: 10}, 2, 1)})
    status = read_platform_status(store, NOW)
    low, high = bucket_bound(FAST), bucket_bound(SLOW)
    assert status.hour.stages["screen"] == StageFigures("screen", 100, low, high, high)
    assert status.hour.stages["notified"] == StageFigures("notified", 0, None, None, None)
    assert (status.hour.answered, status.hour.reads, status.hour.availability) == (7, 8, 0.875)
    assert (status.hour.since, status.day.since) == (NOW - timedelta(minutes=10), NOW - timedelta(minutes=40))


def test_nothing_measured_is_no_figure():
    status = read_platform_status(MemoryReceipts(), NOW)
    assert (status.hour.availability, status.hour.since, status.incidents) == (None, None, [])


def find(*hours):
    """Return kind, begin, length and worst value of the incidents of these hours; None is one without any."""
    slots = find_slots(DAY, NOW.timestamp())[-len(hours) :]
    start = datetime.fromtimestamp(slots[0].begins_at, UTC)
    found = find_incidents(slots, [[] if each is None else [each] for each in hours])
    hour = timedelta(hours=1)
    return [
        (each.kind, (each.begins_at - start) // hour, (each.ends_at - each.begins_at) // hour, each.worst)
        for each in found
    ]


GOOD = screen({FAST: 1000}, 1000)


def test_hours_in_which_all_was_well_are_no_incident():
    assert find(GOOD, screen({FAST: 990, SLOW: 10}), GOOD) == []


def test_slow_hours_one_after_the_other_are_one_incident_with_the_worst_of_them():
    worse = find_bucket(9000)
    hours = [screen({FAST: 900, SLOW: 100}), screen({FAST: 900, worse: 100}), GOOD, screen({SLOW: 100})]
    assert find(*hours) == [("slow", 3, 1, bucket_bound(SLOW)), ("slow", 0, 2, bucket_bound(worse))]


def test_a_slow_event_among_few_is_no_incident():
    assert find(screen({SLOW: 99})) == []


def test_failed_reads_beyond_the_goal_are_counted():
    hours = [screen({}, 9999, 1), screen({}, 9998, 2), screen({}, 50, 3), screen({FAST: 5}, 20_000, 0)]
    assert find(*hours) == [("failed", 1, 2, 5)]


def test_an_hour_without_events_between_hours_with_some_is_named_and_others_are_not():
    assert find(None, GOOD, None, screen({}, 7), GOOD, None) == [("silent", 2, 2, 0.0)]


def test_the_newest_incident_is_first():
    assert [each[0] for each in find(screen({SLOW: 100}), None, screen({FAST: 1}, 0, 1))] == [
        "failed",
        "silent",
        "slow",
    ]


class CountedReceipts(MemoryReceipts):
    reads, is_away = 0, False

    def read(self, slots):
        self.reads += 1
        if self.is_away:
            raise TransientError("away")
        return super().read(slots)


@pytest.mark.parametrize("is_away", [False, True])
def test_a_status_is_shared_for_a_while_and_so_is_that_there_is_none(is_away):
    times = iter([0.0, KEPT_FOR_S - 0.1, KEPT_FOR_S, KEPT_FOR_S])
    store = CountedReceipts()
    store.is_away = is_away
    shared = SharedStatus(lambda: next(times))
    found = [shared.read(store, NoAlarms(), NOW) for _ in range(3)]
    assert (store.reads, [each is None for each in found]) == (2, [is_away] * 3)

"""Delayed counts: known here at once, reported together, corrected by the totals of all processes."""

import pytest

from tests.workers.leases.clocks import Clock
from tracking.adapters.delayed_counts import (
    NAMES,
    NAMES_PER_REPORT,
    REPORT_AFTER_S,
    DelayedCounts,
    Report,
    Total,
)
from tracking.counter_ports import Counted

WINDOW_S = 60


class Shared:
    """Shared counter that notes what is reported and answers with these totals."""

    def __init__(self):
        self.reports, self.started, self.totals, self.meanwhile = [], [], {}, lambda: None

    def report(self, reports):
        self.reports.append(dict(reports))
        self.meanwhile()
        return self.totals

    def start(self, after_s, run):
        self.started.append((after_s, run))


@pytest.fixture
def shared():
    return Shared()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def counts(shared, clock):
    return DelayedCounts(shared.report, clock, shared.start)


def count(counts, *names):
    return [counts.count(name, WINDOW_S) for name in names]


def test_requests_are_counted_at_once_and_reported_together(counts, shared, clock):
    counted = count(counts, "a", "b", "a")
    clock.now += 10.5
    counted += count(counts, "a")
    assert counted == [Counted(1, 60), Counted(1, 60), Counted(2, 60), Counted(3, 50)]
    assert [after_s for after_s, _ in shared.started] == [REPORT_AFTER_S]
    counts.report()
    assert shared.reports == [{"a": Report(3, WINDOW_S), "b": Report(1, WINDOW_S)}]


def test_each_count_is_reported_once(counts, shared):
    count(counts, "a", "a")
    counts.report()
    count(counts, "a")
    counts.report()
    assert shared.reports == [{"a": Report(2, WINDOW_S)}, {"a": Report(1, WINDOW_S)}]
    assert len(shared.started) == 2


def test_requests_of_other_processes_count_after_a_report(counts, shared):
    count(counts, "a")
    shared.totals = {"a": Total(58, 7.2)}
    counts.report()
    assert count(counts, "a") == [Counted(59, 8)]


def test_requests_that_come_during_a_report_are_added_to_its_total(counts, shared):
    count(counts, "a")
    shared.totals = {"a": Total(10, 30.0)}
    shared.meanwhile = lambda: count(counts, "a", "a")
    counts.report()
    assert count(counts, "a") == [Counted(13, 30)]
    shared.totals, shared.meanwhile = {}, lambda: None
    counts.report()
    assert shared.reports[1] == {"a": Report(3, WINDOW_S)}


def test_many_names_are_reported_in_pieces_and_what_is_counted_meanwhile_is_reported_once(counts, shared):
    names = [f"name {number}" for number in range(2 * NAMES_PER_REPORT + 1)]
    count(counts, *names)
    shared.meanwhile = lambda: count(counts, names[-1]) if len(shared.reports) == 1 else None
    counts.report()
    counts.report()
    pieces = [names[:NAMES_PER_REPORT], names[NAMES_PER_REPORT:-1], names[-1:]]
    expected = [dict.fromkeys(piece, Report(1, WINDOW_S)) for piece in pieces]
    assert shared.reports == [*expected[:2], {names[-1]: Report(2, WINDOW_S)}]


def test_without_a_total_a_process_goes_on_with_its_own_count(counts):
    count(counts, "a", "a")
    counts.report()
    assert count(counts, "a") == [Counted(3, 60)]


def test_a_window_that_is_over_starts_again_at_one(counts, clock):
    count(counts, "a", "a")
    clock.now += WINDOW_S
    assert count(counts, "a") == [Counted(1, 60)]


def test_the_name_that_was_used_longest_ago_is_forgotten_first(counts):
    count(counts, "first", "second")
    count(counts, *(f"name {number}" for number in range(NAMES - 2)), "second", "one more")
    assert [counted.number for counted in count(counts, "second", "first")] == [3, 1]

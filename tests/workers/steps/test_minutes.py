"""Minutes of the steps: growing totals are split by the clock, and quiet minutes are zero."""

from datetime import UTC, datetime, timedelta

from workers.steps.minutes import MINUTES_KEPT, MinuteSums, StepMinutes, find_minute

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
FIRST = find_minute(NOW)


def take(sums, seconds, **totals):
    found = sums.take(totals, ("push",), NOW + timedelta(seconds=seconds))
    return found["push"]


def test_totals_are_split_by_the_minutes_of_the_clock():
    sums = MinuteSums()
    assert take(sums, 0) == StepMinutes(FIRST, [0], [0])
    assert take(sums, 59, push=(5, 1)) == StepMinutes(FIRST, [5], [1])
    assert take(sums, 60, push=(7, 1)) == StepMinutes(FIRST + 1, [5, 2], [1, 0])
    # The thread came late: what happened meanwhile counts in the minute in which it is seen.
    assert take(sums, 190, push=(9, 4)) == StepMinutes(FIRST + 3, [5, 2, 0, 2], [1, 0, 0, 3])


def test_the_clock_may_be_set_back_and_nothing_is_counted_twice():
    sums = MinuteSums()
    take(sums, 60, push=(5, 0))
    assert take(sums, 0, push=(6, 0)) == StepMinutes(FIRST + 1, [6], [0])


def test_the_last_quarter_of_an_hour_is_kept_beside_the_minute_under_way():
    sums = MinuteSums()
    for minute in range(20):
        found = take(sums, 60 * minute, push=(minute, 0))
    assert found == StepMinutes(FIRST + 19, [1] * MINUTES_KEPT, [0] * MINUTES_KEPT)
    quiet = [0] * MINUTES_KEPT
    assert take(sums, 86400, push=(19, 0)) == StepMinutes(FIRST + 1440, quiet, quiet)

"""Rounds alternate, a machine that drifts does not count, no ratio claims more than the control allows."""

import pytest

from laboratory.bench import measure
from laboratory.bench.measure import Rounds, fit, measure_rounds, work_out
from laboratory.bench.plan import Line, Plan, Row, Sample, Span, at_most, ratio_at_least


def plan_of(values: dict[str, list[float]], order: list[str] | None = None, **more) -> Plan:
    """A plan whose rows give these values, round by round; notes in `order` which row was measured."""

    def give(name: str, number: int) -> Sample:
        if order is not None:
            order.append(name)
        return Sample(values[name][number])

    def row(name: str) -> Row:
        return Row(name, "peer" if name == "peer" else "ours", "us", lambda number: give(name, number))

    return Plan("worker", [row(name) for name in values], ("a", "b"), ratios=[("a", "peer")], **more)


@pytest.fixture
def steady(monkeypatch) -> None:
    monkeypatch.setattr(measure, "calibrate", lambda: 100.0)


def ignore(_line: str) -> None:
    """Nobody listens."""


def rounds_of(values: dict[str, list[float]]) -> list[dict[str, Sample]]:
    count = len(next(iter(values.values())))
    return [{name: Sample(own[number]) for name, own in values.items()} for number in range(count)]


def test_every_second_round_runs_backwards(steady):
    order: list[str] = []
    measure_rounds(plan_of({"a": [1, 1], "b": [1, 1], "peer": [9, 9]}, order), 2, ignore)
    assert order == ["a", "b", "peer", "peer", "b", "a"]


def test_a_round_in_which_the_machine_changed_its_speed_does_not_count(monkeypatch):
    speeds = iter([100, 100, 100, 130, 100, 100])
    monkeypatch.setattr(measure, "calibrate", lambda: float(next(speeds)))
    rounds = measure_rounds(plan_of({"a": [1, 2, 3, 4], "b": [1, 2, 3, 4], "peer": [9] * 4}), 2, ignore)
    assert ([one["a"].value for one in rounds.good], rounds.rejected) == ([1, 3], 1)


def test_a_machine_that_is_never_steady_ends_the_tries_without_enough_rounds(monkeypatch):
    speeds = iter([100, 200] * 10)
    monkeypatch.setattr(measure, "calibrate", lambda: float(next(speeds)))
    rounds: Rounds = measure_rounds(plan_of({"a": [1] * 9, "b": [1] * 9, "peer": [9] * 9}), 2, ignore)
    assert (rounds.good, rounds.rejected) == ([], 4)


def test_a_ratio_is_taken_round_by_round_and_told_with_its_range():
    values = {"a": [1.0, 2.0, 4.0], "b": [1.0, 2.0, 4.0], "peer": [10.0, 40.0, 48.0]}
    results = work_out(plan_of(values), rounds_of(values))
    ratio = results.ratio("a", "peer")
    assert (ratio.span, ratio.beyond_control, results.control_spread) == (Span(12, 10, 20), True, 1)


def test_a_ratio_within_the_spread_of_the_control_claims_nothing():
    values = {"a": [10.0, 10.0], "b": [13.0, 9.0], "peer": [12.0, 14.0]}
    results = work_out(plan_of(values), rounds_of(values))
    assert (round(results.control_spread, 9), results.ratio("a", "peer").beyond_control) == (1.3, False)
    assert not ratio_at_least("id", "a", "peer", 1.1).judge(results).met


def test_a_target_is_met_only_if_its_whole_range_is_on_the_right_side():
    values = {"a": [1.0, 2.0], "b": [1.0, 2.0], "peer": [10.0, 19.0]}
    results = work_out(plan_of(values), rounds_of(values))
    judged = [
        target.judge(results).met
        for target in (
            ratio_at_least("id", "a", "peer", 9.5),
            ratio_at_least("id", "a", "peer", 9.6),
            at_most("id", "a", 2.0, "us"),
            at_most("id", "a", 1.9, "us"),
        )
    ]
    assert judged == [True, False, True, False]


def test_a_straight_line_is_found_through_points_that_lie_on_one():
    samples = {"one": [Sample(12.0)], "two": [Sample(22.0), Sample(22.0)], "ten": [Sample(102.0)]}
    found = fit(Line("shards", "us", [(1, "one"), (2, "two"), (10, "ten")]), samples)
    assert (round(found.slope, 9), round(found.intercept, 9), round(found.r2, 9)) == (10, 2, 1)
    assert found.points == [(1, 12.0), (2, 22.0), (2, 22.0), (10, 102.0)]

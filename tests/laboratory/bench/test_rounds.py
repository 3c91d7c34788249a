"""Rounds alternate in order, drifting machines are rejected, and ratios are judged by the control."""

import pytest

from laboratory.bench import rounds as rounds_module
from laboratory.bench.plan import Line, Plan, Row, Sample, Span, at_most, ratio_at_least
from laboratory.bench.rounds import Rounds, compute_results, fit_line, measure_rounds


def make_plan(values: dict[str, list[float]], order: list[str] | None = None, **more) -> Plan:
    """Make a plan whose rows give these values, round by round; each measured row is appended to `order`."""

    def give(name: str, number: int) -> Sample:
        if order is not None:
            order.append(name)
        return Sample(values[name][number])

    def row(name: str) -> Row:
        return Row(name, "peer" if name == "peer" else "ours", "us", lambda number: give(name, number))

    return Plan("worker", [row(name) for name in values], ("a", "b"), ratios=[("a", "peer")], **more)


@pytest.fixture
def steady(monkeypatch) -> None:
    monkeypatch.setattr(rounds_module, "calibrate", lambda: 100.0)


def ignore(_line: str) -> None:
    """Discard a line of progress."""


def make_rounds(values: dict[str, list[float]]) -> list[dict[str, Sample]]:
    count = len(next(iter(values.values())))
    return [{name: Sample(own[number]) for name, own in values.items()} for number in range(count)]


def test_every_second_round_runs_in_reverse_order(steady):
    order: list[str] = []
    measure_rounds(make_plan({"a": [1, 1], "b": [1, 1], "peer": [9, 9]}, order), 2, ignore)
    assert order == ["a", "b", "peer", "peer", "b", "a"]


def test_a_round_during_which_the_machine_changed_speed_is_rejected(monkeypatch):
    speeds = iter([100, 100, 100, 130, 100, 100])
    monkeypatch.setattr(rounds_module, "calibrate", lambda: float(next(speeds)))
    rounds = measure_rounds(make_plan({"a": [1, 2, 3, 4], "b": [1, 2, 3, 4], "peer": [9] * 4}), 2, ignore)
    assert ([one["a"].value for one in rounds.good], rounds.rejected) == ([1, 3], 1)


def test_on_an_unsteady_machine_measuring_stops_after_two_tries_per_round(monkeypatch):
    speeds = iter([100, 200] * 10)
    monkeypatch.setattr(rounds_module, "calibrate", lambda: float(next(speeds)))
    rounds: Rounds = measure_rounds(make_plan({"a": [1] * 9, "b": [1] * 9, "peer": [9] * 9}), 2, ignore)
    assert (rounds.good, rounds.rejected) == ([], 4)


def test_a_ratio_is_computed_per_round_and_has_a_range():
    values = {"a": [1.0, 2.0, 4.0], "b": [1.0, 2.0, 4.0], "peer": [10.0, 40.0, 48.0]}
    results = compute_results(make_plan(values), make_rounds(values))
    ratio = results.ratio("a", "peer")
    assert (ratio.span, ratio.beyond_control, results.control_spread) == (Span(12, 10, 20), True, 1)


def test_a_ratio_within_the_spread_of_the_control_meets_no_target():
    values = {"a": [10.0, 10.0], "b": [13.0, 9.0], "peer": [12.0, 14.0]}
    results = compute_results(make_plan(values), make_rounds(values))
    assert (round(results.control_spread, 9), results.ratio("a", "peer").beyond_control) == (1.3, False)
    assert not ratio_at_least("id", "a", "peer", 1.1).judge(results).met


def test_a_target_is_met_only_if_every_round_meets_it():
    values = {"a": [1.0, 2.0], "b": [1.0, 2.0], "peer": [10.0, 19.0]}
    results = compute_results(make_plan(values), make_rounds(values))
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


def test_points_on_a_straight_line_are_fitted_exactly():
    samples = {"one": [Sample(12.0)], "two": [Sample(22.0), Sample(22.0)], "ten": [Sample(102.0)]}
    found = fit_line(Line("shards", "us", [(1, "one"), (2, "two"), (10, "ten")]), samples)
    assert (round(found.slope, 9), round(found.intercept, 9), round(found.r2, 9)) == (10, 2, 1)
    assert found.points == [(1, 12.0), (2, 22.0), (2, 22.0), (10, 102.0)]

"""Confidence intervals of the lateness figures: whole groups of parcels are drawn, of one hub and day."""

from datetime import UTC, datetime, timedelta

from laboratory.evaluation.intervals import find_intervals
from laboratory.evaluation.warnings import LatenessNotice, ShipmentOutcome, score_warnings

PROMISED = datetime(2026, 9, 7, 12, tzinfo=UTC)
WARNING = (LatenessNotice(PROMISED - timedelta(hours=1), "delayed", "window_past_promise"),)


def make_outcome(hub_id, p, *, late, warned=False, day=0):
    promised_at = PROMISED + timedelta(days=day)
    attempted_at = promised_at + timedelta(minutes=20 if late else -20)
    return ShipmentOutcome(promised_at, attempted_at, WARNING if warned else (), p, p / 2, hub_id)


MIXED = [
    make_outcome("MAA", 0.9, late=True, warned=True),
    make_outcome("MAA", 0.3, late=True),
    make_outcome("MAA", 0.6, late=False, warned=True),
    *[make_outcome("MAA", 0.1, late=False) for _ in range(7)],
]


def test_the_interval_of_a_single_group_is_the_figure_itself():
    report = score_warnings(MIXED)
    names = ("brier_skill_dispatch", "brier_skill_half_way", "ece", "precision", "recall")
    assert find_intervals(MIXED) == {name: (round(report[name], 3), round(report[name], 3)) for name in names}


def test_groups_that_differ_make_an_interval_around_the_figure():
    outcomes = [
        make_outcome(f"HUB{hub % 5}", 0.8, late=hub % 3 > 0, warned=True, day=hub // 5) for hub in range(30)
    ]
    low, high = find_intervals(outcomes)["precision"]
    assert 0.4 < low < 20 / 30 < high < 0.9
    assert find_intervals(outcomes) == find_intervals(outcomes)


def test_many_parcels_that_are_late_together_say_no_more_than_one():
    alone = [make_outcome(f"HUB{number}", 0.8, late=number % 3 > 0, warned=True) for number in range(30)]
    assert find_intervals(alone * 50)["precision"] == find_intervals(alone)["precision"]


def test_a_figure_without_a_case_has_no_interval():
    on_time = [make_outcome("MAA", 0.25, late=False), make_outcome("BLR", 0.25, late=False)]
    assert find_intervals(on_time) == {"ece": (0.188, 0.188)}
    assert find_intervals([]) == {}

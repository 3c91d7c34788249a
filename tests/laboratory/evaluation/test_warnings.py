"""Scores of warnings: late or not, warned or not, how early, how well the chances fit."""

from datetime import UTC, datetime, timedelta

from laboratory.evaluation.warnings import LatenessNotice, ShipmentOutcome, score_warnings

PROMISED = datetime(2026, 9, 7, 12, tzinfo=UTC)


def make_outcome(late_min, notices=(), p=0.5):
    """A shipment attempted `late_min` minutes after its promise; notices are (minutes before it, type)."""
    changes = tuple(
        LatenessNotice(PROMISED - timedelta(minutes=before), kind, "window_past_promise")
        for before, kind in notices
    )
    return ShipmentOutcome(PROMISED, PROMISED + timedelta(minutes=late_min), changes, p, p)


def test_warnings_are_counted_against_what_happened():
    outcomes = [
        make_outcome(20, [(40, "delayed")], 0.9),
        make_outcome(20, [(10, "delayed")], 0.8),
        make_outcome(20, (), 0.4),
        make_outcome(-5, [(40, "delayed"), (30, "delay_cleared"), (20, "delayed")], 0.6),
        *[make_outcome(-5, (), 0.1) for _ in range(6)],
    ]
    assert score_warnings(outcomes) == {
        "shipments": 10,
        "late_share": 0.3,
        "told_per_shipment": 0.5,
        "over_two_pct": 10.0,
        "precision": 0.6667,
        "recall": 0.6667,
        "false_alarm_pct": 14.29,
        "lead_min_median": 25.0,
        "lead_30_pct": 50.0,
        "by_reason": {"window_past_promise": 3},
        "brier_skill_dispatch": 0.6048,
        "brier_skill_half_way": 0.6048,
        "ece": 0.21,
    }


def test_a_warning_after_the_attempt_is_none():
    assert make_outcome(20, [(-30, "delayed")]).warned_at is None


def test_without_any_shipment_nothing_is_claimed():
    report = score_warnings([])
    assert report.pop("shipments") == 0
    assert report.pop("by_reason") == {}
    assert set(report.values()) == {None}

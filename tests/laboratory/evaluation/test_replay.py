"""Replays of drawn legs: nothing looks ahead, and the figures of honest windows hold on them."""

from datetime import datetime, timedelta
from random import Random

import pytest

from laboratory.evaluation.leg_files import LaneHistory, read_progress
from laboratory.evaluation.replay import Options, replay
from laboratory.evaluation.scores import score
from tests.legs import draw_checkpoints, draw_legs, write_csv
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.eta.lanes import Level
from tracking.services.prediction.leg_files import read_legs

pytestmark = pytest.mark.slow

LEGS = draw_legs(seed=7, count=10_000)


@pytest.fixture(scope="module")
def legs(tmp_path_factory):
    return read_legs(write_csv(tmp_path_factory.mktemp("legs") / "legs.csv", LEGS))


def said(legs, **options):
    predictions = replay(MemoryLaneStatisticsStore(), legs, **options).predictions
    return {one.leg.leg_id: (one.span, one.baseline_min, one.unseen, one.p_late) for one in predictions}


def test_a_prediction_never_knows_what_comes_after_it(legs):
    legs = legs[:1500]
    cut = legs[800].departed_at
    rng = Random(3)
    after = [leg for leg in legs if leg.departed_at >= cut]
    profiles = [leg.profile for leg in after]
    rng.shuffle(profiles)
    shuffled = [
        leg._replace(profile=profile, arrived_at=leg.departed_at + timedelta(minutes=rng.uniform(5, 900)))
        for leg, profile in zip(after, profiles, strict=True)
    ]
    # Those under way at the cut arrive at other times too: nobody could know.
    before = [
        leg if leg.arrived_at < cut else leg._replace(arrived_at=cut + timedelta(minutes=rng.uniform(0, 600)))
        for leg in legs
        if leg.departed_at < cut
    ]
    other = [*before, *shuffled]
    rng.shuffle(other)
    first, second = (said(some, options=Options(promise_factor=2.0)) for some in (legs, other))
    ids = [leg.leg_id for leg in before]
    assert len(ids) == 800
    assert [second[leg_id] for leg_id in ids] == [first[leg_id] for leg_id in ids]


def test_a_prediction_under_way_never_knows_what_comes_after_it(legs, tmp_path):
    progress = read_progress(write_csv(tmp_path / "checkpoints.csv", draw_checkpoints(1, LEGS[:1500])))
    legs = legs[:1500]
    cut = legs[800].departed_at
    rng = Random(5)
    later = [
        leg if leg.arrived_at < cut else leg._replace(arrived_at=cut + timedelta(minutes=rng.uniform(1, 600)))
        for leg in legs
        if leg.departed_at < cut
    ]
    known = [sample for sample in progress if sample.at < cut]
    first, second = (
        [rest.span for rest in replay(MemoryLaneStatisticsStore(), some, progress=samples).under_way]
        for some, samples in ((legs, progress), (later, known))
    )
    assert len(second) > 500
    assert second == first[: len(second)]


def test_at_equal_instants_arrivals_come_first(legs):
    first = legs[0]
    second = first._replace(leg_id="second", departed_at=first.arrived_at)
    second = second._replace(arrived_at=second.departed_at + timedelta(hours=1))
    assert [unseen for _, _, unseen, _ in said([second, first]).values()] == [True, False]


def test_legs_before_the_first_scored_day_teach_unscored(legs):
    score_from = legs[600].departed_at
    replayed = replay(MemoryLaneStatisticsStore(), legs[:900], Options(score_from=score_from))
    assert (len(replayed.predictions), replayed.learned) == (300, 900)


def test_unsound_legs_are_skipped_and_counted_by_reason(legs):
    one = legs[0]
    unsound = [
        one,
        one,
        one._replace(leg_id="b", arrived_at=one.departed_at - timedelta(minutes=1)),
        one._replace(leg_id="c", arrived_at=one.departed_at + timedelta(minutes=2)),
        one._replace(leg_id="d", arrived_at=one.departed_at + timedelta(days=8)),
    ]
    report = score(replay(MemoryLaneStatisticsStore(), unsound))
    assert {name: report[name] for name in ("legs", "scored", "skipped", "skipped_reasons")} == {
        "legs": 5,
        "scored": 1,
        "skipped": 4,
        "skipped_reasons": {
            "arrived_before_departed": 1,
            "leg_id_again": 1,
            "over_7_days": 1,
            "under_3_min": 1,
        },
    }


def test_lanes_summed_up_set_the_planned_lane_and_separate_seen_from_unseen(legs):
    lanes = MemoryLaneStatisticsStore()
    known = legs[0].profile
    history = [LaneHistory(known.origin, known.destination, 300, 1.8)]
    predictions = replay(lanes, legs[:1], history=history).predictions
    assert [one.unseen for one in predictions] == [False]
    assert lanes.read([f"lane#p#p#{known.origin}#{known.destination}"]).popitem()[1].statistic != Level()


def test_an_empty_file_is_scored_as_nothing():
    report = score(replay(MemoryLaneStatisticsStore(), []))
    assert (report["legs"], report["scored"], report["mae_min"], report["by_day"]) == (0, 0, None, [])


def test_a_report_repeats_its_measures_for_every_bucket_and_day(legs):
    report = score(replay(MemoryLaneStatisticsStore(), legs[:1500]))
    columns = {"n", "mae_min", "wape_pct", "coverage_pct", "median_relative_width_pct"}
    assert [set(part) - columns for part in report["by_bucket"]] == [{"bucket"}] * 4
    assert {tuple(set(part) - columns) for part in report["by_day"]} == {("day",)}
    assert (
        sum(part["n"] for part in report["by_day"]) == sum(part["n"] for part in report["by_bucket"]) == 1500
    )
    assert report["coverage_pct"] + report["below_pct"] + report["above_pct"] == pytest.approx(100, abs=0.01)


@pytest.fixture(scope="module")
def cold(legs):
    options = Options(score_from=legs[0].departed_at + timedelta(days=3), promise_factor=2.5)
    return score(replay(MemoryLaneStatisticsStore(), legs, options))


@pytest.fixture(scope="module")
def seeded(legs):
    return score(replay(MemoryLaneStatisticsStore(), legs[5000:], history=legs[:5000]))


def test_windows_are_right_as_often_as_they_say(cold, seeded):
    for report in (cold, seeded):
        assert 77 <= report["coverage_pct"] <= 85
        assert all(74 <= part["coverage_pct"] <= 90 for part in report["by_bucket"])
        assert all(74 <= part["coverage_pct"] <= 88 for part in report["by_day"] if part["n"] >= 300)


def test_middles_are_as_near_as_they_must_be_and_long_hauls_nearer(cold, seeded):
    assert cold["wape_pct"] <= 21
    assert seeded["wape_pct"] <= 18
    by_bucket = [part["wape_pct"] for part in seeded["by_bucket"]]
    assert all(found <= limit for found, limit in zip(by_bucket, (34, 31, 26, 10), strict=True))


def test_windows_are_narrow_enough_to_be_of_use(cold, seeded):
    assert cold["median_relative_width_pct"] <= 95
    assert seeded["median_relative_width_pct"] <= 80


def test_what_was_learned_beats_one_constant_factor(cold, seeded):
    assert cold["gain_pct"] >= 20
    assert seeded["gain_pct"] >= 30


def test_the_chance_to_be_late_is_skilled_and_calibrated(cold):
    assert cold["lateness"]["skill"] >= 0.25
    assert cold["lateness"]["ece"] <= 0.08


def test_the_remaining_time_under_way_is_predicted_better_than_from_the_elapsed_time(legs, tmp_path):
    progress = read_progress(write_csv(tmp_path / "checkpoints.csv", draw_checkpoints(1, LEGS[:4000])))
    score_from = datetime.fromisoformat(LEGS[1500]["departed_at"])
    report = score(replay(MemoryLaneStatisticsStore(), legs[:4000], Options(score_from), progress=progress))
    assert report["in_trip"]["own_speed_gain_pct"] >= 30
    assert 77 <= report["in_trip"]["coverage_pct"] <= 85

"""History of a carrier: which legs are learned, in which order, and what the trial compares."""

import os
from datetime import timedelta

import msgspec
import pytest

from tests.legs import START, draw_legs, write_csv
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.domain.errors import TransientError
from tracking.domain.legs import LegProfile
from tracking.eta.lane_keys import list_keys
from tracking.eta.lanes import ImportedFile, class_key, lane_key
from tracking.input_files import BadFileError
from tracking.services.prediction.history import (
    find_imported,
    finish_in_order,
    hash_file,
    learn_history,
    read_statistics,
    remember_file,
    select_legs,
    try_history,
)
from tracking.services.prediction.leg_files import RecordedLeg, read_hub_legs
from tracking.services.reading.eta_quality import read_eta_quality

LATER = START + timedelta(days=400)


def leg(number: int, hours: float, minutes: float = 480, **profile) -> RecordedLeg:
    inputs = {
        "origin": "BLR",
        "destination": "MAA",
        "vehicle_class": "any",
        "base_from": "p",
        "base_min": 240.0,
    }
    departed_at = START + timedelta(hours=hours)
    return RecordedLeg(
        f"L{number}", LegProfile(**inputs | profile), departed_at, departed_at + timedelta(minutes=minutes)
    )


@pytest.fixture
def drawn(tmp_path) -> list[RecordedLeg]:
    """Nine hundred legs of thirty lanes, by planned minutes and by distance."""
    return read_hub_legs(write_csv(tmp_path / "legs.csv", draw_legs(seed=4, count=900, lanes=30)))


def test_a_row_gives_a_leg_of_its_class_for_each_source_of_base_minutes(tmp_path):
    rows = draw_legs(seed=1, count=3)
    rows[1]["distance_km"], rows[2]["planned_minutes"] = "", ""
    rows[0]["vehicle_class"], rows[1]["vehicle_class"] = "Line  Haul", "any"
    legs = read_hub_legs(write_csv(tmp_path / "legs.csv", rows))
    assert [(leg.leg_id, leg.profile.base_from, leg.profile.vehicle_class) for leg in legs] == [
        ("L00000", "p", "line haul"),
        ("L00000", "d", "line haul"),
        ("L00001", "p", "any"),
        ("L00002", "d", "feeder"),
    ]


def test_unsound_unended_and_repeated_legs_are_left_out_by_reason():
    legs = [
        leg(1, 0),
        leg(1, 1),
        leg(1, 0, base_from="d"),
        leg(2, 0, minutes=2),
        leg(3, 0, minutes=-1),
        leg(4, 0, minutes=8 * 1440),
        leg(5, 2, minutes=481),
        leg(6, 0, destination="BLR"),
        leg(7, 0, minutes=401, base_min=4.0),
        leg(8, 0, minutes=4, base_min=41.0),
        leg(9, 0, minutes=400, base_min=4.0),
    ]
    selected = select_legs(legs, START + timedelta(hours=10))
    assert selected.usable == [leg(1, 0), leg(1, 0, base_from="d"), leg(9, 0, minutes=400, base_min=4.0)]
    assert selected.skipped == {
        "arrived_before_departed": 1,
        "implausible_duration": 2,
        "leg_id_again": 1,
        "not_ended": 1,
        "over_7_days": 1,
        "same_hub": 1,
        "under_3_min": 1,
    }


def test_a_leg_is_predicted_from_what_had_arrived_before_it_departed():
    early, meanwhile, after = leg(1, 0), leg(2, 4), leg(3, 8)
    finished = {each.shipment_id: each for each in finish_in_order({}, [after, meanwhile, early])}
    assert finished["L1"].log_ratio == finished["L2"].log_ratio != finished["L3"].log_ratio
    assert list(finished) == ["L1", "L2", "L3"]


def test_later_legs_do_not_change_earlier_predictions(drawn):
    cut = drawn[len(drawn) // 2].departed_at
    shuffled = [
        each._replace(arrived_at=each.departed_at + timedelta(minutes=5 + 7 * number % 900))
        if each.departed_at >= cut
        else each
        for number, each in enumerate(drawn)
    ]
    past, same = (
        [each for each in finish_in_order({}, legs) if each.arrived_at < cut] for legs in (drawn, shuffled)
    )
    assert len(past) > 300
    assert past == same


def test_the_trial_compares_the_last_fifth_and_history_makes_it_better(drawn):
    trial = try_history({}, drawn)
    cold, seeded = trial["cold"], trial["seeded"]
    late = [each for each in drawn if each.departed_at.isoformat() >= trial["from"]]
    assert [cold[source]["n"] + seeded[source]["n"] for source in ("planned", "distance")] == [len(late)] * 2
    assert len(late) == pytest.approx(0.2 * len(drawn), abs=2)
    for source in ("planned", "distance"):
        assert seeded[source]["error_pct"] < cold[source]["error_pct"]


def test_the_trial_begins_with_what_is_known_already(drawn):
    lanes = MemoryLaneStatisticsStore()
    learn_history(lanes, {}, drawn, lambda _: None)
    trial = try_history(read_statistics(lanes, drawn), drawn)
    assert trial["cold"]["planned"]["error_pct"] < try_history({}, drawn)["cold"]["planned"]["error_pct"]


def test_a_trial_of_few_legs_or_none_has_no_figures():
    figures = {"n": 1, "error_min": None, "error_pct": None, "coverage_pct": None, "width_min": None}
    few = try_history({}, [leg(1, 0), leg(2, 9)])
    assert (few["cold"], few["seeded"]) == ({"planned": figures}, {"planned": figures})
    assert try_history({}, []) == {"from": None, "cold": {}, "seeded": {}}


def test_what_is_learned_is_what_the_line_would_have_learned(drawn):
    lanes, done = MemoryLaneStatisticsStore(), []
    learned = learn_history(lanes, {}, drawn, done.append)
    assert (learned, done[-1], len(done)) == (len(drawn), len(drawn), len(drawn) // 100)
    lane = drawn[0].profile
    same_lane = [each for each in drawn if lane_key(each.profile) == lane_key(lane)]
    known = lanes.read([lane_key(lane), class_key(lane)])
    assert known[lane_key(lane)].statistic.count == min(len(same_lane), 40)
    assert known[class_key(lane)].statistic.count == 40


def test_imported_legs_count_in_no_public_figure_and_widen_nothing(drawn):
    lanes = MemoryLaneStatisticsStore()
    learn_history(lanes, {}, drawn, lambda _: None)
    quality = read_eta_quality(lanes, max(each.arrived_at for each in drawn))
    widened = [key for each in drawn for key in list_keys(each.profile) if "#w#" in key]
    assert (quality.legs.total.n, lanes.read(sorted(set(widened)))) == (0, {})


def test_an_import_again_changes_nothing(drawn):
    lanes = MemoryLaneStatisticsStore()
    learn_history(lanes, {}, drawn, lambda _: None)
    keys = sorted({key for each in drawn for key in list_keys(each.profile)})
    before = lanes.read(keys)
    assert learn_history(lanes, read_statistics(lanes, drawn), drawn, lambda _: None) == 0
    assert lanes.read(keys) == before


def test_a_file_is_remembered_by_its_content(tmp_path):
    lanes, file = MemoryLaneStatisticsStore(), tmp_path / "legs.csv"
    file.write_bytes(b"leg_id\n")
    remember_file(lanes, hash_file(file), 12)
    assert find_imported(lanes, hash_file(file)) == ImportedFile(imported_legs=12)
    file.write_bytes(b"leg_id\r\n")
    assert find_imported(lanes, hash_file(file)) is None


def test_a_pipe_has_no_hash_since_it_is_read_once(tmp_path):
    os.mkfifo(tmp_path / "legs")
    with pytest.raises(BadFileError, match="legs is no regular file"):
        hash_file(tmp_path / "legs")


def test_an_interrupted_import_is_completed_by_the_next(drawn):
    class Interrupted(MemoryLaneStatisticsStore):
        left = 60

        def keep(self, lesson):
            self.left -= 1
            if self.left == 0:
                raise TransientError("no route")
            return super().keep(lesson)

    lanes = Interrupted()
    with pytest.raises(TransientError):
        learn_history(lanes, {}, drawn, lambda _: None)
    assert 0 < len(lanes.legs) < len(drawn)
    before = len(lanes.legs)
    learned = learn_history(lanes, read_statistics(lanes, drawn), drawn, lambda _: None)
    assert (before + learned, len(lanes.legs)) == (len(drawn), len(drawn))


def test_a_stored_leg_has_the_prediction_it_would_have_had_and_no_window(drawn):
    lanes = MemoryLaneStatisticsStore()
    learn_history(lanes, {}, drawn, lambda _: None)
    expected = next(finish_in_order({}, drawn))
    stored = lanes.legs[lane_key(expected.profile), expected.sort_key]
    assert stored == msgspec.structs.replace(expected, low_offset=None, high_offset=None)

"""Learning from one leg: the statistics that it changes, and those that it must not."""

import math
from datetime import timedelta

import msgspec
import pytest

from tests.events import at
from tracking.domain.legs import RECIPIENT, FinishedLeg, QuarterPrediction, find_fault
from tracking.eta.durations import (
    TYPICAL_DWELL,
    TYPICAL_STOP,
    TYPICAL_TOUR,
    add_duration,
    stop_key,
    unlearned_statistics,
)
from tracking.eta.lanes import (
    Level,
    Spread,
    class_key,
    departure_residuals_key,
    global_key,
    hub_key,
    lane_class_key,
    lane_key,
)
from tracking.eta.learning import (
    find_quantile_step,
    learn,
    list_touched_keys,
    update_level,
    update_spread,
)
from tracking.eta.residuals import prior_residuals

LEG = FinishedLeg(
    origin="BLR",
    destination="MAA",
    vehicle_class="truck",
    base_from="p",
    base_min=240.0,
    departed_at=at(0),
    arrived_at=at(480),
    log_ratio=math.log(2.1),
    spread_key="lane#q#p#3#0",
    vehicle_id="KA-01",
)


def test_a_first_leg_sets_its_levels_pulls_the_global_one_and_moves_the_offsets():
    z = math.log(2.0)
    run = LEG.profile
    assert learn({}, [LEG]) == {
        class_key(run): Level(mean_log=z, count=1),
        class_key(run.of_all_classes): Level(mean_log=z, count=1),
        lane_class_key(run): Level(mean_log=z, count=1),
        hub_key(run): Level(mean_log=z, count=1),
        lane_key(run): Level(mean_log=z, count=1),
        global_key("p"): Level(mean_log=math.log(2.1) + (z - math.log(2.1)) / 6, count=6),
        LEG.spread_key: Spread(low_offset=-0.45 + 0.012, high_offset=0.60 - 0.012, count=1),
        departure_residuals_key("p", 3): prior_residuals().add(z - math.log(2.1)),
    }


def test_two_legs_at_once_teach_what_they_teach_one_by_one():
    second = msgspec.structs.replace(LEG, departed_at=at(60), arrived_at=at(700))
    first_alone = learn({}, [LEG])
    assert learn({}, [LEG, second]) == first_alone | learn(first_alone, [second])


def test_one_breakdown_moves_a_lane_by_no_more_than_the_clip():
    assert update_level(Level(mean_log=0.7, count=9), 3.0) == Level(
        mean_log=pytest.approx(0.7 + 0.7 / 10), count=10
    )


def test_a_level_forgets_because_it_never_weighs_more_than_forty_legs():
    assert update_level(Level(mean_log=0.7, count=40), 0.3) == Level(mean_log=pytest.approx(0.69), count=40)


def test_offsets_settle_where_one_of_ten_lies_outside_on_either_side():
    spread = Spread()
    for number in range(20_000):
        spread = update_spread(spread, ((number * 61) % 1000) / 1000 - 0.5)
    assert (spread.low_offset, spread.high_offset) == (
        pytest.approx(-0.4, abs=0.05),
        pytest.approx(0.4, abs=0.05),
    )


def test_the_first_legs_move_the_offsets_three_times_as_far_as_later_ones():
    spread, steps = Spread(low_offset=-1.0, high_offset=1.0, count=0), []
    for _ in range(60):
        moved = update_spread(spread, 0.0)
        steps.append(moved.low_offset - spread.low_offset)
        spread = moved
    assert steps == sorted(steps, reverse=True)
    assert (steps[0], steps[20], steps[40], steps[-1]) == (
        pytest.approx(0.012),
        pytest.approx(0.006),
        pytest.approx(0.004),
        pytest.approx(0.004),
    )


@pytest.mark.parametrize(
    ("count", "step"), [(0, 0.12), (20, 0.06), (39, 0.12 * 20 / 59), (40, 0.04), (10_000, 0.04)]
)
def test_the_step_of_the_offsets_falls_to_a_third_and_stays_there(count, step):
    assert find_quantile_step(count) == pytest.approx(step)


def test_offsets_that_were_stored_without_a_count_take_the_steps_of_many_legs():
    stored = msgspec.json.decode(b'{"l10": -0.3, "l90": 0.4}', type=Spread)
    assert update_spread(stored, 0.0) == Spread(
        low_offset=pytest.approx(-0.296), high_offset=pytest.approx(0.396), count=40
    )


def test_offsets_never_reach_the_middle():
    spread = Spread(low_offset=-0.02, high_offset=0.02)
    for _ in range(100):
        spread = update_spread(spread, 0.0)
    assert spread == Spread(low_offset=-0.02, high_offset=0.02)


def test_a_leg_that_ended_elsewhere_teaches_its_pace_and_nothing_about_errors():
    elsewhere = msgspec.structs.replace(LEG, spread_key="")
    assert set(learn({}, [elsewhere])) == {key for key in list_touched_keys(LEG) if key[5] not in "qr"}


def test_what_was_said_under_way_is_learned_in_the_tables_of_its_quarter():
    note = QuarterPrediction(quarter=2, at=at(300), base_min=100.0, log_ratio=0.5)
    leg = msgspec.structs.replace(LEG, under_way=(note,))
    changed = learn({}, [leg])
    residual = math.log(180 / 100) - 0.5
    assert changed["lane#r#p#3#t2"] == prior_residuals().add(residual)
    assert changed["lane#q#p#3#t2"] == Spread(low_offset=-0.35 + 0.012, high_offset=0.60 - 0.012, count=1)
    assert sorted(changed) == sorted(list_touched_keys(leg))


@pytest.mark.parametrize(
    ("minutes", "fault"),
    [(-1, "arrived_before_departed"), (2.9, "under_3_min"), (3, None), (7 * 1440 + 1, "over_7_days")],
)
def test_a_leg_too_short_or_too_long_teaches_nothing(minutes, fault):
    assert find_fault(at(0), at(0) + timedelta(minutes=minutes)) == fault


def test_parcels_of_one_truck_are_one_leg_and_without_a_truck_each_is_its_own():
    names = {
        msgspec.structs.replace(LEG, departed_at=at(0.3), shipment_id=f"S{n}").sort_key for n in range(90)
    }
    own = {msgspec.structs.replace(LEG, vehicle_id=None, shipment_id=f"S{n}").sort_key for n in range(90)}
    assert (names, len(own)) == ({"leg#2026-11-22T07:00:00.000Z#KA-01"}, 90)


def test_one_leg_moves_a_level_by_at_most_the_clip():
    known = Level(mean_log=0.7, count=9)
    assert [update_level(known, z).mean_log for z in (-3.0, 0.0, 0.5, 1.4, 3.0)] == [
        pytest.approx(0.7 + pull / 10) for pull in (-0.7, -0.7, -0.2, 0.7, 0.7)
    ]


def test_the_global_level_never_weighs_more_than_five_hundred_legs():
    z = math.log(2.0)
    changed = learn({global_key("p"): Level(mean_log=0.5, count=500)}, [LEG])
    assert changed[global_key("p")] == Level(mean_log=pytest.approx(0.5 + (z - 0.5) / 500), count=500)


@pytest.mark.parametrize(
    ("residual", "low_offset", "high_offset"),
    [
        (-1.0, 0.1 - 1, 0.9 - 1),
        (0.0, 0.1, 0.9 - 1),
        (1.0, 0.1, 0.9),
        (-0.45, 0.1, 0.9 - 1),
        (0.60, 0.1, 0.9),
    ],
)
def test_each_offset_takes_one_step_towards_its_quantile(residual, low_offset, high_offset):
    assert update_spread(Spread(), residual) == Spread(
        low_offset=pytest.approx(-0.45 + 0.04 * low_offset),
        high_offset=pytest.approx(0.60 + 0.04 * high_offset),
    )


LAST_MILE = msgspec.structs.replace(
    LEG, destination=RECIPIENT, departed_at=at(0), arrived_at=at(60), dwelt_min=45.0, stops_ahead=4
)


def test_a_last_mile_updates_dwell_tour_and_minutes_per_stop_and_no_lane():
    driven = 5 * 0.6 * 1.35 / 22 * 60
    assert learn({}, [LAST_MILE]) == {
        "lane#d#BLR": add_duration(unlearned_statistics(TYPICAL_DWELL), TYPICAL_DWELL, 45.0),
        "lane#t#BLR": add_duration(unlearned_statistics(TYPICAL_TOUR), TYPICAL_TOUR, 60.0),
        stop_key("BLR", at(0)): add_duration(
            unlearned_statistics(TYPICAL_STOP), TYPICAL_STOP, (60 - driven) / 4
        ),
    }
    assert list_touched_keys(LAST_MILE) == ["lane#d#BLR", "lane#t#BLR", stop_key("BLR", at(0))]


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"stops_ahead": 0}, ["lane#d#BLR", "lane#t#BLR"]),
        ({"stops_ahead": None}, ["lane#d#BLR", "lane#t#BLR"]),
        ({"stops_ahead": None, "dwelt_min": None}, ["lane#t#BLR"]),
    ],
)
def test_a_last_mile_updates_only_the_durations_it_knows(fields, keys):
    leg = msgspec.structs.replace(LAST_MILE, **fields)
    assert list(learn({}, [leg])) == list_touched_keys(leg) == keys


def test_a_tour_faster_than_the_road_allows_counts_as_half_a_minute_per_stop():
    leg = msgspec.structs.replace(LAST_MILE, arrived_at=at(5))
    learned = learn({}, [leg])[stop_key("BLR", at(0))]
    assert learned == add_duration(unlearned_statistics(TYPICAL_STOP), TYPICAL_STOP, 0.5)


def test_a_leg_between_hubs_updates_the_dwell_before_it_and_no_tour():
    leg = msgspec.structs.replace(LEG, dwelt_min=45.0)
    assert learn({}, [leg])["lane#d#BLR"] == add_duration(
        unlearned_statistics(TYPICAL_DWELL), TYPICAL_DWELL, 45.0
    )
    assert list_touched_keys(leg)[0] == "lane#d#BLR"


@pytest.mark.parametrize(
    ("base_min", "counts"), [(4801.0, False), (4800.0, True), (4.8, True), (4.79, False), (0.0, False)]
)
def test_a_leg_of_an_implausible_duration_teaches_no_duration_of_its_lane(base_min, counts):
    leg = msgspec.structs.replace(LEG, base_min=base_min)
    assert (lane_key(leg.profile) in learn({}, [leg])) is counts


@pytest.mark.parametrize(
    ("minute", "base_min", "learned"),
    [(479, 1.0, True), (480, 1.0, False), (481, 1.0, False), (300, 0.0, False)],
)
def test_a_prediction_under_way_is_learned_from_if_part_of_the_leg_remained(minute, base_min, learned):
    note = QuarterPrediction(quarter=2, at=at(minute), base_min=base_min, log_ratio=0.5)
    changed = learn({}, [msgspec.structs.replace(LEG, under_way=(note,))])
    assert ("lane#q#p#3#t2" in changed, "lane#r#p#3#t2" in changed) == (learned, learned)

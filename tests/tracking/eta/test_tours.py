"""Last mile: speeds by the hour, and the minutes to a door with a manifest and without one."""

import math

import pytest

from tests.events import at
from tracking.eta.durations import (
    TYPICAL_STOP,
    DurationStatistics,
    predict_log_minutes,
    stop_key,
    tour_key,
    unlearned_statistics,
)
from tracking.eta.spans import Span, make_span, sum_spans
from tracking.eta.tours import Tour, drive_minutes, predict_tour, street_kmh

# The story begins at half past twelve in India; an hour's minutes count from there.
HALF_PAST_TWELVE = 12 * 60 + 30
CALM_KM = 22 / 1.35 / 60
DOOR = ({}, "MAA", at(0))


@pytest.mark.parametrize(
    ("hour", "slower"),
    [
        (7.99, 1.0),
        (8, 1.35),
        (10.99, 1.35),
        (11, 1.0),
        (16.99, 1.0),
        (17, 1.5),
        (20.99, 1.5),
        (21, 1.0),
    ],
)
def test_streets_are_slower_in_the_morning_and_in_the_evening(hour, slower):
    moment = at(hour * 60 - HALF_PAST_TWELVE)
    speeds = (street_kmh(moment), street_kmh(moment, is_two_wheeler=True))
    assert speeds == pytest.approx((22 / slower, 25 / slower))


def test_streets_are_longer_than_the_straight_line():
    minutes = (drive_minutes(10, at(0)), drive_minutes(10, at(0), is_two_wheeler=True))
    assert minutes == pytest.approx((10 * 1.35 / 22 * 60, 10 * 1.35 / 25 * 60))


def whole(travel: float, stops: int, a_stop: float, calm: float, dwell: DurationStatistics) -> Span:
    at_stops = make_span(stops * a_stop, dwell.low_offset * calm, dwell.high_offset * calm)
    return sum_spans([make_span(travel, -0.35, 0.45), at_stops])


@pytest.mark.parametrize(
    ("stops", "calm"), [(0, 1.0), (1, 1.0), (4, 0.5), (24, 1 / math.sqrt(24)), (25, 0.2), (100, 0.2)]
)
def test_with_a_manifest_the_way_and_the_stops_before_add_up_and_many_stops_differ_less(stops, calm):
    span = predict_tour(*DOOR, Tour(stops_ahead=stops), None)
    assert span == pytest.approx(
        whole((stops + 1) * 0.6 / CALM_KM, stops, 4.8, calm, unlearned_statistics(TYPICAL_STOP))
    )


def test_a_two_wheeler_drives_faster_between_its_stops():
    span = predict_tour(*DOOR, Tour(stops_ahead=4, is_two_wheeler=True), None)
    assert span == pytest.approx(whole(3 * 1.35 / 25 * 60, 4, 4.8, 0.5, unlearned_statistics(TYPICAL_STOP)))


def test_what_was_learned_of_the_zone_says_how_long_a_stop_takes():
    learned = DurationStatistics(mean_log=math.log(9), count=40.0, low_offset=-0.3, high_offset=0.2)
    span = predict_tour({stop_key("MAA", at(0)): learned}, "MAA", at(0), Tour(stops_ahead=4), None)
    a_stop = math.exp(predict_log_minutes(learned, TYPICAL_STOP))
    assert span == pytest.approx(whole(3 / CALM_KM, 4, a_stop, 0.5, learned))


def test_the_vans_own_stops_today_are_weighed_against_its_zone_as_eight():
    tour = Tour(stops_ahead=4, stops_done=8, started_at=at(-120))
    own = (120 - 8 * 0.6 / CALM_KM) / 8
    span = predict_tour(*DOOR, tour, None)
    assert span == pytest.approx(
        whole(3 / CALM_KM, 4, (own * 8 + 4.8 * 8) / 16, 0.5, unlearned_statistics(TYPICAL_STOP))
    )


def test_a_van_that_was_faster_than_the_road_allows_took_half_a_minute_a_stop():
    tour = Tour(stops_ahead=4, stops_done=8, started_at=at(-1))
    span = predict_tour(*DOOR, tour, None)
    assert span == pytest.approx(
        whole(3 / CALM_KM, 4, (0.5 * 8 + 4.8 * 8) / 16, 0.5, unlearned_statistics(TYPICAL_STOP))
    )


@pytest.mark.parametrize("tour", [Tour(4, stops_done=3), Tour(4, started_at=at(-60))])
def test_without_a_start_or_a_stop_done_the_zone_alone_counts(tour):
    assert predict_tour(*DOOR, tour, None) == predict_tour(*DOOR, Tour(stops_ahead=4), None)


def test_it_takes_at_least_the_straight_way_to_the_door():
    least = 30 / CALM_KM
    span = predict_tour(*DOOR, Tour(stops_ahead=1), 30.0)
    wanted = whole(least, 1, 4.8, 1.0, unlearned_statistics(TYPICAL_STOP))
    assert span == pytest.approx((max(wanted.p10, least), wanted.p50, wanted.p90))


@pytest.mark.parametrize(
    ("as_loaded", "elapsed", "left"), [(True, 5.0, 5.0), (False, 5.0, 0.0), (True, 900.0, None)]
)
def test_stops_counted_at_loading_lie_behind_in_part_but_a_tenth_is_always_left(as_loaded, elapsed, left):
    span = predict_tour(*DOOR, Tour(stops_ahead=4, is_as_loaded=as_loaded), None, elapsed)
    usual = whole(3 / CALM_KM, 4, 4.8, 0.5, unlearned_statistics(TYPICAL_STOP))
    wanted = [part * 0.1 if left is None else part - left for part in usual]
    assert span == pytest.approx(wanted)


KNOWN = DurationStatistics(mean_log=math.log(150), count=3.0, low_offset=-0.5, high_offset=0.5)
USUAL = (150 * math.exp(-0.5), 150, 150 * math.exp(0.5))


@pytest.mark.parametrize(
    ("km", "elapsed", "wanted"),
    [
        (None, 0.0, USUAL),
        (None, 30.0, [part - 30 for part in USUAL]),
        (None, 900.0, [part * 0.1 for part in USUAL]),
        (50.0, 0.0, [max(part, 50 / CALM_KM) for part in USUAL]),
    ],
)
def test_without_a_manifest_the_statistics_of_the_hub_give_the_remaining_time(km, elapsed, wanted):
    book = {tour_key("MAA"): KNOWN}
    assert predict_tour(book, "MAA", at(0), None, km, elapsed) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("km", "elapsed", "wanted"),
    [
        (None, 0.0, (0.0, 150, 420)),
        (None, 60.0, (0.0, 90, 360)),
        (0.1, 60.0, (0.1 / CALM_KM, math.sqrt(2 * 90), 360)),
        (2.0, 60.0, (2 / CALM_KM, math.sqrt(2 / CALM_KM * 90), 360)),
        # Farther away than a whole tour takes: so long it takes at least.
        (80.0, 0.0, (80 / CALM_KM, 80 / CALM_KM, 420)),
    ],
)
def test_until_a_hub_is_known_the_door_may_come_at_any_moment_and_soon_where_it_is_near(km, elapsed, wanted):
    barely = DurationStatistics(
        mean_log=math.log(150), count=2.9, low_offset=math.log(30 / 150), high_offset=math.log(420 / 150)
    )
    spans = [predict_tour(book, "MAA", at(0), None, km, elapsed) for book in ({}, {tour_key("MAA"): barely})]
    assert spans == [pytest.approx(wanted)] * 2

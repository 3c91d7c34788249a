"""Promises: the chance that one is broken, learned from earlier promises of the hub and of the same kind."""

import math
from datetime import timedelta

import msgspec
import pytest

from tests.events import at
from tests.tracking.domain.journeys import CHENNAI, Journey
from tracking.domain.delay import LEARNED_ENOUGH
from tracking.domain.legs import RECIPIENT, FinishedLeg
from tracking.eta.durations import tour_key
from tracking.eta.learning import learn, list_touched_keys
from tracking.eta.promises import (
    NOTHING_LEARNED,
    list_promise_keys,
    measure_promise,
    predict_broken,
    promise_keys,
)

BOOKED_AT, PROMISED_AT = at(0), at(600)
PARCEL = FinishedLeg(
    origin="MAA-GDY",
    destination=RECIPIENT,
    vehicle_class="any",
    base_from="d",
    base_min=0.0,
    departed_at=at(400),
    arrived_at=at(500),
    shipment_id="S1",
    booked_at=at(0),
    promised_at=PROMISED_AT,
)


def learn_parcels(*attempts, hub_id="MAA-GDY", booked_at=BOOKED_AT, promised_at=PROMISED_AT):
    """Return the statistics after parcels whose first attempts came so many minutes after minute 0."""
    parcels = [
        msgspec.structs.replace(
            PARCEL,
            origin=hub_id,
            arrived_at=at(minute),
            booked_at=booked_at,
            promised_at=promised_at,
            shipment_id=f"S{number}",
        )
        for number, minute in enumerate(attempts)
    ]
    return learn({}, parcels)


def chance(statistics, minute=0.0, prior=0.5):
    return predict_broken(statistics, "MAA-GDY", at(0), PROMISED_AT, at(minute), prior)


def test_a_promise_is_learned_overall_by_hub_by_part_of_the_indian_day_and_by_the_time_allowed():
    keys = promise_keys("MAA-GDY", at(0), PROMISED_AT)
    assert keys == ("lane#b", "lane#b#MAA-GDY", "lane#b#MAA-GDY#5", "lane#a#5#2")
    assert set(keys) < set(list_promise_keys("MAA-GDY"))
    learned = NOTHING_LEARNED.add(math.log(500 / 600))
    assert {key: learn({}, [PARCEL])[key] for key in keys} == dict.fromkeys(keys, learned)
    assert sorted(learn({}, [PARCEL])) == sorted(list_touched_keys(PARCEL))


@pytest.mark.parametrize(
    ("promised", "minute", "ratio"),
    [(600, 300, math.log(0.5)), (600, 600, 0.0), (0, 10, None), (-9, 10, None), (600, 0, None)],
)
def test_an_attempt_is_compared_with_the_time_promised_from_the_booking_on(promised, minute, ratio):
    assert measure_promise(at(0), at(promised), at(minute)) == (
        None if ratio is None else pytest.approx(ratio)
    )


def test_without_earlier_promises_the_chance_is_the_one_by_durations():
    assert chance({}, prior=0.37) == (0.37, 0.0)


def test_many_kept_promises_of_a_hub_make_the_chance_small_and_many_broken_ones_large():
    kept, broken = learn_parcels(*[500] * 60), learn_parcels(*[700] * 60)
    assert chance(kept, prior=0.9)[0] < 0.05
    assert chance(broken, prior=0.1)[0] > 0.95
    assert chance(kept)[1] == 60


def shrink(parcels, *weights, prior=0.5):
    """Return the chance by as many parcels, all late, at each level in turn."""
    for weight in weights:
        prior = (parcels + weight * prior) / (parcels + weight)
    return pytest.approx(prior)


def test_each_level_is_shrunk_towards_the_one_above():
    assert chance(learn_parcels(*[700] * 4))[0] == shrink(4, 5, 10, 6, 20)


def test_another_hub_counts_for_all_hubs_and_for_promises_of_the_same_kind():
    assert chance(learn_parcels(*[700] * 4, hub_id="MAA-OTHER")) == (shrink(4, 5, 20), 0.0)


def test_another_part_of_the_day_counts_as_levels_above_only():
    other_part = learn_parcels(*[900] * 4, promised_at=PROMISED_AT + timedelta(hours=3))
    assert chance(other_part) == (shrink(4, 5, 10), 4.0)


def test_another_time_allowed_counts_for_the_hub_and_not_for_promises_of_the_same_kind():
    booked_later = learn_parcels(*[700] * 4, booked_at=at(400))
    assert chance(booked_later) == (shrink(4, 5, 10, 6), 4.0)


@pytest.mark.parametrize(
    ("hours", "band"), [(0.1, 0), (3.99, 0), (4, 1), (8, 2), (12, 3), (18, 4), (23.99, 4), (24, 5), (300, 5)]
)
def test_the_time_allowed_has_six_bands(hours, band):
    booked_at = PROMISED_AT - timedelta(hours=hours)
    assert promise_keys("MAA-GDY", booked_at, PROMISED_AT)[-1] == f"lane#a#5#{band}"


def test_promises_of_hubs_without_a_past_are_called_late_where_other_hubs_broke_such_promises():
    night = PROMISED_AT + timedelta(hours=3)
    learned = learn_parcels(*[500] * 60, hub_id="MAA-OTHER")
    learned |= learn(
        learned,
        [msgspec.structs.replace(PARCEL, origin="MAA-OTHER", promised_at=night, arrived_at=at(1400))] * 40,
    )
    at_night, by_day = (
        predict_broken(learned, "MAA-GDY", at(0), promised_at, at(0), 0.5)[0]
        for promised_at in (night, PROMISED_AT)
    )
    assert at_night > 0.7
    assert by_day < 0.2


def test_the_time_that_has_passed_makes_a_broken_promise_more_likely():
    learned = learn_parcels(*[300] * 20, *[500] * 10, *[700] * 10)
    chances = [chance(learned, minute)[0] for minute in (0, 200, 400, 590)]
    assert chances == sorted(chances)
    assert chances[0] < 0.35
    assert chances[2] > 0.45
    assert chances[3] > 0.6


def test_a_parcel_that_is_collected_teaches_its_promise_and_no_tour():
    collected = msgspec.structs.replace(PARCEL, is_collected=True, dwelt_min=20.0)
    assert sorted(learn({}, [collected])) == sorted(promise_keys("MAA-GDY", at(0), PROMISED_AT))
    assert tour_key("MAA-GDY") in learn({}, [PARCEL])


def test_a_parcel_without_a_promise_teaches_none():
    plain = msgspec.structs.replace(PARCEL, booked_at=None, promised_at=None)
    assert list(learn({}, [plain])) == [tour_key("MAA-GDY")]


@pytest.mark.parametrize(("parcels", "is_trusted"), [(LEARNED_ENOUGH - 1, False), (LEARNED_ENOUGH, True)])
def test_a_parcel_that_waits_for_its_first_tour_has_the_chance_of_the_promises(parcels, is_trusted):
    learned = learn_parcels(*[500] * parcels)
    event = Journey(learned, pin="600032", promised=600).scan(
        0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI
    )
    assert event.lateness_risk.p_late < 0.15
    assert event.lateness_risk.is_trusted is is_trusted


def test_on_its_tour_a_parcel_has_the_chance_of_the_tour_again():
    learned = learn_parcels(*[500] * 40)
    of_promises = {key: learned[key] for key in promise_keys("MAA-GDY", at(0), PROMISED_AT)}
    unlearned, known = (
        Journey(book, pin="600032", promised=60).scan(0, "out_for_delivery", hub=CHENNAI)
        for book in ({}, of_promises)
    )
    assert known.lateness_risk == unlearned.lateness_risk

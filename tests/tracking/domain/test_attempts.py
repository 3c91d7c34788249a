"""Judgement of attempts: supported by a stop at the door, contradicted by positions elsewhere."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events import at, make_fix
from tracking.domain.attempts import UNKNOWN, Door, Judgement, claims_visit, find_span, judge_attempt
from tracking.domain.status import Status

DOOR = Door(12.9, 77.6)
KM_A_DEGREE = 111.195
# The attempt is reported an hour after the start of the tests.
SPAN = find_span(at(60), None)


def fix(minute, km, speed_kmh=0.0, **fields):
    """Position so many kilometres north of the door."""
    lat = DOOR.lat + km / KM_A_DEGREE
    return make_fix(minute, "van-1", lat=lat, lon=DOOR.lon, speed_kmh=speed_kmh, **fields)


def parked(km, first=-5, last=66):
    """Positions every five minutes at one place."""
    return [fix(minute, km) for minute in range(first, last, 5)]


def judge(*fixes, door=DOOR, **options):
    return judge_attempt(door, fixes, SPAN, **options)


def test_a_stop_at_the_door_supports_the_attempt():
    drive = [fix(minute, 5 - (minute - 45) / 2, 30.0) for minute in range(45, 55)]
    stop = [fix(55, 0.05), fix(58, 0.04), fix(59, 0.06)]
    assert judge(*drive, *stop, fix(61, 1.0, 30.0)) == Judgement("supported", 40, 240, 3)


def test_one_slow_position_at_the_door_is_enough():
    assert judge(fix(50, 1.0, 30.0), fix(55, 0.1, 3.0), fix(61, 1.0, 30.0)) == Judgement(
        "supported", 100, 0, 1
    )


@pytest.mark.parametrize("minute", [1, 30, 61])
def test_the_visit_may_lie_up_to_an_hour_before_the_report(minute):
    assert judge(*parked(3.0), fix(minute, 0.0), fix(minute + 1, 0.0)).verdict == "supported"


def test_a_visit_of_an_earlier_hour_supports_nothing():
    assert judge(fix(-3, 0.0), fix(-2, 0.0), *parked(3.0, first=0)).verdict != "supported"


def test_a_vehicle_that_was_elsewhere_contradicts_the_attempt():
    assert judge(*parked(3.0)) == Judgement("contradicted", 3000, 0, 0)


def test_a_vehicle_that_has_just_driven_off_was_parked_until_then():
    driving = [fix(44.5 + minute / 2, 2.3 + minute / 8, 30.0) for minute in range(60)]
    assert judge(*parked(2.0, last=41), *driving).verdict == "contradicted"


def test_missing_positions_make_the_evidence_insufficient():
    assert judge() == UNKNOWN
    assert judge(*parked(3.0, first=70, last=90)) == UNKNOWN
    assert judge(*parked(3.0, first=30)).verdict == "insufficient"
    assert judge(*parked(3.0, last=41)).verdict == "insufficient"
    assert judge(*parked(3.0, last=21), *parked(3.0, first=40)).verdict == "insufficient"


def test_scans_alone_decide_nothing():
    at_home = [fix(minute, 0.0) for minute in (52, 56, 60)]
    assert judge(scans=at_home) == UNKNOWN
    assert judge(scans=parked(3.0)) == UNKNOWN
    assert judge(*parked(3.0, last=50), scans=at_home).verdict == "insufficient"
    assert judge(fix(53, 0.05), scans=at_home) == Judgement("supported", 0, 480, 1)
    # The scan of the attempt itself closes the gap after the last fix.
    assert judge(*parked(3.0, last=51), scans=[fix(60, 3.0)]).verdict == "contradicted"


def test_a_gap_that_is_too_short_for_a_visit_hides_none():
    before, after = parked(9.0, last=21), parked(9.5, first=35)
    assert judge(*before, *after).verdict == "contradicted"


def test_a_position_that_cannot_be_used_shows_that_the_vehicle_reported_in_a_gap():
    seen = [*parked(2.0, last=21), *parked(2.0, first=30)]
    assert judge(*seen).verdict == "contradicted"
    for unusable in (fix(25, 0.0, fix_flags=("jump",)), fix(25, 0.0, accuracy_m=300.0)):
        assert judge(*seen, unusable).verdict == "insufficient"


def test_a_vehicle_that_only_drove_past_supports_and_contradicts_nothing():
    assert judge(*parked(3.0), fix(33, 0.1, 40.0)) == Judgement("insufficient", 100, 0, 1)


def test_a_vehicle_in_the_next_street_supports_and_contradicts_nothing():
    assert judge(*parked(0.3)) == Judgement("insufficient", 300, 0, 0)


def drifting(km, drift_m, **fields):
    """Positions every five minutes of a parked vehicle, wrong by up to `drift_m` to either side."""
    return [fix(minute, km + (-1) ** minute * drift_m / 1000, **fields) for minute in range(-5, 66, 5)]


@pytest.mark.parametrize(
    ("fixes", "expected"),
    [
        # Parked half a kilometre away; a receiver between high houses is wrong by 30 and by 80 metres.
        (drifting(0.5, 30), Judgement("contradicted", 470, 0, 0)),
        (drifting(0.5, 80), Judgement("insufficient", 420, 0, 0)),
        # The accuracy counts against the contradiction; it is 25 metres where the receiver gives none.
        (drifting(0.5, 30, accuracy_m=60.0), Judgement("contradicted", 470, 0, 0)),
        (drifting(0.5, 30, accuracy_m=80.0), Judgement("insufficient", 470, 0, 0)),
        # Parked at the next building, around the corner, and in the street behind.
        (parked(0.06), Judgement("supported", 60, 3600, 13)),
        (parked(0.18), Judgement("insufficient", 180, 0, 0)),
        (parked(0.35), Judgement("insufficient", 350, 0, 0)),
        # The door is mapped 300 metres too far: the van stood in front of it.
        (drifting(0.3, 40), Judgement("insufficient", 260, 0, 0)),
        (
            [*parked(2.0, last=51), fix(55, 0.3), fix(57, 0.3), fix(61, 2.0, 40.0)],
            Judgement("insufficient", 300, 0, 0),
        ),
        # Nothing but positions of 500 metres, here and there, or positions that cleaning has dropped.
        (drifting(3.0, 0, accuracy_m=500.0), UNKNOWN),
        (drifting(0.0, 0, accuracy_m=500.0), UNKNOWN),
        (drifting(3.0, 0, fix_flags=("jump",)), UNKNOWN),
        (drifting(0.0, 0, fix_flags=("null_island",)), UNKNOWN),
        # Good positions with inexact ones in between, which hide a visit a kilometre away.
        (
            [*parked(1.0), *(fix(minute, 1.0, accuracy_m=500.0) for minute in range(-3, 66, 5))],
            Judgement("insufficient", 1000, 0, 0),
        ),
    ],
)
def test_drift_inexact_positions_and_doors_mapped_wrong_lead_to_no_guess(fixes, expected):
    assert judge(*fixes) == expected


def ridden(every_min, km=0.45):
    """Positions of a two-wheeler that rides to and fro some streets away."""
    minutes = [step * every_min for step in range(-3, round(66 / every_min))]
    return [fix(minute, km + 0.3 * (step % 2), 30.0) for step, minute in enumerate(minutes)]


def test_a_two_wheeler_needs_denser_positions_since_it_is_quick_at_the_next_door():
    assert judge(*ridden(1)) == Judgement("contradicted", 450, 0, 0)
    assert judge(*ridden(2)) == Judgement("insufficient", 450, 0, 0)


def test_one_position_contradicts_nothing_however_far_it_is():
    assert judge(fix(30, 200.0)) == Judgement("insufficient", 200_000, 0, 0)
    assert judge(fix(30, 200.0), fix(35, 200.0)).verdict == "contradicted"


@pytest.mark.parametrize(("km", "verdict"), [(30.0, "insufficient"), (40.0, "contradicted")])
def test_a_long_gap_far_out_leaves_the_time_of_a_fast_road(km, verdict):
    assert judge(fix(0, km), fix(60, km)).verdict == verdict


def test_a_receiver_that_is_stuck_while_the_vehicle_drives_says_nothing():
    stuck = [fix(minute, 3.0, 25.0) for minute in range(20, 50)]
    assert judge(*parked(3.0, last=21), *stuck, *parked(3.0, first=50)).verdict == "insufficient"


def test_an_event_that_claims_no_visit_is_not_contradicted():
    claims = [
        (Status.ATTEMPT_FAILED, "not_home", True),
        (Status.DELIVERED, None, True),
        (Status.ATTEMPT_FAILED, "no_time", False),
        (Status.ATTEMPT_FAILED, "vehicle_issue", False),
        (Status.ATTEMPT_FAILED, "future_date_requested", False),
        (Status.DELIVERED, "at_pickup_point", False),
        (Status.IN_TRANSIT, None, False),
    ]
    assert [(status, code, claims_visit(status, code)) for status, code, _ in claims] == claims
    assert judge(*parked(3.0), claims=False) == Judgement("insufficient", 3000, 0, 0)
    assert judge(*parked(0.0), claims=False).verdict == "supported"


def test_the_area_of_a_pin_code_supports_nothing_and_contradicts_only_from_outside():
    area = DOOR._replace(radius_m=2000.0)
    assert judge(*parked(0.0), door=area) == UNKNOWN
    assert judge(*parked(2.3), door=area) == Judgement("insufficient", 300)
    assert judge(*parked(4.0), door=area) == Judgement("contradicted", 2000)


def test_the_span_begins_no_earlier_than_the_ride():
    assert find_span(at(60), at(40)) == (at(40), at(62))
    assert find_span(at(60), at(-40)) == (at(0), at(62))
    fixes = [*parked(0.0, last=31), *parked(3.0, first=35)]
    assert judge_attempt(DOOR, fixes, find_span(at(60), at(38))).verdict == "contradicted"


minutes_lost = st.floats(0, 40)


@given(minutes_lost, minutes_lost, st.floats(15, 50), st.floats(1, 20), st.randoms())
def test_no_outage_makes_an_honest_attempt_a_contradicted_one(before, after, kmh, stop_min, random):
    """A van drives to the door, stops and drives on; the positions around the stop are lost."""
    arrives, leaves = 60 - stop_min, 60.0
    fixes = []
    for step in range(-20, 160):
        minute = step / 2
        km = kmh / 60 * (arrives - minute) if minute < arrives else min(0.0, kmh / 60 * (leaves - minute))
        moves = minute < arrives or minute > leaves
        if not arrives - before < minute < leaves + after:
            fixes.append(fix(minute, km, kmh if moves else 0.0))
    ordered = judge(*fixes)
    assert ordered.verdict != "contradicted"
    random.shuffle(fixes)
    assert judge(*fixes) == ordered


def test_positions_are_read_once_whatever_their_number():
    fixes = [make_fix(minute, "van-1", lat=12.9, lon=77.6) for minute in (50, 50, 51)]
    assert judge(*fixes) == Judgement("supported", 0, timedelta(minutes=1).seconds, 2)

"""Route rules: the hub of a scan, the start and end of a leg, and the legs that are learned from."""

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import CHENNAI, LANE, PEENYA, VELLORE
from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import Place
from tracking.domain.legs import RECIPIENT, HubStay, OpenLeg, finish_leg
from tracking.domain.route import (
    apply_route,
    ends_leg,
    find_finished_leg,
    find_hub,
    find_next_hub,
    measure_dwell,
    opens_leg,
)
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, SUBSTATUSES, Direction, Status

STAY = HubStay(hub_id="VLR", arrived_at=at(-30))
STATE = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT, lane=LANE, hub_stay=STAY)
NO_LANE = msgspec.structs.replace(STATE, lane=None)
NOWHERE = msgspec.structs.replace(NO_LANE, hub_stay=None)


def scan(status: str | None = "in_transit", substatus: str | None = None, minute: float = 0, **fields):
    return make_event(minute, status=status, substatus=substatus, **fields)


@pytest.mark.parametrize(
    ("state", "event", "hub"),
    [
        (STATE, scan(substatus="departed_origin"), "BLR-PNY"),
        (STATE, scan(substatus="arrived_destination_hub"), "MAA-GDY"),
        (STATE, scan(substatus="departed_hub"), "VLR"),
        (STATE, scan("out_for_delivery"), "VLR"),
        (STATE, scan(substatus="arrived_hub"), None),
        (msgspec.structs.replace(STATE, hub_stay=None), scan("out_for_delivery"), "MAA-GDY"),
        (msgspec.structs.replace(STATE, hub_stay=None), scan(substatus="departed_hub"), None),
        (NO_LANE, scan(substatus="departed_origin"), None),
        (NO_LANE, scan(substatus="arrived_destination_hub"), None),
        (NO_LANE, scan(substatus="departed_hub"), "VLR"),
        (NOWHERE, scan("out_for_delivery"), None),
    ],
)
def test_a_scan_made_at_no_hub_means_the_one_its_words_or_the_stay_name(state, event, hub):
    assert find_hub(state, event, None) == hub
    assert find_hub(state, event, "HERE") == "HERE"


def test_the_next_hub_is_the_end_of_the_lane_and_on_the_way_back_its_beginning():
    back = msgspec.structs.replace(STATE, direction=Direction.RETURN)
    assert [find_next_hub(state) for state in (STATE, back, NO_LANE)] == [CHENNAI, PEENYA, None]


def test_departures_and_loading_open_a_leg_and_nothing_else_does():
    codes = [(status, code) for status, codes in SUBSTATUSES.items() for code in (None, *sorted(codes))]
    opening = {(status.value, code) for status, code in codes if opens_leg(scan(status.value, code))}
    assert opening == {
        ("in_transit", "departed_origin"),
        ("in_transit", "departed_hub"),
        ("out_for_delivery", None),
        ("out_for_delivery", "loaded"),
    }
    assert not opens_leg(scan(None))


def test_arrivals_tries_at_the_door_and_the_end_of_the_way_end_a_leg():
    ending = {status.value for status in Status if ends_leg(scan(status.value))}
    assert ending == {"attempt_failed", "available_for_pickup", *(status.value for status in END_STATUSES)}
    by_code = {code for code in SUBSTATUSES[Status.IN_TRANSIT] if ends_leg(scan("in_transit", code))}
    assert by_code == {"arrived_hub", "arrived_destination_hub"}


LEG = OpenLeg(
    origin="BLR-PNY",
    destination="MAA-GDY",
    departed_at=at(0),
    lat=PEENYA.lat,
    lon=PEENYA.lon,
    group="g",
    mu=0.7,
)
TO_DOOR = OpenLeg(origin="MAA-GDY", destination=RECIPIENT, departed_at=at(0))
UNDER_WAY = msgspec.structs.replace(STATE, open_leg=LEG, hub_stay=None)
AT_VELLORE, STAY_FROM_NOW = Place(hub_id="VLR"), HubStay(hub_id="VLR", arrived_at=at(0))


@pytest.mark.parametrize(
    ("state", "event", "leg", "stay"),
    [
        # An arrival ends the leg and begins a stay where the scan was made, or where its words say.
        (UNDER_WAY, scan(substatus="arrived_hub", place=AT_VELLORE), None, STAY_FROM_NOW),
        (
            UNDER_WAY,
            scan(substatus="arrived_destination_hub"),
            None,
            HubStay(hub_id="MAA-GDY", arrived_at=at(0)),
        ),
        (UNDER_WAY, scan(substatus="arrived_hub"), None, None),
        # A departure ends the stay, with or without a leg that is known.
        (STATE, scan(substatus="departed_hub", open_leg=LEG), LEG, None),
        (STATE, scan(substatus="departed_hub"), None, None),
        # A ping leaves both as they are, and a newer note of the same leg replaces it.
        (STATE, scan(None), None, STAY),
        (UNDER_WAY, scan(None), LEG, None),
        (
            UNDER_WAY,
            scan(None, open_leg=msgspec.structs.replace(LEG, base_min=9.0)),
            msgspec.structs.replace(LEG, base_min=9.0),
            None,
        ),
        (UNDER_WAY, scan(None, open_leg=msgspec.structs.replace(LEG, departed_at=at(-1))), LEG, None),
        (STATE, scan(None, open_leg=LEG), None, STAY),
    ],
)
def test_an_event_opens_keeps_or_ends_the_leg_and_the_stay(state, event, leg, stay):
    assert apply_route(state, event) == (leg, stay)


@pytest.mark.parametrize(
    ("status", "event", "leg", "stay"),
    [
        (Status.ATTEMPT_FAILED, scan("attempt_failed"), None, STAY),
        (Status.AVAILABLE_FOR_PICKUP, scan("available_for_pickup"), None, STAY),
        (Status.DELIVERED, scan("delivered"), None, None),
        (Status.DELIVERED, scan("in_transit", "departed_hub", open_leg=LEG), None, None),
        # A status that did not come to be says nothing of the route.
        (Status.ON_HOLD, scan("in_transit", "departed_hub", open_leg=LEG), TO_DOOR, STAY),
        # Scanned again on its tour, the parcel is still on the same one.
        (Status.OUT_FOR_DELIVERY, scan("out_for_delivery"), TO_DOOR, None),
        (Status.OUT_FOR_DELIVERY, scan("out_for_delivery", open_leg=LEG), LEG, None),
    ],
)
def test_a_leg_stands_and_falls_with_the_status_the_event_has_brought(status, event, leg, stay):
    state = msgspec.structs.replace(STATE, status=status, open_leg=TO_DOOR)
    assert apply_route(state, event) == (leg, stay)


def test_a_run_between_hubs_is_not_kept_by_loading_for_delivery():
    state = msgspec.structs.replace(UNDER_WAY, status=Status.OUT_FOR_DELIVERY)
    assert apply_route(state, scan("out_for_delivery")) == (None, None)


def finished_by(event, leg: OpenLeg = LEG, after: OpenLeg | None = None):
    before = msgspec.structs.replace(UNDER_WAY, open_leg=leg)
    return find_finished_leg(before, msgspec.structs.replace(UNDER_WAY, open_leg=after), event)


ARRIVED = scan(substatus="arrived_destination_hub", minute=510)


def test_a_leg_that_has_ended_where_it_was_to_end_teaches():
    assert finished_by(ARRIVED) == finish_leg(LEG, at(510), "123")
    assert finished_by(scan("delivered", minute=510)) == finish_leg(LEG, at(510), "123")
    assert finished_by(scan("attempt_failed", minute=90), TO_DOOR) == finish_leg(TO_DOOR, at(90), "123")
    another = msgspec.structs.replace(LEG, departed_at=at(500))
    assert finished_by(ARRIVED, after=another) == finish_leg(LEG, at(510), "123")


def test_a_leg_that_has_ended_at_another_hub_teaches_the_way_there():
    event = scan(substatus="arrived_hub", minute=300, place=AT_VELLORE, lat=VELLORE[0], lon=VELLORE[1])
    km = distance_km(PEENYA.lat, PEENYA.lon, *VELLORE)
    assert finished_by(event) == finish_leg(LEG, at(300), "123", elsewhere=("VLR", free_flow_minutes(km)))


BACK_AT_HUB = scan(substatus="arrived_hub", minute=300, place=AT_VELLORE, lat=VELLORE[0], lon=VELLORE[1])


@pytest.mark.parametrize(
    ("event", "leg"),
    [
        (msgspec.structs.replace(ARRIVED, fix_flags=("skew_530",)), LEG),
        (msgspec.structs.replace(ARRIVED, fix_flags=("skew_late",)), LEG),
        (msgspec.structs.replace(ARRIVED, occurred_at=at(0)), LEG),
        (msgspec.structs.replace(ARRIVED, occurred_at=at(-1)), LEG),
        (scan(substatus="departed_hub", minute=510), LEG),
        (scan("cancelled", minute=510), LEG),
        (scan("attempt_failed", minute=510), LEG),
        (ARRIVED, TO_DOOR),
        (BACK_AT_HUB, msgspec.structs.replace(TO_DOOR, lat=CHENNAI.lat, lon=CHENNAI.lon)),
        (scan("cancelled", minute=510, place=AT_VELLORE, lat=VELLORE[0], lon=VELLORE[1]), LEG),
        # At a hub nobody knows, without a position, back at its origin, or where it began.
        (scan(substatus="arrived_hub", minute=300, lat=VELLORE[0], lon=VELLORE[1]), LEG),
        (scan(substatus="arrived_hub", minute=300, place=AT_VELLORE), LEG),
        (scan(substatus="arrived_hub", minute=300, place=AT_VELLORE, lat=VELLORE[0]), LEG),
        (scan(substatus="arrived_hub", minute=300, place=Place(hub_id="BLR-PNY"), lat=1.0, lon=2.0), LEG),
        (
            scan(substatus="arrived_hub", minute=300, place=AT_VELLORE, lat=PEENYA.lat, lon=PEENYA.lon),
            LEG,
        ),
    ],
)
def test_where_it_is_not_known_that_and_when_a_leg_ended_it_teaches_nothing(event, leg):
    assert finished_by(event, leg) is None


def test_a_leg_that_is_still_open_or_never_was_teaches_nothing():
    assert finished_by(ARRIVED, after=LEG) is None
    assert find_finished_leg(STATE, STATE, ARRIVED) is None


def test_a_leg_that_began_nowhere_known_teaches_nothing_where_it_ends_elsewhere():
    event = scan(substatus="arrived_hub", minute=300, place=AT_VELLORE, lat=VELLORE[0], lon=VELLORE[1])
    for unknown in ("lat", "lon"):
        assert finished_by(event, msgspec.structs.replace(LEG, **{unknown: None})) is None


@pytest.mark.parametrize(
    ("stay", "hub_id", "minute", "dwelt"),
    [(STAY, "VLR", 15, 45.0), (STAY, "VLR", -31, 0.0), (STAY, "MAA", 15, None), (None, "VLR", 15, None)],
)
def test_a_stay_is_counted_where_the_parcel_was_seen_to_come(stay, hub_id, minute, dwelt):
    assert measure_dwell(stay, hub_id, at(minute)) == dwelt

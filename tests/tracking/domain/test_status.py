"""Statuses: the table of transitions, row by row; codes."""

import pytest

from tests.events import make_event
from tracking.domain.status import (
    END_STATUSES,
    HIDDEN_POSITION,
    RANK,
    SUBSTATUSES,
    Direction,
    Status,
    has_code,
    may_follow,
    read_in_direction,
)

ANYWHERE = "on_hold exception lost expired"
RESUME = (
    "picked_up in_transit out_for_delivery available_for_pickup attempt_failed delivered returning cancelled "
    + ANYWHERE
)
EVERYTHING_ELSE = " ".join(set(Status) - {"returned", "created", "unknown"})

# The agreed table, written down a second time: the code must hold the same.
FORWARD = {
    "unknown": f"created unknown {EVERYTHING_ELSE}",
    "expired": EVERYTHING_ELSE,
    "created": f"picked_up in_transit out_for_delivery available_for_pickup delivered cancelled {ANYWHERE}",
    "picked_up": (
        f"in_transit out_for_delivery available_for_pickup delivered returning cancelled {ANYWHERE}"
    ),
    "in_transit": (
        "out_for_delivery available_for_pickup attempt_failed delivered returning cancelled " + ANYWHERE
    ),
    "on_hold": RESUME,
    "exception": RESUME,
    "out_for_delivery": f"in_transit available_for_pickup attempt_failed delivered returning {ANYWHERE}",
    "attempt_failed": f"in_transit out_for_delivery available_for_pickup delivered returning {ANYWHERE}",
    "available_for_pickup": f"delivered out_for_delivery in_transit returning {ANYWHERE}",
    "lost": "in_transit delivered returning",
    "delivered": "returning",
    "returned": "",
    "cancelled": "returning",
}
BACK = {
    "returning": f"returned {ANYWHERE}",
    "on_hold": f"returning returned {ANYWHERE}",
    "exception": f"returning returned {ANYWHERE}",
    "expired": f"returning returned {ANYWHERE}",
    "lost": "returning returned",
    "returned": "",
}
ROWS = [(Direction.FORWARD, before, row) for before, row in FORWARD.items()]
ROWS += [(Direction.RETURN, before, row) for before, row in BACK.items()]


@pytest.mark.parametrize(("direction", "before", "row"), ROWS)
def test_only_the_statuses_of_a_row_may_follow_its_status(direction, before, row):
    allowed = {after.value for after in Status if may_follow(Status(before), after, direction)}
    assert allowed == {before, *row.split()}


ALLOWED_AND_REFUSED = [
    ("unknown", "delivered", "returned", Direction.FORWARD),
    ("expired", "in_transit", "created", Direction.FORWARD),
    ("created", "picked_up", "returning", Direction.FORWARD),
    ("picked_up", "in_transit", "created", Direction.FORWARD),
    ("in_transit", "out_for_delivery", "picked_up", Direction.FORWARD),
    ("on_hold", "in_transit", "created", Direction.FORWARD),
    ("exception", "returning", "created", Direction.FORWARD),
    ("out_for_delivery", "in_transit", "cancelled", Direction.FORWARD),
    ("attempt_failed", "out_for_delivery", "cancelled", Direction.FORWARD),
    ("available_for_pickup", "delivered", "attempt_failed", Direction.FORWARD),
    ("lost", "in_transit", "on_hold", Direction.FORWARD),
    ("delivered", "returning", "in_transit", Direction.FORWARD),
    ("returned", "returned", "returning", Direction.FORWARD),
    ("cancelled", "returning", "delivered", Direction.FORWARD),
    ("returning", "returned", "delivered", Direction.RETURN),
    ("on_hold", "returning", "delivered", Direction.RETURN),
    ("exception", "returned", "attempt_failed", Direction.RETURN),
    ("expired", "returning", "cancelled", Direction.RETURN),
    ("lost", "returned", "on_hold", Direction.RETURN),
    ("returned", "returned", "lost", Direction.RETURN),
]


@pytest.mark.parametrize(("before", "allowed", "refused", "direction"), ALLOWED_AND_REFUSED)
def test_every_row_allows_one_status_and_refuses_another(before, allowed, refused, direction):
    answers = [may_follow(Status(before), Status(after), direction) for after in (allowed, refused)]
    assert answers == [True, False]


def test_every_row_of_the_table_has_an_allowed_and_a_refused_example():
    examples = {(direction, before) for before, _, _, direction in ALLOWED_AND_REFUSED}
    assert {(direction, before) for direction, before, _ in ROWS} == examples


@pytest.mark.parametrize("status", ["picked_up", "in_transit", "out_for_delivery"])
def test_a_forward_status_reported_on_the_way_back_is_read_as_returning(status):
    returning = (Status.RETURNING, "rto_in_transit")
    assert read_in_direction(Status(status), "loaded", Direction.RETURN) == returning
    assert read_in_direction(Status(status), "loaded", Direction.FORWARD) == (Status(status), "loaded")


def test_delivered_on_the_way_back_is_read_as_returned():
    returned = (Status.RETURNED, "to_shipper")
    assert read_in_direction(Status.DELIVERED, "signed", Direction.RETURN) == returned
    assert read_in_direction(Status.DELIVERED, "signed", Direction.FORWARD) == (Status.DELIVERED, "signed")


def test_a_code_belongs_only_to_its_own_status():
    assert has_code(Status.ATTEMPT_FAILED, "not_home")
    assert not has_code(Status.DELIVERED, "not_home")
    assert not has_code(None, "not_home")


def test_every_status_has_a_rank_and_codes_and_end_statuses_rank_last():
    assert set(RANK) == set(SUBSTATUSES) == set(Status)
    assert sorted(Status, key=RANK.__getitem__)[-3:] == [Status.DELIVERED, Status.RETURNED, Status.CANCELLED]
    assert set(END_STATUSES) == {Status.DELIVERED, Status.RETURNED, Status.CANCELLED}


def test_ranks_are_those_in_the_order_of_stored_events():
    assert RANK == {
        "unknown": 0,
        "expired": 5,
        "created": 10,
        "picked_up": 20,
        "in_transit": 30,
        "on_hold": 35,
        "exception": 36,
        "out_for_delivery": 40,
        "attempt_failed": 42,
        "available_for_pickup": 45,
        "returning": 50,
        "lost": 80,
        "delivered": 90,
        "returned": 91,
        "cancelled": 92,
    }
    event = make_event(1, "e1", status="on_hold", device_seq=7)
    assert (event.order, make_event(1, "e1").order) == (
        "2026-11-22T07:01:00.000Z|0000000000000007|35|e1",
        "2026-11-22T07:01:00.000Z|0000000000000000|00|e1",
    )


CODES = {
    "unknown": "",
    "expired": "",
    "created": "label_created manifested pickup_scheduled pickup_failed",
    "picked_up": "from_shipper dropped_off",
    "in_transit": (
        "departed_origin arrived_hub departed_hub arrived_destination_hub misrouted rerouted customs_cleared"
    ),
    "on_hold": "weather customs payment_due documents recipient_request strike restricted_area security",
    "exception": (
        "damaged lost_suspected vehicle_breakdown accident temperature suspected_fake_attempt"
        " delivered_disputed tracking_stalled"
    ),
    "out_for_delivery": "loaded next_stop arriving arrived rescheduled",
    "attempt_failed": (
        "not_home address_incomplete address_not_found premises_closed refused cod_not_ready otp_not_given"
        " phone_unreachable future_date_requested entry_restricted no_time vehicle_issue"
    ),
    "available_for_pickup": "at_branch at_locker",
    "returning": "rto_initiated rto_in_transit customer_return",
    "lost": "confirmed",
    "delivered": (
        "to_recipient otp_verified signed to_neighbour to_security safe_place at_pickup_point cod_collected"
        " partial"
    ),
    "returned": "to_shipper",
    "cancelled": "by_shipper by_recipient",
}


def test_each_status_has_the_codes_that_partners_use():
    assert {status: set(codes.split()) for status, codes in CODES.items()} == SUBSTATUSES


def test_no_position_is_shown_before_pickup_at_a_counter_and_at_the_end():
    hidden = {"created", "available_for_pickup", "delivered", "returned", "cancelled"}
    assert {status.value for status in HIDDEN_POSITION} == hidden


def test_any_status_but_returned_may_be_the_first():
    allowed = {status for status in Status if may_follow(None, status, Direction.FORWARD)}
    assert allowed == set(Status) - {Status.RETURNED}
    assert not may_follow(Status.PICKED_UP, Status.IN_TRANSIT, Direction.RETURN)

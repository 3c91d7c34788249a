"""Statuses: the table of what may follow what, row by row; aliases and codes."""

import pytest

from tracking.domain.status import (
    END_STATUSES,
    RANK,
    SUBSTATUSES,
    Leg,
    Status,
    has_code,
    may_follow,
    parse_status,
    read_on_leg,
)

ANYWHERE = "on_hold exception lost expired"
RESUME = (
    "picked_up in_transit out_for_delivery available_for_pickup attempt_failed delivered returning cancelled "
    + ANYWHERE
)
EVERYTHING_ELSE = " ".join(set(Status) - {"returned", "created", "unknown"})

# The table as people agreed on it, written down once more: the code must say the same.
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
ROWS = [(Leg.FORWARD, before, row) for before, row in FORWARD.items()]
ROWS += [(Leg.RETURN, before, row) for before, row in BACK.items()]


@pytest.mark.parametrize(("leg", "before", "row"), ROWS)
def test_what_a_row_of_the_table_names_may_follow_and_nothing_else(leg, before, row):
    allowed = {after.value for after in Status if may_follow(Status(before), after, leg)}
    assert allowed == {before, *row.split()}


YES_AND_NO = [
    ("unknown", "delivered", "returned", Leg.FORWARD),
    ("expired", "in_transit", "created", Leg.FORWARD),
    ("created", "picked_up", "returning", Leg.FORWARD),
    ("picked_up", "in_transit", "created", Leg.FORWARD),
    ("in_transit", "out_for_delivery", "picked_up", Leg.FORWARD),
    ("on_hold", "in_transit", "created", Leg.FORWARD),
    ("exception", "returning", "created", Leg.FORWARD),
    ("out_for_delivery", "in_transit", "cancelled", Leg.FORWARD),
    ("attempt_failed", "out_for_delivery", "cancelled", Leg.FORWARD),
    ("available_for_pickup", "delivered", "attempt_failed", Leg.FORWARD),
    ("lost", "in_transit", "on_hold", Leg.FORWARD),
    ("delivered", "returning", "in_transit", Leg.FORWARD),
    ("returned", "returned", "returning", Leg.FORWARD),
    ("cancelled", "returning", "delivered", Leg.FORWARD),
    ("returning", "returned", "delivered", Leg.RETURN),
    ("on_hold", "returning", "delivered", Leg.RETURN),
    ("exception", "returned", "attempt_failed", Leg.RETURN),
    ("expired", "returning", "cancelled", Leg.RETURN),
    ("lost", "returned", "on_hold", Leg.RETURN),
    ("returned", "returned", "lost", Leg.RETURN),
]


@pytest.mark.parametrize(("before", "yes", "no", "leg"), YES_AND_NO)
def test_every_row_lets_one_status_in_and_keeps_another_out(before, yes, no, leg):
    assert (may_follow(Status(before), Status(yes), leg), may_follow(Status(before), Status(no), leg)) == (
        True,
        False,
    )


def test_no_row_of_the_table_is_without_its_yes_and_its_no():
    assert {(leg, before) for leg, before, _ in ROWS} == {(leg, before) for before, _, _, leg in YES_AND_NO}


@pytest.mark.parametrize("status", ["picked_up", "in_transit", "out_for_delivery"])
def test_a_hub_that_does_not_know_the_way_means_the_way_back(status):
    assert read_on_leg(Status(status), "loaded", Leg.RETURN) == (Status.RETURNING, "rto_in_transit")
    assert read_on_leg(Status(status), "loaded", Leg.FORWARD) == (Status(status), "loaded")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Out For-Delivery", "out_for_delivery"),
        ("pending", "created"),
        ("shipped", "in_transit"),
        ("transit", "in_transit"),
        ("OFD", "out_for_delivery"),
        ("delivery_failed", "attempt_failed"),
        ("undelivered", "attempt_failed"),
        ("ready_for_pickup", "available_for_pickup"),
        ("rto", "returning"),
        ("return_to_sender", "returning"),
        ("delayed", None),
        ("teleported", None),
    ],
)
def test_a_word_is_read_by_our_names_and_then_by_alias(word, status):
    assert parse_status(word) == status


def test_a_code_belongs_to_its_status_alone():
    assert has_code(Status.ATTEMPT_FAILED, "not_home")
    assert not has_code(Status.DELIVERED, "not_home")
    assert not has_code(None, "not_home")


def test_the_end_ranks_last_and_every_status_has_its_rank_and_its_codes():
    assert set(RANK) == set(SUBSTATUSES) == set(Status)
    assert sorted(Status, key=RANK.__getitem__)[-3:] == [Status.DELIVERED, Status.RETURNED, Status.CANCELLED]
    assert set(END_STATUSES) == {Status.DELIVERED, Status.RETURNED, Status.CANCELLED}

"""Explanations: for each rule of the fold its code and what it says in English."""

import pytest

from tests.events import at, make_event
from tracking.domain.events import Booking, Facts
from tracking.domain.explain import Explained, explain
from tracking.domain.shipment import ShipmentState
from tracking.domain.snapshots import make_snapshot
from tracking.domain.status import Direction, Status

MOVED = make_event(0, "e0", status="in_transit")
OWNED = make_event(0, "e0", status="created", partner_id="p1", booking=Booking())


def last_said(*events) -> tuple[str, str, str]:
    """Verdict, rule and words of the event that comes last."""
    one = explain(None, events)[-1]
    return one.verdict, one.rule, one.rule_text


@pytest.mark.parametrize(
    ("before", "fields", "rule", "says"),
    [
        ([], {"status": "delivered"}, "first_status", "delivered may be the first thing heard"),
        (
            [MOVED],
            {"status": "delivered"},
            "may_follow",
            "delivered may follow in_transit on leg forward",
        ),
        ([MOVED], {"status": "in_transit"}, "refresh", "in_transit again: always allowed"),
        (
            [make_event(0, "e0", status="returning")],
            {"status": "in_transit"},
            "read_on_leg",
            "on the way back in_transit is read as returning",
        ),
        ([MOVED], {"booking": Booking()}, "booking", "what the booking tells counts"),
        ([MOVED], {"source": "manual", "retracts": "x"}, "correction", "takes back x"),
        ([MOVED], {"source": "api", "supersedes": "y"}, "correction", "takes back y"),
        ([MOVED], {"source": "manifest", "vehicle_id": "KA-1"}, "manifest", "carried by KA-1"),
        ([MOVED], {"source": "manifest"}, "manifest", "carried by no vehicle"),
        ([MOVED], {"reported_status": "delayed"}, "delay_reported", "delayed is a flag, not a status"),
        ([MOVED], {"lat": 12.9, "lon": 77.5}, "position", "a position exact enough to count"),
        (
            [MOVED],
            {"lat": 12.9, "lon": 77.5, "accuracy_m": 900.4},
            "position_set_aside",
            "the position is too vague: 900 m",
        ),
        (
            [MOVED],
            {"lat": 12.9, "lon": 77.5, "fix_flags": ("swapped", "jump")},
            "position_set_aside",
            "the position was set aside: swapped, jump",
        ),
        ([MOVED], {"note": "x"}, "nothing_to_move", "it carries nothing that moves the answer"),
    ],
)
def test_what_counts_is_said_by_the_rule_that_let_it_in(before, fields, rule, says):
    assert last_said(*before, make_event(1, "e1", **fields)) == ("applied", rule, says)


@pytest.mark.parametrize(
    ("before", "fields", "rule", "says"),
    [
        (
            [make_event(0, "e0", status="delivered")],
            {"status": "in_transit"},
            "illegal",
            "delivered may not go to in_transit on leg forward",
        ),
        ([], {"reported_status": "lost it"}, "unmapped_status", "nobody knows the status 'lost it'"),
        (
            [OWNED],
            {"status": "in_transit", "partner_id": "p2"},
            "foreign_vehicle",
            "reported by p2, to whom the shipment does not belong",
        ),
        (
            [OWNED],
            {"status": "created", "partner_id": "p2", "booking": Booking()},
            "foreign_booking",
            "booked by p2 after another partner had booked it",
        ),
        (
            [MOVED],
            {"retracts": "e0"},
            "may_not_correct",
            "source device may not correct; manual and api may",
        ),
    ],
)
def test_what_does_not_count_is_said_by_the_rule_that_kept_it_out(before, fields, rule, says):
    assert last_said(*before, make_event(1, "e1", **fields)) == ("rejected", rule, says)


@pytest.mark.parametrize(
    ("named", "verdict", "says"),
    [
        ("retracts", "retracted", "c1 says it did not happen"),
        ("supersedes", "superseded", "c1 says it was wrong, and what is right"),
    ],
)
def test_what_was_taken_back_says_by_which_event(named, verdict, says):
    first = explain(None, [MOVED, make_event(1, "c1", source="manual", **{named: "e0"})])[0]
    assert (first.verdict, first.rule, first.rule_text) == (verdict, verdict, says)


def test_an_explanation_holds_the_event_and_the_answer_before_and_after_it():
    late = make_event(0, "e0", status="delivered", late=True)
    assert explain(None, [late]) == [
        Explained(
            event=late,
            verdict="late",
            rule="first_status",
            rule_text="delivered may be the first thing heard",
            before=Facts(status=Status.UNKNOWN, direction=Direction.FORWARD),
            after=Facts(status=Status.DELIVERED, direction=Direction.FORWARD),
        )
    ]


def test_what_is_settled_keeps_its_verdict_and_what_comes_after_is_folded_upon_it():
    old = make_event(0, "e0", status="delivered")
    refused = make_event(
        1, "e1", status="picked_up", applied=False, reject_reason="illegal:delivered->picked_up"
    )
    back = make_event(9, "e9", status="returning")
    base = make_snapshot(ShipmentState(shipment_id="123"), [old, refused], until=at(5))
    state = ShipmentState(shipment_id="123", snapshot=base)
    lines = [(one.verdict, one.rule, one.before is None) for one in explain(state, [old, refused, back])]
    assert lines == [
        ("applied", "settled", True),
        ("rejected", "settled", True),
        ("applied", "may_follow", False),
    ]


def test_a_shipment_without_events_has_nothing_to_explain():
    assert explain(None, []) == []

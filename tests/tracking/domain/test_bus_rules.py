"""Rules of the bus as the code has them: who takes a change, by each operator of the patterns."""

import msgspec
import pytest

from tests.workers.changes import make_change
from tracking.domain import bus_rules
from tracking.domain.bus_rules import BUS_RULES, BusRule, count_routed, find_takers, find_takers_of_event
from tracking.domain.events import Facts
from tracking.domain.status import Status

EVENT = {
    "source": "swiftlogix.tracking",
    "detail-type": "shipment.status_changed",
    "detail": {"after": {"status": "in_transit"}, "before": {"status": "created"}},
}
OF_123 = {"shipment_id": "123"}


def names(takers):
    return [rule.name for rule in takers]


@pytest.mark.parametrize(
    ("fields", "more"),
    [
        ({}, []),
        ({"type": "delayed"}, ["notify", "ops"]),
        ({"after": Facts(status=Status.LOST)}, ["ops"]),
        ({"after": Facts(status=Status.PICKED_UP)}, ["notify"]),
        ({"before": Facts(status=Status.LOST)}, ["ops"]),
        ({"type": "milestone_reached", "after": Facts(Status.OUT_FOR_DELIVERY, "arriving")}, ["notify"]),
        ({"also": (make_change(2, type="delayed"),)}, []),
    ],
)
def test_a_change_is_taken_by_the_rules_that_match_it_in_their_order(fields, more):
    assert names(find_takers(make_change(1, **fields))) == ["changes", "readmodel", *more, "webhooks"]


def test_a_change_of_a_canary_does_not_go_to_partners():
    assert names(find_takers(make_change(1, shipment_id="canary-20261122T0630"))) == ["readmodel", "webhooks"]


def test_each_change_counts_for_the_queues_whose_rules_take_it_and_so_do_those_made_with_it():
    delivered = make_change(1, after=Facts(status=Status.DELIVERED))
    with_delay = make_change(2, also=(make_change(3, type="delayed", also=(make_change(4),)),))
    assert count_routed([make_change(0)]) == {"readmodel": 1, "webhooks": 1}
    assert count_routed([delivered]) == {"readmodel": 1, "webhooks": 1, "notify": 1, "ops": 1}
    assert count_routed([with_delay]) == {"readmodel": 3, "webhooks": 3, "notify": 1, "ops": 1}
    assert count_routed([delivered, with_delay]) == {"readmodel": 4, "webhooks": 4, "notify": 2, "ops": 2}


@pytest.mark.parametrize(
    ("different", "takers"),
    [
        ({"source": "swiftlogix.elsewhere"}, ["unrouted"]),
        ({"detail-type": "vehicle.moved"}, ["unrouted"]),
        ({"detail": {}}, ["readmodel", "webhooks", "unrouted"]),
        ({"detail": OF_123 | {"after": {"status": "new"}}}, ["changes", "readmodel", "webhooks", "unrouted"]),
        ({"detail": OF_123 | {"after": "text"}}, ["changes", "readmodel", "webhooks", "unrouted"]),
        (
            {"detail": OF_123 | {"finished_leg": {"origin": "BLR-PNY"}, "after": {"status": "in_transit"}}},
            ["changes", "readmodel", "learning", "webhooks"],
        ),
    ],
)
def test_an_event_that_the_code_does_not_know_goes_to_unrouted(different, takers):
    assert names(find_takers_of_event(EVENT | different)) == takers


def test_an_operator_that_the_code_does_not_know_is_refused(monkeypatch):
    rule = BusRule("new", "", {"source": [{"suffix": ".tracking"}]}, "queue new")
    monkeypatch.setattr(bus_rules, "BUS_RULES", (*BUS_RULES, rule))
    with pytest.raises(ValueError, match="unknown operator: suffix"):
        find_takers_of_event(EVENT)


def test_the_patterns_are_plain_json():
    assert all(msgspec.json.decode(msgspec.json.encode(rule.pattern)) == rule.pattern for rule in BUS_RULES)

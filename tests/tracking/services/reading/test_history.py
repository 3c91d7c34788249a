"""History: past states, and each event with its verdict and rule."""

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.stories import record_timeline
from tracking.domain.events import Booking
from tracking.domain.shipment import write_canonical
from tracking.domain.status import Status
from tracking.ports import ports
from tracking.services.reading.history import explain_shipment, read_as_of, read_events
from workers.line.record import record_events

NOW = at(5000)


def record(store, recorded_at, *events):
    record_events(store, store.read_states(["123"]), events, recorded_at)


def test_a_past_state_counts_events_by_when_they_were_recorded_not_by_when_they_happened(world):
    record(world.store, at(10), make_event(1, status="created"))
    record(world.store, at(20), make_event(15, "e15", status="delivered"))
    record(world.store, at(30), make_event(5, status="picked_up"))
    record(world.store, at(40), make_event(40, "c1", source="manual", retracts="e15"))
    past = [read_as_of(ports().store, "123", at(minute), NOW) for minute in (9, 10, 20, 30, 40)]
    assert [state and state.status for state in past] == [
        None,
        Status.CREATED,
        Status.DELIVERED,
        Status.DELIVERED,
        Status.PICKED_UP,
    ]
    now = world.store.read_state("123")
    assert past[-1] is not None
    assert write_canonical(past[-1]) == write_canonical(now)


def explain_each(store) -> list[tuple[str, str, str]]:
    return [(one.event.event_id, one.verdict, one.rule) for one in explain_shipment(ports().store, "123")]


def test_each_event_has_its_verdict_and_its_rule(world):
    record_timeline(
        world.store, make_event(0, "e0", status="created", source="api", booking=Booking(), partner_id="p1")
    )
    record_timeline(world.store, make_event(2, "e2", status="in_transit"))
    record_timeline(world.store, make_event(1, "e1", status="picked_up"))
    record_timeline(world.store, make_event(3, "e3", lat=12.9, lon=77.5, accuracy_m=900))
    record_timeline(world.store, make_event(4, "e4", lat=12.9, lon=77.5, fix_flags=("jump",)))
    record_timeline(world.store, make_event(5, "e5", status="returned"))
    record_timeline(world.store, make_event(6, "e6", status="in_transit", partner_id="p2"))
    record_timeline(world.store, make_event(7, "e7", reported_status="teleported"))
    record_timeline(
        world.store, make_event(8, "e8", status="delivered"), make_event(9, "e9", status="delivered")
    )
    record_timeline(world.store, make_event(10, "c1", source="manual", retracts="e8"))
    record_timeline(world.store, make_event(9, "c2", source="api", supersedes="e9", status="attempt_failed"))
    record_timeline(world.store, make_event(11, "e11", retracts="e2"))
    assert explain_each(world.store) == [
        ("e0", "applied", "first_status"),
        ("e1", "late", "may_follow"),
        ("e2", "applied", "may_follow"),
        ("e3", "applied", "position_set_aside"),
        ("e4", "applied", "position_set_aside"),
        ("e5", "rejected", "illegal"),
        ("e6", "rejected", "foreign_vehicle"),
        ("e7", "rejected", "unmapped_status"),
        ("e8", "retracted", "retracted"),
        ("c2", "late", "may_follow"),
        ("e9", "superseded", "superseded"),
        ("c1", "applied", "correction"),
        ("e11", "rejected", "may_not_correct"),
    ]


def test_an_explanation_has_the_text_of_the_rule_and_the_facts_before_and_after(world):
    record_timeline(
        world.store, make_event(0, "e0", status="delivered"), make_event(1, "e1", status="in_transit")
    )
    explained = [
        (one.rule_text, msgspec.to_builtins(one.before)["status"], msgspec.to_builtins(one.after)["status"])
        for one in explain_shipment(ports().store, "123")
    ]
    assert explained == [
        ("delivered may be the first thing heard", "unknown", "delivered"),
        ("delivered may not go to in_transit on leg forward", "delivered", "delivered"),
    ]


@pytest.mark.parametrize(("include_rejected", "ids"), [(False, ["e0"]), (True, ["e0", "e1"])])
def test_rejected_events_are_listed_only_on_request(world, include_rejected, ids):
    record_timeline(
        world.store, make_event(0, "e0", status="delivered"), make_event(1, "e1", status="in_transit")
    )
    events = read_events(ports().store, "123", include_rejected=include_rejected)
    assert [event.event_id for event in events] == ids

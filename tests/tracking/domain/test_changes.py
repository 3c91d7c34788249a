"""Changes: what a step tells, in whole values, and what it keeps to itself."""

import msgspec
import pytest

from tests.events import at, make_event
from tests.workers.changes import make_change
from tracking.domain.changes import MILESTONES, attach, find_changes, pending_partition, split_change
from tracking.domain.events import Booking, Change, Eta, Facts, LatenessRisk, Window
from tracking.domain.fold import Step, apply_event
from tracking.domain.identity import short_hash
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import SUBSTATUSES, Status


def changes_after(*events) -> tuple[Change, ...]:
    """Return the changes made by the last of these events, applied in order."""
    state = ShipmentState(shipment_id="123")
    for event in events:
        before = state
        state, verdict = apply_event(before, event)
    return find_changes(Step(before, state, event, verdict), at(5000), 7)


def listed_changes(*events) -> list[tuple[str, str]]:
    return [(change.type, change.why) for change in changes_after(*events)]


def test_a_change_has_the_facts_and_the_source_of_its_step():
    event = make_event(
        3,
        "e3",
        status="created",
        source="api",
        partner_id="p1",
        livemode=False,
        late=True,
        booking=Booking(),
        traceparent="00-trace",
    )
    assert changes_after(event) == (
        Change(
            change_id="chg_" + short_hash("123", event.sort_key, "created", 0),
            type="created",
            shipment_id="123",
            partner_id="p1",
            livemode=False,
            event_id="e3",
            sort_key=event.sort_key,
            before=Facts(status=Status.UNKNOWN),
            after=Facts(status=Status.CREATED),
            why="Booked, reported by api",
            reason_code="reported",
            occurred_at=at(3),
            received_at=event.received_at,
            recorded_at=at(5000),
            late=True,
            state_version=7,
            traceparent="00-trace",
        ),
    )


@pytest.mark.parametrize("status", ["in_transit", "out_for_delivery"])
def test_while_the_status_stays_only_milestones_make_changes(status):
    first = make_event(0, status=status)
    milestones = {
        code
        for code in SUBSTATUSES[Status(status)]
        if [change.type for change in changes_after(first, make_event(1, status=status, substatus=code))]
        == ["milestone_reached"]
    }
    assert (
        milestones
        == {
            "in_transit": {"departed_origin", "arrived_hub", "departed_hub", "arrived_destination_hub"},
            "out_for_delivery": {"arriving", "arrived"},
        }[status]
    )
    assert milestones < MILESTONES


def test_changes_that_belong_to_one_event_have_no_episode():
    first = make_event(0, "e0", status="in_transit")
    events = [
        make_event(1, status="in_transit", substatus="arrived_hub"),
        make_event(1, source="manual", retracts="e0"),
        make_event(1, status="returned"),
        make_event(1, "stalled-no_scan-1", source="system", clock_kind="no_scan"),
    ]
    changes = [changes_after(first, event)[-1] for event in events]
    assert [(change.type, change.episode) for change in changes] == [
        ("milestone_reached", 0),
        ("corrected", 0),
        ("event_rejected", 0),
        ("stalled", 0),
    ]


def test_a_repeated_milestone_makes_one_change():
    scans = [make_event(minute, status="in_transit", substatus="arrived_hub") for minute in range(2)]
    assert listed_changes(*scans) == []


def test_attempts_are_episodes_so_that_each_has_a_change_of_its_own():
    words = ["out_for_delivery", "attempt_failed", "out_for_delivery", "attempt_failed"]
    scans = [make_event(minute, status=word) for minute, word in enumerate(words)]
    assert [changes_after(*scans[:count])[0].episode for count in (1, 2, 3, 4)] == [0, 1, 1, 2]


def window(minute: float, width: float = 20) -> Eta:
    moment = at(minute)
    half = at(width / 2) - at(0)
    return Eta(from_=moment - half, at=moment, to=moment + half)


def ping(minute: float, arrives: float, width: float = 20):
    return make_event(minute, eta=msgspec.structs.replace(window(arrives, width), as_of=at(minute)))


@pytest.mark.parametrize(
    ("arrives", "why"),
    [
        (2016, "16 min later"),
        (2059, "59 min later"),
        (2060, "1 h 0 min later"),
        (1773, "3 h 47 min earlier"),
        (2000 + 48 * 60 - 1, "47 h 59 min later"),
        (2000 + 48 * 60, "2 days 0 h later"),
        (2000 + 51 * 60 + 5, "2 days 3 h later"),
    ],
)
def test_a_moved_window_makes_a_change_with_its_shift(arrives, why):
    first = make_event(0, status="in_transit", eta=window(2000))
    # Little remains by then, so that five minutes are a difference worth telling.
    assert listed_changes(first, ping(1995, arrives)) == [("eta_changed", why)]


def test_a_window_whose_end_crosses_the_promise_makes_a_change_though_its_middle_stays():
    promised = Booking(promised=Window(from_=at(0), to=at(2015)))
    first = make_event(0, status="in_transit", eta=window(2000), booking=promised)
    assert listed_changes(first, ping(1000, 2000, width=40)) == [("eta_changed", "0 min later")]


def test_an_unmoved_window_and_a_first_window_make_no_change_by_themselves():
    status = make_event(0, status="in_transit")
    assert listed_changes(status, ping(10, 2000)) == []
    assert listed_changes(status, ping(10, 2000), ping(1900, 2001)) == []


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([make_event(70, status="in_transit")], "no attempt was made by the promised time"),
        (
            [make_event(minute, status="on_hold", substatus="weather") for minute in (50, 70)],
            "no attempt was made by the promised time: Bad weather",
        ),
        ([make_event(5, reported_status="delayed")], "reported"),
        ([make_event(5, eta=window(125))], "expected 1 h 5 min past the promise"),
    ],
)
def test_a_delay_says_why(events, why):
    booked = make_event(
        0, status="in_transit", booking=Booking(promised=Window(from_=at(0), to=at(60))), partner_id="p1"
    )
    assert listed_changes(booked, *events) == [("delayed", why)]


def test_an_ended_delay_makes_a_change_with_the_episode_it_ends():
    booked = make_event(0, status="in_transit", booking=Booking(promised=Window(from_=at(0), to=at(60))))
    late = make_event(5, eta=window(125))
    better = [make_event(minute, lateness_risk=LatenessRisk(p_late=0.1)) for minute in (40, 45, 50, 55)]
    (change,) = changes_after(booked, late, *better)
    assert (change.type, change.why, change.episode) == (
        "delay_cleared",
        "expected inside the promise again",
        1,
    )


def test_a_correction_says_what_it_did_to_which_event_and_the_reason():
    scan = make_event(0, "e0", status="in_transit")
    given = make_event(1, source="manual", retracts="e0", correction_reason="did_not_occur")
    assert listed_changes(scan, given) == [("corrected", "e0 retracted: did not occur")]
    replaces = make_event(1, source="manual", supersedes="e0")
    assert listed_changes(scan, replaces) == [("corrected", "e0 superseded: no reason given")]


def test_a_refusal_says_what_was_reported():
    delivered = make_event(0, status="delivered")
    assert listed_changes(delivered, make_event(1, status="picked_up")) == [
        ("event_rejected", "illegal:delivered->picked_up (picked_up)")
    ]
    assert listed_changes(delivered, make_event(1, reported_status="teleported")) == [
        ("event_rejected", "unmapped_status (teleported)")
    ]


def test_an_event_carries_its_first_change_and_the_others_behind_it():
    event = make_event(1, "e1", status="in_transit")
    (change,) = changes_after(event)
    second = msgspec.structs.replace(change, change_id="chg_2")
    assert attach(event, ()) is event
    assert attach(event, (change, second)) == msgspec.structs.replace(
        event,
        change=msgspec.structs.replace(change, also=(second,)),
        change_id=change.change_id,
        pending=pending_partition("123"),
        pending_since="2026-11-25T18:20:00Z",
    )


def test_shipments_spread_over_all_eight_partitions_and_each_keeps_its_own():
    partitions = {pending_partition(f"S{number}") for number in range(200)}
    assert (partitions, pending_partition("123")) == (set("01234567"), "2")


def test_a_change_without_others_is_split_into_itself():
    assert list(split_change(make_change(1))) == [make_change(1)]


def test_a_change_comes_first_and_each_change_in_its_also_follows():
    inner = make_change(3, also=(make_change(4),))
    change = make_change(1, also=(make_change(2), inner))
    assert list(split_change(change)) == [make_change(number) for number in (1, 2, 3, 4)]

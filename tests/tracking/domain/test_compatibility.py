"""Compatibility: records of older versions are read with the kind and the reason they lack."""

import msgspec
import pytest
from hypothesis import given, settings

from tests.events import at, make_event
from tests.properties import examples
from tests.tracking.domain.timelines import timelines
from tracking.domain.changes import attach, find_changes
from tracking.domain.compatibility import complete_change, complete_event
from tracking.domain.events import Change, Facts
from tracking.domain.fold import iterate_steps
from tracking.domain.identity import name_clock_event
from tracking.domain.shipment import ShipmentState


def make_change(kind, why, **fields) -> Change:
    return Change(
        change_id="chg_1",
        type=kind,
        shipment_id="123",
        event_id="e1",
        sort_key="k",
        before=Facts(),
        after=Facts(),
        why=why,
        occurred_at=at(1),
        received_at=at(1),
        recorded_at=at(1),
        state_version=1,
        **fields,
    )


@pytest.mark.parametrize(
    ("event_id", "clock_kind"),
    [
        ("delay-late_certain-1", "delay"),
        ("eta-20261122T070000", "eta"),
        ("expired-202611220700", "expired"),
        ("stalled-no_scan-202611220700", "no_scan"),
        ("stalled-vehicle_stands-202611220700", "vehicle_stands"),
        ("g_abc", None),
        ("delayed", None),
    ],
)
def test_the_kind_of_an_older_clock_event_is_read_from_its_id(event_id, clock_kind):
    older = make_event(1, event_id, source="system")
    assert complete_event(older) == msgspec.structs.replace(older, clock_kind=clock_kind)


@pytest.mark.parametrize("source", ["device", "api", "manual", "manifest"])
def test_an_event_of_another_source_is_no_clock_event_whatever_its_id(source):
    event = make_event(1, "delay-late_certain-1", source=source)
    assert complete_event(event) is event


@pytest.mark.parametrize(
    ("kind", "parts", "event_id"),
    [
        ("delay", ("late_certain", 1), "delay-late_certain-1"),
        ("eta", ("20261122T070000",), "eta-20261122T070000"),
        ("expired", ("202611220700",), "expired-202611220700"),
        ("no_scan", ("202611220700",), "stalled-no_scan-202611220700"),
        ("vehicle_stands", ("202611220700",), "stalled-vehicle_stands-202611220700"),
    ],
)
def test_the_ids_of_clock_events_are_those_that_older_versions_made(kind, parts, event_id):
    assert name_clock_event(kind, *parts) == event_id


@pytest.mark.parametrize(
    ("kind", "why", "reason_code"),
    [
        ("created", "Booked, reported by api", "reported"),
        ("status_changed", "Delivered, reported by device", "reported"),
        ("status_changed", "no scan for thirty days", "no_scan_for_30_days"),
        ("milestone_reached", "Reached a hub, reported by system", "reported"),
        ("delayed", "expected 3 h 47 min past the promise", "window_past_promise"),
        ("delayed", "the promise has passed without an attempt", "promise_passed"),
        ("delayed", "reported", "reported"),
        ("delay_cleared", "expected inside the promise again", "window_inside_promise"),
        ("eta_changed", "54 min later", "window_moved"),
        ("corrected", "e1 retracted: wrong parcel", "retracted"),
        ("corrected", "e1 superseded: retracted by mistake", "superseded"),
        ("event_rejected", "illegal:created->returned (returned)", "illegal"),
        ("event_rejected", "unmapped_status (teleported)", "unmapped_status"),
        ("event_rejected", "foreign_vehicle (None)", "foreign_vehicle"),
        ("event_rejected", "retracted:c2 (delivered)", "retracted"),
        ("stalled", "no scan", "no_scan"),
        ("stalled", "vehicle stands", "vehicle_stands"),
    ],
)
def test_the_reason_of_an_older_change_is_read_from_its_text(kind, why, reason_code):
    older = make_change(kind, why)
    assert complete_change(older) == msgspec.structs.replace(older, reason_code=reason_code)


def test_the_changes_that_an_older_change_carries_get_their_reasons_too():
    first, second = make_change("delayed", "reported"), make_change("stalled", "no scan")
    event = attach(make_event(1), (first, second))
    change = complete_event(event).change
    assert (change.reason_code, [other.reason_code for other in change.also]) == ("reported", ["no_scan"])


@settings(max_examples=examples(300))
@given(timelines(max_size=14))
def test_kinds_and_reasons_left_out_are_found_again_in_every_timeline(events):
    # No version has stored the event or the change of a van that is near without kind and reason.
    kept = [event.clock_kind if event.clock_kind == "arriving" else None for event in events]
    stripped = [
        msgspec.structs.replace(event, clock_kind=kind) for event, kind in zip(events, kept, strict=True)
    ]
    assert [complete_event(event) for event in stripped] == events
    for step in iterate_steps(ShipmentState(shipment_id="123"), events):
        for change in find_changes(step, at(50), 1):
            if change.reason_code == "vehicle_near":
                continue
            assert complete_change(msgspec.structs.replace(change, reason_code=None)) == change


def test_what_carries_kind_and_reason_is_left_as_it_is():
    change = make_change("stalled", "no scan", reason_code="vehicle_stands")
    event = attach(make_event(1, "delay-x-1", source="system", clock_kind="no_scan"), (change,))
    assert complete_event(event) is event

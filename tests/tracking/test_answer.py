"""Public answer: all that a customer needs, and no personal data."""

import msgspec
import pytest

from tests.events import at, make_event
from tracking.answer import bare_frame, current_frame, live_frame, public_answer
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.events import Booking, Eta, HubPoint, Lane, Place, Window
from tracking.domain.fold import fold
from tracking.domain.shipment import ShipmentState, hash_state
from tracking.domain.status import Status

HUB = Place(hub_id="BLR-PNY", hub_name="Peenya hub", town="Bengaluru", state="Karnataka")
TOWN = Place(town="Bengaluru", state="Karnataka")
LANE = Lane(
    origin=HubPoint(hub_id="BLR-PNY", name="Peenya hub", lat=13.0285, lon=77.519),
    destination=HubPoint(hub_id="BLR-KRM", name="Koramangala hub", lat=12.9352, lon=77.6245),
)
BOOKED = Booking(promised=Window(from_=at(60), to=at(120)), lane=LANE, destination_pin="560034")


SHOWN = {
    "from": "2026-11-22T09:30:00.000Z",
    "at": "2026-11-22T10:00:00.000Z",
    "to": "2026-11-22T10:30:00.000Z",
    "text_code": "quarter_hours",
    "reason": None,
    "expected_by": None,
    "delivery_hours": {
        "from": "08:00",
        "to": "21:00",
        "days": "1234567",
        "region": None,
        "holidays_kept": "state",
    },
}


def fold_events(*events) -> ShipmentState:
    return msgspec.structs.replace(fold(ShipmentState(shipment_id="123"), events).state, state_version=7)


def test_a_parcel_out_for_delivery_and_late_is_answered_in_full():
    eta = Eta(from_=at(160), at=at(175), to=at(200), confidence="medium")
    state = fold_events(
        make_event(0, status="created", source="api", booking=BOOKED, partner_id="prt_acme"),
        make_event(10, status="picked_up", place=HUB),
        make_event(40, status="out_for_delivery", substatus="loaded", place=TOWN, vehicle_id="KA-01-1234"),
        make_event(50, lat=12.971623, lon=77.594561, eta=eta, vehicle_id="KA-01-1234", note="gate-4711"),
    )
    assert public_answer(state) == {
        "shipment_id": "123",
        "status": "out_for_delivery",
        "substatus": "loaded",
        "status_text": "Out for delivery",
        "leg": "forward",
        "status_at": "2026-11-22T07:40:00.000Z",
        "updated_at": "2026-11-22T07:50:00.000Z",
        "is_delayed": True,
        "delay": {"minutes": 55, "cause": "eta", "since": "2026-11-22T07:50:00.000Z"},
        "under_review": False,
        "eta": {
            "from": "2026-11-22T09:40:00.000Z",
            "at": "2026-11-22T09:55:00.000Z",
            "to": "2026-11-22T10:20:00.000Z",
            "confidence": "medium",
            "shown": SHOWN,
        },
        "promised": {"from": "2026-11-22T08:00:00.000Z", "to": "2026-11-22T09:00:00.000Z"},
        "milestones": [
            milestone("created", "done", actual="2026-11-22T07:00:00.000Z"),
            milestone("picked_up", "done", actual="2026-11-22T07:10:00.000Z"),
            milestone("in_transit", "skipped"),
            milestone("out_for_delivery", "current", actual="2026-11-22T07:40:00.000Z"),
            milestone(
                "delivered",
                "upcoming",
                planned="2026-11-22T09:00:00.000Z",
                estimated="2026-11-22T10:00:00.000Z",
            ),
        ],
        "events": [
            event("2026-11-22T07:40:00.000Z", "out_for_delivery", "loaded", "Bengaluru, Karnataka"),
            event("2026-11-22T07:10:00.000Z", "picked_up", None, "Peenya hub"),
            event("2026-11-22T07:00:00.000Z", "created", None, None),
        ],
        "position": {"lat": 12.97, "lon": 77.59, "occurred_at": "2026-11-22T07:50:00.000Z"},
        "state_version": 7,
        "state_hash": hash_state(state),
        "links": {"self": "/tracking/123", "live": "/ws/track/123/"},
    }


def test_a_window_that_has_passed_is_replaced_when_it_is_read():
    eta = Eta(from_=at(160), at=at(175), to=at(200), confidence="medium")
    state = fold_events(make_event(50, status="in_transit", eta=eta))
    answers = [public_answer(state, now=at(minute)) for minute in (209, 230)]
    replaced = {
        "from": "2026-11-22T10:45:00.000Z",
        "at": "2026-11-22T13:15:00.000Z",
        "to": "2026-11-22T15:30:00.000Z",
        "text_code": "day",
        "reason": "overdue",
        "expected_by": "2026-11-22T10:30:00.000Z",
    }
    assert [answer["eta"]["shown"] for answer in answers] == [SHOWN, SHOWN | replaced]
    assert [answer["milestones"][-1]["estimated"] for answer in answers] == [SHOWN["at"], replaced["at"]]
    assert answers[1]["eta"] | {"shown": SHOWN} == public_answer(state)["eta"]


def test_the_record_of_the_task_alone_has_an_answer():
    answer = public_answer(fold_events(make_event(0, status="in_transit", lat=12.9716, lon=77.5946)))
    assert [answer[name] for name in ("promised", "eta", "delay", "is_delayed")] == [None, None, None, False]
    assert answer["position"] == {"lat": 12.97, "lon": 77.59, "occurred_at": "2026-11-22T07:00:00.000Z"}


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("created", False),
        ("in_transit", True),
        ("on_hold", True),
        ("out_for_delivery", True),
        ("attempt_failed", True),
        ("available_for_pickup", False),
        ("delivered", False),
        ("cancelled", False),
    ],
)
def test_a_position_is_shown_only_while_it_cannot_be_a_home(status, shown):
    reached = [make_event(0, status="in_transit")] if status == "attempt_failed" else []
    answer = public_answer(fold_events(*reached, make_event(1, status=status, lat=12.97, lon=77.59)))
    assert (answer["status"], answer["position"] is not None) == (status, shown)


@pytest.mark.parametrize(
    ("statuses", "stages"),
    [
        ([None], "upcoming upcoming upcoming upcoming upcoming"),
        (["created"], "current upcoming upcoming upcoming upcoming"),
        (["in_transit", "on_hold"], "skipped skipped current upcoming upcoming"),
        (["in_transit", "out_for_delivery", "in_transit"], "skipped skipped current upcoming upcoming"),
        (["out_for_delivery", "attempt_failed"], "skipped skipped skipped current upcoming"),
        (["created", "delivered"], "done skipped skipped skipped done"),
        (["created", "cancelled"], "done skipped skipped skipped skipped"),
        (["created", "picked_up", "returning"], "done done skipped skipped skipped"),
        (["in_transit", "delivered", "returning"], "skipped skipped done skipped done"),
    ],
)
def test_each_milestone_is_done_current_upcoming_or_skipped(statuses, stages):
    answer = public_answer(
        fold_events(*(make_event(minute, status=status) for minute, status in enumerate(statuses)))
    )
    assert [step["state"] for step in answer["milestones"]] == stages.split()


def test_a_parcel_back_at_the_hub_is_in_transit_again():
    statuses = ["in_transit", "out_for_delivery", "in_transit"]
    answer = public_answer(
        fold_events(*(make_event(minute, status=status) for minute, status in enumerate(statuses)))
    )
    assert answer["milestones"][3] == milestone("out_for_delivery", "upcoming")


def test_a_parcel_whose_journey_has_ended_has_no_estimate():
    eta = Eta(from_=at(10), at=at(20), to=at(30))
    on_its_way = make_event(0, status="in_transit", lat=12.9, lon=77.5, eta=eta)
    assert public_answer(fold_events(on_its_way))["eta"] is not None
    assert public_answer(fold_events(on_its_way, make_event(5, status="delivered")))["eta"] is None


def test_a_refused_event_is_not_in_the_answer():
    state = fold_events(make_event(0, status="delivered"), make_event(5, status="in_transit"))
    assert [step["status"] for step in public_answer(state)["events"]] == ["delivered"]


def test_every_status_has_an_answer():
    for status in Status:
        answer = public_answer(ShipmentState(shipment_id="123", status=status))
        assert answer["status_text"], status


def test_frames_contain_the_version_and_the_whole_answer():
    state = fold_events(make_event(0, status="in_transit"))
    trace = {"event_id": "e0"}
    snapshot, moved = live_frame("snapshot", state), live_frame("state", state, trace)
    assert snapshot == {"type": "snapshot", "at": snapshot["at"], "v": 7, "shipment": public_answer(state)}
    assert moved == snapshot | {"type": "state", "at": moved["at"], "trace": trace}
    assert current_frame(state).keys() == {"type", "at", "v"}
    assert bare_frame("heartbeat").keys() == {"type", "at"}


def milestone(code, state, planned=None, estimated=None, actual=None):
    return {"code": code, "state": state, "planned": planned, "estimated": estimated, "actual": actual}


def event(occurred_at, status, substatus, place):
    return {
        "occurred_at": occurred_at,
        "status": status,
        "substatus": substatus,
        "place": place,
        "late": False,
        "corrected": False,
    }


def test_a_shipment_is_under_review_while_its_last_attempt_is_in_doubt():
    def found(verdict, event_id, attempted_at):
        return AttemptEvidence(
            event_id=event_id,
            status=Status.ATTEMPT_FAILED,
            attempted_at=attempted_at,
            verdict=verdict,
            computed_at=at(60),
        )

    def look(minute, *evidence):
        return make_event(minute, source="system", clock_kind="evidence", evidence=found(*evidence))

    out = make_event(0, status="out_for_delivery", vehicle_id="van-1")
    attempt = make_event(40, "a1", status="attempt_failed", vehicle_id="van-1")
    doubted = look(60, "contradicted", "a1", at(40))
    next_day = make_event(90, status="out_for_delivery", vehicle_id="van-1")
    again = make_event(120, "a2", status="attempt_failed", vehicle_id="van-1")
    timelines = [
        [out, attempt],
        [out, attempt, look(60, "supported", "a1", at(40))],
        [out, attempt, doubted],
        [out, attempt, doubted, make_event(70, status="attempt_failed")],
        [out, attempt, doubted, next_day],
        [out, attempt, doubted, next_day, again],
    ]
    reviewed = [public_answer(fold_events(*events))["under_review"] for events in timelines]
    assert reviewed == [False, False, True, True, False, False]

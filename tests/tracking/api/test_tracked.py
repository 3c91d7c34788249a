"""Reads with a key: current and past states, events and their verdicts."""

import dataclasses
import json
from datetime import timedelta

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.api.document import check_answer
from tests.tracking.stories import BOOKING, find_secrets, record_timeline
from tracking.adapters.memory import MemoryShipmentStore
from tracking.answer import partner_answer
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.events import Booking
from tracking.domain.status import Status
from tracking.models import Shipment
from tracking.ports import ports, wire
from tracking.services.recording.archive import archive_ended

PATH = "/api/v1/tracking"
OWN = {"partner_id": "prt_acme", "source": "api"}


@pytest.fixture
def booked(api, world, hubs):
    """Shipment 123, booked and on its way."""
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    record_timeline(world.store, make_event(0, status="created", booking=Booking(), **OWN))
    record_timeline(
        world.store, make_event(5, status="picked_up", lat=12.971599, lon=77.594566, vehicle_id="KA-1")
    )
    return "123"


def test_the_partner_reads_at_full_precision(api, world, booked):
    response = api.get(f"{PATH}/123")
    body = check_answer(response)
    assert body == partner_answer(world.store.read_state("123"))
    assert body["position"] == {"lat": 12.971599, "lon": 77.594566, "occurred_at": "2026-11-22T07:05:00.000Z"}
    assert (body["vehicle_id"], body["attempts"], find_secrets(response.content)) == ("KA-1", 0, [])
    assert api.get(f"{PATH}/123", If_None_Match=response["ETag"]).status_code == 304


def test_a_booking_that_is_not_on_its_timeline_yet_has_the_status_created(api, world, hubs):
    api.post("/api/v1/shipments", BOOKING)
    body = check_answer(api.get(f"{PATH}/123"))
    assert (body["status"], body["state_version"], body["events"]) == ("created", 0, [])


def test_a_past_state_is_read_as_it_was_recorded_then(api, world, booked):
    for when, status in (("2026-11-24T00:00:00Z", 404), ("2026-11-30T00:00:00%2B05:30", 200)):
        assert api.get(f"{PATH}/123?as_of={when}").status_code == status
    assert check_answer(api.get(f"{PATH}/123?as_of=2026-11-30T00:00:00Z"))["status"] == "picked_up"
    assert api.get(f"{PATH}/123?as_of=yesterday").status_code == 422


def test_a_past_state_is_read_from_the_archive_once_the_rows_have_expired(api, world, booked, files):
    record_timeline(world.store, make_event(60, status="delivered"))
    Shipment.objects.filter(shipment_id="123").update(status="delivered", status_at=at(60))
    path = f"{PATH}/123?as_of=2026-11-30T00:00:00Z"
    before = api.get(path).json()
    assert archive_ended(world.store, at(60) + timedelta(days=9)).verified == 1
    wire(dataclasses.replace(ports(), store=MemoryShipmentStore()))
    assert api.get(path).json() == before
    assert api.get(f"{PATH}/123?as_of=2026-11-20T00:00:00Z").status_code == 404


def test_many_shipments_are_read_in_the_order_of_the_request(api, world, booked):
    record_timeline(
        world.store, make_event(0, shipment_id="other", status="created", booking=Booking(), partner_id="x")
    )
    api.post("/api/v1/shipments", BOOKING | {"shipment_id": "124"})
    body = check_answer(api.post(f"{PATH}/batch", {"shipment_ids": ["124", "other", "none", "123", "124"]}))
    assert [found["shipment_id"] for found in body["found"]] == ["124", "123"]
    assert body["not_found"] == ["other", "none"]


@pytest.mark.parametrize("ids", [[], ["a"] * 101, ["a b"]])
def test_a_batch_holds_1_to_100_ids(api, world, ids):
    assert api.post(f"{PATH}/batch", {"shipment_ids": ids}).status_code == 422


def events_of(api, query=""):
    body = check_answer(api.get(f"/api/v1/shipments/123/events{query}"))
    return [event["event_id"] for event in body["results"]], body["next"]


def test_events_are_listed_by_the_time_they_happened_page_by_page(api, world, booked):
    record_timeline(world.store, make_event(3, lat=12.9, lon=77.5))
    assert events_of(api) == (["e0", "e3000", "e5000"], None)
    first, cursor = events_of(api, "?limit=2&order=desc")
    assert (first, events_of(api, f"?limit=2&order=desc&cursor={cursor}")) == (
        ["e5000", "e3000"],
        (["e0"], None),
    )


def test_an_event_is_answered_with_all_fields(api, world, booked):
    event = make_event(8, status="in_transit", note="dock 4", device_id="D1", lat=12.9, lon=77.5)
    record_timeline(world.store, event)
    body = check_answer(api.get("/api/v1/shipments/123/events?order=desc&limit=1"))
    (event,) = body["results"]
    assert (event["note"], event["device_id"], event["source"]) == ("dock 4", "D1", "device")
    assert event["timings_ms"] == {"reported": 40, "recorded": (5000 - 8) * 60_000 - 40}


def test_an_attempt_is_answered_with_its_newest_evidence(api, world, booked):
    attempt = make_event(40, "a1", status="attempt_failed", vehicle_id="KA-1")
    found = AttemptEvidence(
        event_id="a1",
        status=Status.ATTEMPT_FAILED,
        attempted_at=at(40),
        verdict="insufficient",
        computed_at=at(50),
    )
    decided = msgspec.structs.replace(
        found, verdict="supported", computed_at=at(100), nearest_m=12, dwell_s=240, fixes_within_150m=3
    )
    looks = [
        make_event(minute, source="system", clock_kind="evidence", evidence=each)
        for minute, each in ((50, found), (100, decided))
    ]
    record_timeline(world.store, make_event(10, status="out_for_delivery"), attempt, *looks)
    body = check_answer(api.get("/api/v1/shipments/123/events"))
    evidence = {event["event_id"]: event["evidence"] for event in body["results"]}
    assert evidence.pop("a1") == {
        "verdict": "supported",
        "nearest_m": 12,
        "dwell_s": 240,
        "fixes_within_150m": 3,
        "computed_at": "2026-11-22T08:40:00.000Z",
    }
    assert set(evidence.values()) == {None}
    # The page that holds the attempt need not hold the evidence.
    (event,) = check_answer(api.get("/api/v1/shipments/123/events?limit=1&order=desc"))["results"]
    assert event["evidence"] is None


def test_rejected_events_are_shown_only_on_request(api, world, booked):
    record_timeline(world.store, make_event(9, status="created", event_id="back"))
    assert events_of(api)[0] == ["e0", "e5000"]
    assert events_of(api, "?include=rejected")[0] == ["e0", "e5000", "back"]


def test_each_event_is_explained(api, world, booked):
    record_timeline(world.store, make_event(9, status="created", event_id="back"))
    body = check_answer(api.get("/api/v1/shipments/123/explain"))
    event = [(event["event_id"], event["verdict"], event["rule"]) for event in body["events"]]
    assert event == [
        ("e0", "applied", "first_status"),
        ("e5000", "applied", "may_follow"),
        ("back", "rejected", "illegal"),
    ]
    assert [body["events"][1][side]["status"] for side in ("before", "after")] == ["created", "picked_up"]


def test_a_correction_is_put_on_the_stream(api, world, booked, time_machine):
    time_machine.move_to(at(60), tick=False)
    world.stream.records.clear()
    sent = {"kind": "retract", "reason": "did_not_occur", "note": "call 9845012345"}
    response = api.post("/api/v1/shipments/123/events/e5000/corrections", sent)
    ((key, data),) = world.stream.records
    event = json.loads(data)
    assert (response.status_code, check_answer(response)) == (202, {"event_id": event["event_id"]})
    assert (key, event["retracts"], event["source"], find_secrets(data)) == ("123", "e5000", "api", [])


def test_an_event_that_is_too_old_cannot_be_corrected(api, world, booked, time_machine):
    time_machine.move_to(at(8 * 24 * 60), tick=False)
    sent = {"kind": "retract", "reason": "did_not_occur"}
    response = api.post("/api/v1/shipments/123/events/e5000/corrections", sent)
    assert (response.status_code, check_answer(response)["code"]) == (409, "too_late")


def test_an_unknown_event_cannot_be_corrected(api, world, booked):
    response = api.post(
        "/api/v1/shipments/123/events/none/corrections", {"kind": "retract", "reason": "did_not_occur"}
    )
    assert (response.status_code, check_answer(response)["code"]) == (404, "not_found")


def test_a_shipment_that_was_never_booked_cannot_be_read_with_a_key(api, world, db):
    record_timeline(world.store, make_event(0, shipment_id="found", status="in_transit"))
    Shipment.objects.create(shipment_id="found", status="in_transit")
    assert api.get(f"{PATH}/found").status_code == 404

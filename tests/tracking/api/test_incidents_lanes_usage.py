"""Incidents, lanes and usage of a partner."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.tracking.api.document import check_answer
from tests.tracking.stories import BOOKING, Api, find_secrets
from tracking.api.keys import issue_key
from tracking.models import Incident, Shipment, UsageDay, Vehicle
from tracking.ports import TrackingPorts, ports, wire
from tracking.services.operations.incidents import open_incident
from tracking.services.requests.usage import store_request_counts

PATH = "/api/v1/incidents"


@pytest.fixture
def incident(world, partner):
    Shipment.objects.create(shipment_id="123", partner=partner)
    return open_incident(
        ports().live, "attempt_failed", "123", "nobody at home", timezone.now(), shipment_id="123"
    )


def test_incidents_are_listed_newest_first_and_filtered(api, world, incident):
    second = open_incident(ports().live, "delayed", "123", "late", timezone.now(), shipment_id="123")
    open_incident(ports().live, "delayed", "other", "late", timezone.now(), shipment_id="other")
    body = check_answer(api.get(f"{PATH}?limit=1"))
    assert [row["incident_id"] for row in body["results"]] == [f"inc_{second.pk}"]
    rest = check_answer(api.get(f"{PATH}?limit=1&cursor={body['next']}"))
    assert ([row["code"] for row in rest["results"]], rest["next"]) == (["attempt_failed"], None)
    found = [
        check_answer(api.get(f"{PATH}?{query}"))["results"] for query in ("code=delayed", "state=resolved")
    ]
    assert [len(rows) for rows in found] == [1, 0]


def test_incidents_of_own_vehicles_are_listed_too(api, world, partner, other_partner):
    for vehicle_id, owner in (("KA-1", partner), ("KA-2", other_partner)):
        Vehicle.objects.create(vehicle_id=vehicle_id, partner=owner)
        open_incident(ports().live, "exception", vehicle_id, "silent", timezone.now(), vehicle_id=vehicle_id)
    assert [row["vehicle_id"] for row in check_answer(api.get(PATH))["results"]] == ["KA-1"]


def test_the_first_acknowledgement_stays(api, world, incident):
    first = check_answer(api.post(f"{PATH}/inc_{incident.pk}/acknowledge", b""))
    again = check_answer(api.post(f"{PATH}/inc_{incident.pk}/acknowledge", b""))
    assert (first["acknowledged_at"] is not None, again) == (True, first)
    assert Incident.objects.get().acknowledged_by == f"key_{api.key.split('_')[2]}"


def test_an_incident_is_resolved_once_and_its_note_is_masked(api, world, incident):
    sent = {"resolution_code": "rescheduled", "note": "asked 9845012345"}
    response = api.post(f"{PATH}/inc_{incident.pk}/resolve", sent)
    body = check_answer(response)
    assert (body["resolution_code"], body["note"]) == ("rescheduled", "asked •••")
    assert (body["resolved_at"] is not None, find_secrets(response.content)) == (True, [])
    for action, again in (("resolve", sent), ("acknowledge", b"")):
        refused = api.post(f"{PATH}/inc_{incident.pk}/{action}", again)
        assert (refused.status_code, check_answer(refused)["code"]) == (409, "already_resolved")
    assert [row["resolved_at"] for frame in world.live.fleet for row in frame["incidents"]][-1] is not None


@pytest.mark.parametrize("name", ["1", "inc_", "inc_x", "inc_99999999999999999999", "inc_-1", "inc_0"])
def test_an_impossible_incident_id_is_not_found(api, world, name):
    assert api.get(f"{PATH}/{name}").status_code == 404


def test_bookings_without_planned_minutes_take_the_plan_of_their_lane(api, world, hubs):
    lane = "/api/v1/lanes/BLR-PNY/BLR-KRM"
    before = check_answer(api.get(lane))
    assert before == {
        "origin_hub": "BLR-PNY",
        "destination_hub": "BLR-KRM",
        "planned_minutes": None,
        "updated_at": None,
    }
    kept = check_answer(api.put(lane, {"planned_minutes": 75}))
    assert (kept["planned_minutes"], check_answer(api.get(lane))) == (75, kept)
    without = {name: value for name, value in BOOKING.items() if name != "planned_minutes"}
    for shipment_id, wanted in (("a", without), ("b", BOOKING)):
        api.post("/api/v1/shipments", wanted | {"shipment_id": shipment_id})
    planned = [json.loads(data)["booking"]["planned_minutes"] for _, data in world.stream.records]
    assert (planned, Shipment.objects.get(shipment_id="a").planned_minutes) == ([75, 90], 75)


def test_a_plan_belongs_to_one_partner_and_mode(api, client, world, hubs, partner, other_partner):
    lane = "/api/v1/lanes/BLR-PNY/BLR-KRM"
    api.put(lane, {"planned_minutes": 75})
    for key in (issue_key(other_partner), issue_key(partner, livemode=False)):
        assert check_answer(Api(client, key).get(lane))["planned_minutes"] is None


def test_a_plan_can_be_bound_to_the_version_that_was_read(api, world, hubs):
    lane = "/api/v1/lanes/BLR-PNY/BLR-KRM"
    etag = api.get(lane)["ETag"]
    statuses = [api.put(lane, {"planned_minutes": 75}, If_Match=etag).status_code for _ in range(2)]
    assert statuses == [200, 412]


@pytest.mark.parametrize("minutes", [0, 20161, "90", None])
def test_an_invalid_plan_is_refused(api, world, hubs, minutes):
    response = api.put("/api/v1/lanes/BLR-PNY/BLR-KRM", {"planned_minutes": minutes})
    assert (response.status_code, check_answer(response)["errors"][0]["pointer"]) == (422, "/planned_minutes")


def test_a_lane_between_unknown_hubs_is_refused(api, world, hubs):
    response = api.get("/api/v1/lanes/BLR-PNY/NOWHERE")
    assert (response.status_code, check_answer(response)["code"]) == (404, "unknown_hub")


def test_usage_is_counted_day_by_day(api, client, world, hubs, partner, time_machine):
    time_machine.move_to("2026-11-22T07:00:00Z", tick=False)
    api.post("/api/v1/shipments", BOOKING)
    api.post("/api/v1/events", {"events": [{"shipment_id": "123", "status": "picked_up"}] * 3})
    Api(client, issue_key(partner, livemode=False)).get("/api/v1/shipments")
    time_machine.move_to("2026-11-23T07:00:00Z", tick=False)
    body = check_answer(api.get("/api/v1/usage?from=2026-11-21&to=2026-11-23"))
    assert body["days"] == [
        {"day": "2026-11-21", "requests": 0, "events": 0, "shipments": 0, "sms_segments": 0},
        {"day": "2026-11-22", "requests": 2, "events": 3, "shipments": 1, "sms_segments": 0},
        {"day": "2026-11-23", "requests": 1, "events": 0, "shipments": 0, "sms_segments": 0},
    ]
    assert store_request_counts(ports().counter) == 0
    assert UsageDay.objects.filter(livemode=False).get().requests == 1


def test_a_booking_counts_on_its_day_from_the_first_to_the_last_instant(api, world, partner, time_machine):
    moments = (
        "2026-11-21T23:59:59.999999Z",
        "2026-11-22T00:00:00Z",
        "2026-11-23T23:59:59.999999Z",
        "2026-11-24T00:00:00Z",
    )
    for number, moment in enumerate(moments):
        time_machine.move_to(moment, tick=False)
        Shipment.objects.create(shipment_id=f"{number}", partner=partner)
    body = check_answer(api.get("/api/v1/usage?from=2026-11-22&to=2026-11-23"))
    assert [(day["day"], day["shipments"]) for day in body["days"]] == [("2026-11-22", 1), ("2026-11-23", 1)]


def test_usage_is_read_for_at_most_92_days_and_never_past_today(api, world, time_machine):
    time_machine.move_to("2026-11-23T07:00:00Z", tick=False)
    days = check_answer(api.get("/api/v1/usage?from=2026-08-24&to=2026-12-24"))["days"]
    assert (len(days), days[0]["day"], days[-1]["day"]) == (92, "2026-08-24", "2026-11-23")
    assert api.get("/api/v1/usage?from=2026-08-23").status_code == 409


def test_usage_has_the_sms_segments_sent_on_each_day(api, world, partner):
    asked = []

    class SevenToday:
        def count_segments(self, *about):
            asked.append(about)
            return {about[3]: 7}

    wire(TrackingPorts(*world, sms_usage=SevenToday()))
    today = timezone.now().date()
    body = check_answer(api.get("/api/v1/usage"))
    assert (len(body["days"]), body["days"][-1]["sms_segments"]) == (30, 7)
    assert asked == [("prt_acme", True, today - timedelta(days=29), today)]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2026-11-23&to=2026-11-22", 409),
        ("from=2026-01-01&to=2026-11-22", 409),
        ("to=0001-01-01", 409),
        ("to=x", 422),
    ],
)
def test_an_invalid_period_of_usage_is_refused(api, world, query, status):
    assert api.get(f"/api/v1/usage?{query}").status_code == status

"""Ownership: a partner reports its bookings, ids of its series and its vehicles; series do not overlap."""

import pytest
from django.core.exceptions import ValidationError

from tests.events import at, make_event
from tests.tracking.stories import BOOKING, Api, record_timeline
from tracking.api.keys import issue_key
from tracking.models import IdSeries, Partner, Vehicle

EVENT = {"shipment_id": "unbooked", "lat": 12.97, "lon": 77.59, "status": "in_transit"}
FIX = {"vehicle_id": "van", "lat": 12.97, "lon": 77.59}


@pytest.fixture
def rival(client, other_partner) -> Api:
    return Api(client, issue_key(other_partner))


def outcome(response) -> tuple[int, str]:
    body = response.json()
    return response.status_code, body["code"]


@pytest.mark.parametrize("prefix", ["AC", "ACME-", "ACME", "S", "SL", "SLX", "SLT-1"])
def test_a_series_that_overlaps_another_or_our_own_ids_is_refused(db, prefix):
    partner = Partner.objects.create(partner_id="prt_1", name="One")
    IdSeries.objects.create(prefix="ACME", partner=partner)
    with pytest.raises(ValidationError) as refusal:
        IdSeries(prefix=prefix, partner=partner).full_clean()
    assert list(refusal.value.message_dict) == ["prefix"]


def test_a_series_apart_from_the_others_is_accepted(db):
    partner = Partner.objects.create(partner_id="prt_1", name="One")
    IdSeries.objects.create(prefix="ACME", partner=partner)
    IdSeries(prefix="BCME", partner=partner).full_clean()


def test_an_event_of_an_id_outside_of_the_series_is_not_found_and_does_not_claim_it(api, rival, world, hubs):
    assert rival.post("/api/v1/events", EVENT).status_code == 404
    assert world.stream.records == []
    assert api.post("/api/v1/events", EVENT).status_code == 202
    assert api.post("/api/v1/shipments", BOOKING | {"shipment_id": "unbooked"}).status_code == 201


def test_an_older_event_of_another_partner_does_not_keep_the_owner_of_the_series_from_booking(
    api, world, hubs
):
    record_timeline(world.store, make_event(0, source="api", partner_id="prt_rival"))
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201


def test_a_test_key_books_reports_and_registers_nothing_live(client, partner, world, hubs):
    test_api = Api(client, issue_key(partner, livemode=False))
    answers = [
        test_api.post("/api/v1/shipments", BOOKING),
        test_api.post("/api/v1/events", EVENT),
        test_api.post("/api/v1/vehicles", {"vehicle_id": "van"}),
    ]
    assert ([answer.status_code for answer in answers], world.stream.records) == ([409, 404, 409], [])
    assert test_api.post("/api/v1/vehicles", {"vehicle_id": "TEST-van"}).status_code == 201


def test_a_vehicle_of_another_partner_or_of_nobody_is_not_found(api, rival, world, hubs):
    api.post("/api/v1/shipments", BOOKING)
    rival.post("/api/v1/vehicles", {"vehicle_id": "van"})
    world.stream.records.clear()
    scan = EVENT | {"shipment_id": "123", "vehicle_id": "van"}
    answers = [api.post("/api/v1/events", body) for body in (FIX, scan, FIX | {"vehicle_id": "nobodys"})]
    refused = (404, "not_found")
    assert ([outcome(answer) for answer in answers], world.stream.records) == ([refused] * 3, [])
    assert rival.post("/api/v1/events", FIX).status_code == 202


def test_a_correction_cannot_name_the_vehicle_of_another_partner(api, rival, world, hubs, time_machine):
    # An event of more than seven days ago cannot be corrected.
    time_machine.move_to(at(5), tick=False)
    api.post("/api/v1/shipments", BOOKING)
    rival.post("/api/v1/vehicles", {"vehicle_id": "van"})
    record_timeline(world.store, make_event(0, "e0", source="api", partner_id="prt_acme"))
    world.stream.records.clear()
    body = {"kind": "supersede", "reason": "incorrect_data", "replacement": FIX | {"status": "in_transit"}}
    answer = api.post("/api/v1/shipments/123/events/e0/corrections", body)
    found = [(error["pointer"], error["code"]) for error in answer.json().get("errors", [])]
    assert (found, world.stream.records) == ([("/replacement/vehicle_id", "not_found")], [])


@pytest.mark.parametrize("name", ["batch", ".", ".."])
def test_an_id_that_is_a_word_of_the_address_space_is_refused(api, world, hubs, name):
    answers = [
        api.post("/api/v1/shipments", BOOKING | {"shipment_id": name}),
        api.post("/api/v1/events", EVENT | {"shipment_id": name}),
        api.post("/api/v1/vehicles", {"vehicle_id": name}),
    ]
    assert ([answer.status_code for answer in answers], world.stream.records) == ([422] * 3, [])


def test_a_vehicle_registered_by_another_partner_shows_nothing_from_before(api, rival, world, time_machine):
    time_machine.move_to("2026-11-22T07:10:00Z", tick=False)
    api.post("/api/v1/vehicles", {"vehicle_id": "van"})
    fix = make_event(1, shipment_id=None, vehicle_id="van", lat=12.9, lon=77.5, partner_id="prt_acme")
    world.vehicles.record_fixes([fix])
    assert api.get("/api/v1/vehicles/van").json()["position"]["lat"] == 12.9
    api.delete("/api/v1/vehicles/van")
    assert Vehicle.objects.count() == 0
    rival.post("/api/v1/vehicles", {"vehicle_id": "van"})
    page = rival.get("/api/v1/vehicles/van/positions").json()
    assert (rival.get("/api/v1/vehicles/van").json()["position"], page["results"]) == (None, [])

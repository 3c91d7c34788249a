"""`GET /tracking/{shipment_id}`: one read, exact headers, no personal data."""

import json

import pytest

from tests.events import at, make_event
from tests.tracking.api.document import check_answer
from tests.tracking.stories import BOOKING, find_secrets, record_timeline
from tracking.adapters.counter import RedisRequestCounter
from tracking.adapters.memory import MemoryShipmentStore
from tracking.answer import public_answer
from tracking.domain.errors import TransientError
from tracking.domain.events import Eta, Window
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.models import Shipment
from tracking.ports import TrackingPorts, wire


def test_the_answer_is_cacheable_and_has_an_etag(client, world):
    _, state = record_timeline(world.store, make_event(0, status="in_transit", lat=12.9716, lon=77.5946))
    response = client.get("/tracking/123")
    assert response.status_code == 200
    assert check_answer(response) == public_answer(state)
    assert response["Cache-Control"] == (
        "public, max-age=0, s-maxage=60, stale-while-revalidate=30, stale-if-error=300"
    )
    assert (response["ETag"], response["Content-Type"]) == ('"1"', "application/json")
    assert not {"Vary", "Set-Cookie"} & set(response.headers)


@pytest.mark.parametrize("sent", ['"1"', 'W/"1"', '"0", "1"', "*"])
def test_a_caller_with_the_current_version_gets_304(client, world, sent):
    record_timeline(world.store, make_event(0, status="in_transit"))
    response = client.get("/tracking/123", headers={"If-None-Match": sent})
    assert (response.status_code, response.content) == (304, b"")
    assert (response["ETag"], "s-maxage=60" in response["Cache-Control"]) == ('"1"', True)


def test_a_caller_with_an_older_version_gets_the_new_one(client, world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    record_timeline(world.store, make_event(1, lat=12.9, lon=77.5))
    response = client.get("/tracking/123", headers={"If-None-Match": '"1"'})
    assert (response.status_code, response["ETag"]) == (200, '"2"')


def test_head_has_the_headers_and_no_body(client, world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    response = client.head("/tracking/123")
    assert (response.status_code, response["ETag"], response.content) == (200, '"1"', b"")


def test_a_trailing_slash_is_accepted(client, world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    assert client.get("/tracking/123/").json() == client.get("/tracking/123").json()


def test_a_booking_is_public_before_its_first_record_is_read(client, world, api, hubs, partner):
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    response = client.get("/tracking/123")
    body = check_answer(response)
    promised = Window(from_=at(30), to=at(210))
    booked = ShipmentState("123", Status.CREATED, promised=promised, partner_id=partner.partner_id)
    assert (response.status_code, response["ETag"]) == (200, '"0"')
    assert body == public_answer(booked)
    assert client.get("/tracking/123", headers={"If-None-Match": '"0"'}).status_code == 304


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"state_version": 3, "status": "delivered"}, {"partner": None}])
def test_a_shipment_that_is_not_in_the_store_is_unknown_unless_it_was_just_booked(
    client, world, partner, fields
):
    Shipment.objects.create(**{"shipment_id": "123", "partner": partner, "status": "created"} | fields)
    assert client.get("/tracking/123").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("shipment_id", ["nobody", "a" * 65, "a%20b", "a%23b", "%C3%BC"])
def test_an_unknown_shipment_is_a_problem_cached_for_a_short_time(client, world, shipment_id):
    response = client.get(f"/tracking/{shipment_id}")
    assert response.status_code == 404
    body = check_answer(response)
    assert (body["code"], body["instance"], body["errors"]) == ("not_found", response.wsgi_request.path, [])
    assert response["Cache-Control"] == "public, max-age=0, s-maxage=5"
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_the_public_answer_can_only_be_read(client, world, method):
    response = getattr(client, method)("/tracking/123")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response.json()["code"] == "method_not_allowed"


def test_without_the_store_the_answer_is_503_with_retry_after(client, world):
    wire(TrackingPorts(LostStore(), *world[1:]))
    response = client.get("/tracking/123")
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert (check_answer(response)["code"], response["Cache-Control"]) == ("unavailable", "no-store")


def test_the_public_answer_is_read_without_the_database(client, world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    assert client.get("/tracking/123").status_code == 200


def test_nothing_of_the_booking_but_promise_and_lane_can_be_read(client, world, api, hubs):
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    records = [json.loads(data) for _, data in world.stream.records]
    record_timeline(
        world.store, make_event(0, status="created", source="api", note="call 9845012345 gate-4711")
    )
    response = client.get("/tracking/123")
    assert find_secrets(response.content, response.headers, records) == []


class LostStore(MemoryShipmentStore):
    """A store on the other side of a cut line."""

    def read_states(self, shipment_ids):
        raise TransientError("no route")


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("", "Out for delivery"),
        ("?lang=hi", "डिलीवरी के लिए निकला"),
        ("?lang=ta", "டெலிவரிக்குப் புறப்பட்டது"),
        ("?lang=xx", "Out for delivery"),
    ],
)
def test_the_status_text_is_in_the_requested_language(client, world, asked, text):
    record_timeline(world.store, make_event(0, status="out_for_delivery"))
    assert client.get(f"/tracking/123{asked}").json()["status_text"] == text


def test_one_address_may_read_sixty_times_a_minute(client, world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    statuses = [client.get("/tracking/123", REMOTE_ADDR="203.0.113.9").status_code for _ in range(60)]
    assert statuses == [200] * 60
    refused = client.get("/tracking/123", REMOTE_ADDR="203.0.113.9")
    assert (refused.status_code, check_answer(refused)["code"]) == (429, "rate_limited")
    assert (refused["Retry-After"], refused["Cache-Control"]) == ("60", "no-store")
    assert client.get("/tracking/123", REMOTE_ADDR="203.0.113.10").status_code == 200


def test_a_network_of_one_subscriber_is_one_address(client, world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    addresses = [f"2001:db8:0:7::{number:x}" for number in range(61)]
    statuses = [client.get("/tracking/123", REMOTE_ADDR=address).status_code for address in addresses]
    assert statuses == [200] * 60 + [429]
    assert client.get("/tracking/123", REMOTE_ADDR="2001:db8:0:8::1").status_code == 200


def test_without_redis_a_process_counts_its_reads_by_itself(client, world, capsys):
    record_timeline(world.store, make_event(0, status="in_transit"))
    reports = []
    counter = RedisRequestCounter("redis://127.0.0.1:9", lambda _after_s, report: reports.append(report))
    wire(TrackingPorts(*world[:4], counter))
    statuses = [client.get("/tracking/123").status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    for report in reports:
        report()
    assert json.loads(capsys.readouterr().out.splitlines()[0])["answer_uncounted"] == 61


def test_a_public_read_takes_the_state_that_was_pushed(client, world):
    _, pushed = record_timeline(MemoryShipmentStore(), make_event(0, status="out_for_delivery"))

    class Pushed:
        def find(self, shipment_ids):
            assert shipment_ids == ["123"]
            return {"123": pushed}

        def keep(self, states):
            assert states == []

    wire(TrackingPorts(*world, kept_states=Pushed()))
    assert check_answer(client.get("/tracking/123")) == public_answer(pushed)


def test_a_window_that_passes_gets_a_new_etag(client, world, time_machine):
    eta = Eta(from_=at(30), at=at(60), to=at(90), as_of=at(0), confidence="high")
    record_timeline(world.store, make_event(0, status="in_transit", eta=eta))
    etags = []
    for minute in (89, 121, 122, 140):
        time_machine.move_to(at(minute), tick=False)
        etags.append(client.get("/tracking/123")["ETag"])
    assert etags == ['"1"', '"1.20261122T0900"', '"1.20261122T0900"', '"1.20261122T0915"']

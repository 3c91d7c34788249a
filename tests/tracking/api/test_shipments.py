"""Booking over the API: one row, one record on the stream, or neither."""

import copy

import pytest

from tests.events import make_event
from tests.tracking.api.document import check_answer
from tests.tracking.stories import BOOKING, Api, find_secrets, record_timeline
from tests.workers.records import decode_record
from tracking.api.keys import issue_key
from tracking.domain.payload import ScanPayload
from tracking.models import RecipientKey, Shipment
from tracking.tokens import hash_token, make_token

PATH = "/api/v1/shipments"


def changed(**fields):
    return copy.deepcopy(BOOKING) | fields


def test_a_booking_is_answered_as_it_was_stored(api, world, hubs, settings):
    settings.PUBLIC_URL = "https://track.example"
    response = api.post(PATH, BOOKING)
    assert (response.status_code, response["Location"]) == (201, f"{PATH}/123")
    body = check_answer(response)
    assert body == {
        "shipment_id": "123",
        "reference": "order-77-gate-4711",
        "livemode": True,
        "status": "created",
        "substatus": None,
        "status_at": None,
        "is_delayed": False,
        "eta": None,
        "promised": {"from": "2026-11-22T07:30:00.000Z", "to": "2026-11-22T10:30:00.000Z"},
        "origin_hub": "BLR-PNY",
        "destination_hub": "BLR-KRM",
        "planned_minutes": 90,
        "cod": None,
        "recipient": BOOKING["recipient"] | {"phone": "+919845012345", "point": None},
        "metadata": {"order": "gate-4711"},
        "tracking_url": f"https://track.example/t/{make_token('123', 0)}",
        "created_at": body["created_at"],
        "state_version": 0,
    }
    assert Shipment.objects.get().token_sha256 == hash_token(make_token("123", 0))


def test_the_record_of_a_booking_has_promise_lane_and_pin_code_and_no_personal_data(
    api, world, hubs, time_machine
):
    time_machine.move_to("2026-11-20T04:00:00.123456Z", tick=False)
    assert api.post(PATH, BOOKING).status_code == 201
    ((key, data),) = world.stream.records
    record = decode_record(data)
    assert record == {
        "shipment_id": "123",
        "status": "created",
        "event_id": record["event_id"],
        "timestamp": "2026-11-20T04:00:00.123Z",
        "source": "api",
        "partner_id": "prt_acme",
        "livemode": True,
        "actor": f"key_{api.key.split('_')[2]}",
        "device_seq": 0,
        "booking": {
            "promised": {"from": "2026-11-22T13:00:00+05:30", "to": "2026-11-22T16:00:00+05:30"},
            "lane": {
                "origin": {"hub_id": "BLR-PNY", "name": "Peenya hub", "lat": 13.0285, "lon": 77.519},
                "destination": {
                    "hub_id": "BLR-KRM",
                    "name": "Koramangala hub",
                    "lat": 12.9352,
                    "lon": 77.6245,
                },
            },
            "destination_pin": "560034",
            "planned_minutes": 90,
        },
    }
    assert (key, find_secrets(data)) == ("123", [])


def test_a_booking_without_an_id_gets_one(api, world, hubs):
    wanted = changed()
    del wanted["shipment_id"]
    ids = {check_answer(api.post(PATH, wanted))["shipment_id"] for _ in range(2)}
    assert ids == set(Shipment.objects.values_list("shipment_id", flat=True))
    assert len(ids) == 2


def test_a_booking_that_the_stream_refuses_leaves_no_row(api, world, hubs):
    world.stream.refusing = "ProvisionedThroughputExceededException"
    response = api.post(PATH, BOOKING)
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert (check_answer(response)["code"], Shipment.objects.count()) == ("unavailable", 0)


@pytest.mark.parametrize("is_scanned", [False, True], ids=["a new row", "a row of earlier scans"])
def test_a_booking_that_the_stream_refuses_leaves_no_key_and_no_data_of_its_recipient(
    api, world, hubs, is_scanned
):
    if is_scanned:
        Shipment.objects.create(shipment_id="123", status="in_transit")
    before = list(Shipment.objects.values())
    world.stream.refusing = "ProvisionedThroughputExceededException"
    assert api.post(PATH, BOOKING).status_code == 503
    assert (list(Shipment.objects.values()), list(RecipientKey.objects.values())) == (before, [])


@pytest.mark.parametrize(
    ("fields", "mistakes"),
    [
        ({"shipment_id": "9.84501E+11"}, [("/shipment_id", "mangled_id")]),
        ({"shipment_id": "9.84501E11"}, [("/shipment_id", "mangled_id")]),
        (
            {"promised": {"from": "2026-11-22T13:00:00", "to": "2026-11-22T14:00:00Z"}},
            [("/promised/from", "invalid")],
        ),
        (
            {"promised": {"from": "0001-01-01T00:00:00+05:30", "to": "9999-12-31T23:59:59-05:30"}},
            [("/promised/from", "invalid"), ("/promised/to", "invalid")],
        ),
        ({"shipment_id": "a b"}, [("/shipment_id", "invalid")]),
        ({"planned_minutes": 0}, [("/planned_minutes", "invalid")]),
        ({"metadata": {str(n): "x" for n in range(51)}}, [("/metadata", "invalid")]),
        ({"colour": "red"}, [("/colour", "unknown_field")]),
    ],
)
def test_an_invalid_booking_is_refused_with_the_pointer_of_each_mistake(api, world, hubs, fields, mistakes):
    response = api.post(PATH, changed(**fields))
    assert response.status_code == 422
    body = check_answer(response)
    assert [(mistake["pointer"], mistake["code"]) for mistake in body["errors"]] == mistakes
    assert (body["code"], world.stream.records) == ("validation_failed", [])


@pytest.mark.parametrize(
    ("fields", "mistakes"),
    [
        ({"origin_hub": "NOWHERE"}, [("/origin_hub", "unknown_hub")]),
        (
            {"origin_hub": "NOWHERE", "destination_hub": "ELSEWHERE"},
            [("/origin_hub", "unknown_hub"), ("/destination_hub", "unknown_hub")],
        ),
        (
            {"promised": {"from": "2026-11-22T13:00:00Z", "to": "2026-11-22T13:00:00Z"}},
            [("/promised/to", "contradiction")],
        ),
    ],
)
def test_a_booking_that_contradicts_itself_or_the_hubs_is_a_conflict(api, world, hubs, fields, mistakes):
    response = api.post(PATH, changed(**fields))
    assert response.status_code == 409
    body = check_answer(response)
    assert [(mistake["pointer"], mistake["code"]) for mistake in body["errors"]] == mistakes
    assert (body["code"], world.stream.records) == ("contradiction", [])


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("phone", "12", "invalid"),
        ("phone", "call me", "invalid"),
        ("phone", "9845012345.0", "invalid"),
        ("phone", "9.84501E+09", "invalid"),
        ("phone", "0919845012345", "invalid"),
        ("phone", "+9845012345", "invalid"),
        ("email", "asha@", "invalid"),
        ("pin_code", "056003", "invalid"),
        ("language", "fr", "invalid"),
        ("name", "", "invalid"),
        ("age", 3, "unknown_field"),
    ],
)
def test_an_invalid_recipient_is_refused(api, world, hubs, field, value, code):
    response = api.post(PATH, changed(recipient=BOOKING["recipient"] | {field: value}))
    (mistake,) = check_answer(response)["errors"]
    assert (response.status_code, mistake["pointer"], mistake["code"]) == (422, f"/recipient/{field}", code)


def test_a_missing_field_is_named(api, world, hubs):
    wanted = changed()
    del wanted["recipient"]["pin_code"]
    (mistake,) = check_answer(api.post(PATH, wanted))["errors"]
    assert (mistake["pointer"], mistake["code"]) == ("/recipient/pin_code", "missing_field")


def test_an_id_can_be_booked_once(api, world, hubs):
    assert api.post(PATH, BOOKING).status_code == 201
    response = api.post(PATH, BOOKING)
    assert (response.status_code, check_answer(response)["code"]) == (409, "shipment_id_taken")
    assert len(world.stream.records) == 1


def test_the_first_booking_takes_over_a_shipment_that_was_only_scanned(api, world, hubs):
    record_timeline(world.store, make_event(0, status="in_transit"))
    Shipment.objects.create(shipment_id="123", status="in_transit", state_version=1)
    assert api.post(PATH, BOOKING).status_code == 201
    adopted = Shipment.objects.get()
    assert (adopted.partner.partner_id, adopted.status, adopted.state_version) == (
        "prt_acme",
        "in_transit",
        1,
    )


def test_a_shipment_that_another_partners_device_has_scanned_can_be_booked(api, world, hubs):
    record_timeline(world.store, make_event(0, status="in_transit", partner_id="prt_rival"))
    assert api.post(PATH, BOOKING).status_code == 201


def test_an_id_outside_of_the_series_of_a_partner_is_refused(api, world, hubs):
    response = api.post(PATH, changed(shipment_id="OTHER-1"))
    (mistake,) = check_answer(response)["errors"]
    found = (response.status_code, mistake["pointer"], mistake["code"], world.stream.records)
    assert found == (409, "/shipment_id", "not_in_series", [])


def test_a_booking_whose_answer_was_lost_can_be_sent_again(api, world, hubs):
    # The record reached the stream, the answer did not: there is a timeline and no row.
    record_timeline(world.store, make_event(0, status="created", source="api", partner_id="prt_acme"))
    assert api.post(PATH, BOOKING).status_code == 201


def test_a_shipment_is_read_with_the_state_of_its_timeline(api, world, hubs):
    api.post(PATH, BOOKING)
    record_timeline(world.store, make_event(0, status="picked_up", substatus="from_shipper"))
    response = api.get(f"{PATH}/123")
    body = check_answer(response)
    fields = [body[name] for name in ("status", "substatus", "status_at", "state_version")]
    assert fields == ["picked_up", "from_shipper", "2026-11-22T07:00:00.000Z", 1]
    assert response["Cache-Control"] == "private, max-age=5"
    again = api.get(f"{PATH}/123", If_None_Match=response["ETag"])
    assert (again.status_code, check_answer(again)) == (304, None)


def test_another_partners_shipment_is_not_found(api, client, world, hubs, other_partner):
    api.post(PATH, BOOKING)
    response = Api(client, issue_key(other_partner)).get(f"{PATH}/123")
    assert (response.status_code, check_answer(response)["code"]) == (404, "not_found")


def test_a_test_key_sees_only_test_shipments_and_a_live_key_only_live_ones(api, client, world, hubs, partner):
    test_api = Api(client, issue_key(partner, livemode=False))
    api.post(PATH, BOOKING)
    without_id = {name: value for name, value in BOOKING.items() if name != "shipment_id"}
    given = check_answer(test_api.post(PATH, without_id))["shipment_id"]
    assert given.startswith("SLT")
    seen = [[caller.get(f"{PATH}/{key}").status_code for key in ("123", given)] for caller in (api, test_api)]
    assert seen == [[200, 404], [404, 200]]
    assert [decode_record(data)["livemode"] for _, data in world.stream.records] == [True, False]


def test_the_record_is_one_that_workers_read(api, world, hubs):
    import msgspec

    api.post(PATH, BOOKING)
    ((_, data),) = world.stream.records
    payload = msgspec.json.decode(data, type=ScanPayload)
    assert (payload.source, payload.booking.lane.origin.name) == ("api", "Peenya hub")

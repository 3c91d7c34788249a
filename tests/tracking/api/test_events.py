"""Events over the API: 202 means durably on the stream, and each event gets its result."""

import json

import pytest

from tests.tracking.api.document import check_answer
from tests.tracking.stories import BOOKING, Api, find_secrets
from tests.workers.records import decode_record
from tracking.api.keys import issue_key

PATH = "/api/v1/events"
EVENT = {"shipment_id": "123", "lat": 12.9716, "lon": 77.5946, "status": "in_transit"}
NOW = "2026-11-22T07:00:00.500Z"


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


def read_stream(world):
    return [decode_record(data) for _, data in world.stream.records]


def mistakes_of(response):
    return [(mistake["pointer"], mistake["code"]) for mistake in check_answer(response)["errors"]]


def test_an_event_is_put_on_the_stream_with_time_id_and_partner(api, world):
    response = api.post(PATH, EVENT)
    (record,) = read_stream(world)
    assert record == EVENT | {
        "device_seq": 0,
        "event_id": record["event_id"],
        "timestamp": NOW,
        "source": "api",
        "partner_id": "prt_acme",
        "livemode": True,
        "actor": f"key_{api.key.split('_')[2]}",
    }
    assert (response.status_code, check_answer(response)) == (
        202,
        {
            "accepted": 1,
            "rejected": 0,
            "results": [{"index": 0, "event_id": record["event_id"], "outcome": "accepted"}],
        },
    )


def test_the_same_event_sent_twice_has_the_same_id_and_time(api, world):
    for _ in range(2):
        api.post(PATH, EVENT | {"timestamp": "2026-11-22T12:25:00+05:30"})
    first, second = read_stream(world)
    assert first == second
    assert first["timestamp"] == "2026-11-22T06:55:00.000Z"


def test_an_event_id_of_the_partner_is_kept(api, world):
    api.post(PATH, EVENT | {"event_id": "mine-1"})
    assert read_stream(world)[0]["event_id"] == "mine-1"


def test_an_event_with_an_id_and_no_time_is_put_without_a_time(api, world):
    for _ in range(2):
        api.post(PATH, EVENT | {"event_id": "mine-1"})
    first, second = read_stream(world)
    assert (first, "timestamp" in first) == (second, False)


def test_a_position_of_a_vehicle_has_the_vehicle_as_partition_key(api, world):
    api.post("/api/v1/vehicles", {"vehicle_id": "KA-1"})
    assert api.post(PATH, {"vehicle_id": "KA-1", "lat": 12.9, "lon": 77.5}).status_code == 202
    assert [key for key, _ in world.stream.records] == ["KA-1"]


def test_phone_numbers_and_addresses_in_notes_are_masked(api, world):
    api.post(PATH, EVENT | {"note": "ring 9845012345 or asha@example.com"})
    assert find_secrets(*read_stream(world)) == []


def test_each_event_of_a_batch_is_accepted_or_rejected_on_its_own(api, world, client, hubs, other_partner):
    Api(client, issue_key(other_partner)).post("/api/v1/shipments", BOOKING | {"shipment_id": "R-theirs"})
    world.stream.records.clear()
    sent = [
        EVENT | {"event_id": "good"},
        EVENT | {"colour": "red"},
        EVENT | {"lat": 91},
        EVENT | {"shipment_id": "R-theirs"},
        "nonsense",
    ]
    response = api.post(PATH, {"events": sent})
    body = check_answer(response)
    assert (response.status_code, body["accepted"], body["rejected"], len(read_stream(world))) == (
        202,
        1,
        4,
        1,
    )
    outcomes = [
        (
            entry["event_id"],
            entry["outcome"],
            entry.get("error", {}).get("code"),
            entry.get("error", {}).get("pointer"),
        )
        for entry in body["results"]
    ]
    assert outcomes == [
        ("good", "accepted", None, None),
        (None, "rejected", "unknown_field", "/colour"),
        (None, "rejected", "invalid", "/lat"),
        (None, "rejected", "not_found", "/shipment_id"),
        (None, "rejected", "invalid", ""),
    ]


def test_a_batch_without_a_valid_event_is_refused_with_all_mistakes(api, world):
    response = api.post(PATH, {"events": [EVENT | {"colour": "red"}, {"lat": 12.9, "lon": 77.5}]})
    assert response.status_code == 422
    assert mistakes_of(response) == [
        ("/events/0/colour", "unknown_field"),
        ("/events/1/shipment_id", "no_subject"),
    ]
    assert world.stream.records == []


def test_a_batch_with_an_event_that_is_wrong_by_the_clock_alone_is_a_conflict(api, world):
    response = api.post(PATH, {"events": [{"lat": 12.9, "lon": 77.5}, EVENT | {"timestamp": 1_000_000_000}]})
    assert response.status_code == 409
    assert mistakes_of(response) == [
        ("/events/0/shipment_id", "no_subject"),
        ("/events/1/timestamp", "too_old"),
    ]


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        (EVENT | {"colour": "red"}, ("/colour", "unknown_field")),
        (EVENT | {"source": "manual"}, ("/source", "unknown_field")),
        (EVENT | {"booking": {}}, ("/booking", "unknown_field")),
        ({"shipment_id": "123", "lat": 12.9}, ("/lat", "bad_coordinates")),
        (EVENT | {"lat": "12.9"}, ("/lat", "invalid")),
        (EVENT | {"timestamp": "yesterday"}, ("/timestamp", "invalid")),
        (EVENT | {"timestamp": "2026-11-22T07:00:00"}, ("/timestamp", "invalid")),
        (EVENT | {"timestamp": "0001-01-01T00:00:00+05:30"}, ("/timestamp", "invalid")),
        (EVENT | {"shipment_id": "a b"}, ("/shipment_id", "invalid")),
        (EVENT | {"shipment_id": 10**70}, ("/shipment_id", "invalid")),
        (EVENT | {"hub_id": "a b"}, ("/hub_id", "invalid")),
        ({"events": []}, ("/events", "invalid")),
        ({"events": [EVENT] * 501}, ("/events", "invalid")),
        ({"events": [EVENT], "more": 1}, ("/more", "unknown_field")),
        ([EVENT], ("", "invalid")),
    ],
)
def test_an_invalid_event_is_refused(api, world, body, mistake):
    response = api.post(PATH, body)
    assert (response.status_code, mistakes_of(response)) == (422, [mistake])
    assert world.stream.records == []


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        (EVENT | {"substatus": "at_locker"}, ("/substatus", "contradiction")),
        (EVENT | {"status": None, "substatus": "loaded"}, ("/substatus", "contradiction")),
        (EVENT | {"timestamp": "2026-11-22T07:05:01Z"}, ("/timestamp", "future")),
        (EVENT | {"timestamp": "2026-11-15T06:59:59Z"}, ("/timestamp", "too_old")),
        (EVENT | {"hub_id": "NOWHERE"}, ("/hub_id", "unknown_hub")),
    ],
)
def test_an_event_that_contradicts_itself_or_the_clock_is_a_conflict(api, world, body, mistake):
    response = api.post(PATH, body)
    assert (response.status_code, mistakes_of(response)) == (409, [mistake])
    assert check_answer(response)["code"] == "contradiction"
    assert world.stream.records == []


def test_a_scan_may_name_its_hub_instead_of_a_position(api, world, hubs):
    scan = {"shipment_id": "123", "status": "in_transit", "substatus": "departed_hub", "hub_id": "BLR-PNY"}
    assert api.post(PATH, scan).status_code == 202
    (record,) = read_stream(world)
    assert record == record | scan


def test_a_number_without_a_fraction_is_an_integer(api, world):
    sent = json.dumps(EVENT | {"device_id": "d1", "device_seq": 8}).replace(": 8", ": 8.0").encode()
    assert api.post(PATH, sent).status_code == 202
    assert decode_record(world.stream.records[0][1])["device_seq"] == 8


def test_a_request_takes_500_events(api, world):
    response = api.post(PATH, {"events": [EVENT | {"event_id": f"e{n}"} for n in range(500)]})
    assert (check_answer(response)["accepted"], len(world.stream.records)) == (500, 500)


def test_of_500_events_with_3_invalid_ones_497_are_accepted(api, world):
    sent = [EVENT | {"event_id": f"e{n}"} for n in range(500)]
    bad = {7: {"lat": 91}, 250: {"colour": "red"}, 499: {"timestamp": "yesterday"}}
    for index, fields in bad.items():
        sent[index] |= fields
    body = check_answer(api.post(PATH, {"events": sent}))
    assert (body["accepted"], body["rejected"], len(world.stream.records)) == (497, 3, 497)
    explained = [(entry["index"], entry["error"]["pointer"]) for entry in body["results"] if "error" in entry]
    assert explained == [(7, "/lat"), (250, "/colour"), (499, "/timestamp")]


def test_another_partners_shipment_is_not_found(api, world, client, hubs, other_partner):
    Api(client, issue_key(other_partner)).post("/api/v1/shipments", BOOKING | {"shipment_id": "R-1"})
    response = api.post(PATH, EVENT | {"shipment_id": "R-1"})
    assert (response.status_code, check_answer(response)["code"], len(world.stream.records)) == (
        404,
        "not_found",
        1,
    )


def test_a_test_key_cannot_report_on_a_live_shipment(api, world, client, hubs, partner):
    api.post("/api/v1/shipments", BOOKING)
    assert Api(client, issue_key(partner, livemode=False)).post(PATH, EVENT).status_code == 404


def test_without_the_stream_the_answer_is_503_with_retry_after(api, world):
    world.stream.refusing = "InternalFailure"
    for body in (EVENT, {"events": [EVENT, EVENT | {"colour": "red"}]}):
        response = api.post(PATH, body)
        assert (response.status_code, response["Retry-After"]) == (503, "2")
        assert check_answer(response)["code"] == "unavailable"


def test_a_body_of_more_than_a_mebibyte_is_refused(api, world):
    response = api.post(PATH, b'{"events": [' + b" " * 1024 * 1024 + b"]}")
    assert (response.status_code, check_answer(response)["code"]) == (413, "too_large")


@pytest.mark.parametrize("raw", [b'{"note": "\xff"}', b'{"shipment_id": "123", "note": "\xc3"}'])
def test_an_entry_whose_text_is_not_utf_8_is_refused_alone(api, world, raw):
    response = api.post(PATH, b'{"events": [' + raw + b"," + json.dumps(EVENT).encode() + b"]}")
    first, second = check_answer(response)["results"]
    assert (first["error"]["code"], second["outcome"]) == ("invalid", "accepted")


def test_a_body_that_is_not_json_is_refused(api, world):
    for body in (b"{", b"", b"\xff"):
        response = api.post(PATH, body)
        assert (response.status_code, check_answer(response)["code"]) == (400, "malformed")
    response = api.post(PATH, b"<event/>", content_type="application/xml")
    assert (response.status_code, check_answer(response)["code"]) == (415, "unsupported_media_type")

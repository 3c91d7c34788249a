"""Bookings are listed, changed and cancelled by the partner that booked them only."""

import json

import pytest

from tests.events import make_event
from tests.tracking.api.document import check_answer
from tests.tracking.stories import BOOKING, Api, find_secrets, record_timeline
from tracking.api.keys import issue_key
from tracking.models import Shipment
from tracking.services.partners.recipients import Contact, keep_contact

PATH = "/api/v1/shipments"


def book(api, *ids, **fields):
    for shipment_id in ids:
        assert api.post(PATH, BOOKING | {"shipment_id": shipment_id} | fields).status_code == 201


def pages_of(api, address):
    """Return the ids of each page, following `next` and checking that the `Link` leads to the same."""
    seen = []
    while address:
        response = api.get(address)
        body = check_answer(response)
        seen.append([row["shipment_id"] for row in body["results"]])
        link = response.headers.get("Link")
        assert (link is None) == (body["next"] is None)
        address = link.partition(">")[0].lstrip("<").partition("testserver")[2] if link else None
    return seen


def test_bookings_are_listed_page_by_page_newest_first(api, world, hubs):
    book(api, *"abcde")
    assert pages_of(api, f"{PATH}?limit=2") == [["e", "d"], ["c", "b"], ["a"]]


def test_the_list_of_bookings_can_be_filtered(api, world, hubs):
    book(api, "a", reference="r1")
    book(api, "b", reference="r2")
    Shipment.objects.filter(shipment_id="b").update(status="delivered")
    assert pages_of(api, f"{PATH}?status=delivered") == [["b"]]
    assert pages_of(api, f"{PATH}?reference=r1&status=created") == [["a"]]


def test_bookings_changed_since_a_time_are_listed_by_their_last_change(api, world, hubs, time_machine):
    for number, shipment_id in enumerate("abc"):
        time_machine.move_to(f"2026-11-22T07:0{number}:00Z", tick=False)
        book(api, shipment_id)
    time_machine.move_to("2026-11-22T08:00:00Z", tick=False)
    assert api.patch(f"{PATH}/a", {"reference": "new"}).status_code == 200
    assert pages_of(api, f"{PATH}?updated_since=2026-11-22T07:01:00Z&limit=1") == [["b"], ["c"], ["a"]]


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limit=0", "?limit", "invalid"),
        ("limit=x", "?limit", "invalid"),
        ("status=shipped", "?status", "invalid"),
        ("updated_since=2026-11-22T07:00:00", "?updated_since", "invalid"),
        ("colour=red", "?colour", "unknown_field"),
        ("cursor=", "?cursor", "invalid"),
        ("status=null", "?status", "invalid"),
        ("limit=1&limit=2", "?limit", "invalid"),
    ],
)
def test_an_invalid_query_is_refused(api, world, query, pointer, code):
    response = api.get(f"{PATH}?{query}")
    (mistake,) = check_answer(response)["errors"]
    assert (response.status_code, mistake["pointer"], mistake["code"]) == (422, pointer, code)


def test_a_cursor_is_valid_for_its_caller_and_filters_only(api, client, world, hubs, other_partner):
    book(api, *"abc")
    cursor = api.get(f"{PATH}?limit=1").json()["next"]
    assert api.get(f"{PATH}?limit=2&cursor={cursor}").status_code == 200
    assert api.get(f"{PATH}?reference=x&cursor={cursor}").status_code == 404
    assert Api(client, issue_key(other_partner)).get(f"{PATH}?cursor={cursor}").status_code == 404
    assert check_answer(api.get(f"{PATH}?cursor=abc"))["code"] == "unknown_cursor"


def test_a_list_holds_only_the_callers_bookings_of_its_mode(api, client, world, hubs, partner, other_partner):
    book(api, "a")
    book(Api(client, issue_key(other_partner)), "R-b")
    book(Api(client, issue_key(partner, livemode=False)), "T-c")
    assert pages_of(api, PATH) == [["a"]]


def test_an_unchanged_list_is_answered_with_304(api, world, hubs):
    book(api, "a")
    etag = api.get(PATH)["ETag"]
    assert api.get(PATH, If_None_Match=etag).status_code == 304
    record_timeline(world.store, make_event(0, shipment_id="a", status="picked_up"))
    assert api.get(PATH, If_None_Match=etag).status_code == 200


def test_a_change_keeps_other_fields_and_puts_promise_and_pin_code_on_the_timeline(api, world, hubs):
    book(api, "a")
    world.stream.records.clear()
    change = {
        "recipient": {"phone": "98450 54321", "pin_code": "560001"},
        "promised": {"from": "2026-11-23T13:00:00+05:30", "to": "2026-11-23T16:00:00+05:30"},
        "metadata": {"order": "2"},
    }
    body = check_answer(api.patch(f"{PATH}/a", change))
    kept = BOOKING["recipient"] | {"phone": "+919845054321", "pin_code": "560001", "point": None}
    assert (body["recipient"], body["metadata"], body["reference"]) == (
        kept,
        {"order": "2"},
        BOOKING["reference"],
    )
    assert body == check_answer(api.get(f"{PATH}/a"))
    ((key, data),) = world.stream.records
    sent = json.loads(data)
    assert (key, sent["booking"], "status" in sent, find_secrets(data)) == (
        "a",
        {"promised": change["promised"], "destination_pin": "560001"},
        False,
        [],
    )


def test_the_point_of_the_door_is_kept_until_the_address_changes(api, world, hubs):
    point = {"lat": 12.9352, "lon": 77.6245}
    booked = BOOKING | {"shipment_id": "a", "recipient": BOOKING["recipient"] | {"point": point}}
    assert check_answer(api.post(PATH, booked))["recipient"]["point"] == point
    other = {"lat": 12.9, "lon": 77.6}
    changes = [
        ({"name": "B"}, point),
        ({"address": BOOKING["recipient"]["address"]}, point),
        ({"point": other}, other),
        ({"address": "1 Other Road", "point": point}, point),
        ({"address": "2 Other Road"}, None),
    ]
    for change, left in changes:
        assert check_answer(api.patch(f"{PATH}/a", {"recipient": change}))["recipient"]["point"] == left
    assert api.patch(f"{PATH}/a", {"recipient": {"point": {"lat": 51.5, "lon": 0.1}}}).status_code == 422


def test_a_change_without_promise_or_pin_code_puts_nothing_on_the_timeline(api, world, hubs):
    book(api, "a")
    assert api.patch(f"{PATH}/a", {"recipient": {"name": "B"}, "reference": "r"}).status_code == 200
    assert len(world.stream.records) == 1


def test_a_number_that_an_older_release_took_does_not_stop_other_changes(api, world, hubs):
    book(api, "a")
    shipment = Shipment.objects.get()
    keep_contact(shipment, Contact(name="A", phone="+9198450123450"))
    shipment.save()
    body = check_answer(api.patch(f"{PATH}/a", {"recipient": {"name": "B"}}))
    assert (body["recipient"]["name"], body["recipient"]["phone"]) == ("B", "+9198450123450")
    assert api.patch(f"{PATH}/a", {"recipient": {"phone": "9845012345.0"}}).status_code == 422


def test_a_change_that_the_stream_refuses_is_rolled_back(api, world, hubs):
    book(api, "a")
    world.stream.refusing = "InternalFailure"
    assert api.patch(f"{PATH}/a", {"recipient": {"pin_code": "560001"}}).status_code == 503
    assert Shipment.objects.get().pin_code == "560034"


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"recipient": {"phone": "12"}}, 422, "/recipient/phone"),
        ({"promised": {"from": "2026-11-23T13:00:00Z", "to": "2026-11-23T12:00:00Z"}}, 409, "/promised/to"),
        ({"status": "delivered"}, 422, "/status"),
        ({"reference": "a\x00b"}, 422, "/reference"),
        ({"recipient": {"name": "a\x00b"}}, 422, "/recipient/name"),
        ({"recipient": {"address": "a\x00b"}}, 422, "/recipient/address"),
    ],
)
def test_an_invalid_change_is_refused(api, world, hubs, change, status, pointer):
    book(api, "a")
    response = api.patch(f"{PATH}/a", change)
    mistakes = [mistake["pointer"] for mistake in check_answer(response)["errors"]]
    assert (response.status_code, mistakes) == (status, [pointer])


def test_an_invalid_change_is_refused_before_its_version_is_compared(api, world, hubs):
    book(api, "a")
    response = api.patch(f"{PATH}/a", {"recipient": {"phone": "12"}}, If_Match='"another"')
    assert response.status_code == 422


def test_a_booking_with_an_end_status_cannot_change(api, world, hubs):
    book(api, "a")
    record_timeline(world.store, make_event(0, shipment_id="a", status="delivered"))
    response = api.patch(f"{PATH}/a", {"reference": "new"})
    assert (response.status_code, check_answer(response)["code"]) == (409, "shipment_closed")


def test_a_change_can_be_bound_to_the_version_that_was_read(api, world, hubs):
    book(api, "a")
    etag = api.get(f"{PATH}/a")["ETag"]
    assert api.patch(f"{PATH}/a", {"reference": "1"}, If_Match=etag).status_code == 200
    response = api.patch(f"{PATH}/a", {"reference": "2"}, If_Match=etag)
    assert (response.status_code, check_answer(response)["code"]) == (412, "precondition_failed")


def test_a_cancellation_is_put_on_the_timeline(api, world, hubs):
    book(api, "a")
    world.stream.records.clear()
    response = api.delete(f"{PATH}/a")
    ((key, data),) = world.stream.records
    sent = json.loads(data)
    assert (response.status_code, check_answer(response)) == (202, {"event_id": sent["event_id"]})
    assert (key, sent["status"], sent["substatus"]) == ("a", "cancelled", "by_shipper")


def test_a_shipment_out_for_delivery_cannot_be_cancelled(api, world, hubs):
    book(api, "a")
    record_timeline(world.store, make_event(0, shipment_id="a", status="out_for_delivery"))
    response = api.delete(f"{PATH}/a")
    assert (response.status_code, check_answer(response)["code"]) == (409, "illegal_transition")


def test_another_partner_cannot_change_or_cancel_a_booking(api, client, world, hubs, other_partner):
    book(api, "a")
    rival = Api(client, issue_key(other_partner))
    answers = [rival.patch(f"{PATH}/a", {"reference": "x"}), rival.delete(f"{PATH}/a")]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_batch_books_each_shipment_on_its_own(api, world, hubs):
    book(api, "taken")
    entries = [
        BOOKING | {"shipment_id": "a", "cod": {"amount": "1250.00"}},
        BOOKING | {"shipment_id": "a"},
        BOOKING | {"shipment_id": "taken"},
        BOOKING | {"shipment_id": "b", "origin_hub": "NOWHERE"},
        BOOKING | {"colour": "red"},
        BOOKING | {"shipment_id": "c"},
    ]
    body = check_answer(api.post(f"{PATH}/batch", {"shipments": entries}))
    sent = [
        (r["shipment_id"], r["outcome"], [e["code"] for e in r.get("errors", [])]) for r in body["results"]
    ]
    assert sent == [
        ("a", "booked", []),
        (None, "rejected", ["shipment_id_taken"]),
        (None, "rejected", ["shipment_id_taken"]),
        (None, "rejected", ["unknown_hub"]),
        (None, "rejected", ["unknown_field"]),
        ("c", "booked", []),
    ]
    assert (body["booked"], body["rejected"]) == (2, 4)
    assert [key for key, _ in world.stream.records] == ["taken", "a", "c"]
    assert check_answer(api.get(f"{PATH}/a"))["cod"] == {"amount": "1250.00", "currency": "INR"}


def test_a_batch_that_the_stream_refuses_leaves_no_row(api, world, hubs):
    record_timeline(world.store, make_event(0, shipment_id="seen", status="in_transit"))
    Shipment.objects.create(shipment_id="seen", status="in_transit")
    world.stream.refusing = "InternalFailure"
    entries = [BOOKING | {"shipment_id": name} for name in ("a", "seen")]
    assert api.post(f"{PATH}/batch", {"shipments": entries}).status_code == 503
    assert [(row.shipment_id, row.partner) for row in Shipment.objects.all()] == [("seen", None)]


@pytest.mark.parametrize("entries", [[], [BOOKING] * 501])
def test_a_batch_holds_1_to_500_bookings(api, world, entries):
    response = api.post(f"{PATH}/batch", {"shipments": entries})
    assert (response.status_code, check_answer(response)["errors"][0]["pointer"]) == (422, "/shipments")

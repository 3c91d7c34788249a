"""Feed: every change once, in one order, with a cursor that skips nothing and is bound to its partner."""

import threading
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connections
from django.utils import timezone

from tests.events import at, make_event
from tests.tracking.api.document import check_answer
from tests.tracking.stories import Api, find_secrets, record_timeline
from tracking.answer import partner_answer
from tracking.api.keys import issue_key
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.events import Booking
from tracking.domain.status import Status
from tracking.models import FeedEntry, Partner
from tracking.ports import ports
from tracking.services.reading.feed import append_change
from tracking.services.recording.read_model import update_read_model

PATH = "/api/v1/changes"
OWN = {"partner_id": "prt_acme", "source": "api", "booking": Booking()}


@pytest.fixture
def changes(world, partner):
    """Append three changes of shipment 123 to the feed."""
    changes = []
    for event in (
        make_event(0, status="created", **OWN),
        make_event(5, status="picked_up"),
        make_event(9, status="out_for_delivery"),
    ):
        changes += record_timeline(world.store, event)[0]
    for change in changes:
        update_read_model(ports().store, change)
    return changes


def read(api, query=""):
    body = check_answer(api.get(PATH + query))
    return [entry["data"]["change"]["change_id"] for entry in body["results"]], body["next"]


def entry_after(response):
    return check_answer(response)["next"]


def test_the_feed_continues_after_a_cursor(api, world, changes):
    ids = [change.change_id for change in changes]
    first, after = read(api, "?limit=2")
    second, after = read(api, f"?limit=2&after={after}")
    assert (first, second) == (ids[:2], ids[2:])
    again, unmoved = read(api, f"?after={after}")
    assert (again, unmoved) == ([], after)
    new, _ = record_timeline(world.store, make_event(20, status="delivered"))
    update_read_model(ports().store, new[0])
    assert read(api, f"?after={unmoved}")[0] == [new[0].change_id]


def test_an_entry_holds_the_change_and_the_shipment_and_nothing_personal(api, world, changes):
    response = api.get(PATH)
    entry = check_answer(response)["results"][0]
    assert (entry["type"], entry["data"]["change"]["after"]["status"]) == ("shipment.created", "created")
    assert entry["data"]["shipment"] == partner_answer(world.store.read_state("123"))
    assert (find_secrets(response.content), len(response.content) < 20_000) == ([], True)
    assert f"after={quote(entry_after(response))}" in response["Link"]


def test_a_change_that_comes_twice_is_one_entry(api, world, changes):
    for change in reversed(changes):
        update_read_model(ports().store, change)
    assert FeedEntry.objects.count() == Partner.objects.get().feed_number == 3


def test_the_feed_can_be_filtered_without_losing_the_cursor(api, world, changes):
    found, after = read(api, "?types=shipment.created,shipment.delayed&limit=2")
    assert (found, read(api, f"?after={after}")[0]) == ([changes[0].change_id], [])
    assert api.get(f"{PATH}?types=shipment.lost").status_code == 422


def test_a_cursor_older_than_the_feed_is_refused(api, world, changes):
    _, after = read(api, "?limit=1")
    FeedEntry.objects.filter(number__lte=2).update(created_at=timezone.now() - timedelta(days=31))
    response = api.get(f"{PATH}?after={after}")
    assert (response.status_code, check_answer(response)["code"]) == (410, "cursor_expired")
    assert read(api)[0] == [changes[2].change_id]


def test_a_current_cursor_stays_valid_when_all_entries_before_it_are_deleted(api, world, changes):
    _, after = read(api)
    FeedEntry.objects.all().delete()
    assert read(api, f"?after={after}") == ([], after)


def test_each_partner_and_mode_has_its_own_feed(api, client, world, changes, partner, other_partner):
    for key in (issue_key(other_partner), issue_key(partner, livemode=False)):
        assert read(Api(client, key))[0] == []
    _, after = read(api)
    assert Api(client, issue_key(other_partner)).get(f"{PATH}?after={after}").status_code == 404


def test_a_change_of_a_shipment_that_was_never_booked_is_in_no_feed(world, partner):
    (change,), state = record_timeline(world.store, make_event(0, status="in_transit"))
    append_change(change, state, timezone.now())
    assert FeedEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_numbers_taken_at_once_have_no_gap_and_no_duplicate(world, partner):
    changes = []
    for number in range(20):
        event = make_event(0, shipment_id=f"s{number}", status="created", **OWN)
        changes.append(record_timeline(world.store, event)[0][0])

    def append(changes):
        for change in changes:
            update_read_model(ports().store, change)
        connections.close_all()

    threads = [threading.Thread(target=append, args=(changes[n::2],)) for n in range(2)]
    threads.append(threading.Thread(target=append, args=(changes[:5],)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = list(FeedEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 21))


def test_an_attempt_in_doubt_is_in_the_feed_with_its_evidence(api, world, changes):
    found = AttemptEvidence(
        event_id="a1",
        status=Status.ATTEMPT_FAILED,
        attempted_at=at(40),
        verdict="contradicted",
        computed_at=at(50),
        nearest_m=3000,
        dwell_s=0,
        fixes_within_150m=0,
        vehicle_id="van-1",
    )
    look = make_event(50, source="system", clock_kind="evidence", evidence=found)
    made, _ = record_timeline(world.store, make_event(40, "a1", status="attempt_failed"), look)
    for change in made:
        update_read_model(ports().store, change)
    body = check_answer(api.get(f"{PATH}?types=shipment.attempt_doubted"))
    (entry,) = body["results"]
    change = entry["data"]["change"]
    assert (entry["type"], change["attempt_event_id"], change["evidence"]) == (
        "shipment.attempt_doubted",
        "a1",
        {
            "verdict": "contradicted",
            "nearest_m": 3000,
            "dwell_s": 0,
            "fixes_within_150m": 0,
            "computed_at": "2026-11-22T07:50:00.000Z",
        },
    )
    assert entry["data"]["shipment"]["under_review"] is True

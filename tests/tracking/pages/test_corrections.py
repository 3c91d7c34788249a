"""Supervisors correct an event by a form that asks first; mistakes are named, corrections are audited."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from tests.events import START, make_event
from tests.staff import make_staff
from tests.tracking.stories import record_timeline
from tracking.models import AskedCorrection, StaffAction
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
PATH = "/ops/shipments/123/correct"
NOTE = {"note": "the driver mixed up two parcels"}


def record(world, hours_ago: float, event_id: str, **fields: object) -> datetime:
    """Record an event of shipment 123, so many hours ago, to the minute."""
    moment = (datetime.now(UTC) - timedelta(hours=hours_ago)).replace(second=0, microsecond=0)
    record_timeline(world.store, make_event((moment - START).total_seconds() / 60, event_id, **fields))
    return moment


@pytest.fixture
def attempted(world, client) -> datetime:
    """A failed attempt two hours ago, and a supervisor."""
    client.force_login(make_staff(Role.SUPERVISOR, "meera"))
    record(world, 5, "moved", status="in_transit")
    return record(
        world,
        2,
        "gone",
        status="attempt_failed",
        substatus="not_home",
        lat=12.97,
        lon=77.59,
        vehicle_id="KA-1",
    )


def read_sent(world) -> list[dict]:
    return [json.loads(data) for _, data in world.stream.records]


def test_the_timeline_offers_corrections_to_supervisors_for_recent_events_that_count(
    client, world, attempted
):
    record(world, 24 * 8, "old", status="picked_up")
    record(world, 1, "word", reported_status="teleported")
    offered = r"/ops/shipments/123/correct\?event=(\w+)"
    assert re.findall(offered, client.get("/ops/shipments/123").content.decode()) == ["gone", "moved"]
    client.force_login(make_staff(Role.OPERATOR))
    assert re.findall(offered, client.get("/ops/shipments/123").content.decode()) == []
    assert client.get(f"{PATH}?event=gone").status_code == 403


def test_the_form_shows_the_event_and_asks_before_it_is_final(client, world, attempted):
    page = client.get(f"{PATH}?event=gone").content.decode()
    assert ("A correction is final." in page, "Nobody at home" in page) == (True, True)
    assert '<option value="attempt_failed.not_home" selected>Nobody at home</option>' in page
    assert world.stream.records == []


def test_what_did_not_happen_is_retracted_with_an_entry(client, world, attempted):
    answer = client.post(PATH, {"event": "gone", "kind": "retract"} | NOTE)
    assert (answer.status_code, answer["Location"]) == (302, "/ops/shipments/123")
    (sent,) = read_sent(world)
    assert (sent["retracts"], sent["correction_reason"], sent["note"]) == (
        "gone",
        "did_not_occur",
        NOTE["note"],
    )
    entry = StaffAction.objects.get()
    assert (entry.verb, entry.subject, entry.shipment_id) == ("correct_event", "event gone", "123")
    shown, later = client.get(answer["Location"]), client.get(answer["Location"])
    assert "The correction is sent." in shown.content.decode()
    # The page of that moment is older than the correction, so the browser loads it again, once.
    assert [page.get("Refresh") for page in (shown, later)] == ["2; url=/ops/shipments/123", None]


def test_a_replacement_keeps_place_vehicle_and_time_unless_they_are_changed(client, world, attempted):
    form = {"event": "gone", "kind": "supersede", "what": "attempt_failed.refused"} | NOTE
    india = attempted + timedelta(hours=5, minutes=30)
    client.post(PATH, form | {"at": f"{india:%Y-%m-%dT%H:%M}"})
    client.post(PATH, form | {"at": f"{india - timedelta(minutes=10):%Y-%m-%dT%H:%M}"})
    kept = ("supersedes", "status", "substatus", "lat", "lon", "vehicle_id", "timestamp")
    same = ("gone", "attempt_failed", "refused", 12.97, 77.59, "KA-1")
    times = [f"{moment:%Y-%m-%dT%H:%M}:00.000Z" for moment in (attempted, attempted - timedelta(minutes=10))]
    assert [tuple(sent[name] for name in kept) for sent in read_sent(world)] == [(*same, at) for at in times]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "retract"}, "Write why it is corrected."),
        (NOTE, "Choose what is wrong with the event."),
        ({"kind": "supersede", "what": "teleported"} | NOTE, "Choose what happened instead."),
        ({"kind": "supersede", "what": "delivered", "at": "noon"} | NOTE, "Write the time as day and clock."),
        (
            {"kind": "supersede", "what": "delivered.not_home"} | NOTE,
            "Not a substatus of this status",
        ),
        (
            {"kind": "supersede", "what": "delivered", "at": "2099-01-01T10:00"} | NOTE,
            "future",
        ),
    ],
)
def test_a_form_with_a_mistake_is_shown_again_with_what_is_wrong(client, world, attempted, form, said):
    answer = client.post(PATH, {"event": "gone"} | form)
    assert (answer.status_code, said in answer.content.decode()) == (400, True)
    assert (world.stream.records, StaffAction.objects.count()) == ([], 0)


def test_an_unknown_event_and_one_that_is_settled_are_refused(client, world, attempted):
    record(world, 24 * 8, "old", status="picked_up")
    assert client.get(f"{PATH}?event=none").status_code == 404
    assert client.post(PATH, {"event": "old", "kind": "retract"} | NOTE).status_code == 409
    assert world.stream.records == []


def test_a_delivery_is_corrected_once_another_supervisor_confirms(client, world, attempted):
    record(world, 1, "handed", status="delivered", substatus="signed")
    client.force_login(make_staff(Role.OPERATOR, "asha"))
    page = client.get("/ops/shipments/123").content.decode()
    assert re.findall(r"/ops/shipments/123/correct\?event=(\w+)", page) == ["handed"]
    assert "once another supervisor has confirmed it" in client.get(f"{PATH}?event=handed").content.decode()
    answer = client.post(PATH, {"event": "handed", "kind": "retract"} | NOTE)
    assert "waits for another supervisor" in client.get(answer["Location"]).content.decode()
    assert world.stream.records == []
    client.force_login(User.objects.get(username="meera"))
    page = client.get("/ops/shipments/123").content.decode()
    assert all(text in page for text in ("A correction waits to be confirmed", "asha", NOTE["note"]))
    (confirm,) = re.findall(r'action="(/ops/corrections/\d+/confirm)"', page)
    assert client.post(confirm)["Location"] == "/ops/shipments/123"
    assert [(sent["retracts"], sent["note"]) for sent in read_sent(world)] == [("handed", NOTE["note"])]
    assert "waits to be confirmed" not in client.get("/ops/shipments/123").content.decode()
    assert client.post(confirm).status_code == 404
    verbs = list(StaffAction.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["ask_for_correction", "confirm_correction"]


def test_nobody_confirms_an_own_request_which_can_be_declined(client, world, attempted):
    record(world, 1, "handed", status="delivered", substatus="signed")
    client.post(PATH, {"event": "handed", "kind": "retract"} | NOTE)
    assert client.post(PATH, {"event": "handed", "kind": "retract"} | NOTE).status_code == 409
    page = client.get("/ops/shipments/123").content.decode()
    assert ("/confirm" in page, "another supervisor confirms it" in page) == (False, True)
    request = AskedCorrection.objects.get()
    assert client.post(f"/ops/corrections/{request.pk}/confirm").status_code == 409
    client.post(f"/ops/corrections/{request.pk}/decline")
    request.refresh_from_db()
    assert (request.outcome, world.stream.records) == ("declined", [])

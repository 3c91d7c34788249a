"""A shipment's console page shows every event with its name and its verdict, in words."""

import re

import pytest
from django.contrib.auth.models import User

from tests.events import at, make_event
from tests.tracking.pages.visible_text import find_codes
from tests.tracking.stories import record_timeline
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.events import Place
from tracking.domain.explain import explain
from tracking.domain.status import SUBSTATUSES, Status
from tracking.pages.shipment_timeline import EventName, Mark, find_mark, name_event


@pytest.fixture
def staff(client, db, plain_static):
    client.force_login(User.objects.create(username="staff", is_staff=True, is_superuser=True))
    return client


def record_journey(world) -> None:
    record_timeline(world.store, make_event(1, "e1", status="created"))
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    record_timeline(world.store, make_event(3, "e3", status="in_transit"))
    record_timeline(world.store, make_event(6, "e6", status="in_transit"))
    record_timeline(world.store, make_event(7, "e7", lat=12.9, lon=77.5, accuracy_m=900.0))
    record_timeline(world.store, make_event(8, "c8", source="manual", retracts="e5"))
    record_timeline(world.store, make_event(9, "e9", reported_status="teleported"))


def explain_all(world):
    return explain(world.store.read_state("123"), world.store.read_timeline("123"))


def test_every_event_has_its_verdict_and_its_reason_in_words(world):
    record_journey(world)
    marks = {event.event.event_id: find_mark(event) for event in explain_all(world)}
    assert marks == {
        "e1": Mark("applied", "good"),
        "e3": Mark("late", "info", "Received after an event that happened later"),
        "e5": Mark("retracted", "idle", "A correction says that it did not happen", "c8"),
        "e6": Mark("applied", "good"),
        "e7": Mark("position", "idle", "Position too vague: within 900 m"),
        "c8": Mark("correction", "info", "Takes an event back"),
        "e9": Mark("refused", "warn", "The status “teleported” is not known"),
    }
    assert [event_id for event_id, mark in marks.items() if not mark.counts] == ["e5", "e9"]


@pytest.mark.parametrize(
    ("first", "event", "reason"),
    [
        ("delivered", {"status": "in_transit"}, "On the way may not follow Delivered"),
        (
            "delivered",
            {"source": "device", "retracts": "e1"},
            "The source of the report may not correct events",
        ),
        (
            "returning",
            {"status": "attempt_failed"},
            "Delivery attempt failed may not follow Going back to the sender on the way back",
        ),
    ],
)
def test_a_refused_event_says_why_in_words(world, first, event, reason):
    record_timeline(world.store, make_event(1, "e1", status=first))
    record_timeline(world.store, make_event(2, "e2", **event))
    assert find_mark(explain_all(world)[-1]) == Mark("refused", "warn", reason)


def test_a_status_on_the_way_back_says_how_it_is_read(world):
    record_timeline(world.store, make_event(1, "e1", status="returning"))
    record_timeline(world.store, make_event(2, "e2", status="delivered"))
    said = "On the way back this is “Returned to the sender”"
    assert find_mark(explain_all(world)[-1]) == Mark("applied", "good", said)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (
            {"status": "attempt_failed", "substatus": "cod_not_ready", "note": "asked twice"},
            EventName("triangle", "bad", "Delivery attempt failed", "Payment not ready", "asked twice"),
        ),
        (
            {"status": "attempt_failed", "reason_code": "not_home"},
            EventName("triangle", "bad", "Delivery attempt failed", "Nobody at home"),
        ),
        ({"reported_status": "teleported"}, EventName("dotted", "warn", "“teleported”")),
        ({"reported_status": "delayed"}, EventName("diamond", "warn", "Delayed")),
        ({"clock_kind": "eta", "source": "system"}, EventName("dotted", "idle", "New arrival window")),
        ({"source": "manifest", "vehicle_id": "KA-1"}, EventName("dotted", "idle", "Joined a vehicle")),
        ({"source": "manifest"}, EventName("dotted", "idle", "Left its vehicle")),
        ({"lat": 12.9, "lon": 77.5}, EventName("dotted", "idle", "Position")),
        ({"source": "manual", "retracts": "e1"}, EventName("bent", "info", "Correction")),
    ],
)
def test_every_event_has_a_name_in_words(fields, name):
    assert name_event(make_event(1, **fields)) == name


@pytest.mark.parametrize(
    ("verdict", "tone", "said"),
    [
        ("contradicted", "bad", "The vehicle was elsewhere, 90 m away at the nearest"),
        ("supported", "info", "The vehicle was at the door, 90 m away at the nearest"),
        ("insufficient", "info", "Too few positions to decide, 90 m away at the nearest"),
    ],
)
def test_evidence_is_shown_as_a_sentence(world, verdict, tone, said):
    found = AttemptEvidence(
        event_id="a1",
        status=Status.ATTEMPT_FAILED,
        attempted_at=at(40),
        verdict=verdict,
        computed_at=at(50),
        nearest_m=90,
    )
    look = make_event(50, source="system", clock_kind="evidence", evidence=found)
    record_timeline(world.store, make_event(40, "a1", status="attempt_failed"), look)
    assert find_mark(explain_all(world)[-1]) == Mark("evidence", tone, said)


def test_the_page_shows_all_events_or_only_those_that_count(world, staff):
    record_journey(world)
    whole = staff.get("/ops/shipments/123").content.decode()
    counted = staff.get("/ops/shipments/123?show=applied").content.decode()
    assert "7 events, 2 not counted" in re.sub(r"\s+", " ", whole)
    assert '<a href="#event-c8">Correction</a>' in whole
    assert '<tr id="event-c8"' in whole
    assert '<a href="#event-c8">Correction</a>' not in counted


def test_a_vehicle_is_not_shown_as_a_place(world, staff):
    place = Place(town="Hosur", state="Tamil Nadu")
    record_timeline(
        world.store, make_event(1, status="in_transit", vehicle_id="KA-1", lat=12.7, lon=77.8, place=place)
    )
    page = staff.get("/ops/shipments/123").content.decode()
    cells = [
        re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    ]
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page)
    row = dict(zip(heads, cells, strict=True))
    assert (row["Place"], row["Vehicle"]) == ("Hosur, Tamil Nadu", "KA-1")


def test_no_code_is_shown_for_any_substatus_and_any_refusal(world, staff):
    record_journey(world)
    pairs = [(status, code) for status, codes in SUBSTATUSES.items() for code in sorted(codes)]
    for minute, (status, code) in enumerate(pairs, start=20):
        record_timeline(world.store, make_event(minute, status=status, substatus=code, reason_code=code))
    page = staff.get("/ops/shipments/123").content.decode()
    assert f"{len(pairs) + 7} events" in page
    assert find_codes(page) == []

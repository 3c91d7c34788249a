"""A shipment's console page shows every event with its verdict, and the rule if it did not count."""

import re

import pytest
from django.contrib.auth.models import User

from tests.events import at, make_event
from tests.tracking.stories import record_timeline
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.explain import explain
from tracking.domain.status import Status
from tracking.models import Shipment
from tracking.pages.shipments import Mark, find_mark


@pytest.fixture
def staff(client, db, plain_static):
    client.force_login(User.objects.create(username="staff", is_staff=True))
    return client


def record_journey(world) -> None:
    record_timeline(world.store, make_event(1, "e1", status="created"))
    record_timeline(world.store, make_event(5, "e5", status="delivered"))
    record_timeline(world.store, make_event(3, "e3", status="in_transit"))
    record_timeline(world.store, make_event(6, "e6", status="in_transit"))
    record_timeline(world.store, make_event(7, "e7", lat=12.9, lon=77.5, accuracy_m=900.0))
    record_timeline(world.store, make_event(8, "c8", source="manual", retracts="e5"))
    record_timeline(world.store, make_event(9, "e9", reported_status="teleported"))


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 3000,
        "q=vehicle%23VH1",
        "q=a%00b",
        "before=" + "9" * 5000,
        "before=%C2%B2",
        "status=a%00b",
    ],
    ids=lambda query: query[:12],
)
def test_a_search_for_any_text_is_answered(world, staff, query):
    assert staff.get(f"/ops/shipments/?{query}").status_code == 200


@pytest.mark.parametrize("address", ["vehicle%23VH1", "vehicle%23VH1/brief", "x" * 3000, "a%00b/as-customer"])
def test_text_that_can_be_no_id_has_no_page(world, staff, address):
    assert staff.get(f"/ops/shipments/{address}").status_code == 404


def test_the_search_finds_a_number_as_it_is_typed(world, staff):
    Shipment.objects.create(shipment_id="SLX-4821")
    answer = staff.get("/ops/shipments/", {"q": "#slx 4821\u200b"})
    assert (answer.status_code, answer["Location"]) == (302, "/ops/shipments/SLX-4821")


def test_every_event_has_its_verdict_and_its_rule(world):
    record_journey(world)
    explained = explain(world.store.read_state("123"), world.store.read_timeline("123"))
    marks = {event.event.event_id: find_mark(event) for event in explained}
    assert {event_id: (mark.word, mark.reason, mark.counts) for event_id, mark in marks.items()} == {
        "e1": ("applied", "", True),
        "e3": ("late", "in_transit may follow created on leg forward", True),
        "e5": ("retracted", "c8 says it did not happen", False),
        "e6": ("applied", "", True),
        "e7": ("position", "the position is too vague: 900 m", True),
        "c8": ("correction", "takes back e5", True),
        "e9": ("refused", "nobody knows the status 'teleported'", False),
    }


@pytest.mark.parametrize(("verdict", "tone"), [("contradicted", "bad"), ("supported", "info")])
def test_evidence_is_shown_with_the_attempt_that_it_is_about(world, verdict, tone):
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
    shown = explain(world.store.read_state("123"), world.store.read_timeline("123"))[-1]
    reason = f"by the positions of the vehicle a1 is {verdict}, nearest 90 m"
    assert (shown.rule, find_mark(shown)) == ("evidence", Mark("evidence", tone, reason))


def test_the_page_shows_all_events_or_only_those_that_count(world, staff):
    record_journey(world)
    whole = staff.get("/ops/shipments/123").content.decode()
    counted = staff.get("/ops/shipments/123?show=applied").content.decode()
    assert "7 events, 2 not counted" in re.sub(r"\s+", " ", whole)
    assert "c8 says it did not happen" in whole
    assert "c8 says it did not happen" not in counted

"""Page of a shipment at the console: payment, proofs, notes, audit, messages, webhooks, ETA and track."""

import json
import re
from datetime import UTC, datetime

import pytest

from notifications.ports import ports as notification_ports
from notifications.ports import wire
from tests.notifications.traces import wire_transports
from tests.staff import make_staff
from tests.tracking.pages.rich_shipment import CONTACT, ROAD, SHIPMENT_ID, make_rich_shipment
from tests.tracking.pages.visible_text import find_codes, read_text
from tests.tracking.stories import find_secrets
from tracking.models import ShipmentNote, StaffAction
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
PATH = f"/ops/shipments/{SHIPMENT_ID}"


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def events(world, files, now):
    before = notification_ports()
    wire_transports()
    yield make_rich_shipment(world.store, now)
    wire(before)


@pytest.fixture
def enter(client, events):
    def open_page(role, path=PATH):
        client.force_login(make_staff(role, role.group))
        return client.get(path).content.decode()

    return open_page


def read_panel(page: str, panel_id: str) -> str:
    """Return the visible texts of the section with this id."""
    found = re.search(rf'<section class="panel" id="{panel_id}".*?</section>', page, re.DOTALL)
    return read_text(found[0]).strip() if found else ""


@pytest.mark.parametrize("role", Role, ids=lambda role: role.group)
def test_the_page_shows_no_code_and_nothing_of_the_recipient(enter, role):
    page = enter(role)
    assert (find_codes(page), find_secrets(read_text(page))) == ([], [])
    assert CONTACT.address not in page


def test_sender_and_amount_are_shown_as_people_write_them(enter):
    page = read_text(enter(Role.VIEWER))
    assert "Sender Acme" in page
    assert "To collect on delivery ₹12,499.50" in page
    assert "Reference ORD-1180" in page


def test_each_decision_says_why_it_was_sent_or_not_and_leads_to_its_change(enter, events):
    page = enter(Role.VIEWER)
    shown = read_panel(page, "messages")
    said = [
        "sent Sent to those who agreed, at most 15 min old, at any hour, 5 a day about a shipment",
        "not sent No consent",
        "deferred Waiting for the end of quiet hours",
        "failed Refused by the provider",
    ]
    assert [text for text in said if text not in shown] == []
    changes = [event.change.change_id for event in events if event.change][:4]
    hrefs = [f'href="/ops/changes/{change_id}/?shipment={SHIPMENT_ID}"' for change_id in changes]
    assert [href for href in hrefs if href not in page] == []


def test_each_webhook_is_shown_in_words_and_leads_to_its_attempts(enter):
    page = enter(Role.VIEWER)
    shown = read_panel(page, "webhooks")
    assert ("Status changed whe_1 waiting until" in shown, "delivered 2 Attempts" in shown) == (True, True)
    assert re.findall(r'href="/ops/webhooks/deliveries/\d+/"', page) != []


def test_a_viewer_reads_notes_and_an_operator_adds_one_with_an_entry(client, enter):
    assert ("Gate code 12" in enter(Role.VIEWER), client.post(f"{PATH}/note").status_code) == (True, 403)
    enter(Role.OPERATOR)
    answer = client.post(f"{PATH}/note", {"note": "Call 98450 12345 before noon"})
    assert (answer.status_code, answer["Location"]) == (302, f"{PATH}#notes")
    shown = read_panel(client.get(PATH).content.decode(), "notes")
    assert "operator Call ••• before noon" in shown
    entry = StaffAction.objects.get(verb="note_shipment")
    assert (entry.shipment_id, entry.reason, find_secrets(entry.after)) == (SHIPMENT_ID, "", [])
    assert client.post(f"{PATH}/note", {"note": " "}).status_code == 409
    assert ShipmentNote.objects.count() == 2


def test_proofs_are_named_to_all_and_shown_to_operators_with_an_entry(client, enter):
    assert "Photo" in read_panel(enter(Role.VIEWER), "proofs")
    assert client.post(f"{PATH}/proofs").status_code == 403
    page = enter(Role.OPERATOR)
    assert ("<img" in page, "Show pictures" in page) == (False, True)
    answer = client.post(f"{PATH}/proofs", headers={"HX-Request": "true"}).content.decode()
    (link,) = set(re.findall(r'src="https?://[^/"]+(/api/proofs/[^"]+)"', answer))
    assert client.get(link)["Content-Type"] == "image/jpeg"
    assert [entry.verb for entry in StaffAction.objects.all()] == ["see_proofs"]


def test_the_audit_of_the_shipment_is_shown_by_role_in_words(client, enter):
    assert read_panel(enter(Role.VIEWER), "audit") == ""
    enter(Role.OPERATOR)
    client.post(f"{PATH}/recipient")
    assert "operator Read the recipient in clear" in read_panel(client.get(PATH).content.decode(), "audit")
    shown = read_panel(enter(Role.SUPERVISOR), "audit")
    assert f"operator operator Read the recipient in clear recipient of {SHIPMENT_ID}" in shown


def test_the_eta_history_holds_each_window_once_and_the_promise(enter, now):
    page = enter(Role.VIEWER)
    data = json.loads(re.search(r'<script id="eta-history"[^>]*>(.*?)</script>', page)[1])
    middles = [int(now.timestamp()) + 1800 * n for n in range(len(ROAD))]
    assert data["middle"] == [*middles, middles[-1]]
    assert data["promised"] == [int(now.timestamp()) - 3600, int(now.timestamp()) + 7200]
    assert "5 predictions" in read_panel(page, "eta")


def test_the_track_holds_the_positions_that_count_in_their_order(enter):
    page = enter(Role.VIEWER)
    data = json.loads(re.search(r'<script id="track"[^>]*>(.*?)</script>', page)[1])
    assert [point[:2] for point in data["points"]] == [
        *[[lon, lat] for _, lat, lon, _ in ROAD],
        [76.64, 12.3],
    ]
    assert data["points"][0][3] == "Left a hub, Nelamangala, Karnataka"

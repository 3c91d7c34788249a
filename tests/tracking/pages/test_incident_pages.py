"""Incident queue and its forms: one card per shipment, notices with undo, conflicts in words, roles."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.staff import make_staff
from tests.tracking.pages.bookings import book
from tests.tracking.pages.queue_pages import HTMX, find_card, open_on, post
from tests.tracking.pages.visible_text import find_codes
from tracking.models import Incident, IncidentNote, Partner, SavedView, Shipment, StaffAction
from tracking.pages.audit_words import list_in_words
from tracking.pages.notices import SENDING
from tracking.ports import ports
from tracking.services.operations.incident_changes import UNDO_FOR
from tracking.services.operations.incident_kinds import KINDS
from tracking.services.operations.incidents import open_incident
from tracking.services.requests.roles import Role
from tracking.status_style import SEVERITY_TONES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static", "world")]


@pytest.fixture
def card(client):
    """Two incidents of one shipment, as the card that an operator sees."""
    client.force_login(make_staff(Role.OPERATOR, "asha"))
    book(None, shipment_id="SLX-1")
    open_on("SLX-1", shipment_id="SLX-1", vehicle_id="KA-1")
    open_on("SLX-1", "attempt_failed", 25, shipment_id="SLX-1", vehicle_id="KA-1")
    return find_card(client.get("/ops/incidents/").content.decode())


def test_one_card_per_shipment_leads_with_the_most_pressing_symptom(client, card):
    page = client.get("/ops/incidents/").content.decode()
    assert len(re.findall(r"data-card=", page)) == 1
    pill = r'<span class="pill (\w+)"[^>]*>([^<]+)</span>'
    (head,) = re.findall(rf'<p class="card-head"><strong>([^<]+)</strong> {pill}\s+{pill}', page)
    assert head[:4] == ("Attempt failed", "warn", "High", "warn")
    assert re.findall(r"</span>([\w ]+): ([\w ]+)</li>", page) == [
        ("Attempt failed", "Attempt_failed it is"),
        ("Delayed", "Delayed it is"),
    ]
    assert ("Mysuru Hub" in page, "Call the recipient and agree on a day" in page) == (True, True)
    assert '<a href="/ops/shipments/SLX-1#recipient">' in page
    assert '<a href="/ops/?vehicle=KA-1">KA-1</a>' in page


def test_without_a_script_an_action_shows_the_queue_with_a_notice_and_undo(client, card):
    answer = post(client, "acknowledge", card=card, next="/ops/incidents/?state=open")
    assert answer["Location"] == "/ops/incidents/?state=open"
    asked_at = datetime.now(UTC)
    page = client.get(answer["Location"]).content.decode()
    assert "Claimed SLX-1." in page
    assert "data-owner>asha<" in page
    (entries,) = re.findall(r'name="entries" value="([\d-]+)"', page)
    recorded = StaffAction.objects.get().at
    (left_ms,) = re.findall(r'data-undo="(\d+)"', page)
    assert timedelta(milliseconds=int(left_ms)) <= recorded + UNDO_FOR - SENDING - asked_at
    undone = client.get(post(client, "undo", entries=entries)["Location"]).content.decode()
    assert ("Undone (acknowledge) for SLX-1." in undone, "data-owner" in undone, "data-undo" in undone) == (
        True,
        False,
        False,
    )
    assert [entry.verb for entry in StaffAction.objects.order_by("pk")] == [
        "acknowledge_incident",
        "undo_own_action",
    ]


def test_a_snooze_is_ended_from_its_card(client, card):
    post(client, "snooze", card=card, snooze="1_h")
    page = client.get("/ops/incidents/?state=snoozed").content.decode()
    assert 'name="snooze" value="end"' in page
    shown = client.get(post(client, "snooze", card=find_card(page), snooze="end")["Location"])
    assert "Snooze ended for SLX-1." in shown.content.decode()
    assert list(Incident.objects.values_list("snoozed_until", flat=True)) == [None, None]
    said = list_in_words(StaffAction.objects.order_by("pk"), may_administer=False)
    assert [entry.what for entry in said if "nooze" in entry.what] == [
        "Snoozed an incident",
        "Ended a snooze",
    ]


def test_a_resolved_card_says_result_author_and_note_and_offers_to_reopen_it_alone(client, card):
    post(client, "resolve", card=card, resolution="other", note="rang twice")
    page = client.get("/ops/incidents/?state=resolved").content.decode()
    assert page.count("<strong>Other</strong> by asha: rang twice") == 2
    acts = [
        f'action="/ops/incidents/{name}"' in page for name in ("acknowledge", "snooze", "resolve", "reopen")
    ]
    assert acts == [False, False, False, True]
    notes = client.get("/ops/shipments/SLX-1").content.decode().partition('id="notes"')[2]
    assert 'asha</strong> <span class="muted">Delayed: other</span> rang twice' in notes


def test_htmx_gets_the_list_and_the_notice_alone(client, card):
    answer = client.get("/ops/incidents/", headers=HTMX).content.decode()
    assert ("<html" in answer, answer.lstrip().startswith('<p class="muted queue-count"')) == (False, True)
    assert "data-new-notice" in answer
    assert "data-new-notice" not in client.get("/ops/incidents/?part=cards").content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_conflict_is_answered_in_words(client, card, headers):
    client.force_login(make_staff(Role.OPERATOR, "ravi"))
    post(client, "resolve", card=card, resolution="rescheduled")
    client.force_login(make_staff(Role.OPERATOR, "mina"))
    answer = post(client, "acknowledge", headers, card=card)
    assert answer.status_code == 409
    assert "ravi resolved it (rescheduled) at" in answer.content.decode()
    assert answer.headers.get("HX-Trigger") == ("incidents-changed" if headers else None)
    assert ("<html" in answer.content.decode()) == (not headers)


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("snooze", {"snooze": "tomorrow"}),
        ("resolve", {"resolution": "nonsense"}),
        ("resolve", {"resolution": "other", "note": "\0"}),
        ("note", {"note": " "}),
        ("undo", {"entries": "1;2"}),
    ],
)
def test_a_malformed_form_is_refused(client, card, action, form):
    assert post(client, action, card=card, **form).status_code == 400
    assert post(client, "snooze", card="1;2", snooze="1_h").status_code == 409
    assert "Choose a result first." in post(client, "resolve", card=card).content.decode()
    assert StaffAction.objects.count() == 0


def test_snoozed_resolved_and_reopened_cards_are_in_their_lists(client, card):
    def count(state):
        page = client.get(f"/ops/incidents/?state={state}").content.decode()
        return len(re.findall("data-card=", page))

    post(client, "snooze", card=card, snooze="morning")
    assert [count(state) for state in ("open", "snoozed", "resolved")] == [0, 1, 0]
    card = find_card(client.get("/ops/incidents/?state=snoozed").content.decode())
    post(client, "resolve", card=card, resolution="other", note="called")
    assert [count(state) for state in ("open", "snoozed", "resolved")] == [0, 0, 2]
    assert "The last one was resolved" in client.get("/ops/incidents/").content.decode()
    cards = [f"{row.pk}.{row.version}" for row in Incident.objects.all()]
    post(client, "reopen", card=cards)
    assert [count(state) for state in ("open", "snoozed", "resolved")] == [1, 0, 0]


def test_the_page_of_the_shipment_has_the_same_actions_and_its_history(client, card):
    assert find_card(client.get("/ops/shipments/SLX-1").content.decode()) == card
    post(client, "note", card=card, note="nobody opened", next="/ops/shipments/SLX-1")
    page = client.get("/ops/shipments/SLX-1").content.decode()
    # Without a queue on the page, its form is sent as a page of its own.
    assert ("data-undo=" in page, 'hx-post="/ops/incidents' in page) == (True, False)
    assert ("Noted on SLX-1." in page, "<strong>asha</strong> nobody opened" in page) == (True, True)
    answer = post(client, "resolve", card=card, resolution="sent_back", next="/ops/shipments/SLX-1")
    page = client.get(answer["Location"]).content.decode()
    assert ("Sent back" in page, page.count(">Reopen<"), "data-card=" in page) == (True, 2, False)
    assert IncidentNote.objects.count() == 1


@pytest.mark.parametrize("role", Role, ids=lambda role: role.group)
def test_each_role_sees_what_it_may_do(client, role):
    client.force_login(make_staff(role, role.group))
    open_on("SLX-1", shipment_id="SLX-1")
    page = client.get("/ops/incidents/").content.decode()
    acts = [f'action="/ops/incidents/{name}"' in page for name in ("acknowledge", "resolve", "assign")]
    assert acts == [role >= Role.OPERATOR, role >= Role.OPERATOR, role >= Role.SUPERVISOR]
    limit = {Role.VIEWER: [], Role.OPERATOR: ["20"], Role.SUPERVISOR: ["200"]}[role]
    assert re.findall(r'data-bulk-limit="(\d+)"', page) == limit
    assert list_keys(page) == (["j", "k", "/", "?"] if role is Role.VIEWER else [*"jkasrxz/?"])
    resolved = client.get("/ops/incidents/?state=resolved").content.decode()
    assert list_keys(resolved) == (["j", "k", "/", "?"] if role is Role.VIEWER else [*"jkz/?"])


def list_keys(page) -> list[str]:
    """Return the keys in the list that `?` opens."""
    return re.findall(r"<kbd>(.)</kbd>", page.split('<dialog class="keys"')[1].split("</dialog>")[0])


def test_a_view_is_saved_with_the_filters_chosen_in_the_form_and_deleted(client, card):
    chosen = {"state": "open", "code": "delayed", "hub": ""}
    answer = post(client, "views", name="Late ones", do="save", **chosen)
    assert answer["Location"] == "/ops/incidents/?state=open&code=delayed"
    view = SavedView.objects.get()
    page = client.get("/ops/incidents/").content.decode()
    assert '<a class="quiet" href="?state=open&amp;code=delayed">Late ones</a>' in page
    assert "Saved the view “Late ones”." in page
    assert client.post(f"/ops/incidents/views/{view.pk}/delete").status_code == 302
    assert "Deleted the view “Late ones”." in client.get("/ops/incidents/").content.decode()
    # The same form filters without a name, and a view needs one.
    assert post(client, "views", name="", **chosen)["Location"] == answer["Location"]
    assert post(client, "views", name="", do="save", **chosen).status_code == 409
    assert SavedView.objects.count() == 0


def test_a_severity_is_a_word_in_its_colour_behind_the_title_wherever_the_incident_is(client):
    assert set(SEVERITY_TONES) == set(Incident.Severity)
    client.force_login(make_staff(Role.OPERATOR, "asha"))
    book(None, shipment_id="SLX-1")
    incident = open_on("SLX-1", "suspected_fake_attempt", shipment_id="SLX-1")
    shown = r'</strong> <span class="pill bad" data-part="severity">Critical</span>'
    pages = ["/ops/incidents/", "/ops/", "/ops/shipments/SLX-1"]
    assert [len(re.findall(shown, client.get(page).content.decode())) for page in pages] == [1, 1, 1]
    post(client, "resolve", card=str(incident.pk), resolution="other")
    assert len(re.findall(shown, client.get(pages[2]).content.decode())) == 1


def test_the_rail_of_the_fleet_shows_the_same_card(client, card):
    page = client.get("/ops/").content.decode()
    rail = page[page.index('id="rail-list"') : page.index("data-no-incidents")]
    assert len(re.findall("<li", rail)) == 1
    assert "Attempt_failed it is · Delayed it is" in rail
    post(client, "acknowledge", card=card)
    assert '<span data-part="owner">asha</span>' in client.get("/ops/").content.decode()


STORED_REASONS = (
    "Damaged, reported by device",
    "unmapped_status (teleported)",
    "foreign_vehicle (None)",
    "illegal:delivered->in_transit (in_transit)",
    "no scan",
)


def test_no_code_is_shown_for_any_type_of_incident_and_any_stored_reason(client):
    for number, code in enumerate(KINDS):
        why = STORED_REASONS[number % len(STORED_REASONS)]
        opened_at = datetime.now(UTC) - timedelta(minutes=number)
        open_incident(ports().live, code, f"SLX-{number}", why, opened_at, shipment_id=f"SLX-{number}")
    client.force_login(make_staff(Role.SUPERVISOR, "meera"))
    pages = [client.get(path).content.decode() for path in ("/ops/incidents/", "/ops/")]
    assert [page.count("No scan for too long") > 0 for page in pages] == [True, True]
    assert [find_codes(page) for page in pages] == [[], []]


def test_every_step_of_a_playbook_leads_to_a_place_that_exists(client):
    from tracking.pages.playbooks import PLAYBOOKS, list_steps

    assert set(PLAYBOOKS) == set(KINDS)
    book(None, shipment_id="SLX-1")
    Shipment.objects.update(partner=Partner.objects.create(partner_id="prt_acme", name="Acme"))
    incident = open_on("SLX-1", shipment_id="SLX-1")
    client.force_login(make_staff(Role.SUPERVISOR, "meera"))
    row = {"shipment_id": "SLX-1", "vehicle_id": "KA-1"}
    steps = {code: [step.href for step in list_steps(row | {"code": code}, incident.pk)] for code in KINDS}
    assert [code for code, links in steps.items() if not any(links)] == []
    for link in {link for links in steps.values() for link in links if link}:
        path, _, anchor = link.partition("#")
        # The form that resolves a card is on the card itself.
        answer = client.get(path or "/ops/incidents/")
        assert (link, answer.status_code) == (link, 200)
        assert f'id="{anchor}"' in answer.content.decode() or not anchor, link

"""Pages of the console by role and scope: recipients masked, foreign shipments absent, the audit log."""

import re

import pytest
from django.urls import reverse

from notifications.models import Delivery
from tests.databases import refuse_inserts
from tests.staff import as_caller, make_staff
from tests.tracking.pages.bookings import book
from tests.tracking.services.reading.staff_world import make_world
from tests.tracking.stories import find_secrets
from tracking.models import Incident, Partner, Shipment, StaffAction
from tracking.pages.audit import PAGE_SIZE
from tracking.services.operations.staff_recipients import unmask_recipient
from tracking.services.partners.recipients import Contact, keep_contact
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
CONTACT = Contact("Asha Raghavan", "+919845012345", "asha@example.com", "12 Sampige Road")
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs):
    make_world(partner, other_partner, hubs)
    for row in Shipment.objects.all():
        keep_contact(row, CONTACT)
        row.save()


def enter(client, role, **limits):
    user = make_staff(role, role.group, **limits)
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", Role)
def test_no_page_shows_a_recipient_in_clear(client, role):
    enter(client, role)
    pages = [client.get(path).content for path in ("/ops/shipments/", "/ops/shipments/ours-pny", "/ops/")]
    assert find_secrets(*pages) == []
    page = pages[1].decode()
    assert ("A••• R•••" in page, "Show in clear" in page) == (True, role >= Role.OPERATOR)
    assert ("See as customer" in page, "Acknowledge" in page) == (role >= Role.OPERATOR,) * 2
    bar = re.findall(r'href="/ops/(audit|outbox)/"', page)
    assert bar == (["audit", "outbox"] if role >= Role.OPERATOR else [])


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_operator_shows_the_recipient_in_clear_with_an_entry(client, headers):
    user = enter(client, Role.OPERATOR)
    page = client.post("/ops/shipments/ours-pny/recipient", headers=headers)
    assert page["Cache-Control"].split(", ").count("no-store") == 1
    texts = page.content.decode()
    assert find_secrets(texts) == ["Asha", "Raghavan", "9845012345", "asha@example.com", "Sampige"]
    assert ("<html" in texts) == (headers == {})
    assert StaffAction.objects.get().actor == f"staff_{user.pk}"
    # The page's own audit is replaced too, since it has a new entry.
    audit = texts.partition('id="audit"')[2]
    assert ("Read the recipient in clear" in audit, 'hx-swap-oob="true"' in audit) == (headers == HTMX,) * 2


def test_a_viewer_reads_which_role_may_do_it(client):
    enter(client, Role.VIEWER)
    page = client.post("/ops/shipments/ours-pny/recipient")
    assert page.status_code == 403
    assert "The role operator may unmask recipient." in page.content.decode()
    assert StaffAction.objects.count() == 0


@pytest.mark.parametrize(
    "path",
    [
        "/ops/shipments/theirs-pny",
        "/ops/shipments/theirs-pny/brief",
        "/ops/shipments/unbooked",
    ],
)
def test_a_shipment_outside_of_the_scope_is_answered_like_none(client, partner, path):
    enter(client, Role.SUPERVISOR, partners=[partner])
    assert client.get(path).status_code == 404
    assert client.get("/ops/shipments/nobody").status_code == 404


def test_writes_outside_of_the_scope_change_nothing(client, partner):
    enter(client, Role.SUPERVISOR, partners=[partner])
    incident = Incident.objects.get(shipment_id="theirs-pny")
    answers = [
        client.post("/ops/shipments/theirs-pny/recipient"),
        client.post("/ops/shipments/theirs-pny/as-customer"),
        client.post("/ops/incidents/acknowledge", {"card": incident.pk}),
        client.post("/ops/incidents/resolve", {"card": incident.pk, "resolution": "other"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 404]
    incident.refresh_from_db()
    assert (incident.acknowledged_at, incident.resolved_at, StaffAction.objects.count()) == (None, None, 0)


def test_search_and_lists_show_the_scope(client, partner, hubs):
    enter(client, Role.VIEWER, partners=[partner], hubs=hubs[:1])
    listed = client.get("/ops/shipments/").content.decode()
    assert sorted(set(re.findall(r"/ops/shipments/([\w-]+)\"", listed))) == ["ours-pny"]
    assert client.get("/ops/shipments/?q=ours-pny")["Location"] == "/ops/shipments/ours-pny"
    assert client.get("/ops/shipments/?q=theirs-pny").status_code == 200
    fleet = client.get("/ops/fleet.json").json()
    assert [incident["subject"] for incident in fleet["incidents"]] == ["ours-pny"]
    assert "theirs-pny" not in client.get("/ops/").content.decode()


def test_lanes_show_the_scope(client, partner):
    book(None, shipment_id="theirs-lane")
    enter(client, Role.VIEWER, partners=[partner])
    assert client.get("/ops/lanes.json").json()["lanes"] == []
    client.force_login(make_staff(Role.VIEWER, "everywhere"))
    assert client.get("/ops/lanes.json").json()["lanes"] == [["MYS-HUB", "NLM-GTW"]]


def test_the_outbox_shows_the_scope(client, partner):
    for shipment_id in ("ours-pny", "theirs-pny"):
        Delivery.objects.create(
            change_id=f"chg_{shipment_id}",
            recipient_id=f"rcp_{shipment_id}",
            transport="sms",
            shipment_id=shipment_id,
            trigger="delivered",
            outcome=Delivery.Outcome.SUPPRESSED,
            reason="no_consent",
        )
    enter(client, Role.OPERATOR, partners=[partner])
    page = client.get("/ops/outbox/").content.decode()
    assert ("ours-pny" in page, "theirs-pny" in page) == (True, False)


def unmask_as(actor, shipment_id, times=1):
    for _ in range(times):
        unmask_recipient(as_caller(Role.OPERATOR)._replace(actor=actor), shipment_id)


def read_audit(client, query=""):
    page = client.get(f"/ops/audit/{query}").content.decode()
    return re.findall(r'<td class="nowrap">(\w+)</td>', page), page


def test_operators_read_their_own_entries_and_supervisors_all_in_scope(client, partner):
    user = enter(client, Role.OPERATOR)
    own = user.username
    unmask_as(f"staff_{user.pk}", "ours-pny")
    unmask_as("staff_x", "ours-krm")
    unmask_as("staff_y", "theirs-pny")
    assert read_audit(client)[0] == [own]
    enter(client, Role.SUPERVISOR)
    assert read_audit(client)[0] == ["staff_y", "staff_x", own]
    client.force_login(make_staff(Role.SUPERVISOR, "limited", partners=[partner]))
    assert read_audit(client)[0] == ["staff_x", own]


def test_older_entries_are_on_the_next_page(client):
    enter(client, Role.SUPERVISOR)
    unmask_as("staff_old", "ours-pny")
    unmask_as("staff_new", "ours-pny", times=PAGE_SIZE)
    accounts, page = read_audit(client)
    assert accounts == ["staff_new"] * PAGE_SIZE
    (before,) = re.findall(r'href="\?before=(\d+)"', page)
    assert read_audit(client, f"?before={before}")[0] == ["staff_old"]
    assert len(read_audit(client, "?before=" + "9" * 400)[0]) == PAGE_SIZE


def test_the_log_cannot_be_written_in_the_admin_and_changes_there_are_in_it(client, admin_user, partner):
    client.force_login(admin_user)
    unmask_as("staff_x", "ours-pny")
    entry = StaffAction.objects.get()
    change = reverse("admin:tracking_staffaction_change", args=[entry.pk])
    assert client.get(change).status_code == 200
    assert client.get(reverse("admin:tracking_staffaction_changelist")).status_code == 200
    delete = reverse("admin:tracking_staffaction_delete", args=[entry.pk])
    assert [client.post(path, {"actor": "x"}).status_code for path in (change, delete)] == [403, 403]
    form = {"username": "new", "usable_password": "false", "password1": "", "password2": ""}
    scope = {"staff_scope-TOTAL_FORMS": "0", "staff_scope-INITIAL_FORMS": "0"}
    assert client.post(reverse("admin:auth_user_add"), form | scope).status_code == 302
    added = StaffAction.objects.first()
    assert (added.actor, added.verb, added.after["change"]) == (f"staff_{admin_user.pk}", "administer", "add")


def test_a_change_in_the_admin_whose_entry_is_refused_is_undone(client, admin_user, monkeypatch):
    from django.contrib.auth.models import User
    from django.db import DatabaseError

    client.force_login(admin_user)
    refuse_inserts("tracking_staffaction")
    with pytest.raises(DatabaseError, match="full"):
        client.post(reverse("admin:tracking_partner_add"), {"partner_id": "prt_new", "name": "another"})
    assert not Partner.objects.filter(name="another").exists()
    selected = {"action": "delete_selected", "_selected_action": [make_staff().pk], "post": "yes"}
    with pytest.raises(DatabaseError, match="full"):
        client.post(reverse("admin:auth_user_changelist"), selected)
    assert User.objects.filter(username="operator").exists()

"""Page of one change: its facts from the bus to the phone, who may see it, and the pages that link to it."""

import json
import re
from datetime import timedelta

import pytest

import tracking.ports
from notifications.mail_feedback import take_feedback
from notifications.models import Delivery, MessageCode, OutboxMessage
from notifications.webhooks.models import WebhookDelivery
from tests.notifications.stories import MAIL, NOON, PHONE, book
from tests.notifications.traces import SOON, report, send_everywhere, wire_transports
from tests.staff import make_staff
from tests.workers.world import World
from tracking.models import Partner, StaffAction, StaffScope
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "plain_static")]


@pytest.fixture
def world():
    before = tracking.ports.ports()
    made = World()
    tracking.ports.wire(made.tracking)
    wire_transports()
    yield made
    tracking.ports.wire(before)


@pytest.fixture
def change(world):
    return send_everywhere(world)


@pytest.fixture
def staff(client):
    client.user = make_staff(Role.OPERATOR)
    client.force_login(client.user)
    return client


def read(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def list_lines(page: str) -> list[str]:
    """Return the texts of the page's main part, one for each element that has any."""
    main = page[page.index('<main id="main"') : page.index("</main>")]
    texts = re.sub(r"<[^>]*>", "\n", main).split("\n")
    return [re.sub(r"\s+", " ", text).strip() for text in texts if text.strip()]


def path_of(change, query=""):
    return f"/ops/changes/{change.change_id}/{query}"


def test_a_change_is_followed_from_the_bus_to_the_phone(staff, change):
    lines = list_lines(read(staff, path_of(change)))
    code, sms = MessageCode.objects.get().code, OutboxMessage.objects.get()
    noon, now, ten_later = (f"Tue 24 Nov, 11:{clock}" for clock in ("24:00", "24:02", "34:02"))
    assert lines == [
        "Status changed",
        change.change_id,
        "of",
        "123",
        "Out for delivery",
        *[
            "Change",
            "Before",
            "Waiting for the first scan",
            "Why",
            "Out for delivery, reported by the partner",
        ],
        *["Happened", noon, "Reached us", now, "Recorded", now, "version 1"],
        *["Published", "taken by the bus", f"in the feed of the partner at {now}, number 1"],
        *["Rules of the bus that take it", "Rule", "Goes to", "Takes"],
        *["changes", "topic changes", "Every change, for subscriptions of partners"],
        *["readmodel", "queue readmodel", "Every change, for lists and search"],
        *["notify", "queue notify", "Changes that a recipient may be notified of"],
        *["webhooks", "queue webhooks", "Every change, for webhooks of partners"],
        *["Messages to the recipient", "Out for delivery"],
        *["SMS", "sent", "to those who agreed, at most 15 min old, at any hour, 5 a day about a shipment"],
        *["Recipient", "+91 ••• ••• 10", "Decided", now, "0 ms after recording", "Attempts", "1"],
        *["Finished", now, "Id of the provider", "sms-1"],
        *["Message number", f"#{code}", "en, 1 segment", "Feedback of the provider", "none"],
        *[sms.body, "In the outbox"],
        *["E-mail", "not sent", "No consent", "to those who agreed, at most 15 min old, at any hour"],
        *["Recipient", "a•••@example.com", "Decided", now, "0 ms after recording", "Attempts", "0"],
        *["Finished", now],
        *["Webhooks", "whe_1", "of Acme", "delivered", "Attempt", "When", "Result", "Took"],
        *["1", now, "no connection", "250 ms", "2", ten_later, "200", "250 ms", "Send again"],
    ]


def test_an_address_is_masked_and_the_page_is_not_stored(staff, change):
    answer = staff.get(path_of(change))
    page = answer.content.decode()
    assert [text in page for text in (PHONE, MAIL, "Asha")] == [False] * 3
    assert "no-store" in answer["Cache-Control"]


def test_a_viewer_sees_neither_the_button_nor_the_words_and_cannot_redeliver(client, change):
    client.force_login(make_staff(Role.VIEWER, "viewer"))
    page = read(client, path_of(change))
    body = OutboxMessage.objects.get().body
    assert ["Send again" in page, body in page, "sent</span>" in page] == [False, False, True]
    number = WebhookDelivery.objects.get().pk
    assert client.post(f"/ops/webhooks/deliveries/{number}/redeliver").status_code == 403
    assert WebhookDelivery.objects.get().outcome == "delivered"


def test_the_words_of_messages_are_in_the_audit_log_for_who_sees_them(staff, change, settings):
    read(staff, path_of(change))
    assert list(StaffAction.objects.values_list("verb", "shipment_id")) == [("read_outbox", "123")]
    settings.NOTIFICATIONS_OUTBOX = False
    read(staff, path_of(change))
    assert StaffAction.objects.count() == 1


def test_without_an_outbox_the_words_are_not_shown(staff, change, settings):
    settings.NOTIFICATIONS_OUTBOX = False
    assert OutboxMessage.objects.get().body not in read(staff, path_of(change))


@pytest.mark.parametrize("path", ["chg_none/", "chg_none/?shipment=123", "a b/?shipment=123", "%00/"])
def test_an_unknown_change_is_not_found(staff, change, path):
    read(staff, f"/ops/changes/{path}", 404)


def test_a_change_of_a_shipment_that_nobody_booked_is_found_with_its_shipment(staff, world):
    change = report(world)
    read(staff, path_of(change), 404)
    lines = list_lines(read(staff, path_of(change, "?shipment=123")))
    assert "Nobody has booked the shipment, so there is nobody to notify." in lines


def test_a_change_outside_of_the_scope_is_not_found(staff, change):
    scope = StaffScope.objects.get(user=staff.user)
    scope.partners.add(Partner.objects.create(partner_id="prt_2", name="Another"))
    read(staff, path_of(change), 404)
    assert change.change_id not in read(staff, "/ops/changes/")
    scope.partners.set([Partner.objects.get(partner_id="prt_acme")])
    assert "sent</span>" in read(staff, path_of(change))
    assert change.change_id in read(staff, "/ops/changes/")


def test_a_change_that_the_bus_has_not_taken_waits(staff, world):
    world.bus_is_up = False
    book()
    change = report(world)
    assert "waits for the bus" in list_lines(read(staff, path_of(change, "?shipment=123")))


def test_what_was_decided_is_shown_after_the_event_has_expired(staff, world, change):
    tracking.ports.wire(World().tracking)
    lines = list_lines(read(staff, path_of(change)))
    assert "Its event is no longer kept. What was decided about it follows." in lines
    assert ["sent" in lines, "No consent" in lines, "delivered" in lines] == [True] * 3


@pytest.mark.parametrize(("minutes", "shown"), [(5, ["bounced for good"]), (-5, [])])
def test_a_bounce_after_an_email_is_shown_at_it_and_an_earlier_one_is_not(staff, world, minutes, shown):
    change = send_everywhere(world, "email")
    found = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": MAIL}]}
    take_feedback(
        json.dumps({"notificationType": "Bounce", "bounce": found}), SOON + timedelta(minutes=minutes)
    )
    assert [line for line in list_lines(read(staff, path_of(change))) if "bounce" in line] == shown


def test_a_reminder_is_shown_with_the_change_that_caused_it(staff, change):
    sent = Delivery.objects.get(transport="sms")
    reminder = f"{change.change_id}~reminder"
    Delivery.objects.create(
        change_id=reminder,
        recipient_id=sent.recipient_id,
        transport="sms",
        shipment_id="123",
        trigger="pickup_reminder",
        outcome="deferred",
        reason="reminder",
        due_at=NOON + timedelta(days=1),
    )
    lines = list_lines(read(staff, f"/ops/changes/{reminder}/"))
    assert ["deferred" in lines, "Reminder, due after a day" in lines] == [True, True]


def test_the_list_leads_to_a_change_by_its_id_and_says_when_it_is_unknown(staff, change):
    found = staff.get("/ops/changes/", {"change": change.change_id})
    assert (found.status_code, found["Location"]) == (302, path_of(change))
    assert "No change with the id “chg_x”" in read(staff, "/ops/changes/?change=chg_x")


@pytest.mark.parametrize(
    ("path", "query"),
    [("/ops/shipments/123", "?shipment=123"), ("/ops/outbox/", ""), ("/ops/webhooks/", "")],
)
def test_other_pages_link_to_the_change(staff, change, path, query):
    assert f'href="{path_of(change, query)}"' in read(staff, path)


def test_the_page_of_a_webhook_links_to_its_change(staff, change):
    number = WebhookDelivery.objects.get().pk
    assert f'href="{path_of(change)}"' in read(staff, f"/ops/webhooks/deliveries/{number}/")

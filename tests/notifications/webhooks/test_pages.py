"""Console page of webhooks: health of endpoints, deliveries with attempts, audited redelivery."""

import re
from datetime import timedelta
from html import unescape

import pytest

from notifications.webhooks.claims import claim_due
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.outcomes import Attempt, record_attempt
from notifications.webhooks.pages import DELIVERIES_SHOWN
from notifications.webhooks.rules.verdicts import Answer, Fault
from tests.notifications.webhooks.partners import NOON, make_endpoint, open_many
from tests.staff import make_staff
from tracking.models import Shipment, StaffAction
from tracking.services.requests.roles import Role

PATH = "/ops/webhooks/"
pytestmark = pytest.mark.usefixtures("world", "plain_static")


@pytest.fixture
def delivery(partner):
    """A delivery to an endpoint that does not answer, after its first attempt."""
    open_many(make_endpoint(), [1])
    for claimed in claim_due(NOON, 1):
        attempt = Attempt(NOON, NOON + timedelta(milliseconds=250), Answer(0, fault=Fault.NO_CONNECTION))
        record_attempt(claimed, attempt, 0.5)
    return WebhookDelivery.objects.get()


def read(client, path=PATH, role=Role.OPERATOR):
    client.force_login(make_staff(role, role.group))
    response = client.get(path)
    return response.status_code, response.content.decode()


def test_the_page_shows_endpoints_with_their_health_and_what_waits(client, delivery):
    make_endpoint("whe_2", disabled_at=NOON, disabled_reason="gone")
    make_endpoint("whe_3", livemode=False)
    status, page = read(client)
    shown = [text in page for text in ("failing</span>", "gone</span>", "healthy</span>", "test</span>")]
    assert (status, shown) == (200, [True] * 4)
    assert page.index("whe_2") < page.index("whe_1") < page.index("whe_3")
    assert ("msg_1</a>" in page, "waiting</span>" in page) == (True, True)


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("endpoint=whe_1", True),
        ("endpoint=whe_2", False),
        ("shipment=123", True),
        ("shipment=a b", False),
        ("outcome=delivered", False),
        ("outcome=waiting&shipment=123", True),
    ],
)
def test_deliveries_are_filtered_by_endpoint_shipment_and_outcome(client, delivery, query, is_shown):
    assert ("msg_1</a>" in read(client, f"{PATH}?{query}")[1]) == is_shown


def walk(client, query):
    """Return the webhooks on each page, following its link to older ones as a browser does."""
    client.force_login(make_staff(Role.VIEWER))
    pages, path = [], f"{PATH}?{query}"
    while path:
        page = client.get(path).content.decode()
        pages.append([int(number) for number in re.findall(r">msg_([0-9]+)</a>", page)])
        older = re.search(r'href="([^"]*before=[^"]*)">Older<', page)
        path = PATH + unescape(older[1]) if older else ""
    return pages


@pytest.mark.parametrize("sent", [DELIVERIES_SHOWN, DELIVERIES_SHOWN + 1, 2 * DELIVERIES_SHOWN + 5])
def test_deliveries_beyond_the_first_page_are_reached_page_by_page_with_the_filter(client, partner, sent):
    endpoint = make_endpoint()
    open_many(endpoint, range(sent))
    open_many(make_endpoint("whe_2"), range(1000, 1005))
    pages = walk(client, "endpoint=whe_1&outcome=waiting")
    assert [number for page in pages for number in page] == list(reversed(range(sent)))
    assert {len(page) for page in pages[:-1]} <= {DELIVERIES_SHOWN}
    assert 0 < len(pages[-1]) <= DELIVERIES_SHOWN


def test_a_page_that_is_no_number_is_the_first(client, delivery):
    assert "msg_1</a>" in read(client, f"{PATH}?before=x")[1]


def test_a_delivery_is_shown_with_its_attempts_and_the_button_by_role(client, delivery):
    path = f"{PATH}deliveries/{delivery.pk}/"
    pages = {role: read(client, path, role)[1] for role in (Role.VIEWER, Role.OPERATOR)}
    assert ["Send again" in page for page in pages.values()] == [False, True]
    shown = ("no connection", "250 ms", "Sun 29 Nov, 17:30:00", "msg_1")
    assert [text in pages[Role.VIEWER] for text in shown] == [True] * 4


def test_a_redelivery_makes_the_webhook_due_and_leaves_an_entry(client, delivery):
    WebhookDelivery.objects.update(outcome="failed", next_attempt_at=None)
    client.force_login(make_staff(Role.OPERATOR))
    response = client.post(f"{PATH}deliveries/{delivery.pk}/redeliver")
    assert (response.status_code, response["Location"]) == (302, f"{PATH}deliveries/{delivery.pk}/")
    delivery.refresh_from_db()
    entry = StaffAction.objects.get()
    assert (delivery.outcome, entry.verb, entry.subject, entry.shipment_id, entry.before, entry.after) == (
        "waiting",
        "redeliver_webhook",
        "webhook msg_1 to whe_1",
        "123",
        {"outcome": "failed"},
        {"outcome": "waiting"},
    )


def test_nothing_is_sent_again_to_a_disabled_endpoint_and_the_reason_is_shown(client, delivery):
    WebhookEndpoint.objects.update(disabled_at=NOON)
    client.force_login(make_staff(Role.OPERATOR))
    response = client.post(f"{PATH}deliveries/{delivery.pk}/redeliver")
    assert (response.status_code, b"The endpoint is disabled" in response.content) == (409, True)
    assert StaffAction.objects.count() == 0


def test_staff_see_the_webhooks_of_their_partners_and_shipments_alone(
    client, delivery, partner, other_partner
):
    Shipment.objects.create(shipment_id="123", partner=partner)
    path = f"{PATH}deliveries/{delivery.pk}/"
    seen = {}
    for each in (partner, other_partner):
        client.force_login(make_staff(Role.OPERATOR, each.partner_id, partners=[each]))
        page = client.get(PATH).content.decode()
        seen[each.partner_id] = ("whe_1" in page, "msg_1" in page, client.get(path).status_code)
    assert seen == {"prt_acme": (True, True, 200), "prt_rival": (False, False, 404)}

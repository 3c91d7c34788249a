"""Reports of disabled endpoints: an incident, an e-mail, and a webhook to the partner's other endpoints."""

import json
from datetime import timedelta

import pytest

from notifications.webhooks.disabling import report_disabled
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.notifications.webhooks.partners import NOON, make_endpoint
from tracking.models import Incident, Partner
from tracking.ports import ports

LATER = NOON + timedelta(minutes=1)
pytestmark = pytest.mark.usefixtures("world", "partner")


def make_disabled(endpoint_id="whe_1", reason="failed_too_long"):
    failing_since = NOON - timedelta(days=5)
    return make_endpoint(endpoint_id, disabled_at=NOON, disabled_reason=reason, failing_since=failing_since)


def give_address():
    Partner.objects.filter(partner_id="prt_acme").update(contact_email="dev@acme.example")


def report(now=LATER):
    return report_disabled(ports().live, now)


def test_operators_get_an_incident_and_the_partner_an_e_mail_with_what_to_do(mailoutbox):
    give_address()
    make_disabled()
    assert [report() for _ in range(3)] == [1, 0, 0]
    incident = Incident.objects.get()
    assert (incident.code, incident.subject, incident.opened_at, incident.why) == (
        "webhook_disabled",
        "whe_1",
        NOON,
        "Webhooks to prt_acme stopped: every attempt has failed for five days",
    )
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["dev@acme.example"], "Webhook endpoint whe_1 is disabled")
    for part in (
        "live webhook endpoint whe_1 at 2026-11-29T12:00:00.000Z",
        "https://hooks.example.com/in",
        'PATCH /api/v1/webhook-endpoints/whe_1  {"enabled": true}',
        'POST /api/v1/webhook-endpoints/whe_1/replay  {"from": "2026-11-24T12:00:00.000Z"}',
    ):
        assert part in mail.body


def test_other_endpoints_that_ask_for_it_get_a_webhook_about_the_disabled_one():
    make_disabled()
    make_endpoint("whe_2", types=["webhook.disabled"])
    make_endpoint("whe_3")
    make_endpoint("whe_4", types=["webhook.disabled"], livemode=False)
    assert report() == 1
    delivery = WebhookDelivery.objects.select_related("endpoint").get()
    assert (delivery.endpoint.endpoint_id, delivery.next_attempt_at) == ("whe_2", LATER)
    assert json.loads(bytes(delivery.body)) == {
        "type": "webhook.disabled",
        "timestamp": "2026-11-29T12:00:00.000Z",
        "data": {
            "endpoint_id": "whe_1",
            "url": "https://hooks.example.com/in",
            "disabled_at": "2026-11-29T12:00:00.000Z",
            "disabled_reason": "failed_too_long",
            "failing_since": "2026-11-24T12:00:00.000Z",
            "livemode": True,
        },
    }


def test_an_e_mail_that_cannot_be_sent_is_tried_again_and_nothing_else_is_repeated(mailoutbox, settings):
    give_address()
    make_disabled()
    make_endpoint("whe_2", types=["webhook.disabled"])
    working = settings.EMAIL_BACKEND
    # No server listens on this port.
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert [report(), report()] == [0, 0]
    settings.EMAIL_BACKEND = working
    assert [report(), report()] == [1, 0]
    counted = (len(mailoutbox), Incident.objects.count(), WebhookDelivery.objects.count())
    assert counted == (1, 1, 1)


def test_without_an_address_the_rest_is_done_and_one_that_the_partner_disabled_is_not_reported(mailoutbox):
    make_disabled("whe_1", "gone")
    make_disabled("whe_2", "by_partner")
    assert [report(), report()] == [1, 0]
    assert (list(Incident.objects.values_list("subject", flat=True)), mailoutbox) == (["whe_1"], [])


def test_an_endpoint_that_is_disabled_again_is_reported_again():
    endpoint = make_disabled()
    assert report() == 1
    again = NOON + timedelta(days=6)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(disabled_at=again, disabling_reported_at=None)
    Incident.objects.update(resolved_at=LATER)
    assert report(again) == 1
    assert list(Incident.objects.order_by("pk").values_list("opened_at", flat=True)) == [NOON, again]

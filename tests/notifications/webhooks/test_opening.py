"""Opening of webhooks for changes."""

import json
from datetime import timedelta

import pytest

from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.opening import has_endpoints, open_webhooks
from tests.notifications.stories import make_change
from tests.notifications.webhooks.partners import NOON, make_endpoint
from tracking.domain.shipment import ShipmentState
from tracking.models import Partner
from tracking.services.reading.change_answers import render_change

pytestmark = pytest.mark.django_db
STATE = ShipmentState("123", partner_id="prt_acme")


def change_of(status="delivered", **fields):
    defaults = {"partner_id": "prt_acme", "occurred_at": NOON, "change_id": f"chg_{status}"}
    return make_change(status, **defaults | fields)


def opened():
    rows = WebhookDelivery.objects.order_by("endpoint__endpoint_id", "message_id")
    return [(row.endpoint.endpoint_id, row.message_id, row.type) for row in rows.select_related("endpoint")]


def test_a_change_is_opened_once_for_each_endpoint_whose_filter_accepts_it():
    make_endpoint("whe_1")
    make_endpoint("whe_2", types=["shipment.delayed"])
    make_endpoint("whe_3", statuses=["delivered"])
    make_endpoint("whe_4", statuses=["returned"])
    assert [open_webhooks(change_of(), STATE, NOON) for _ in range(50)] == [2] * 50
    assert opened() == [
        ("whe_1", "msg_delivered", "shipment.status_changed"),
        ("whe_3", "msg_delivered", "shipment.status_changed"),
    ]


def test_neither_another_partner_nor_the_other_mode_nor_a_disabled_endpoint_gets_a_change():
    rival = Partner.objects.create(partner_id="prt_rival", name="Rival")
    WebhookEndpoint.objects.filter(pk=make_endpoint("whe_1").pk).update(partner=rival)
    make_endpoint("whe_2", livemode=False)
    make_endpoint("whe_3", disabled_at=NOON)
    assert (open_webhooks(change_of(), STATE, NOON), opened()) == (0, [])


def test_a_full_body_is_that_of_the_feed_and_a_thin_one_has_the_ids():
    make_endpoint("whe_1")
    make_endpoint("whe_2", thin=True)
    open_webhooks(change_of(), STATE, NOON)
    full, thin = (bytes(row.body) for row in WebhookDelivery.objects.order_by("endpoint__endpoint_id"))
    assert full.decode() == render_change(change_of(), STATE)
    assert json.loads(thin)["data"] == {
        "change_id": "chg_delivered",
        "shipment_id": "123",
        "state_version": 5,
        "livemode": True,
    }


def test_only_an_enabled_endpoint_of_the_partner_makes_a_change_worth_reading_its_state():
    change, of_nobody, of_rival = change_of(), change_of(partner_id=None), change_of(partner_id="prt_rival")
    assert [has_endpoints(change), has_endpoints(of_nobody)] == [False, False]
    endpoint = make_endpoint()
    assert [has_endpoints(each) for each in (change, of_nobody, of_rival)] == [True, True, False]
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(disabled_at=NOON)
    assert [has_endpoints(change), has_endpoints(of_nobody)] == [False, False]


def test_an_endpoint_gets_no_change_from_before_its_creation():
    make_endpoint(created_at=NOON + timedelta(seconds=1))
    assert open_webhooks(change_of(), STATE, NOON + timedelta(days=1)) == 0


def test_a_stream_that_is_read_again_after_the_deliveries_were_forgotten_opens_nothing():
    make_endpoint()
    kept = timedelta(days=30)
    assert open_webhooks(change_of(), STATE, NOON + kept - timedelta(seconds=1)) == 1
    WebhookDelivery.objects.all().delete()
    assert open_webhooks(change_of(), STATE, NOON + kept) == 0

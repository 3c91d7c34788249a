"""Webhooks about incidents: opened and resolved, once each, for the partner and mode of their subject."""

import json
from datetime import timedelta

import pytest

from notifications.webhooks.incident_webhooks import open_incident_webhooks
from notifications.webhooks.models import WebhookDelivery
from tests.notifications.webhooks.partners import NOON, make_endpoint
from tests.tracking.stories import find_secrets
from tracking.models import Incident, Shipment, Vehicle
from tracking.ports import ports
from tracking.services.operations.customer_requests import record_request
from tracking.services.operations.incident_changes import resolve_incident
from tracking.services.operations.incidents import close_incident, open_incident
from tracking.services.requests.bodies import Resolution

BOTH = ["incident.opened", "incident.resolved"]
LATER = NOON + timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def booking(partner):
    return Shipment.objects.create(shipment_id="123", partner=partner)


def open_delayed(opened_at=NOON, **about):
    return open_incident(ports().live, "delayed", "123", "late by 40 minutes", opened_at, **about)


def read_opened():
    rows = WebhookDelivery.objects.order_by("pk").select_related("endpoint")
    return [(row.endpoint.endpoint_id, row.type, row.shipment_id) for row in rows]


def test_an_incident_is_announced_when_it_opens_and_when_it_is_resolved(booking):
    make_endpoint("whe_1", types=BOTH)
    make_endpoint("whe_2", types=["incident.opened"])
    make_endpoint("whe_3")
    incident = open_delayed(shipment_id="123")
    assert read_opened() == [("whe_1", "incident.opened", "123"), ("whe_2", "incident.opened", "123")]
    resolve_incident(ports().live, incident, Resolution(resolution_code="other"), "staff_0", LATER)
    assert read_opened()[2:] == [("whe_1", "incident.resolved", "123")]
    assert json.loads(bytes(WebhookDelivery.objects.order_by("pk").last().body)) == {
        "type": "incident.resolved",
        "timestamp": "2026-11-29T13:00:00.000Z",
        "data": {
            "incident": {
                "incident_id": f"inc_{incident.pk}",
                "code": "delayed",
                "severity": "medium",
                "shipment_id": "123",
                "vehicle_id": None,
                "why": "late by 40 minutes",
                "opened_at": "2026-11-29T12:00:00.000Z",
                "due_at": "2026-11-29T13:00:00.000Z",
                "acknowledged_at": None,
                "resolved_at": "2026-11-29T13:00:00.000Z",
                "resolution_code": "other",
                "note": None,
            },
            "livemode": True,
        },
    }


def test_an_incident_that_its_cause_closes_is_announced_too_and_the_next_one_anew(booking):
    make_endpoint(types=BOTH)
    for hour in (0, 2):
        open_delayed(NOON + timedelta(hours=hour), shipment_id="123")
        close_incident(ports().live, "delayed", "123", NOON + timedelta(hours=hour + 1))
    assert [type_name for _, type_name, _ in read_opened()] == BOTH * 2


def test_repeats_are_announced_once(booking):
    make_endpoint(types=BOTH)
    for _ in range(2):
        open_delayed(shipment_id="123")
    incident = Incident.objects.get()
    for _ in range(50):
        open_incident_webhooks(incident, LATER)
        incident.save()
    assert read_opened() == [("whe_1", "incident.opened", "123")]


def test_an_incident_of_a_vehicle_goes_to_its_partner_and_one_of_nobody_to_nobody(partner):
    Vehicle.objects.create(vehicle_id="KA-1", partner=partner)
    make_endpoint(types=BOTH)
    for vehicle_id, shipment_id in (("KA-1", ""), ("KA-2", ""), ("", "unbooked"), ("", "")):
        subject = vehicle_id or shipment_id or "clock"
        open_incident(
            ports().live, "stalled", subject, "why", NOON, vehicle_id=vehicle_id, shipment_id=shipment_id
        )
    delivery = WebhookDelivery.objects.get()
    incident = json.loads(bytes(delivery.body))["data"]["incident"]
    assert (delivery.shipment_id, incident["vehicle_id"]) == ("", "KA-1")


def test_an_incident_of_test_mode_goes_to_test_endpoints_and_another_partner_gets_nothing(
    partner, other_partner
):
    make_endpoint("whe_1", types=BOTH)
    make_endpoint("whe_2", types=BOTH, livemode=False)
    Shipment.objects.create(shipment_id="123", partner=partner, livemode=False)
    Shipment.objects.create(shipment_id="R-1", partner=other_partner)
    open_delayed(shipment_id="123")
    open_incident(ports().live, "delayed", "R-1", "late", NOON, shipment_id="R-1")
    assert read_opened() == [("whe_2", "incident.opened", "123")]


def test_what_a_recipient_wrote_stays_out_of_webhooks(booking):
    make_endpoint(types=BOTH)
    record_request(ports().live, booking, "address", "12 Sampige Road, Asha Raghavan", "in_transit", NOON)
    body = bytes(WebhookDelivery.objects.get().body)
    assert (json.loads(body)["data"]["incident"]["why"], find_secrets(body)) == (
        "Address reported as wrong",
        [],
    )

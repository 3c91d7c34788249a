"""From a booked consent to a sent message by a transport that the product does not know.

`tests/notifications/test_new_transport.py` runs this with the settings beside it.
"""

import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings

import tracking.ports
from tests.notifications.stories import NOON, outcomes
from tests.staff import make_staff
from tests.tracking.stories import BOOKING, Api, give_series
from tests.workers.world import World
from tests.yaml_texts import read_yaml
from tracking.api.keys import issue_key
from tracking.models import Hub, Partner, Shipment
from tracking.tokens import customer_link
from workers.runtime import LISTENERS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static")]
SHIPMENTS = "/api/v1/shipments"
TO_PIGEONS = {"sms": False, "email": False, "pigeon": True}


@pytest.fixture
def world():
    """Memory behind the ports of tracking and workers; those of notifications are wired from the settings."""
    before = tracking.ports.ports()
    memory = World()
    tracking.ports.wire(memory.tracking)
    with time_machine.travel(NOON, tick=False):
        yield memory
    tracking.ports.wire(before)


@pytest.fixture
def api(client):
    """A partner's client, and the two hubs of the booking."""
    for hub_id in (BOOKING["origin_hub"], BOOKING["destination_hub"]):
        Hub.objects.create(
            hub_id=hub_id, name=hub_id, town="Bengaluru", pin_code="560034", lat=12.9, lon=77.6
        )
    return Api(client, issue_key(give_series(Partner.objects.create(partner_id="prt_acme", name="Acme"))))


def book(api, consent):
    recipient = BOOKING["recipient"] | {"consent": consent, "language": "en"}
    promised = {
        "from": (NOON + timedelta(hours=2)).isoformat(),
        "to": (NOON + timedelta(hours=5)).isoformat(),
    }
    return api.post(SHIPMENTS, BOOKING | {"recipient": recipient, "promised": promised})


def report(world, status):
    """A device reports a status of shipment 123."""
    world.stream.put([("123", json.dumps({"shipment_id": "123", "status": status}).encode())])


def deliver(world):
    """Take all records through the line, and hand each published change to the listener of notifications."""
    shard_id = world.stream.list_shards()[0].shard_id
    cursor = world.stream.open_shard(shard_id, at="")
    world.process(world.stream.read(shard_id, cursor, limit=10).records)
    while world.bus.published:
        LISTENERS["notify"](world.bus.published.pop(0))


def test_a_booked_consent_to_a_new_transport_ends_in_a_sent_message(world, api):
    booked = book(api, TO_PIGEONS)
    assert (booked.status_code, booked.json()["recipient"]["consent"]) == (201, TO_PIGEONS)
    assert Shipment.objects.get().consents == TO_PIGEONS
    report(world, "delivered")
    deliver(world)
    assert outcomes() == [
        ("created", "email", "suppressed", "no_consent"),
        ("created", "pigeon", "suppressed", "transport_disabled"),
        ("delivered", "sms", "suppressed", "no_consent"),
        ("delivered", "email", "suppressed", "no_consent"),
        ("delivered", "pigeon", "sent", ""),
    ]
    (letter,) = settings.TRANSPORTS["pigeon"]["options"]["loft"].iterdir()
    assert letter.name == "123-delivered.txt"
    assert letter.read_text() == (
        "12 Sampige Road, Malleshwaram\n"
        "To the recipient of 123\n"
        "Your parcel was delivered on Tue 24 Nov, 11:24 am.\n"
        f"Delivered: {customer_link('123', 0)}\n"
    )


def test_a_withdrawn_consent_to_a_new_transport_suppresses_the_message(world, api):
    book(api, TO_PIGEONS)
    changed = api.patch(f"{SHIPMENTS}/123", {"recipient": {"consent": {"sms": False}}})
    assert changed.json()["recipient"]["consent"] == {"sms": False, "email": False, "pigeon": False}
    report(world, "delivered")
    deliver(world)
    assert outcomes()[-1] == ("delivered", "pigeon", "suppressed", "no_consent")


def test_the_document_of_the_api_has_the_field_of_a_new_transport(client):
    document = read_yaml(client.get("/api/schema/").content)
    assert list(document["components"]["schemas"]["Consent"]["properties"]) == ["sms", "email", "pigeon"]


def test_the_outbox_shows_the_messages_of_a_new_transport(world, api, client):
    book(api, TO_PIGEONS)
    report(world, "delivered")
    deliver(world)
    client.force_login(make_staff())
    page = client.get("/ops/outbox/").content.decode()
    assert "<dt>Pigeons</dt><dd>1</dd>" in page
    assert "Pigeon to Malleshwaram" in page
    assert "paper · 3 lines · 1 segment<" in page

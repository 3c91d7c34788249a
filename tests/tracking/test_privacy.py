"""Personal data of a booking is in no unencrypted table, log, metric or message."""

import json
import uuid
from dataclasses import replace

import msgspec
import pytest
from django import conf
from django.db import connection

import tracking.ports
from tests.tracking.photos import draw_form, draw_photo
from tests.tracking.stories import BOOKING, Api, find_secrets
from tests.workers.world import World
from tracking.adapters.aws import build_client
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.items import from_attribute
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.api.keys import issue_key
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.operations import incidents
from tracking.services.recording import read_model
from tracking.services.requests.bodies import NewBooking
from tracking.tokens import make_token

EVENT = {"lat": 12.9716, "lon": 77.5946, "device_id": "D-1"}


@pytest.fixture
def world(local_aws):
    """Stream pipeline in memory, with the real tables."""
    table = conf.settings.AWS_NAMES["tracking_table"]
    before, world = tracking.ports.ports(), World(store=DynamoShipmentStore(table))
    world.tracking = replace(
        world.tracking, vehicles=DynamoVehicleStore(table), counter=MemoryRequestCounter()
    )
    tracking.ports.wire(world.tracking)
    yield world
    tracking.ports.wire(before)


@pytest.fixture
def parcel():
    """A shipment id that no earlier run has used."""
    return f"privacy-{uuid.uuid4().hex}"


def deliver_with_personal_data(api, world, parcel) -> None:
    """Book a parcel, change it, fail an attempt, send an unknown status with a note, and deliver it."""

    def carry():
        world.process(read_stream(world))
        for change in world.bus.published:
            read_model.update_read_model(ports().store, change)
            incidents.update_incidents(ports(), change)

    assert (
        api.post("/api/v1/shipments", BOOKING | {"shipment_id": parcel}, Idempotency_Key="k").status_code
        == 201
    )
    carry()
    change = {"recipient": {"name": "Asha Raghavan", "address": "12 Sampige Road", "pin_code": "560001"}}
    assert api.patch(f"/api/v1/shipments/{parcel}", change).status_code == 200
    note = "ring 9845012345 or write to asha@example.com"
    for status in ("out_for_delivery", "attempt_failed", "lost_in_space", "delivered"):
        assert (
            api.post(
                "/api/v1/events", EVENT | {"shipment_id": parcel, "status": status, "note": note}
            ).status_code
            == 202
        )
        carry()
    found = api.get("/api/v1/incidents").json()["results"]
    assert "attempt_failed" in {row["code"] for row in found}


def read_proof_picture(client, key, parcel):
    """Upload a picture with secrets in its metadata; return the bytes behind its link as text."""
    assert find_secrets(draw_photo().decode("latin-1")) != []
    path = f"/api/v1/shipments/{parcel}/proofs"
    headers = {"Authorization": f"Bearer {key}"}
    sent = client.post(path, draw_form(kind="photo"), headers=headers)
    assert sent.status_code == 201
    return client.get(sent.json()["url"].partition("8000")[2]).content.decode("latin-1")


def read_stream(world):
    """Read all records of the stream; those processed before are recognised as repeats."""
    shard_id = world.stream.list_shards()[0].shard_id
    return world.stream.read(shard_id, world.stream.open_shard(shard_id, at=""), limit=100).records


@pytest.mark.usefixtures("files")
def test_personal_data_of_a_recipient_is_found_nowhere_outside_the_booking(
    client, world, parcel, partner, hubs, capsys, settings
):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    api = Api(client, issue_key(partner))
    deliver_with_personal_data(api, world, parcel)
    shown = read_proof_picture(client, api.key, parcel)
    found = {
        "the table tracking": find_secrets(json.dumps(read_table(parcel))),
        "the stream": find_secrets(*(record.raw for record in read_stream(world))),
        "the bus": find_secrets(msgspec.json.encode(world.bus.published)),
        "live pages": find_secrets(msgspec.json.encode([world.live.shipments, world.live.fleet])),
        "logs and metrics": find_secrets(capsys.readouterr().out),
        "the picture": find_secrets(shown),
        "the public answer": find_secrets(client.get(f"/tracking/{parcel}").content),
        "the customer's page": find_secrets(client.get(f"/t/{make_token(parcel, 0)}").content),
        "the feed": find_secrets(api.get("/api/v1/changes").content),
        "a shipment's events": find_secrets(api.get(f"/api/v1/shipments/{parcel}/events").content),
    }
    assert {where: what for where, what in found.items() if what} == {}
    public = [f"/tracking/{parcel}", f"/t/{make_token(parcel, 0)}"]
    assert [path for path in public if "prf_" in client.get(path).content.decode()] == []
    assert len(world.bus.published) >= 4


def test_the_database_stores_a_recipient_encrypted(client, world, parcel, partner, hubs):
    deliver_with_personal_data(Api(client, issue_key(partner)), world, parcel)
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        rows = {}
        for name in names:
            cursor.execute(f'SELECT * FROM "{name}"')
            rows[name] = find_secrets(*cursor.fetchall())
    # A partner's reference and metadata are not encrypted: the partner reads them in its lists.
    assert {name: what for name, what in rows.items() if what} == {"tracking_shipment": ["gate-4711"]}


def test_a_refused_booking_is_not_logged_with_personal_data(client, world, partner, hubs, capsys):
    Api(client, issue_key(partner)).post("/api/v1/shipments", BOOKING | {"origin_hub": "NOWHERE"})
    assert find_secrets(capsys.readouterr().out) == []
    assert Shipment.objects.count() == 0
    assert msgspec.convert(BOOKING, NewBooking)


def read_table(parcel):
    """Read every row of this test's shipment, with what is compressed in it."""
    answer = build_client("dynamodb").query(
        TableName=conf.settings.AWS_NAMES["tracking_table"],
        KeyConditionExpression="shipment_id = :id",
        ExpressionAttributeValues={":id": {"S": parcel}},
    )
    assert len(answer["Items"]) >= 4
    return [{name: from_attribute(value) for name, value in item.items()} for item in answer["Items"]]

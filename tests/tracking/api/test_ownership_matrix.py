"""Every operation of the document with every id of another partner: nothing is shown, nothing changes."""

import json

import pytest

from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from tests.events import at, make_event
from tests.notifications.webhooks.partners import make_endpoint, open_many
from tests.tracking.api.requests_of_document import list_operations
from tests.tracking.stories import record_timeline
from tracking.api.keys import issue_key
from tracking.domain.events import Booking
from tracking.domain.vehicles import Owner, Registration
from tracking.models import Incident, LanePlan, Manifest, Proof, Shipment, Vehicle
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident

MODES = {"live": True, "test": False}
NAMES = {"live": ("123", "KA-1", "mft_live"), "test": ("T-123", "TEST-1", "mft_test")}
OF_OTHERS = ("shipment_id", "vehicle_id", "manifest_id", "incident_id", "endpoint_id", "delivery_id")


@pytest.fixture(params=MODES)
def owned(request, world, hubs, files, partner, time_machine):
    """Ids of one object of each kind that the first partner has, in one mode."""
    time_machine.move_to(at(10), tick=False)
    livemode = MODES[request.param]
    shipment_id, vehicle_id, manifest_id = NAMES[request.param]
    mine = {"partner_id": partner.partner_id, "livemode": livemode}
    Shipment.objects.create(shipment_id=shipment_id, partner=partner, livemode=livemode, status="in_transit")
    created = make_event(
        0, "e0", shipment_id=shipment_id, status="created", source="api", booking=Booking(), **mine
    )
    record_timeline(world.store, created)
    vehicle = Vehicle.objects.create(vehicle_id=vehicle_id, partner=partner, livemode=livemode)
    world.vehicles.keep_registration(vehicle_id, Registration(Owner(partner.partner_id, livemode)))
    place = {"shipment_id": None, "vehicle_id": vehicle_id, "lat": 12.9, "lon": 77.5}
    world.vehicles.record_fixes([make_event(1, **place, **mine)])
    manifest = Manifest.objects.create(manifest_id=manifest_id, vehicle=vehicle, starts_at=at(0))
    incident = open_incident(ports().live, "attempt_failed", shipment_id, "x", at(1), shipment_id=shipment_id)
    endpoint = make_endpoint(f"whe_{request.param}", livemode=livemode)
    open_many(endpoint, [1])
    return {
        "shipment_id": shipment_id,
        "shipment_ids": [shipment_id],
        "vehicle_id": vehicle_id,
        "manifest_id": manifest.manifest_id,
        "incident_id": f"inc_{incident.pk}",
        "endpoint_id": endpoint.endpoint_id,
        "delivery_id": f"whd_{endpoint.deliveries.get().pk}",
        "event_id": "e0",
        "origin": "BLR-PNY",
        "destination": "BLR-KRM",
    }


def snapshot(world, owned, partner) -> str:
    """Return all that is stored of the first partner's objects."""
    shipment_id, vehicle_id = owned["shipment_id"], owned["vehicle_id"]
    tables = (
        Shipment.objects.filter(partner=partner),
        Vehicle.objects.filter(partner=partner),
        Manifest.objects.filter(vehicle__partner=partner),
        Incident.objects.all(),
        LanePlan.objects.filter(partner=partner),
        Proof.objects.all(),
        WebhookEndpoint.objects.filter(partner=partner),
        WebhookDelivery.objects.filter(endpoint__partner=partner),
    )
    stored = (
        world.store.read_state(shipment_id),
        world.store.read_timeline(shipment_id),
        world.vehicles.read_vehicles([vehicle_id]),
        world.vehicles.read_registrations([vehicle_id]),
        world.stream.records,
    )
    return repr([list(table.order_by("pk").values()) for table in tables] + [stored])


def test_every_name_in_a_path_of_the_document_stands_for_something_of_the_first_partner(owned):
    named = {name for operation in list_operations().values() for name in operation.names}
    assert named - set(owned) == set()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", sorted(list_operations()))
def test_a_second_partner_sees_and_changes_nothing_of_the_first(
    client, world, owned, partner, other_partner, name, mode
):
    operation = list_operations()[name]
    before = snapshot(world, owned, partner)
    key = issue_key(other_partner, livemode=MODES[mode])
    answer = operation.send(client, key, owned)
    assert snapshot(world, owned, partner) == before
    if operation.names & set(OF_OTHERS):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    elif answer.status_code < 300:
        # A batch repeats the ids that it has not found.
        own = json.dumps(answer.json() | {"not_found": []})
        assert [owned[each] for each in OF_OTHERS if f'"{owned[each]}"' in own] == []
    else:
        assert answer.status_code in {403, 404, 409, 422}

"""Fixtures of tracking: memory adapters in every port, a partner with a key, two hubs."""

from typing import NamedTuple

import pytest
from channels.layers import channel_layers

from tests.tracking.stories import Api, give_series
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.api.keys import issue_key
from tracking.models import Hub, Partner
from tracking.ports import TrackingPorts, ports, wire
from tracking.services.operations import fleet


class World(NamedTuple):
    store: MemoryShipmentStore
    stream: MemoryEventStream
    live: MemoryLivePush
    vehicles: MemoryVehicleStore
    counter: MemoryRequestCounter


@pytest.fixture
def world():
    """Wire memory adapters into every port of tracking, and begin with a channel layer without groups."""
    before = ports()
    channel_layers.backends.clear()
    memory = World(
        MemoryShipmentStore(),
        MemoryEventStream(),
        MemoryLivePush(),
        MemoryVehicleStore(),
        # Its minutes never end by themselves.
        MemoryRequestCounter(clock=lambda: 0.0),
    )
    wire(TrackingPorts(*memory))
    fleet.read_kpis.cache.clear()
    fleet.read_stream_progress.cache.clear()
    yield memory
    wire(before)


@pytest.fixture
def partner(db) -> Partner:
    acme = give_series(Partner.objects.create(partner_id="prt_acme", name="Acme"))
    return give_series(acme, "T", livemode=False)


@pytest.fixture
def other_partner(db) -> Partner:
    return give_series(Partner.objects.create(partner_id="prt_rival", name="Rival"), "R")


@pytest.fixture
def api(client, partner) -> Api:
    return Api(client, issue_key(partner))


@pytest.fixture
def hubs(db) -> list[Hub]:
    rows = [
        ("BLR-PNY", "Peenya hub", "Bengaluru", "560058", 13.0285, 77.5190),
        ("BLR-KRM", "Koramangala hub", "Bengaluru", "560034", 12.9352, 77.6245),
    ]
    names = ("hub_id", "name", "town", "pin_code", "lat", "lon")
    return [Hub.objects.create(**dict(zip(names, row, strict=True))) for row in rows]

"""The socket of an unlocked page: it says how near the van is, and says so to nobody else."""

import dataclasses

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.http import HttpResponse

from tests.events import at, make_event
from tests.tracking.sockets import open_socket
from tests.tracking.stories import tell
from tracking.adapters.memory_pincodes import MemoryPinCodes
from tracking.answer import position_frame
from tracking.domain.events import Booking
from tracking.domain.vehicles import VehicleManifest
from tracking.live import position_message, vehicle_group
from tracking.models import Shipment
from tracking.pages.unlocking import remember
from tracking.ports import ports, wire
from tracking.tokens import hash_token, make_token

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = make_token("123", 0)
PATH = f"/ws/track/{TOKEN}/"
VAN = VehicleManifest(vehicle_id="v1", manifest_id="m", version=1, starts_at=at(0), shipment_ids=("7", "123"))


@pytest.fixture
def van(world, monkeypatch):
    """Parcel 123 is the second stop of a van."""
    monkeypatch.setattr("tracking.consumers.NEAR_EVERY_S", 0.05)
    wire(dataclasses.replace(ports(), pin_codes=MemoryPinCodes({"560034": (12.93, 77.62)})))
    world.vehicles.keep_manifest(VAN)
    booking = Booking(destination_pin="560034")
    for name in VAN.shipment_ids:
        tell(
            world.store,
            make_event(0, f"b{name}", shipment_id=name, status="created", booking=booking),
            make_event(1, f"m{name}", shipment_id=name, source="manifest", vehicle_id="v1"),
            make_event(2, f"o{name}", shipment_id=name, status="out_for_delivery", vehicle_id="v1"),
        )
    move(world, 3, lat=12.951234)
    return world


@pytest.fixture
async def link(van):
    """The booking behind the token."""
    return await sync_to_async(Shipment.objects.create)(shipment_id="123", token_sha256=hash_token(TOKEN))


def move(world, minute, lat):
    """The van is somewhere else."""
    fix = make_event(minute, shipment_id=None, vehicle_id="v1", lat=lat, lon=77.621987)
    return world.vehicles.record_fixes([fix])["v1"]


def unlocked():
    """The cookies of a browser that has unlocked the page."""
    cookies = remember(HttpResponse(), TOKEN).cookies
    return {name: cookie.value for name, cookie in cookies.items()}


def near(minute, lat, stops_ahead):
    return {
        "lat": lat,
        "lon": 77.622,
        "occurred_at": f"2026-11-22T07:0{minute}:00.000Z",
        "stops_ahead": stops_ahead,
        "door": {"lat": 12.93, "lon": 77.62},
    }


async def test_an_unlocked_page_is_told_at_once_and_again_when_the_van_has_moved(van, link):
    socket = await open_socket(PATH, cookies=unlocked())
    assert (await socket.read())["type"] == "snapshot"
    first = await socket.read()
    assert first == {"type": "near", "at": first["at"], "near": near(3, 12.951, 1)}
    tell(van.store, make_event(4, "d7", shipment_id="7", status="delivered", vehicle_id="v1"))
    frame = position_frame(move(van, 5, lat=12.939876))
    await get_channel_layer().group_send(vehicle_group("v1"), position_message(frame))
    told = {frame["type"]: frame for frame in (await socket.read(), await socket.read())}
    assert (told["position"]["lat"], told["near"]["near"]) == (12.94, near(5, 12.94, 0))
    await socket.leave()


@pytest.mark.parametrize("cookies", [{}, {next(iter(unlocked())): "forged:1:x"}], ids=["none", "forged"])
async def test_a_locked_page_is_not(van, link, cookies):
    socket = await open_socket(PATH, cookies=cookies)
    assert (await socket.read())["type"] == "snapshot"
    assert await socket.receive_nothing(0.2)
    await socket.leave()


async def test_nor_is_who_follows_the_shipment_by_its_number(van, link):
    socket = await open_socket("/ws/track/123/", cookies=unlocked())
    assert (await socket.read())["type"] == "snapshot"
    assert await socket.receive_nothing(0.2)
    await socket.leave()

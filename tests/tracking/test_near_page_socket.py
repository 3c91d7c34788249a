"""Only the socket of an unlocked page sends how near the van is."""

import dataclasses
import re

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.http import HttpResponse

from tests.events import at, make_event, make_fix
from tests.tracking.sockets import open_socket
from tests.tracking.stories import record_timeline
from tracking.adapters.memory_pincodes import MemoryPinCodes
from tracking.answer import live_frame, position_frame
from tracking.domain.events import Booking
from tracking.domain.vehicles import VehicleManifest
from tracking.live import position_message, shipment_group, state_message, vehicle_group
from tracking.models import Shipment
from tracking.pages.unlocking import set_unlock_cookie
from tracking.ports import ports, wire
from tracking.services.partners.recipients import Contact, keep_contact
from tracking.tokens import hash_token, make_token

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = make_token("123", 0)
PATH = f"/ws/page/{TOKEN}/"
VAN = VehicleManifest(vehicle_id="v1", manifest_id="m", version=1, starts_at=at(0), shipment_ids=("7", "123"))


@pytest.fixture
def van(world, monkeypatch):
    """A van with parcel 123 as its second stop."""
    monkeypatch.setattr("tracking.page_consumer.NEAR_EVERY_S", 0.05)
    wire(dataclasses.replace(ports(), pin_codes=MemoryPinCodes({"560034": (12.93, 77.62)})))
    world.vehicles.keep_manifest(VAN)
    booking = Booking(destination_pin="560034")
    for name in VAN.shipment_ids:
        record_timeline(
            world.store,
            make_event(0, f"b{name}", shipment_id=name, status="created", booking=booking),
            make_event(1, f"m{name}", shipment_id=name, source="manifest", vehicle_id="v1"),
            make_event(2, f"o{name}", shipment_id=name, status="out_for_delivery", vehicle_id="v1"),
        )
    move(world, 3, lat=12.951234)
    return world


@pytest.fixture
async def link(van):
    """Booking of the token."""
    return await sync_to_async(make_booking)()


def make_booking():
    booking = Shipment(shipment_id="123", token_sha256=hash_token(TOKEN))
    keep_contact(booking, Contact("Asha Raghavan", "+919845012345"))
    booking.save()
    return booking


def move(world, minute, lat):
    """Move the van; return its new state."""
    fix = make_fix(minute, "v1", lat=lat, lon=77.621987)
    return world.vehicles.record_fixes([fix])["v1"]


async def unlock(booking):
    """Return the cookies of a browser that has unlocked the page."""
    response = await sync_to_async(set_unlock_cookie)(HttpResponse(), TOKEN, booking)
    return {name: cookie.value for name, cookie in response.cookies.items()}


async def read_last_mile(socket):
    """Read the caption of the last mile's map in the next frame with the card; None for another map."""
    html = ""
    while "<article" not in html:
        html = (await socket.read())["html"]
    found = re.search(r'<p class="stops">(.*?)</p>', html)
    return found and found[1]


async def test_an_unlocked_page_gets_the_distance_of_the_van_first_and_after_each_move(van, link):
    socket = await open_socket(PATH, cookies=await unlock(link))
    assert await read_last_mile(socket) == "1 stop before you · 2.3 km"
    record_timeline(van.store, make_event(4, "d7", shipment_id="7", status="delivered", vehicle_id="v1"))
    frame = position_frame(move(van, 5, lat=12.939876))
    await get_channel_layer().group_send(vehicle_group("v1"), position_message(frame))
    # The first card may come once more, in another minute.
    while (shown := await read_last_mile(socket)) == "1 stop before you · 2.3 km":
        pass
    assert shown == "You are next · 1.1 km"
    await socket.leave()


async def test_a_delivered_parcel_has_no_map_of_the_last_mile(van, link):
    socket = await open_socket(PATH, cookies=await unlock(link))
    assert await read_last_mile(socket) == "1 stop before you · 2.3 km"
    _, state = record_timeline(van.store, make_event(4, "d123", status="delivered", vehicle_id="v1"))
    message = state_message(live_frame("state", state), state.manifest_vehicle_id)
    await get_channel_layer().group_send(shipment_group("123"), message)
    assert await read_last_mile(socket) is None
    await socket.leave()


async def test_a_page_with_another_recipient_gets_no_map_of_the_last_mile_any_more(van, link):
    socket = await open_socket(PATH, cookies=await unlock(link))
    assert await read_last_mile(socket) == "1 stop before you · 2.3 km"
    await sync_to_async(keep_contact)(link, Contact("Ravi Kumar", "+919845054321"))
    await link.asave()
    frame = position_frame(move(van, 5, lat=12.939876))
    await get_channel_layer().group_send(vehicle_group("v1"), position_message(frame))
    # The move itself may be shown before the page is found to be locked.
    while await read_last_mile(socket) is not None:
        pass
    await socket.leave()


@pytest.mark.parametrize("forged", ["", "forged", "unlocked:1:x"])
async def test_a_locked_page_gets_no_map_of_the_last_mile(van, link, forged):
    name = next(iter(await unlock(link)))
    cookies = {name: forged} if forged else {}
    socket = await open_socket(PATH, cookies=cookies)
    assert await read_last_mile(socket) is None
    assert await socket.receive_nothing(0.2)
    await socket.leave()


async def test_the_public_frames_contain_no_distance_whatever_the_cookies(van, link):
    socket = await open_socket(f"/ws/track/{TOKEN}/", cookies=await unlock(link))
    assert (await socket.read())["type"] == "snapshot"
    assert await socket.receive_nothing(0.2)
    await socket.leave()

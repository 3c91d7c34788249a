"""Socket of an open page: it sends every part first, then the parts whose HTML has changed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.http import HttpResponse

from tests.events import at, make_event, make_fix
from tests.tracking.pauses import Pauses
from tests.tracking.sockets import closing_code, heartbeat_at, open_socket
from tests.tracking.stories import record_timeline
from tracking import consumers, live_consumer, page_consumer
from tracking.answer import live_frame, position_frame, public_answer
from tracking.domain.errors import TransientError
from tracking.domain.vehicles import VehicleState
from tracking.live import position_message, shipment_group, state_message, vehicle_group
from tracking.lookup_ports import StreamProgress
from tracking.models import Hub, Incident, Shipment
from tracking.pages.asked import describe_asked
from tracking.pages.parts import PARTS, parts_context, render_parts
from tracking.pages.unlocking import set_unlock_cookie
from tracking.ports import TrackingPorts, ports, wire
from tracking.services.operations.customer_requests import list_sent_requests, record_request
from tracking.services.operations.fleet import read_stream_progress
from tracking.services.operations.incident_changes import resolve_incident
from tracking.services.requests.bodies import Resolution
from tracking.tokens import hash_token, make_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_static")]
TOKEN = make_token("123", 0)
SOCKET = f"/ws/page/{TOKEN}/"


@pytest.fixture
def booking(world, hubs, time_machine):
    """Booking of the token, from hub to hub; the clock is at minute 10."""
    time_machine.move_to(at(10), tick=False)
    origin, destination = Hub.objects.order_by("-hub_id")
    return Shipment.objects.create(
        shipment_id="123", token_sha256=hash_token(TOKEN), origin_hub=origin, destination_hub=destination
    )


def parts_of(booking, state, minute=10, **fields):
    """Render the parts of the page at this minute."""
    return render_parts(parts_context(booking, public_answer(state) | fields, None, at(minute)))


def join(parts, *names):
    return "".join(parts[name] for name in names or PARTS)


async def push(state, trace=None):
    message = state_message(live_frame("state", state, trace), state.manifest_vehicle_id)
    await get_channel_layer().group_send(shipment_group(state.shipment_id), message)


async def drive(minute, lat, lon):
    fix = make_fix(minute, "v1", lat=lat, lon=lon)
    frame = position_frame(VehicleState(vehicle_id="v1", vehicle_version=minute, fix=fix))
    await get_channel_layer().group_send(vehicle_group("v1"), position_message(frame))


async def test_the_first_frame_contains_every_part_as_on_the_page(world, booking, async_client):
    _, state = record_timeline(world.store, make_event(0, status="in_transit", lat=12.99, lon=77.56))
    socket = await open_socket(SOCKET)
    first = await socket.read()
    parts = parts_of(booking, state)
    assert first == {"type": "page", "at": first["at"], "v": 1, "html": join(parts)}
    page = (await async_client.get(f"/t/{TOKEN}")).content.decode()
    assert [name for name, html in parts.items() if html.strip() not in page] == []
    await socket.leave()


async def test_the_frame_of_a_traced_event_carries_its_trace_and_no_later_frame_does(world, booking):
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket(SOCKET)
    frames = [await socket.read()]
    for minute, status, trace in ((5, "out_for_delivery", {"traceparent": "00-t"}), (6, "delivered", {})):
        _, state = record_timeline(world.store, make_event(minute, status=status))
        await push(state, trace)
        frames.append(await socket.read())
    await socket.leave()
    assert [frame.get("traceparent") for frame in frames] == [None, "00-t", None]


async def test_a_new_version_sends_the_parts_that_changed(world, booking):
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket(SOCKET)
    await socket.read()
    _, state = record_timeline(world.store, make_event(5, status="out_for_delivery"))
    await push(state)
    second = await socket.read()
    changed = join(parts_of(booking, state), "title", "card", "journey", "updated")
    assert second == {"type": "page", "at": second["at"], "v": 2, "html": changed}
    await push(state)
    assert await socket.receive_nothing(0.2)
    await socket.leave()


async def test_a_version_whose_message_was_lost_is_shown_at_the_heartbeat(world, booking, monkeypatch):
    pauses = Pauses()
    for module in (consumers, live_consumer):
        monkeypatch.setattr(module, "sleep", pauses.sleep)
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket(SOCKET)
    await socket.read()
    pauses.end(live_consumer.HEARTBEAT_S)
    heartbeat = await socket.read()
    assert heartbeat == heartbeat_at(heartbeat["at"], 1)
    _, state = record_timeline(world.store, make_event(5, status="out_for_delivery"))
    pauses.end(live_consumer.HEARTBEAT_S)
    late, heartbeat = await socket.read(), await socket.read()
    changed = join(parts_of(booking, state), "title", "card", "journey", "updated")
    assert late == {"type": "page", "at": late["at"], "v": 2, "html": changed}
    assert heartbeat == heartbeat_at(heartbeat["at"], 2)
    await socket.leave()


async def test_an_open_unlocked_page_shows_the_answer_to_a_request_at_the_heartbeat(
    world, booking, monkeypatch, time_machine
):
    pauses = Pauses()
    monkeypatch.setattr(live_consumer, "sleep", pauses.sleep)
    unlocked = (await sync_to_async(set_unlock_cookie)(HttpResponse(), TOKEN, booking)).cookies
    cookies = {name: cookie.value for name, cookie in unlocked.items()}
    _, state = record_timeline(world.store, make_event(0, status="in_transit"))
    await sync_to_async(record_request)(ports().live, booking, "note", "Ring twice", "in_transit", at(9))
    socket = await open_socket(SOCKET, cookies=cookies)
    first = await socket.read()
    assert "awaiting a reply: Your note (“Ring twice”)." in first["html"]
    resolution = Resolution(resolution_code="agreed", note="for staff alone")
    incident = await Incident.objects.aget()
    await sync_to_async(resolve_incident)(ports().live, incident, resolution, "staff_0", at(10))
    time_machine.shift(10)
    pauses.end(live_consumer.HEARTBEAT_S)
    frame = await socket.read()
    requests = await sync_to_async(list_sent_requests)(booking, at(11))
    context = parts_context(booking, public_answer(state), None, at(10)) | {
        "asked": describe_asked(requests, public_answer(state), at(11))
    }
    assert frame == {"type": "page", "at": frame["at"], "v": 1, "html": render_parts(context)["asked"]}
    assert ("You asked: Your note" in frame["html"], "staff alone" in frame["html"]) == (True, False)
    await socket.leave()


async def test_while_the_stream_is_not_read_the_page_does_not_call_itself_live(world, booking, monkeypatch):
    class Reading:
        until = at(9)

        def read_progress(self):
            return StreamProgress(self.until, 2, 0)

    progress, pauses = Reading(), Pauses()
    wire(replace(ports(), stream_progress=progress))
    monkeypatch.setattr(live_consumer, "sleep", pauses.sleep)
    record_timeline(world.store, make_event(0, status="in_transit"))
    read_stream_progress.cache.clear()
    socket = await open_socket(SOCKET)
    frames = [await socket.read()]
    for until in (at(9), at(10)):
        progress.until = until
        read_stream_progress.cache.clear()
        pauses.end(live_consumer.HEARTBEAT_S)
        frames.append(await socket.read())
    _, state = record_timeline(world.store, make_event(5, status="out_for_delivery"))
    await push(state)
    frames.append(await socket.read())
    await socket.leave()
    read_stream_progress.cache.clear()
    assert [(frame["type"], frame.get("mode")) for frame in frames] == [
        ("page", "late"),
        ("heartbeat", "late"),
        ("heartbeat", None),
        ("page", None),
    ]


async def test_a_moved_vehicle_moves_the_parcel_on_the_card_and_an_older_position_does_not(world, booking):
    _, state = record_timeline(
        world.store,
        make_event(0, status="out_for_delivery", vehicle_id="v1", lat=13.02, lon=77.52),
        make_event(1, source="manifest", vehicle_id="v1"),
    )
    socket = await open_socket(SOCKET)
    await socket.read()
    await drive(3, 12.97, 77.6)
    moved = {"lat": 12.97, "lon": 77.6, "occurred_at": "2026-11-22T07:03:00.000Z"}
    assert (await socket.read())["html"] == join(parts_of(booking, state, position=moved), "card", "updated")
    await drive(2, 13.0, 77.53)
    assert await socket.receive_nothing(0.2)
    await socket.leave()


async def test_parts_that_change_only_with_time_are_sent_too(world, booking, monkeypatch, time_machine):
    monkeypatch.setattr(page_consumer, "CLOCK_EVERY_S", 0.05)
    _, state = record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket(SOCKET)
    await socket.read()
    assert await socket.receive_nothing(0.2)
    time_machine.shift(timedelta(days=1))
    changed = join(parts_of(booking, state, minute=10 + 24 * 60), "journey", "updated")
    assert (await socket.read())["html"] == changed
    await socket.leave()


async def test_a_booking_without_a_scan_has_a_live_page(world, booking):
    socket = await open_socket(SOCKET)
    first = await socket.read()
    assert (first["v"], "<h1>Waiting for the first scan</h1>" in first["html"]) == (0, True)
    _, state = record_timeline(world.store, make_event(5, status="in_transit"))
    await push(state)
    assert (await socket.read())["v"] == 1
    await socket.leave()


async def test_a_closed_socket_has_left_all_groups(world, booking):
    record_timeline(
        world.store, make_event(0, status="in_transit"), make_event(1, source="manifest", vehicle_id="v1")
    )
    socket = await open_socket(SOCKET)
    await socket.read()
    # The channel layer on Redis adds a prefix to the names.
    joined = {name.rpartition("__")[2] for name in get_channel_layer().groups}
    assert joined == {shipment_group("123"), vehicle_group("v1")}
    await socket.leave()
    assert get_channel_layer().groups == {}


@pytest.mark.parametrize("subject", [make_token("123", 1), "123"], ids=["another token", "a number"])
async def test_an_invalid_link_closes_the_socket(world, booking, subject):
    record_timeline(world.store, make_event(0, status="in_transit"))
    assert await closing_code(f"/ws/page/{subject}/") == 4404


async def test_a_link_that_has_ended_is_closed_with_its_code(world, booking, time_machine):
    record_timeline(world.store, make_event(0, status="delivered"))
    await sync_to_async(time_machine.move_to)(at(0) + timedelta(days=15), tick=False)
    assert await closing_code(SOCKET) == 4410


async def test_without_the_store_the_socket_is_closed_with_the_code_to_try_later(world, booking):
    class LostStore(type(world.store)):
        def read_states(self, shipment_ids):
            raise TransientError("no route")

    wire(TrackingPorts(LostStore(), *world[1:]))
    assert await closing_code(SOCKET) == 1013


async def test_if_a_page_cannot_be_rendered_the_socket_is_closed_with_the_code_to_try_later(world, booking):
    _, state = record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket(SOCKET)
    await socket.read()
    frame = live_frame("state", state)
    frame |= {"v": 2, "shipment": frame["shipment"] | {"status": "teleported"}}
    await get_channel_layer().group_send(shipment_group("123"), state_message(frame))
    assert await socket.receive_output(3) == {"type": "websocket.close", "code": 1013}
    await socket.leave()

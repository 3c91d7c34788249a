"""Live sockets of the API: first frame, newer versions, positions, close codes."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.routing import URLRouter

from tests.events import make_event, make_fix
from tests.tracking.pauses import Pauses, let_arrive
from tests.tracking.sockets import closing_code, heartbeat_at, open_socket
from tests.tracking.stories import find_secrets, record_timeline
from tests.waiting import PATIENCE_S
from tracking import consumers, live_consumer
from tracking.adapters.memory import MemoryShipmentStore
from tracking.answer import live_frame, position_frame, public_answer
from tracking.consumers import socket_urls
from tracking.domain.errors import TransientError
from tracking.domain.vehicles import VehicleState
from tracking.live import (
    PositionMessage,
    StateMessage,
    position_message,
    shipment_group,
    state_message,
    vehicle_group,
)
from tracking.models import Shipment
from tracking.ports import TrackingPorts, wire
from tracking.tokens import hash_token, make_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pauses(monkeypatch) -> Pauses:
    """Replace the pauses of the sockets by ones that the test ends."""
    pauses = Pauses()
    for module in (consumers, live_consumer):
        monkeypatch.setattr(module, "sleep", pauses.sleep)
    return pauses


class LostStore(MemoryShipmentStore):
    """A store that cannot be reached."""

    def read_states(self, shipment_ids):
        raise TransientError("no route")


async def push(state, kind="state"):
    message = state_message(live_frame(kind, state, {"event_id": "e"}), state.manifest_vehicle_id)
    await get_channel_layer().group_send(shipment_group(state.shipment_id), message)


async def test_the_first_frame_is_the_whole_answer_and_each_new_version_follows(world):
    _, state = record_timeline(world.store, make_event(0, status="in_transit", note="gate-4711 9845012345"))
    socket = await open_socket("/ws/track/123/")
    first = await socket.read()
    assert first == {"type": "snapshot", "at": first["at"], "v": 1, "shipment": public_answer(state)}
    _, moved = record_timeline(
        world.store, make_event(5, status="out_for_delivery", note="gate-4711 9845012345")
    )
    await push(moved)
    second = await socket.read()
    assert second == {
        "type": "state",
        "at": second["at"],
        "v": 2,
        "shipment": public_answer(moved),
        "trace": {"event_id": "e"},
    }
    assert find_secrets(first, second) == []
    await socket.leave()


@pytest.mark.parametrize(
    ("since", "first"), [("", "snapshot"), ("?since=1", "snapshot"), ("?since=2", "current")]
)
async def test_a_client_with_the_newest_version_gets_a_frame_without_the_answer(world, since, first):
    record_timeline(world.store, make_event(0, status="in_transit"))
    record_timeline(world.store, make_event(5, status="out_for_delivery"))
    socket = await open_socket(f"/ws/track/123/{since}")
    frame = await socket.read()
    assert (frame["type"], frame["v"], "shipment" in frame) == (first, 2, first == "snapshot")
    await socket.leave()


async def drive(vehicle_id, minute):
    fix = make_fix(minute, vehicle_id, lat=12.971612, lon=77.594634)
    frame = position_frame(VehicleState(vehicle_id=vehicle_id, vehicle_version=minute, fix=fix))
    await get_channel_layer().group_send(vehicle_group(vehicle_id), position_message(frame))


async def test_the_positions_of_the_vehicle_that_carries_the_shipment_are_followed(world):
    joined = make_event(1, source="manifest", vehicle_id="v1")
    record_timeline(world.store, make_event(0, status="out_for_delivery"), joined)
    socket = await open_socket("/ws/track/123/")
    await socket.read()
    await drive("v2", 1)
    await drive("v1", 2)
    assert await socket.read() == {
        "type": "position",
        "vehicle_version": 2,
        "lat": 12.97,
        "lon": 77.59,
        "occurred_at": "2026-11-22T07:02:00.000Z",
    }
    _, delivered = record_timeline(world.store, make_event(3, status="delivered"))
    await push(delivered)
    assert (await socket.read())["type"] == "state"
    await drive("v1", 4)
    assert await socket.receive_nothing(0.2)
    await socket.leave()


async def test_of_positions_in_quick_succession_only_the_newest_is_sent_after_the_interval(world, pauses):
    record_timeline(world.store, make_event(1, source="manifest", vehicle_id="v1"))
    socket = await open_socket("/ws/track/123/")
    await socket.read()
    await drive("v1", 1)
    assert (await socket.read())["vehicle_version"] == 1
    for minute in range(2, 6):
        await drive("v1", minute)
    await let_arrive()
    assert await socket.receive_nothing()
    pauses.end(consumers.POSITION_EVERY_S)
    assert (await socket.read())["vehicle_version"] == 5
    pauses.end(consumers.POSITION_EVERY_S)
    await let_arrive()
    assert await socket.receive_nothing()
    await socket.leave()


async def test_a_version_that_is_not_newer_is_not_sent(world):
    _, old = record_timeline(world.store, make_event(0, status="in_transit"))
    _, new = record_timeline(world.store, make_event(5, status="out_for_delivery"))
    socket = await open_socket("/ws/track/123/?since=2")
    await socket.read()
    for state in (old, new):
        await push(state)
    assert await socket.receive_nothing(0.2)
    await socket.leave()


async def test_a_token_opens_the_socket_of_its_shipment(world):
    token = make_token("123", 0)
    await sync_to_async(Shipment.objects.create)(shipment_id="123", token_sha256=hash_token(token))
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket(f"/ws/track/{token}/")
    assert (await socket.read())["shipment"]["shipment_id"] == "123"
    await socket.leave()


async def test_a_link_that_has_ended_is_closed_with_its_code(world):
    token = make_token("123", 0)
    await sync_to_async(Shipment.objects.create)(shipment_id="123", token_sha256=hash_token(token))
    weeks_ago = (datetime.now(UTC) - timedelta(days=15) - make_event(0).occurred_at).total_seconds() / 60
    record_timeline(world.store, make_event(weeks_ago, status="delivered"))
    assert await closing_code(f"/ws/track/{token}/") == 4410


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/ws/track/nobody/", 4404),
        (f"/ws/track/{make_token('123', 1)}/", 4404),
        ("/ws/track/123/?since=-1", 4400),
        ("/ws/track/123/?since=new", 4400),
        ("/ws/track/123/?since=" + "9" * 30, 4400),
    ],
)
async def test_a_refused_socket_is_accepted_and_closed_with_its_code(world, path, code):
    record_timeline(world.store, make_event(0, status="in_transit"))
    assert await closing_code(path) == code


async def test_without_the_store_the_socket_is_closed_with_the_code_to_try_later(world):
    wire(TrackingPorts(LostStore(), *world[1:]))
    assert await closing_code("/ws/track/123/") == 1013


async def test_a_slow_socket_gets_only_the_newest_version(world):
    states = [record_timeline(world.store, make_event(minute, lat=12.9, lon=77.5))[1] for minute in range(50)]
    sent, gate = [], asyncio.Event()

    async def hold(message):
        if message["type"] == "websocket.send":
            sent.append(json.loads(message["text"])["v"])
            if len(sent) == 2:
                await gate.wait()

    inbox = asyncio.Queue()
    await inbox.put({"type": "websocket.connect"})
    scope = {"type": "websocket", "path": "/ws/track/123/", "query_string": b"", "user": None}
    task = asyncio.create_task(URLRouter(socket_urls)(scope, inbox.get, hold))
    await until(lambda: sent == [50])
    newer = [
        record_timeline(world.store, make_event(minute, lat=12.9, lon=77.5))[1] for minute in range(50, 80)
    ]
    for state in (*states, *newer):
        await push(state)
    await until(
        lambda: len(sent) == 2 and all(queue.empty() for queue in get_channel_layer().channels.values())
    )
    await let_arrive()
    gate.set()
    await until(lambda: sent[-1] == 80)
    assert (sorted(set(sent)), len(sent) <= 4) == (sent, True)
    await inbox.put({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait([task], timeout=PATIENCE_S)
    assert get_channel_layer().groups == {}


async def test_a_heartbeat_is_sent_at_each_interval(world, pauses):
    for _ in range(2):
        pauses.end(live_consumer.HEARTBEAT_S)
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket("/ws/track/123/?since=1")
    frames = [await socket.read() for _ in range(3)]
    assert [frame["type"] for frame in frames] == ["current", "heartbeat", "heartbeat"]
    assert frames[1] == heartbeat_at(frames[1]["at"], 1)
    await socket.leave()


async def test_a_version_whose_message_was_lost_is_sent_before_the_next_heartbeat(world, pauses):
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket("/ws/track/123/?since=1")
    assert (await socket.read())["type"] == "current"
    _, moved = record_timeline(world.store, make_event(5, status="out_for_delivery"))
    pauses.end(live_consumer.HEARTBEAT_S)
    late, heartbeat = await socket.read(), await socket.read()
    assert late == {"type": "state", "at": late["at"], "v": 2, "shipment": public_answer(moved)}
    assert heartbeat == heartbeat_at(heartbeat["at"], 2)
    await push(moved)
    assert await socket.receive_nothing(0.1)
    await socket.leave()


async def test_without_the_store_heartbeats_go_on_with_the_version_last_sent(world, pauses):
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket("/ws/track/123/?since=1")
    await socket.read()
    wire(TrackingPorts(LostStore(), *world[1:]))
    pauses.end(live_consumer.HEARTBEAT_S)
    heartbeat = await socket.read()
    assert heartbeat == heartbeat_at(heartbeat["at"], 1)
    await socket.leave()


async def test_a_message_from_the_client_is_ignored(world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket("/ws/track/123/?since=1")
    await socket.read()
    await socket.send_frame(text="hello")
    await socket.send_frame(bytes=b"\x00")
    assert await socket.receive_nothing(0.1)
    await socket.leave()


async def until(condition):
    """Wait until the condition is true; fail if it never is."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the condition reads what the socket has sent
            await asyncio.sleep(0.01)


class SlowSocket:
    """Socket that takes messages at once unless its client is slow, as the web server offers it."""

    def __init__(self):
        self.is_slow = False
        self.written = []

    def write(self, message):
        if not self.is_slow:
            self.written.append(json.loads(message.text))
        return not self.is_slow


@asynccontextmanager
async def following(ready, send):
    """Connect a consumer of the shipment 123 to these two ways to its client; yield it."""
    consumer = consumers.ShipmentConsumer()
    inbox = asyncio.Queue()
    await inbox.put({"type": "websocket.connect"})
    scope = {"type": "websocket", "query_string": b"", "url_route": {"kwargs": {"subject": "123"}}}
    task = asyncio.create_task(
        consumer(scope | {"extensions": {live_consumer.READY_FRAMES: ready}}, inbox.get, send)
    )
    yield consumer
    await inbox.put({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait([task], timeout=PATIENCE_S)


async def test_a_slow_socket_loses_positions_and_gets_one_newest_version_afterwards(world):
    record_timeline(world.store, make_event(0, status="in_transit"))
    ready, gate, sent = SlowSocket(), asyncio.Event(), []

    async def wait_while_slow(message):
        if message["type"] == "websocket.send":
            if ready.is_slow:
                await gate.wait()
            sent.append(json.loads(message["text"]))

    async with following(ready, wait_while_slow) as consumer:
        await until(lambda: len(sent) == 1)
        consumer.take(StateMessage('{"v":2}', 2))
        consumer.take(PositionMessage('{"p":1}'))
        ready.is_slow = True
        for version in range(3, 50):
            consumer.take(StateMessage(json.dumps({"v": version}), version))
            consumer.take(PositionMessage('{"p":2}'))
        await let_arrive()
        ready.is_slow = False
        gate.set()
        await until(lambda: len(sent) == 2)
        assert (ready.written, sent[1:]) == ([{"v": 2}, {"p": 1}], [{"v": 49}])


async def test_a_heartbeat_is_written_at_once_but_never_before_a_version_that_is_being_sent(world, pauses):
    record_timeline(world.store, make_event(0, status="in_transit"))
    ready, gate, sent = SlowSocket(), asyncio.Event(), []

    async def wait_while_slow(message):
        if message["type"] == "websocket.send":
            sent.append(json.loads(message["text"]))
            if sent[-1].get("v") == 2:
                await gate.wait()

    async with following(ready, wait_while_slow) as consumer:
        await until(lambda: len(sent) == 1)
        pauses.end(live_consumer.HEARTBEAT_S)
        await until(lambda: len(ready.written) == 1)
        assert (ready.written, len(sent)) == ([heartbeat_at(ready.written[0]["at"], 1)], 1)
        ready.is_slow = True
        consumer.take(StateMessage('{"v":2}', 2))
        await until(lambda: len(sent) == 2)
        ready.is_slow = False
        pauses.end(live_consumer.HEARTBEAT_S)
        await until(lambda: len(sent) == 3)
        assert (sent[1:], len(ready.written)) == ([{"v": 2}, heartbeat_at(sent[2]["at"], 2)], 1)
        gate.set()

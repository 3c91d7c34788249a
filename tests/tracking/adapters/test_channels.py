"""Live push from a thread of a worker, through a real Redis, to the sockets of a page and of the console."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.contrib.auth.models import User

from tests.events import make_event
from tests.tracking.sockets import open_socket
from tests.tracking.stories import record_timeline
from tests.waiting import PATIENCE_S
from tests.workers.records import NOON
from tracking.adapters import channels as module
from tracking.adapters.channels import ChannelsPush
from tracking.adapters.fleet import KEY
from tracking.adapters.live_redis import BREAKER_OPEN_S, DATABASE
from tracking.answer import live_frame, public_answer
from tracking.domain.events import format_time
from tracking.domain.shipment import ShipmentState
from tracking.ports import TrackingPorts, wire

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def push(local_redis, world, monkeypatch):
    # Nothing is dropped here for being late: the machine may be busy.
    monkeypatch.setattr(module, "SEND_TIMEOUT_S", PATIENCE_S)
    redis.Redis.from_url(local_redis, db=DATABASE).delete(KEY)
    live = ChannelsPush(local_redis)
    wire(TrackingPorts(world.store, world.stream, live, world.vehicles))
    return live


async def in_a_thread(call, *args):
    with ThreadPoolExecutor(1) as threads:
        await asyncio.get_running_loop().run_in_executor(threads, call, *args)


async def test_a_new_version_reaches_the_page_that_watches_and_no_other(push, world):
    for shipment_id in ("123", "124"):
        record_timeline(world.store, make_event(0, shipment_id=shipment_id, status="in_transit"))
    watching, other = [await open_socket(f"/ws/track/{key}/?since=1") for key in ("123", "124")]
    assert [(await socket.read())["type"] for socket in (watching, other)] == ["current", "current"]
    _, moved = record_timeline(world.store, make_event(5, status="out_for_delivery"))
    await in_a_thread(push.push_shipment, moved, live_frame("state", moved, {"event_id": "e5000"}))
    frame = await watching.read()
    assert frame == {
        "type": "state",
        "at": frame["at"],
        "v": 2,
        "shipment": public_answer(moved),
        "trace": {"event_id": "e5000"},
    }
    assert await other.receive_nothing(0.2)
    for socket in (watching, other):
        await socket.leave()


async def test_a_moved_vehicle_and_a_change_reach_the_console(push, world):
    console = await open_socket("/ws/ops/", User(username="staff", is_staff=True, is_superuser=True))
    assert (await console.read())["vehicles"] == []
    vehicle = {"vehicle_id": "v1", "occurred_at": format_time(make_event(0).occurred_at), "lat": 12.9}
    await in_a_thread(push.push_fleet, {"vehicles": [vehicle], "changes": [{"change_id": "c"}]})
    frame = await console.read()
    assert (frame["type"], frame["vehicles"], frame["changes"]) == (
        "fleet",
        [vehicle | {"aboard": None, "worst_parcel": None}],
        [{"change_id": "c"}],
    )
    await console.leave()


async def test_a_message_whose_connection_was_cut_is_sent_by_the_second_try(push, world, local_redis):
    record_timeline(world.store, make_event(0, status="in_transit"))
    socket = await open_socket("/ws/track/123/?since=1")
    await socket.read()
    cutting = redis.Redis.from_url(local_redis, db=DATABASE)
    for minute in range(1, 4):
        _, moved = record_timeline(world.store, make_event(minute, lat=12.9, lon=77.5 + minute / 10))
        await in_a_thread(push.push_shipment, moved, live_frame("state", moved))
        assert (await socket.read())["v"] == moved.state_version
        cutting.client_kill_filter(_type="normal", skipme=True)
    await socket.leave()


LAYER_WITHOUT_SERVER = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": ["redis://127.0.0.1:9/1"], "prefix": "test"},
    }
}


def test_all_shipments_count_as_watched_after_a_failure_until_the_breaker_closes(
    local_redis, settings, time_machine
):
    settings.CHANNEL_LAYERS = LAYER_WITHOUT_SERVER
    time_machine.move_to(NOON, tick=False)
    live = ChannelsPush("redis://127.0.0.1:9")
    assert live.find_watched(["123", "124"]) == {"123", "124"}
    live._redis._reader = redis.Redis.from_url(local_redis, db=DATABASE)
    live._redis._reader.flushdb()
    assert live.find_watched(["123", "124"]) == {"123", "124"}
    time_machine.shift(BREAKER_OPEN_S)
    assert live.find_watched(["123", "124"]) == set()


def test_failures_are_counted_and_reported_at_intervals(capsys, settings):
    settings.CHANNEL_LAYERS = LAYER_WITHOUT_SERVER
    live = ChannelsPush("redis://127.0.0.1:9")
    for version in range(20):
        live.push_shipment(ShipmentState("123"), {"type": "state", "v": version})
    assert live.drain(PATIENCE_S)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum("push_failed" in line for line in lines) == 1
    assert live._redis._failures == 19


def test_beyond_the_limit_new_messages_are_dropped(capsys, monkeypatch):
    monkeypatch.setattr(module, "MAX_IN_FLIGHT", 0)
    live = ChannelsPush("redis://127.0.0.1:9")
    live.push_shipment(ShipmentState("123"), {"type": "state", "v": 1})
    assert json.loads(capsys.readouterr().out)["push_failed"] == 1

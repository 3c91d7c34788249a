"""Contract of the port `LivePush`, in memory and on a real Redis."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import redis
from channels.layers import get_channel_layer

from tests.waiting import PATIENCE_S
from tracking.adapters.channels import ChannelsPush
from tracking.adapters.fanout import FanoutPush, name_channel
from tracking.adapters.fleet import KEY
from tracking.adapters.live_redis import DATABASE
from tracking.adapters.live_states import find_command, keep_command, read_kept
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.scripts import run
from tracking.domain.events import format_time
from tracking.domain.shipment import ShipmentState
from tracking.live import shipment_group

NOW = datetime.now(UTC)


ADAPTERS = {"channels": ChannelsPush, "fanout": FanoutPush}
NOWHERE = "redis://127.0.0.1:9"


@pytest.fixture(params=["memory", *ADAPTERS])
def live(request, monkeypatch):
    if request.param == "memory":
        return MemoryLivePush()
    # Nothing is dropped here for being late: the machine may be busy.
    monkeypatch.setattr("tracking.adapters.channels.SEND_TIMEOUT_S", PATIENCE_S)
    url = request.getfixturevalue("local_redis")
    redis.Redis.from_url(url, db=DATABASE).delete(KEY)
    return ADAPTERS[request.param](url)


def drive(live, *moves):
    """Push (vehicle, seconds ago, latitude) one after the other; return the fleet as read afterwards."""
    for vehicle_id, seconds_ago, lat in moves:
        live.push_fleet({"vehicles": [vehicle(vehicle_id, seconds_ago, lat)], "changes": []})
        drain(live)
    return sorted(live.read_fleet(), key=lambda known: known["vehicle_id"])


def drain(live):
    assert isinstance(live, MemoryLivePush) or live.drain(PATIENCE_S)


def vehicle(vehicle_id, seconds_ago, lat):
    return {
        "vehicle_id": vehicle_id,
        "lat": lat,
        "lon": 77.594634,
        "heading": None,
        "speed_kmh": 31.5,
        "occurred_at": format_time(NOW - timedelta(seconds=seconds_ago)),
        "shipment_id": "123",
        "status": "in_transit",
        "is_delayed": False,
    }


def test_an_empty_fleet_is_empty(live):
    assert drive(live) == []


def test_the_newest_position_of_each_vehicle_is_kept_in_any_order(live):
    moves = [("v2", 60, 13.0), ("v1", 30, 12.1), ("v1", 10, 12.2), ("v1", 20, 12.3), ("v2", 50, 13.1)]
    assert drive(live, *moves) == [vehicle("v1", 10, 12.2), vehicle("v2", 50, 13.1)]


def test_of_two_positions_of_one_time_the_later_one_is_kept(live):
    assert drive(live, ("v1", 30, 12.1), ("v1", 30, 12.2)) == [vehicle("v1", 30, 12.2)]


def test_a_vehicle_without_a_position_for_a_day_is_removed(live):
    day = 24 * 3600
    assert drive(live, ("v1", day + 5, 12.1), ("v2", day - 3600, 12.2)) == [vehicle("v2", day - 3600, 12.2)]


def test_a_frame_without_vehicles_is_accepted(live):
    live.push_fleet({"vehicles": [], "changes": [], "incidents": [{"id": 1}]})
    live.push_shipment(ShipmentState("123"), {"type": "state", "v": 1})
    drain(live)
    assert drive(live) == []


def test_a_push_returns_before_anything_is_sent_and_raises_nothing_without_redis():
    loop = asyncio.new_event_loop()
    live = ChannelsPush(NOWHERE, loop=loop)
    for _ in range(100):
        live.push_shipment(ShipmentState("123"), {"type": "state", "v": 1})
        live.push_fleet({"vehicles": [vehicle("v1", 1, 12.0)], "changes": []})
    # The loop on which they would be sent does not run yet.
    assert live.drain(0) is False
    threading.Thread(target=loop.run_forever, daemon=True).start()
    assert (live.drain(PATIENCE_S), live.read_fleet()) == (True, [])
    loop.call_soon_threadsafe(loop.stop)


def test_every_shipment_counts_as_watched_if_subscribers_cannot_be_counted():
    shipments = ["a", "b"]
    assert MemoryLivePush().find_watched(shipments) == {"a", "b"}
    assert ChannelsPush(NOWHERE).find_watched(shipments) == {"a", "b"}
    assert FanoutPush(NOWHERE).find_watched(shipments) == {"a", "b"}


@pytest.fixture
def client(local_redis):
    client = redis.Redis.from_url(local_redis, db=DATABASE)
    client.flushdb()
    return client


async def test_only_watched_shipments_are_found_on_a_real_redis(local_redis, client):
    live, layer = ChannelsPush(local_redis), get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(shipment_group("watched"), channel)
    asked = partial(asyncio.to_thread, live.find_watched)
    assert (await asked(["alone", "watched"]), await asked([])) == ({"watched"}, set())
    await layer.group_discard(shipment_group("watched"), channel)
    assert await asked(["alone", "watched"]) == set()


def test_a_process_that_is_subscribed_to_a_shipment_watches_it(local_redis, client):
    listener = client.pubsub()
    listener.subscribe(name_channel(shipment_group("watched")))
    assert listener.get_message(timeout=PATIENCE_S)["type"] == "subscribe"
    live = FanoutPush(local_redis)
    assert (live.find_watched(["alone", "watched"]), live.find_watched([])) == ({"watched"}, set())
    listener.close()


@pytest.mark.parametrize("adapter", ADAPTERS.values())
def test_a_shipment_that_was_read_in_the_last_minute_counts_as_watched(local_redis, client, adapter):
    run(client, find_command(["read"]))
    assert adapter(local_redis).find_watched(["alone", "read"]) == {"read"}


@pytest.mark.parametrize("adapter", ADAPTERS.values())
def test_the_pushed_state_is_kept_for_readers_unless_a_newer_one_is(local_redis, client, adapter):
    old, new = ShipmentState("123", state_version=4), ShipmentState("123", state_version=5)
    live = adapter(local_redis)
    for state in (new, old):
        live.push_shipment(state, {"type": "state", "v": state.state_version})
        drain(live)
    run(client, keep_command(old))
    assert read_kept(run(client, find_command(["123"]))) == [new]


@pytest.mark.parametrize("adapter", ADAPTERS.values())
def test_shipments_count_as_watched_while_redis_does_not_answer(local_redis, adapter):
    assert adapter(NOWHERE).find_watched(["a"]) == {"a"}

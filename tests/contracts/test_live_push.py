"""The promises of the port `LivePush`, in memory and on a real Redis."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import redis

from tracking.adapters.channels import DATABASE, ChannelsPush
from tracking.adapters.fleet import KEY
from tracking.adapters.memory_live import MemoryLivePush
from tracking.domain.events import format_time

NOW = datetime.now(UTC)


@pytest.fixture(params=["memory", "local redis"])
def live(request):
    if request.param == "memory":
        return MemoryLivePush()
    url = request.getfixturevalue("local_redis")
    redis.Redis.from_url(url, db=DATABASE).delete(KEY)
    return ChannelsPush(url)


def drive(live, *moves):
    """Push (vehicle, seconds ago, latitude) one after the other; what is then known of the fleet."""
    for vehicle_id, seconds_ago, lat in moves:
        live.push_fleet({"vehicles": [vehicle(vehicle_id, seconds_ago, lat)], "changes": []})
        if isinstance(live, ChannelsPush):
            assert live.drain()
    return sorted(live.read_fleet(), key=lambda known: known["vehicle_id"])


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


def test_the_newest_position_of_each_vehicle_is_known_whatever_came_last(live):
    moves = [("v2", 60, 13.0), ("v1", 30, 12.1), ("v1", 10, 12.2), ("v1", 20, 12.3), ("v2", 50, 13.1)]
    assert drive(live, *moves) == [vehicle("v1", 10, 12.2), vehicle("v2", 50, 13.1)]


def test_a_vehicle_not_heard_of_for_a_day_is_forgotten(live):
    day = 24 * 3600
    assert drive(live, ("v1", day + 5, 12.1), ("v2", day - 3600, 12.2)) == [vehicle("v2", day - 3600, 12.2)]


def test_a_frame_without_vehicles_is_borne(live):
    live.push_fleet({"vehicles": [], "changes": [], "incidents": [{"id": 1}]})
    live.push_shipment("123", {"type": "state", "v": 1})
    assert drive(live) == []


def test_pushing_takes_no_time_and_raises_nothing_when_redis_is_away():
    live = ChannelsPush("redis://127.0.0.1:9")
    started = time.monotonic()
    for _ in range(100):
        live.push_shipment("123", {"type": "state", "v": 1})
        live.push_fleet({"vehicles": [vehicle("v1", 1, 12.0)], "changes": []})
    assert (time.monotonic() - started < 1, live.read_fleet()) == (True, [])

"""Stores in memory, live frames through Redis, leases of two shards, and windows of the fleet page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.layers import channel_layers
from django.test import Client
from redis import Redis

from tests.browser.patience import be_patient
from tests.browser.watch import Watch
from tests.staff import make_staff
from tracking.adapters.channels import ChannelsPush
from tracking.adapters.fleet import KEY
from tracking.adapters.live_redis import DATABASE
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.events import format_time
from tracking.ports import TrackingPorts, wire
from tracking.services.operations import fleet
from tracking.services.requests.roles import Role
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.leases.ports import Lease
from workers.stream_progress import LeaseProgress

SHARDS = 2
# The map needs WebGL, which Chromium draws without a graphics card if it is asked to.
WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


class FleetWorld:
    """Wires the ports. The leases are renewed only when a test does it, so that shards can stop.

    Without `has_shards` nothing is known of shards, and a page stays fresh however long it is open.
    """

    def __init__(self, redis_url: str, *, has_shards: bool) -> None:
        channel_layers.backends.clear()
        # Other tests have left vehicles there.
        Redis.from_url(redis_url, db=DATABASE).delete(KEY)
        self.push = ChannelsPush(redis_url)
        self.vehicles = MemoryVehicleStore()
        stream = MemoryStream("scans")
        self._group = stream.incarnation()
        self._table = MemoryLeases()
        self.store = MemoryShipmentStore()
        adapters = TrackingPorts(self.store, MemoryEventStream(), self.push, self.vehicles)
        progress = LeaseProgress(self._table, stream)
        wire(replace(adapters, stream_progress=progress) if has_shards else adapters)
        self.read_shards()

    def read_shards(self, seconds_ago: float = 0.0) -> None:
        """Let every shard be read to its end, by an owner that has renewed its lease so long ago."""
        read_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        self._table._now = lambda: read_at
        for number in range(SHARDS):
            entry = f"shard#shardId-{number}"
            self._table.add_missing([Lease(self._group, entry)])
            free = next(one for one in self._table.read_group(self._group).leases if one.entry == entry)
            held = free if free.owner_id else self._table.take(free, "host-1:1:a")
            assert held is not None
            self._table.renew_all([held._replace(heartbeat=held.heartbeat + 1, caught_up_at=read_at)])
        fleet.read_stream_progress.cache.clear()

    def drive(self, vehicle_id: str, *, seconds_ago: float = 0.0, **fields: Any) -> None:
        """Push a position of the vehicle, which moves past Bengaluru unless the fields say otherwise."""
        moment = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        usual = {"lat": 12.97, "lon": 77.59, "heading": 90.0, "speed_kmh": 40.0}
        parcel = {"shipment_id": None, "status": None, "is_delayed": False}
        row = {"vehicle_id": vehicle_id, "occurred_at": format_time(moment)} | usual | parcel | fields
        self.push.push_fleet({"vehicles": [row], "changes": [], "incidents": []})
        self.push.drain()


def launch_with_webgl(browser_type: Any, arguments: dict[str, Any]) -> Any:
    """Start a browser that can draw the map; `arguments` are those of the other browser tests."""
    return be_patient(browser_type.launch(**(arguments | {"args": [*arguments["args"], *WEBGL]})))


def open_fleet(
    browser: Any, web: str, address: str = "", role: Role = Role.OPERATOR, **options: Any
) -> tuple[Any, Watch]:
    """Open the fleet page in a new window of an account of this role; return the page and its watch."""
    client = Client()
    client.force_login(make_staff(role, f"{role.group}-1"))
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}/ops/{address}")
    return page, watch

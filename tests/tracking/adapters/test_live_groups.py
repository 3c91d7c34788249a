"""Contract of live push as sockets see it: both adapters, from a worker's thread through a real Redis."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
import redis

from tests.events import make_event, make_fix
from tests.tracking.sockets import open_socket
from tests.tracking.stories import record_timeline
from tests.waiting import PATIENCE_S
from tracking.adapters.channels import ChannelsPush
from tracking.adapters.fanout import FanoutPush
from tracking.adapters.fanout_groups import FanoutGroups
from tracking.adapters.live_redis import DATABASE
from tracking.answer import live_frame, position_frame, public_answer
from tracking.domain.vehicles import VehicleState
from tracking.ports import TrackingPorts, wire

pytestmark = pytest.mark.django_db(transaction=True)


class Live:
    """Live push of the product, wired: what a worker calls, and the groups of the web role."""

    def __init__(self, world, push, groups):
        self._world = world
        self.push = push
        self.groups = groups

    async def call(self, method, *arguments):
        """Call a method of the push from a thread, and wait until it has sent everything."""
        with ThreadPoolExecutor(1) as threads:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(threads, getattr(self.push, method), *arguments)
            assert await loop.run_in_executor(threads, self.push.drain, PATIENCE_S)

    def record(self, *events):
        """Record events of one shipment; return the state."""
        return record_timeline(self._world.store, *events)[1]

    async def move(self, minute, **fields):
        """Record an event and push the state."""
        state = self.record(make_event(minute, **fields))
        await self.call("push_shipment", state, live_frame("state", state))
        return state


@pytest.fixture(params=["channels", "fanout"])
async def live(request, local_redis, world, monkeypatch):
    # Nothing is dropped here for being late: the machine may be busy.
    monkeypatch.setattr("tracking.adapters.channels.SEND_TIMEOUT_S", PATIENCE_S)
    monkeypatch.setattr("tracking.adapters.subscription.CONFIRM_TIMEOUT_S", PATIENCE_S)
    redis.Redis.from_url(local_redis, db=DATABASE).flushdb()
    if request.param == "channels":
        wired = Live(world, ChannelsPush(local_redis), None)
    else:
        wired = Live(world, FanoutPush(local_redis), FanoutGroups(local_redis, leave_after_s=0))
    wire(TrackingPorts(world.store, world.stream, wired.push, world.vehicles, groups=wired.groups))
    yield wired
    if wired.groups is not None:
        await wired.groups.close()


@asynccontextmanager
async def opened(*paths):
    """Open sockets, and close them afterwards."""
    sockets = [await open_socket(path) for path in paths]
    yield sockets
    for socket in sockets:
        await socket.leave()


async def test_a_new_version_reaches_every_page_that_watches_and_no_other(live):
    for shipment_id in ("123", "124"):
        live.record(make_event(0, shipment_id=shipment_id, status="in_transit"))
    async with opened(
        "/ws/track/123/?since=1", "/ws/track/123/?since=1", "/ws/track/124/?since=1"
    ) as sockets:
        assert [(await socket.read())["type"] for socket in sockets] == ["current"] * 3
        state = await live.move(5, status="out_for_delivery")
        frames = [await socket.read() for socket in sockets[:2]]
        whole = {"type": "state", "at": frames[0]["at"], "v": 2, "shipment": public_answer(state)}
        assert frames == [whole, whole]
        assert await sockets[2].receive_nothing(0.2)


async def test_positions_of_the_vehicle_are_followed_until_the_parcel_leaves_it(live):
    live.record(make_event(0, status="out_for_delivery"), make_event(1, source="manifest", vehicle_id="v1"))
    async with opened("/ws/track/123/") as (socket,):
        await socket.read()
        for minute, vehicle_id in ((1, "v2"), (2, "v1")):
            fix = make_fix(minute, vehicle_id, lat=12.971612, lon=77.594634)
            vehicle = VehicleState(vehicle_id=vehicle_id, vehicle_version=minute, fix=fix)
            await live.call("push_vehicle", vehicle_id, position_frame(vehicle))
        assert await socket.read() == position_frame(vehicle)
        await live.move(3, status="delivered")
        assert (await socket.read())["shipment"]["status"] == "delivered"
        await live.call("push_vehicle", "v1", position_frame(vehicle))
        assert await socket.receive_nothing(0.2)


async def test_a_socket_that_resumes_gets_nothing_it_has_and_everything_it_has_not(live):
    live.record(make_event(0, status="in_transit"))
    async with opened("/ws/track/123/?since=1") as (socket,):
        assert (await socket.read())["type"] == "current"
    state = await live.move(5, status="out_for_delivery")
    async with opened("/ws/track/123/?since=1", "/ws/track/123/?since=2") as sockets:
        first, second = [await socket.read() for socket in sockets]
    assert first == {"type": "snapshot", "at": first["at"], "v": 2, "shipment": public_answer(state)}
    assert second == {"type": "current", "at": second["at"], "v": 2}


async def test_versions_pushed_after_redis_cut_all_connections_arrive(live, local_redis):
    live.record(make_event(0, status="in_transit"))
    cutting = redis.Redis.from_url(local_redis, db=DATABASE)
    async with opened("/ws/track/123/?since=1") as (socket,):
        await socket.read()
        for minute in range(1, 4):
            state = await live.move(minute, lat=12.9, lon=77.5 + minute / 10)
            assert (await socket.read())["v"] == state.state_version
            cutting.client_kill_filter(_type="normal", skipme=True)


async def test_no_group_is_left_behind_by_sockets_that_end(live, local_redis):
    live.record(
        make_event(0, shipment_id="L1", status="in_transit"),
        make_event(1, shipment_id="L1", source="manifest", vehicle_id="L2"),
    )
    async with opened("/ws/track/L1/", "/ws/track/L1/") as sockets:
        for socket in sockets:
            await socket.read()
        await wait_for_watchers(local_redis, {"shipment.L1", "vehicle.L2"})
    await wait_for_watchers(local_redis, set())


async def wait_for_watchers(local_redis, groups):
    """Wait until Redis has subscribers of exactly these of the groups of this file."""
    async with asyncio.timeout(PATIENCE_S):
        while await watchers(local_redis) != groups:  # noqa: ASYNC110 - Redis is asked
            await asyncio.sleep(0.01)


async def watchers(local_redis):
    """Return the groups that Redis has subscribers of; pages of browsers that ran before watch others."""
    client = redis.Redis.from_url(local_redis, db=DATABASE)
    channels = await asyncio.to_thread(client.pubsub_channels)
    names = [channel.decode() for channel in channels]
    groups = {name.removeprefix("fanout:").rpartition("__group__")[2] for name in names}
    return groups & {"shipment.L1", "vehicle.L2"}

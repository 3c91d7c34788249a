"""Fan-out in a process: one connection, one encoding, slow sockets, and a connection that is lost."""

import asyncio

import pytest
import redis

from tests.waiting import PATIENCE_S
from tracking.adapters.fanout import FanoutPush
from tracking.adapters.fanout_groups import FanoutGroups
from tracking.adapters.live_redis import DATABASE
from tracking.adapters.live_states import find_command, keep_command, read_kept
from tracking.adapters.scripts import run
from tracking.domain.shipment import ShipmentState
from tracking.live import StateMessage, encode_message, shipment_group

GROUP = shipment_group("123")


class Recording:
    """Member that records what it takes; it encodes as sockets do, and counts that."""

    encodings = 0

    def __init__(self):
        self.taken = []
        self.gaps = 0

    def take(self, message):
        self.taken.append(message.encode_once(self.encode))

    def encode(self, text):
        Recording.encodings += 1
        return text.encode()

    def catch_up(self):
        self.gaps += 1


@pytest.fixture
def client(local_redis):
    client = redis.Redis.from_url(local_redis, db=DATABASE)
    client.flushdb()
    return client


@pytest.fixture
async def groups(local_redis, client, monkeypatch):
    monkeypatch.setattr("tracking.adapters.subscription.CONFIRM_TIMEOUT_S", PATIENCE_S)
    Recording.encodings = 0
    groups = FanoutGroups(local_redis)
    yield groups
    await groups.close()


async def until(condition):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the condition reads what has arrived
            await asyncio.sleep(0.01)


def count_pings(client):
    return client.info("commandstats").get("cmdstat_ping", {"calls": 0})["calls"]


def count_subscribers(client):
    return len(client.client_list(_type="pubsub"))


async def test_a_thousand_frames_to_a_hundred_members_are_encoded_once_and_come_by_one_connection(
    local_redis, client, groups
):
    before = count_subscribers(client)
    members = [Recording() for _ in range(100)]
    for member in members:
        await groups.join(GROUP, member)
    assert count_subscribers(client) - before == 1
    sent = [b'{"v":%d}' % version for version in range(1, 1001)]
    for version, text in enumerate(sent, 1):
        client.publish("fanout:" + GROUP, encode_message(StateMessage(text.decode(), version)))
    await until(lambda: all(len(member.taken) == 1000 for member in members))
    assert [member.taken for member in members] == [sent] * 100
    assert Recording.encodings == 1000


async def test_a_silent_connection_is_kept_by_an_answered_ping(client, groups, monkeypatch):
    monkeypatch.setattr("tracking.adapters.subscription.PING_EVERY_S", 0.05)
    member = Recording()
    await groups.join(GROUP, member)
    pings = count_pings(client)
    await until(lambda: count_pings(client) >= pings + 3)
    client.publish("fanout:" + GROUP, encode_message(StateMessage('{"v":1}', 1)))
    await until(lambda: member.taken)
    assert (member.taken, member.gaps) == ([b'{"v":1}'], 0)


async def test_groups_that_are_joined_while_the_connection_is_made_are_subscribed(client, groups):
    names = [shipment_group(str(number)) for number in range(300)]
    joining = []
    for name in names:
        joining.append(asyncio.create_task(groups.join(name, Recording())))
        await asyncio.sleep(0)
    await asyncio.gather(*joining)
    numbers = client.pubsub_numsub(*("fanout:" + name for name in names))
    assert [number for _, number in numbers] == [1] * 300


async def test_a_failing_member_keeps_nothing_from_the_others(local_redis, groups):
    class Failing(Recording):
        def take(self, message):
            raise ValueError("broken")

    members = [Recording(), Failing(), Recording()]
    for member in members:
        await groups.join(GROUP, member)
    FanoutPush(local_redis).push_shipment(ShipmentState("123", state_version=1), {"v": 1})
    await until(lambda: members[2].taken)
    assert [member.taken for member in members] == [[b'{"v":1}'], [], [b'{"v":1}']]


async def test_members_catch_up_once_after_the_connection_was_cut_and_messages_arrive_again(
    local_redis, client, groups
):
    members = [Recording(), Recording()]
    for member in members:
        await groups.join(GROUP, member)
    client.client_kill_filter(_type="pubsub")
    await until(lambda: [member.gaps for member in members] == [1, 1])
    FanoutPush(local_redis).push_shipment(ShipmentState("123", state_version=1), {"v": 1})
    await until(lambda: all(member.taken for member in members))


async def test_a_message_that_cannot_be_read_makes_the_members_catch_up(client, groups):
    member = Recording()
    await groups.join(GROUP, member)
    client.publish("fanout:" + GROUP, b"unreadable")
    await until(lambda: member.gaps)
    assert (member.taken, member.gaps) == ([], 1)


async def test_members_of_a_shipment_whose_frame_is_dropped_catch_up_and_readers_find_no_old_state(
    local_redis, client, groups, monkeypatch
):
    monkeypatch.setattr("tracking.adapters.command_sender.MAX_IN_FLIGHT", 0)
    member, other = Recording(), Recording()
    await groups.join(GROUP, member)
    await groups.join(shipment_group("124"), other)
    run(client, keep_command(ShipmentState("123", state_version=4)))
    FanoutPush(local_redis).push_shipment(ShipmentState("123", state_version=5), {"v": 5})
    await until(lambda: member.gaps)
    assert read_kept(run(client, find_command(["123"]))) == []
    assert [(one.taken, one.gaps) for one in (member, other)] == [([], 1), ([], 0)]


async def test_the_group_of_the_last_member_stays_subscribed_for_those_who_come_back(client, groups):
    member = Recording()
    await groups.join(GROUP, member)
    await groups.leave(GROUP, member)
    assert client.pubsub_numsub("fanout:" + GROUP) == [(b"fanout:shipment.123", 1)]
    await groups.join(GROUP, member)
    assert groups._leaving == {}


async def test_without_redis_joining_fails_as_an_outage(monkeypatch):
    monkeypatch.setattr("tracking.adapters.subscription.CONFIRM_TIMEOUT_S", 0.05)
    groups = FanoutGroups("redis://127.0.0.1:9")
    with pytest.raises(redis.TimeoutError):
        await groups.join(GROUP, Recording())
    await groups.close()


def test_a_message_is_the_same_after_it_was_published():
    from tracking.live import FleetMessage, MissedMessage, PositionMessage, decode_message

    for message in (
        StateMessage('{"v":1}', 1, "v1"),
        StateMessage('{"v":1}', 1),
        PositionMessage("{}"),
        FleetMessage({"vehicles": [{"lat": 12.5}]}),
        MissedMessage(),
    ):
        assert decode_message(encode_message(message)) == message

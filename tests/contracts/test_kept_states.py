"""Contract of `KeptStates`: without a shared memory, and on Redis with what only that one promises."""

import pytest
import redis

from tests.environment import NOWHERE
from tests.events import make_event
from tests.tracking.stories import record_timeline
from tests.waiting import PATIENCE_S
from tests.workers.records import NOON
from tracking.adapters.kept_states import BREAKER_OPEN_S, KEEP_AFTER_S, WAITING, RedisKeptStates
from tracking.adapters.live_redis import DATABASE
from tracking.adapters.live_states import KEPT_FOR_S, asked_command, keep_command
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.errors import TransientError
from tracking.kept_state_ports import NoKeptStates

KEY = "live:state:123"


def run_now(_after_s, run):
    """Keep at once what would wait."""
    run()


class CountedStore(MemoryShipmentStore):
    """Store that counts reads of single states."""

    reads = 0

    def read_state(self, shipment_id):
        self.reads += 1
        return super().read_state(shipment_id)


@pytest.fixture
def store():
    return CountedStore()


@pytest.fixture
def client(local_redis, monkeypatch):
    # The product goes to the store rather than wait; here the machine may be busy.
    monkeypatch.setattr("tracking.adapters.kept_states.TIMEOUT_S", PATIENCE_S)
    client = redis.Redis.from_url(local_redis, db=DATABASE)
    client.flushdb()
    return client


@pytest.fixture
def shared(client, local_redis):
    return RedisKeptStates(local_redis, run_now)


@pytest.fixture(params=["no memory", "redis", "redis that is down"])
def kept(request):
    if request.param == "no memory":
        return NoKeptStates()
    if request.param == "redis that is down":
        return RedisKeptStates(f"redis://{NOWHERE}", run_now)
    return request.getfixturevalue("shared")


def test_a_state_that_nobody_has_read_is_that_of_the_store(kept, store):
    _, state = record_timeline(store, make_event(0, status="in_transit"))
    assert [kept.read("123", store.read_state) for _ in range(2)] == [state, state]


def test_an_unknown_shipment_has_no_state(kept, store):
    assert [kept.read("123", store.read_state) for _ in range(2)] == [None, None]


def test_the_failure_of_the_store_is_that_of_the_read(kept):
    def fail(_shipment_id):
        raise TransientError("no route")

    for _ in range(2):
        with pytest.raises(TransientError, match="no route"):
            kept.read("123", fail)


def test_a_state_is_read_from_the_store_once_and_then_shared(shared, local_redis, store):
    _, state = record_timeline(store, make_event(0, status="in_transit"))
    store.reads = 0
    other = RedisKeptStates(local_redis, run_now)
    assert [kept.read("123", store.read_state) for kept in (shared, shared, other)] == [state] * 3
    assert store.reads == 1


def test_a_state_that_was_pushed_is_read_without_the_store(client, shared, store):
    _, state = record_timeline(store, make_event(0, status="in_transit"))
    store.reads = 0
    client.execute_command(*keep_command(state))
    assert (shared.read("123", store.read_state), store.reads) == (state, 0)


def test_a_version_pushed_while_the_store_is_read_is_not_replaced_by_the_older_one(client, shared, store):
    _, old = record_timeline(store, make_event(0, status="in_transit"))
    _, new = record_timeline(store, make_event(1, status="out_for_delivery"))

    def read_while_another_version_is_pushed(shipment_id):
        assert client.execute_command(*asked_command([shipment_id])) == [1]
        client.execute_command(*keep_command(new))
        return old

    assert shared.read("123", read_while_another_version_is_pushed) == old
    assert shared.read("123", store.read_state) == new


def test_a_state_whose_read_was_not_asked_for_is_not_kept(client, local_redis, store, time_machine):
    time_machine.move_to(NOON, tick=False)
    record_timeline(store, make_event(0, status="in_transit"))
    kept = RedisKeptStates(f"redis://{NOWHERE}", run_now)

    def read_while_redis_comes_back(shipment_id):
        kept._redis_url = local_redis
        time_machine.shift(BREAKER_OPEN_S)
        return store.read_state(shipment_id)

    kept.read("123", read_while_redis_comes_back)
    assert client.exists(KEY) == 0
    kept.read("123", store.read_state)
    assert 0 < client.ttl(KEY) <= KEPT_FOR_S


def test_after_a_failure_redis_is_left_alone_until_the_breaker_closes(
    local_redis, client, store, time_machine
):
    time_machine.move_to(NOON, tick=False)
    record_timeline(store, make_event(0, status="in_transit"))
    kept = RedisKeptStates(f"redis://{NOWHERE}", run_now)
    kept.read("123", store.read_state)
    kept._redis_url = local_redis
    kept.read("123", store.read_state)
    assert client.exists(KEY) == 0
    time_machine.shift(BREAKER_OPEN_S)
    kept.read("123", store.read_state)
    assert client.exists(KEY) == 1


def test_states_that_wait_are_kept_together_and_no_more_than_a_bound(client, local_redis, store):
    started = []
    kept = RedisKeptStates(local_redis, lambda after_s, run: started.append((after_s, run)))
    ids = [f"s{number}" for number in range(WAITING + 1)]
    for shipment_id in ids:
        record_timeline(store, make_event(0, shipment_id=shipment_id, status="in_transit"))
        kept.read(shipment_id, store.read_state)
    assert [after_s for after_s, _ in started] == [KEEP_AFTER_S]
    started[0][1]()
    lengths = [client.strlen(f"live:state:{shipment_id}") > 0 for shipment_id in ids]
    assert lengths == [True] * WAITING + [False]


def test_after_redis_was_restarted_states_are_shared_again(client, shared, store, time_machine):
    time_machine.move_to(NOON, tick=False)
    _, state = record_timeline(store, make_event(0, status="in_transit"))
    shared.read("123", store.read_state)
    client.client_kill_filter(_type="normal", skipme=True)
    store.reads = 0
    shared.read("123", store.read_state)
    time_machine.shift(BREAKER_OPEN_S)
    assert [shared.read("123", store.read_state) for _ in range(2)] == [state, state]
    assert store.reads == 1

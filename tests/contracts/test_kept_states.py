"""Contract of `KeptStates`: without a shared memory, and on Redis with what only that one promises."""

from dataclasses import replace

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
from tracking.adapters.scripts import run
from tracking.domain.errors import TransientError
from tracking.kept_state_ports import NoKeptStates
from tracking.ports import ports
from tracking.services.reading.pushed_states import read_pushed

KEY = "live:state:123"


def run_now(_after_s, run):
    """Keep at once what would wait."""
    run()


def read(kept, store, shipment_id="123"):
    """Read a shipment as the services do: the shared memory first, then the store."""
    tracked = read_pushed(replace(ports(), store=store, kept_states=kept), shipment_id)
    return None if tracked is None else tracked.state


class CountedStore(MemoryShipmentStore):
    """Store that counts reads of single states, and does `before` each."""

    reads, before = 0, staticmethod(lambda: None)

    def read_state(self, shipment_id):
        self.reads += 1
        self.before()
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
    assert [read(kept, store) for _ in range(2)] == [state, state]


def test_an_unknown_shipment_has_no_state(kept, store):
    assert [read(kept, store) for _ in range(2)] == [None, None]


def test_the_failure_of_the_store_is_that_of_the_read(kept, store):
    def fail():
        raise TransientError("no route")

    store.before = fail
    for _ in range(2):
        with pytest.raises(TransientError, match="no route"):
            read(kept, store)


def test_a_state_is_read_from_the_store_once_and_then_shared(shared, local_redis, store):
    _, state = record_timeline(store, make_event(0, status="in_transit"))
    store.reads = 0
    other = RedisKeptStates(local_redis, run_now)
    assert [read(kept, store) for kept in (shared, shared, other)] == [state] * 3
    assert store.reads == 1


def test_a_state_that_was_pushed_is_read_without_the_store(client, shared, store):
    _, state = record_timeline(store, make_event(0, status="in_transit"))
    store.reads = 0
    run(client, keep_command(state))
    assert (read(shared, store), store.reads) == (state, 0)


def test_a_version_pushed_while_the_store_is_read_is_not_replaced_by_the_older_one(client, shared, store):
    _, old = record_timeline(store, make_event(0, status="in_transit"))
    later = MemoryShipmentStore()
    record_timeline(later, make_event(0, status="in_transit"))
    _, new = record_timeline(later, make_event(1, status="out_for_delivery"))

    def push_another_version():
        assert run(client, asked_command(["123"])) == [1]
        run(client, keep_command(new))

    store.before = push_another_version
    assert (old.state_version, new.state_version) == (1, 2)
    assert [read(shared, store), read(shared, store)] == [old, new]


def test_a_state_whose_read_was_not_asked_for_is_not_kept(client, local_redis, store, time_machine):
    time_machine.move_to(NOON, tick=False)
    record_timeline(store, make_event(0, status="in_transit"))
    kept = RedisKeptStates(f"redis://{NOWHERE}", run_now)

    def let_redis_come_back():
        kept._redis_url = local_redis
        time_machine.shift(BREAKER_OPEN_S)

    store.before = let_redis_come_back
    read(kept, store)
    assert client.exists(KEY) == 0
    read(kept, store)
    assert 0 < client.ttl(KEY) <= KEPT_FOR_S


def test_after_a_failure_redis_is_left_alone_until_the_breaker_closes(
    local_redis, client, store, time_machine
):
    time_machine.move_to(NOON, tick=False)
    record_timeline(store, make_event(0, status="in_transit"))
    kept = RedisKeptStates(f"redis://{NOWHERE}", run_now)
    read(kept, store)
    kept._redis_url = local_redis
    read(kept, store)
    assert client.exists(KEY) == 0
    time_machine.shift(BREAKER_OPEN_S)
    read(kept, store)
    assert client.exists(KEY) == 1


def test_states_that_wait_are_kept_together_and_no_more_than_a_bound(client, local_redis, store):
    started = []
    kept = RedisKeptStates(local_redis, lambda after_s, run: started.append((after_s, run)))
    ids = [f"s{number}" for number in range(WAITING + 1)]
    for shipment_id in ids:
        record_timeline(store, make_event(0, shipment_id=shipment_id, status="in_transit"))
        read(kept, store, shipment_id)
    assert [after_s for after_s, _ in started] == [KEEP_AFTER_S]
    started[0][1]()
    lengths = [client.strlen(f"live:state:{shipment_id}") > 0 for shipment_id in ids]
    assert lengths == [True] * WAITING + [False]


def test_after_redis_was_restarted_states_are_shared_again(client, shared, store, time_machine):
    time_machine.move_to(NOON, tick=False)
    _, state = record_timeline(store, make_event(0, status="in_transit"))
    read(shared, store)
    client.client_kill_filter(_type="normal", skipme=True)
    store.reads = 0
    read(shared, store)
    time_machine.shift(BREAKER_OPEN_S)
    assert [read(shared, store) for _ in range(2)] == [state, state]
    assert store.reads == 1

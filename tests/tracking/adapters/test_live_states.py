"""Newest states in Redis: a version is never replaced by an older one, in any order of writes."""

import pytest
import redis

from tests.events import make_event
from tests.tracking.stories import record_timeline
from tests.waiting import PATIENCE_S
from tracking.adapters.live_redis import DATABASE
from tracking.adapters.live_states import (
    KEPT_FOR_S,
    asked_command,
    find_command,
    keep_command,
    read_kept,
)
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.scripts import run


@pytest.fixture
def client(local_redis):
    client = redis.Redis.from_url(local_redis, db=DATABASE)
    client.flushdb()
    return client


@pytest.fixture
def versions():
    """States of one shipment, versions 1 to 12."""
    store = MemoryShipmentStore()
    return [record_timeline(store, make_event(minute, status="in_transit"))[1] for minute in range(12)]


def find(client, shipment_id="123"):
    return next(iter(read_kept(run(client, find_command([shipment_id])))), None)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1), (9, 10), (10, 9), (3, 3)])
def test_the_newer_of_two_versions_stays_in_either_order(client, versions, first, second):
    for version in (first, second):
        run(client, keep_command(versions[version - 1]))
    assert find(client) == versions[max(first, second) - 1]
    assert 0 < client.ttl("live:state:123") <= KEPT_FOR_S


def test_a_message_is_published_with_its_state_unless_a_newer_version_is_stored(client, versions):
    listener = client.pubsub(ignore_subscribe_messages=True)
    listener.subscribe("watchers")
    assert listener.get_message(timeout=PATIENCE_S) is None
    for version in (2, 1, 2, 3):
        run(client, keep_command(versions[version - 1], "watchers", b"version %d" % version))
    heard = [listener.get_message(timeout=PATIENCE_S)["data"] for _ in range(3)]
    assert heard == [b"version 2", b"version 2", b"version 3"]
    listener.close()


def test_a_state_that_was_read_before_a_newer_one_was_kept_does_not_replace_it(client, versions):
    assert (find(client), run(client, asked_command(["123", "124"]))) == (None, [1, 0])
    run(client, keep_command(versions[5]))
    run(client, keep_command(versions[4]))
    assert find(client) == versions[5]


def test_asking_again_extends_the_minute_in_which_new_versions_are_stored(client):
    find(client)
    client.expire("live:state:123", 1)
    find(client)
    assert client.ttl("live:state:123") > 1


def test_states_of_many_shipments_are_read_at_once_and_the_others_are_marked(client, versions):
    run(client, keep_command(versions[2]))
    assert read_kept(run(client, find_command(["124", "123", "125"]))) == [versions[2]]
    assert run(client, asked_command(["123", "124", "125", "126"])) == [1, 1, 1, 0]

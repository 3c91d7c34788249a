"""Fixture of the API's tests: a server with the whole pipeline behind it."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connections

import tracking.ports
from tests.workers.world import World
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.api.keys import issue_key
from tracking.ports import ports
from tracking.services.recording import read_model


@pytest.fixture
def served(live_server, partner, hubs) -> Iterator[dict[str, str]]:
    """A server with the line working behind it; what a program needs to reach it."""
    before, world, done = tracking.ports.ports(), World(), threading.Event()
    world.tracking = replace(world.tracking, counter=MemoryRequestCounter())
    tracking.ports.wire(world.tracking)
    thread = threading.Thread(target=_work, args=(world, done))
    thread.start()
    key = issue_key(partner)
    yield os.environ | {
        "API": f"{live_server.url}/api/v1",
        "KEY": key,
        "SWIFTLOGIX_URL": live_server.url,
        "SWIFTLOGIX_KEY": key,
    }
    done.set()
    thread.join()
    tracking.ports.wire(before)


def _work(world: World, done: threading.Event) -> None:
    """Take all that is on the stream through the line, again and again: repeats change nothing."""
    shard_id = world.stream.list_shards()[0].shard_id
    while not done.wait(0.05):
        world.process(
            world.stream.read(shard_id, world.stream.open_shard(shard_id, at=""), limit=100).records
        )
        for change in list(world.bus.published):
            read_model.update_read_model(ports().store, change)
    connections.close_all()

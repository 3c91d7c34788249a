"""Publish: what it counts for the queues of the bus."""

import json

from tests.workers.changes import make_change
from tests.workers.world import World
from tracking.domain.events import Facts
from tracking.domain.status import Status
from workers.line.publish import publish

DELIVERED = make_change(1, after=Facts(status=Status.DELIVERED))


def test_only_what_the_bus_has_taken_is_emitted_as_routed(capsys):
    world = World()
    world.bus_is_up = False
    publish([DELIVERED], world.tracking.store, world.bus)
    world.bus_is_up = True
    publish([DELIVERED], world.tracking.store, world.bus)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "publish_routed" in line]
    assert {line["queue"]: line["publish_routed"] for line in lines} == {
        "readmodel": 1,
        "webhooks": 1,
        "notify": 1,
        "ops": 1,
    }
    assert len(lines) == 4

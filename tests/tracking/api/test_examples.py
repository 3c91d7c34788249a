"""Examples of the documents run as they are, against a server with the whole pipeline."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connections

import tracking.ports
from tests.workers.world import World
from tracking.adapters.memory_counter import MemoryRequestCounter
from tracking.api.keys import issue_key
from tracking.ports import ports
from tracking.services.recording import read_model

DOCS = Path(__file__).parents[3] / "docs"
WITHIN_S = 60


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


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=DOCS.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_the_curl_commands_of_the_document_give_its_answers(served, files):
    blocks = re.findall(r"^```sh\n(.*?)^```", (DOCS / "api.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 8
    output = run(["bash", "-euo", "pipefail", "-c", "".join(blocks)], served)
    assert '"accepted":1' in output
    assert '"status":"in_transit"' in output
    assert '"rule":"may_follow"' in output
    assert '"type":"shipment.status_changed"' in output
    assert '"kind":"photo"' in output
    assert '"phone":"+919845054321"' in output
    assert re.search(r'\{"event_id":"c_[a-z0-9]+"\}$', output)


@pytest.mark.django_db(transaction=True)
def test_the_python_client_delivers_a_shipment(served):
    output = run([sys.executable, str(DOCS / "examples" / "client.py")], served)
    assert output.splitlines() == [
        "picked_up: 1 accepted",
        "out_for_delivery: 1 accepted",
        "delivered: 1 accepted",
        "the feed has: created -> picked_up -> out_for_delivery -> delivered",
    ]

"""Read this first: the path of one scan from the stream to a customer's open page, all in memory.

Every step is the product's own code; only stream, tables and bus are replaced by memory adapters.
"""

import asyncio
import json

import msgspec
import pytest
from asgiref.sync import sync_to_async

import tracking.ports
from tests.spans import keeping_spans
from tests.tracking.sockets import open_socket
from tests.workers.world import World
from tracking.adapters.channels import ChannelsPush
from tracking.tracing import Context, parse_traceparent
from workers.consumers import queue_listener
from workers.line.process import process
from workers.ports import QueueMessage, StreamRecord


@pytest.fixture
async def world(groups_in_memory) -> World:
    """Wire the product to memory adapters, with live frames sent on the test's event loop."""
    world = World(live=ChannelsPush("redis://not-needed", loop=asyncio.get_running_loop()))
    tracking.ports.wire(world.tracking)
    return world


def read_all(world: World) -> list[StreamRecord]:
    """Read the records of the only shard, oldest first."""
    shard_id = world.stream.list_shards()[0].shard_id
    cursor = world.stream.open_shard(shard_id, at="")
    return world.stream.read(shard_id, cursor, limit=10).records


@pytest.mark.django_db
async def test_one_scan_goes_from_the_stream_to_an_open_page(world):
    # A device reports the parcel; a customer opens the page.
    scan = {"shipment_id": "123", "lat": 12.9716, "lon": 77.5946, "status": "picked_up"}
    world.stream.put([("123", json.dumps(scan).encode())])
    await sync_to_async(process)(read_all(world), world.tracking, world.workers)
    page = await open_socket("/ws/track/123/")
    first = await page.read_news()

    # The parcel moves on: one record on the stream ...
    world.stream.put([("123", json.dumps(scan | {"status": "in_transit"}).encode())])
    # ... is decoded, enriched, recorded, published and pushed ...
    await sync_to_async(process)(read_all(world), world.tracking, world.workers)
    # ... and the open page has the new version.
    frame = await page.read_news()
    await page.leave()

    assert [(first["type"], first["v"], first["shipment"]["status"])] == [("snapshot", 1, "picked_up")]
    assert [(frame["type"], frame["v"], frame["shipment"]["status"])] == [("state", 2, "in_transit")]
    # The place was found offline; position and journey are in the same frame.
    assert frame["shipment"]["position"]["lat"] == 12.97
    assert frame["shipment"]["events"][0]["place"] == "Bengaluru, Karnataka"
    # The change was published once, and nothing is left pending.
    assert [(change.type, change.after.status) for change in world.bus.published] == [
        ("status_changed", "picked_up"),
        ("status_changed", "in_transit"),
    ]
    assert [row.pending for row in world.tracking.store.read_timeline("123")] == [None, None]


@pytest.mark.django_db
async def test_one_trace_leads_from_the_device_to_the_open_page_and_to_the_listener(world):
    device = Context("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    scan = {"shipment_id": "123", "lat": 12.9716, "lon": 77.5946, "status": "picked_up"}
    world.stream.put([("123", json.dumps(scan).encode())])
    await sync_to_async(process)(read_all(world), world.tracking, world.workers)
    page = await open_socket("/ws/track/123/")
    await page.read_news()

    moved = scan | {"status": "in_transit", "traceparent": device.traceparent}
    world.stream.put([("123", json.dumps(moved).encode())])
    with keeping_spans() as spans:
        await sync_to_async(process)(read_all(world)[1:], world.tracking, world.workers)
        # The bus hands the change to a queue; a listener takes it.
        taken = []
        body = msgspec.json.encode({"detail": world.bus.published[-1]}).decode()
        outcome = queue_listener.Outcome([], [], [])
        message = QueueMessage(body, "handle", 1)
        queue_listener._deliver("notify", message, taken.append, outcome)
        assert outcome == ([message], [], [])
    frame = await page.read_news()
    await page.leave()

    by_verb = {span.verb: span for span in spans if span.context.trace_id == device.trace_id}
    assert list(by_verb) == ["publish", "read", "decode", "enrich", "record", "push", "deliver"]
    parents = {verb: span.parent_id for verb, span in by_verb.items()}
    read, publish = by_verb["read"].context, by_verb["publish"].context
    steps = dict.fromkeys(("publish", "decode", "enrich", "record", "push"), read.span_id)
    assert parents == steps | {"read": device.span_id, "deliver": publish.span_id}
    # The batch has a trace of its own, to which the record links.
    [batch] = [span for span in spans if span.context.trace_id != device.trace_id]
    assert (batch.verb, by_verb["read"].links) == ("read", (batch.context,))
    assert parse_traceparent(frame["trace"]["traceparent"]) == by_verb["push"].context
    assert [parse_traceparent(change.traceparent) for change in taken] == [publish]
    assert {span.error for span in spans} == {""}

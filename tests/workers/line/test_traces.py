"""Spans of a batch: events with a change and a share of the others; refusals and failures always."""

import json
from contextlib import suppress

import pytest

from tests.spans import keeping_spans
from tests.workers.records import NOON, make_record
from tests.workers.world import World
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.errors import TransientError
from tracking.tracing import find_context, find_trace, parse_traceparent
from workers.consumers.deliver_traces import tracing_delivery
from workers.line.process import process

STEPS = ["read", "decode", "enrich", "record", "push"]


class AwayStore(MemoryShipmentStore):
    def commit(self, commits):
        raise TransientError("no route")


def run(world, *raws):
    """Process records together, traced; return verbs with errors by the subject of their trace."""
    records = [make_record(n, raw, arrived_at=NOON) for n, raw in enumerate(raws, world.stream_count)]
    world.stream_count += len(raws)
    with keeping_spans() as spans, suppress(TransientError):
        process(records, world.tracking, world.workers)
    found: dict[str, list] = {}
    for span in spans:
        subject = str(span.attributes.get("shipment_id") or span.attributes.get("stream_position") or "batch")
        found.setdefault(subject, []).append((span.verb, span.error))
    return found


@pytest.fixture
def world():
    world = World()
    world.stream_count = 1
    return world


def report(shipment_id, **fields):
    return json.dumps({"shipment_id": shipment_id, "lat": 12.97, "lon": 77.59} | fields).encode()


def test_an_event_with_a_change_is_traced_and_a_position_is_not(world, monkeypatch):
    monkeypatch.setattr("tracking.tracing.PING_SHARE", 0.0)
    found = run(world, report("1", status="picked_up"), report("2", status="picked_up"))
    verbs = [(verb, "") for verb in ("publish", *STEPS)]
    assert found == {"1": verbs, "2": verbs, "batch": [("read", "")]}
    assert run(world, report("1")) == {}


def test_a_sampled_position_is_traced_without_publish(world, monkeypatch):
    monkeypatch.setattr("tracking.tracing.PING_SHARE", 1.0)
    run(world, report("1", status="picked_up"))
    assert run(world, report("1")) == {"1": [(verb, "") for verb in STEPS], "batch": [("read", "")]}


def test_a_change_outside_of_the_share_is_not_traced_and_its_context_says_so(world, settings):
    settings.TRACED_CHANGE_SHARE = 0.0
    assert run(world, report("1", status="picked_up")) == {}
    [change] = world.bus.published
    context = parse_traceparent(change.traceparent)
    assert change.traceparent == context.unrecorded
    assert context == find_context(change, "publish", change.change_id)
    with keeping_spans() as spans:
        with tracing_delivery("notify", change, received=1):
            pass
        with suppress(TransientError), tracing_delivery("notify", change, received=2):
            raise TransientError("no route")
    assert [(span.verb, span.error) for span in spans] == [("deliver", "TransientError")]


def test_a_change_outside_of_the_share_that_the_bus_does_not_take_is_traced(world, settings):
    settings.TRACED_CHANGE_SHARE = 0.0
    world.bus_is_up = False
    assert run(world, report("1", status="picked_up")) == {"1": [("publish", "TransientError")]}


def test_a_refused_record_is_traced_with_its_reason(world):
    [(position, spans), batch] = sorted(run(world, b"{").items())
    assert position == make_record(1).stream_position
    assert (spans, batch) == ([("read", ""), ("decode", "undecodable")], ("batch", [("read", "")]))


def test_a_batch_that_fails_is_traced_with_its_error():
    world = World(AwayStore())
    world.stream_count = 1
    assert run(world, report("1", status="picked_up")) == {"batch": [("read", "TransientError")]}


def test_changes_that_the_bus_does_not_take_are_traced_with_the_error(world):
    world.bus_is_up = False
    assert run(world, report("1", status="picked_up"))["1"][0] == ("publish", "TransientError")


def test_without_tracing_a_change_keeps_what_its_record_had(world):
    records = [make_record(1, report("1", status="picked_up"))]
    process(records, world.tracking, world.workers)
    [change] = world.bus.published
    assert (change.traceparent, find_trace(change)[1]) == (None, None)

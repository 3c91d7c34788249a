"""A queue listener: each change is passed on, and is deleted from the queue only once it is done."""

import json
import threading
from collections.abc import Callable

import msgspec
import pytest
from django.db import connection

from tests.events import at, make_event
from tests.waiting import PATIENCE_S, wait_for
from tests.workers.world import World
from tracking.domain.events import Change
from tracking.models import Hub
from workers.consumers.queue_listener import InBatches, OfBodies, run_listener
from workers.leases.workload import StopSignal
from workers.line.record import record_events


@pytest.fixture
def world(monkeypatch) -> World:
    # A listener that waits for the next message hears of a drain only afterwards.
    monkeypatch.setattr("workers.consumers.queue_listener.LONG_POLL_S", 0.05)
    return World()


def make_change(world: World, shipment_id: str = "123") -> Change:
    event = make_event(1, shipment_id=shipment_id, status="delivered")
    (change,) = record_events(world.tracking.store, {}, [event], at(2)).changes
    return change


def post(world: World, body: str) -> None:
    world.workers.queues.put("notify", body)


def wrap(change: Change) -> str:
    """Return the change as EventBridge delivers it to a queue."""
    envelope = {"version": "0", "source": "swiftlogix.tracking", "detail-type": f"shipment.{change.type}"}
    return json.dumps(envelope | {"detail": msgspec.to_builtins(change)})


def listen(world: World, take, is_done: Callable[[], bool] | None = None, rest_s: float = 0.0) -> None:
    """Listen until `is_done`; by default, until no message waits."""
    drain = threading.Event()
    run = threading.Thread(
        target=run_listener,
        args=(world.hold(), world.workers.queues, "notify", take, StopSignal(drain), rest_s),
        daemon=True,
    )
    run.start()
    wait_for(is_done or (lambda: depth(world)[0] == 0))
    drain.set()
    run.join(PATIENCE_S)


def depth(world: World) -> tuple[int, int]:
    (notify,) = [depth for depth in world.workers.queues.read_depths() if depth.name == "notify"]
    return notify.waiting, notify.in_flight


def test_a_change_is_passed_on_as_published_and_deleted_from_the_queue(world):
    change, taken = make_change(world), []
    post(world, wrap(change))
    listen(world, taken.append)
    assert (taken, depth(world)) == ([change], (0, 0))


def test_a_change_published_by_an_older_version_is_passed_on_with_its_reason(world):
    change, taken = make_change(world), []
    post(world, wrap(msgspec.structs.replace(change, reason_code=None)))
    listen(world, taken.append)
    assert (change.reason_code, taken) == ("reported", [change])


def test_a_change_whose_service_fails_stays_in_the_queue_and_holds_up_no_other(world):
    first, second = make_change(world, "a"), make_change(world, "b")
    taken = []

    def take(change: Change) -> None:
        if change.shipment_id == "a":
            raise RuntimeError("the provider is out of reach")
        taken.append(change)

    post(world, wrap(first))
    post(world, wrap(second))
    listen(world, take)
    assert (taken, depth(world)) == ([second], (0, 1))


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_database_has_closed_is_replaced_at_the_next_poll(world):
    first, second = make_change(world, "a"), make_change(world, "b")
    received, hubs = [], []

    def take(change: Change) -> None:
        received.append(change)
        hubs.append(Hub.objects.count())
        if change == first:
            post(world, wrap(second))
            # Closed without Django's knowledge, as by a restart of the database.
            connection.connection.close()

    post(world, wrap(first))
    listen(world, take, lambda: len(received) == 2)
    assert (hubs, depth(world)) == ([0, 0], (0, 0))


def test_a_message_that_is_no_change_stays_in_the_queue(world):
    post(world, "not an envelope")
    listen(world, lambda _change: None)
    assert depth(world) == (0, 1)


@pytest.mark.parametrize("in_batches", [False, True])
def test_a_change_of_a_canary_is_counted_and_no_service_gets_it(world, capsys, in_batches):
    other, taken = make_change(world), []
    post(world, wrap(make_change(world, "canary-20261122T0630")))
    post(world, wrap(other))
    listen(world, InBatches(taken.extend) if in_batches else taken.append)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"deliver_canary"' in line]
    assert (taken, depth(world)) == ([other], (0, 0))
    assert [(line["queue"], line["deliver_canary"]) for line in lines] == [("notify", 1)]


def test_a_listener_that_rests_after_empty_polls_does_not_rest_while_messages_wait(world):
    # More than one poll takes; a rest would be longer than the test waits.
    changes, taken = [make_change(world, f"{number}") for number in range(25)], []
    for change in changes:
        post(world, wrap(change))
    listen(world, taken.append, lambda: len(taken) == 25, rest_s=10 * PATIENCE_S)
    assert taken == changes


def test_a_service_of_bodies_gets_each_text_as_sent_and_a_text_that_it_cannot_read_stays(world):
    taken = []

    def take(body: str) -> None:
        if body == "broken":
            raise ValueError("cannot be read")
        taken.append(body)

    for body in ("broken", "first", "second"):
        post(world, body)
    listen(world, OfBodies(take))
    assert (taken, depth(world)) == (["first", "second"], (0, 1))

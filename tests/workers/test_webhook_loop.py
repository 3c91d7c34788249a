"""Webhooks in a worker: from a change in the queue to the endpoint, while the listener goes on."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
import time_machine
from asgiref.sync import async_to_sync

from notifications.webhooks.claims import CLAIM_LASTS, claim_due
from notifications.webhooks.delivery import Deliverer
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.sender import make_sender
from tests.events import at, make_event
from tests.notifications.webhooks.partners import make_endpoint, open_many
from tests.notifications.webhooks.receivers import hang, receive
from tests.tracking.stories import record_timeline
from tests.waiting import PATIENCE_S, wait_for
from tests.workers.records import encode_report, make_record
from tests.workers.world import World
from tracking.ports import ports, wire
from workers import runtime
from workers.tasks import start_webhooks
from workers.webhook_loop import WebhookLoop

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at(5001)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world():
    """Wire memory adapters."""
    before, world = ports(), World()
    wire(world.tracking)
    yield world
    wire(before)


@pytest.fixture
def store(world):
    """Return the store of shipments."""
    return world.tracking.store


@pytest.fixture
def loop(settings):
    """Start the loop of this process, and end it after the test."""
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    runtime.webhook_loop.cache_clear()
    started = runtime.webhook_loop()
    started.start()
    yield started
    started.close(PATIENCE_S)
    runtime.webhook_loop.cache_clear()


def at_receiver(behave, then):
    """Run `then(receiver)` in a thread while an endpoint points to a receiver that behaves so."""

    async def inside():
        async with receive(*behave) as receiver:
            await asyncio.to_thread(then, receiver)
            return receiver

    return async_to_sync(inside)()


def point(receiver):
    return make_endpoint(url=f"http://127.0.0.1:{receiver.port}/", created_at=at(0))


def outcomes():
    return list(WebhookDelivery.objects.order_by("pk").values_list("outcome", "attempts"))


def test_a_change_arrives_once_however_often_the_queue_delivers_it(store, loop):
    changes, _ = record_timeline(store, make_event(0, status="delivered"))
    owned = [msgspec.structs.replace(change, partner_id="prt_acme") for change in changes]

    def then(receiver):
        point(receiver)
        for change in owned * 3:
            runtime.LISTENERS["webhooks"](change)
        assert loop.close(PATIENCE_S)

    receiver = at_receiver([], then)
    assert len(receiver.requests) == len(changes) == 1
    assert outcomes() == [("delivered", 1)]


def test_a_webhook_of_a_process_that_died_is_sent_by_the_sweep_after_a_minute(loop, clock):
    def then(receiver):
        open_many(point(receiver), [1], NOW)
        claim_due(NOW, 1)
        start_webhooks()
        assert loop.start_due().result(PATIENCE_S) == 0
        clock.shift(CLAIM_LASTS)
        start_webhooks()
        loop.start_due().result(PATIENCE_S)
        assert loop.close(PATIENCE_S)

    receiver = at_receiver([], then)
    assert (len(receiver.requests), outcomes()) == (1, [("delivered", 1)])


def test_a_listener_does_not_wait_for_an_endpoint_and_a_close_ends_in_time(settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    loop = WebhookLoop(lambda: Deliverer(make_sender()))
    loop.start()

    def then(receiver):
        open_many(point(receiver), [1], NOW)
        assert loop.start_due().result(PATIENCE_S) == 1
        assert not loop.close(0.1)

    at_receiver([hang], then)
    assert outcomes() == [("waiting", 0)]
    assert len(claim_due(NOW + CLAIM_LASTS + timedelta(seconds=1), 1)) == 1


def test_an_error_does_not_end_the_loop_so_that_the_next_sweep_tries_again():
    made = []

    def fail_once():
        made.append(1)
        if len(made) == 1:
            raise RuntimeError("no sender")
        return Deliverer(make_sender())

    loop = WebhookLoop(fail_once)
    loop.start()
    with pytest.raises(RuntimeError):
        loop.start_due().result(PATIENCE_S)
    assert loop.start_due().result(PATIENCE_S) == 0
    assert loop.close(PATIENCE_S)


def test_a_closed_loop_starts_nothing_more(loop):
    loop.start_due().result(PATIENCE_S)
    assert loop.close(PATIENCE_S)
    assert not loop._thread.is_alive()


def test_the_whole_stream_replayed_twice_makes_no_further_webhook(world, loop):
    statuses = ["created", "picked_up", "in_transit", "out_for_delivery", "delivered"]
    of_partner = {"source": "api", "partner_id": "prt_acme", "livemode": True}
    booked = {"created": {"booking": {"planned_minutes": 90}}}
    reports = [
        {"shipment_id": name, "status": status} | booked.get(status, {})
        for status in statuses
        for name in ("123", "124")
    ]
    records = [
        make_record(number, encode_report(report | of_partner)) for number, report in enumerate(reports, 1)
    ]

    def then(receiver):
        point(receiver)
        for replay in range(3):
            world.process(records)
            published = len(world.bus.published)
            for change in world.bus.published:
                runtime.LISTENERS["webhooks"](change)
            assert (replay, published) == (replay, len(reports))
            wait_for(lambda: outcomes() == [("delivered", 1)] * len(reports))
        assert loop.close(PATIENCE_S)

    receiver = at_receiver([], then)
    assert len(receiver.requests) == len(reports)
    assert outcomes() == [("delivered", 1)] * len(reports)

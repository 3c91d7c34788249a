"""Delivery of webhooks from the stored row to a real receiver and back."""

import asyncio
from contextlib import AsyncExitStack

import msgspec
import pytest
import time_machine
from asgiref.sync import async_to_sync
from standardwebhooks import Webhook

from notifications.webhooks.claims import CLAIM_LASTS, claim_due, open_deliveries
from notifications.webhooks.delivery import Deliverer
from notifications.webhooks.endpoint_secrets import list_secrets
from notifications.webhooks.models import WebhookAttempt, WebhookDelivery
from notifications.webhooks.rules.fair_queue import IN_FLIGHT_LIMIT
from notifications.webhooks.sender import Sender
from tests.notifications.webhooks.partners import NOON, make_endpoint, make_webhook, open_many
from tests.notifications.webhooks.receivers import OK, receive

pytestmark = pytest.mark.django_db(transaction=True)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 4\r\n\r\nbusy"


async def resolve(host, port):
    return ["127.0.0.1"] if host == "127.0.0.1" else ["10.0.0.1"]


def make_deliverer(now=NOON, **fields):
    return Deliverer(Sender(resolve, allow_loopback=True), clock=lambda: now, draw=lambda: 0.5, **fields)


async def deliver(deliverer, message_ids=None):
    """Start what is due and wait for it; return the number of attempts."""
    started = await deliverer.start_due(message_ids)
    await deliverer.drain()
    return started


def point(endpoint, receiver):
    endpoint.url = f"http://127.0.0.1:{receiver.port}/in"
    type(endpoint).objects.filter(pk=endpoint.pk).update(url=endpoint.url)


def run(behave, endpoint, then):
    """Run `then(receiver)` while a receiver that behaves so is the target of the endpoint."""

    async def inside():
        async with receive(behave) as receiver:
            await asyncio.to_thread(point, endpoint, receiver)
            await then(receiver)
            return receiver

    return async_to_sync(inside)()


def show():
    rows = WebhookDelivery.objects.order_by("pk")
    return [(row.message_id, row.outcome, row.attempts) for row in rows]


def test_a_due_webhook_arrives_as_stored_and_its_public_verifier_accepts_it():
    endpoint = make_endpoint()
    open_many(endpoint, [1])

    async def then(receiver):
        assert await deliver(make_deliverer()) == 1

    receiver = run(OK, endpoint, then)
    ((head, body),) = receiver.requests
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
    with time_machine.travel(NOON, tick=False):
        Webhook(list_secrets(endpoint, NOON)[0]).verify(body, dict(lines))
    assert (body, show()) == (b"{}", [("msg_1", "delivered", 1)])
    assert list(WebhookAttempt.objects.values_list("status", "answer")) == [(200, "thanks")]


@pytest.mark.parametrize("traceparent", [TRACE, "00-made-up"])
def test_a_webhook_carries_the_trace_of_its_change_in_a_header(traceparent):
    endpoint = make_endpoint()
    body = msgspec.json.encode({"data": {"change": {"traceparent": traceparent}}})
    open_deliveries([(endpoint, make_webhook(1)._replace(body=body))], NOON)

    async def then(receiver):
        assert await deliver(make_deliverer()) == 1

    ((head, _),) = run(OK, endpoint, then).requests
    found = [line for line in head.decode().split("\r\n") if line.startswith("traceparent")]
    assert found == ([f"traceparent: {TRACE}"] if traceparent == TRACE else [])


def test_a_failed_webhook_waits_as_long_as_asked_and_is_sent_again_with_the_same_id():
    endpoint = make_endpoint()
    open_many(endpoint, [1])

    async def then(receiver):
        for seconds, attempts in ((0, 1), (59, 0), (60, 1)):
            assert await deliver(make_deliverer(NOON + seconds * CLAIM_LASTS / 60)) == attempts

    receiver = run(BUSY, endpoint, then)
    ids = [line for head, _ in receiver.requests for line in head.split(b"\r\n") if b"webhook-id" in line]
    assert ids == [b"webhook-id: msg_1"] * 2
    assert show() == [("msg_1", "waiting", 2)]


def test_a_webhook_of_a_process_that_died_is_sent_by_another_one_after_a_minute():
    endpoint = make_endpoint()
    open_many(endpoint, [1])
    assert len(claim_due(NOON, 10)) == 1

    async def then(receiver):
        assert await deliver(make_deliverer(NOON)) == 0
        assert await deliver(make_deliverer(NOON + CLAIM_LASTS)) == 1

    receiver = run(OK, endpoint, then)
    assert (len(receiver.requests), show()) == (1, [("msg_1", "delivered", 1)])


@pytest.mark.parametrize("concurrency", [1, 2, 5])
def test_only_as_many_are_claimed_as_can_start_at_once_and_the_others_as_soon_as_there_is_room(concurrency):
    endpoint = make_endpoint()
    open_many(endpoint, range(12))

    async def then(receiver):
        deliverer = make_deliverer(concurrency=concurrency)
        assert await deliver(deliverer) == min(concurrency, IN_FLIGHT_LIMIT)
        assert await deliver(deliverer) == 0

    receiver = run(OK, endpoint, then)
    assert len(receiver.requests) == 12
    assert show() == [(f"msg_{number}", "delivered", 1) for number in range(12)]


def test_hanging_and_refused_endpoints_keep_no_healthy_one_from_its_webhooks():
    healthy, hanging, refused = (make_endpoint(name) for name in ("whe_ok", "whe_slow", "whe_private"))
    for endpoint in (hanging, refused, healthy):
        open_many(endpoint, range(8))
    all_arrived, release, arrived = asyncio.Event(), asyncio.Event(), []

    async def count(reader, writer):
        writer.write(OK)
        await writer.drain()
        arrived.append(writer)
        if len(arrived) == 8:
            all_arrived.set()

    async def wait_for_release(reader, writer):
        await release.wait()
        writer.write(OK)
        await writer.drain()

    async def inside():
        async with AsyncExitStack() as stack:
            slow = await stack.enter_async_context(receive(wait_for_release))
            good = await stack.enter_async_context(receive(count))
            await asyncio.to_thread(point, hanging, slow)
            await asyncio.to_thread(point, healthy, good)
            deliverer = make_deliverer()
            await deliverer.start_due()
            async with asyncio.timeout(60):
                await all_arrived.wait()
            assert slow.connections <= IN_FLIGHT_LIMIT
            release.set()
            await deliverer.drain()

    async_to_sync(inside)()
    delivered = WebhookDelivery.objects.filter(endpoint=healthy, outcome="delivered")
    assert delivered.count() == 8
    assert set(WebhookAttempt.objects.filter(delivery__endpoint=refused).values_list("fault")) == {
        ("address_refused",)
    }

"""Lease offers: small tasks on the broker, sent without waiting for it."""

import time

from celery import current_app

from workers.lease_offers import EXPIRES_S, offer_listener, offer_shard
from workers.leases.ports import Lease


def test_an_offer_carries_the_lease_with_its_epoch_and_heartbeat(local_redis):
    from swiftlogix.celery import app

    app.conf.broker_url = f"{local_redis}/0"
    offer_shard(Lease("scans@1", "shard#a", epoch=3, heartbeat=17))
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("shards")
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert message.headers["task"] == "workers.tasks.run_shard_consumer"
    assert message.payload[0] == ["scans@1", "shard#a", 3, 17]
    assert message.headers["expires"] is not None
    assert EXPIRES_S == 3


def test_a_broker_that_cannot_be_reached_raises_nothing():
    """Failure matrix: broker down, or worker silent after a reconnect."""
    before = current_app.conf.broker_url
    current_app.conf.broker_url = "redis://127.0.0.1:9/0"
    began = time.monotonic()
    offer_listener(Lease("queue:ops", "slot#0"))
    assert time.monotonic() - began < 2
    current_app.conf.broker_url = before

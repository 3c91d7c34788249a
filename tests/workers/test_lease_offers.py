"""Lease offers: small tasks on the broker, sent without waiting for it."""

import contextlib
import socket
import threading

from celery import current_app

from tests.waiting import wait_for
from workers.lease_offers import EXPIRES_S, offer_listener, offer_shard
from workers.leases.ports import Lease


def test_an_offer_carries_the_lease_with_its_epoch_and_heartbeat(local_redis):
    from swiftlogix.celery import app

    app.conf.broker_url = f"{local_redis}/0"
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("shards")

        def offer_and_read():
            # An offer does not wait for a busy machine; its lease is offered again.
            offer_shard(Lease("scans@1", "shard#a", epoch=3, heartbeat=17))
            with contextlib.suppress(queue.Empty):
                return queue.get(timeout=1)

        message = wait_for(offer_and_read)
        message.ack()
        queue.close()
    assert message.headers["task"] == "workers.tasks.run_shard_consumer"
    assert message.payload[0] == ["scans@1", "shard#a", 3, 17]
    assert message.headers["expires"] is not None
    assert EXPIRES_S == 3


def test_a_broker_that_cannot_be_reached_is_tried_a_few_times_and_raises_nothing():
    """Failure matrix: broker down, or worker silent after a reconnect."""
    before, calls = current_app.conf.broker_url, []
    with socket.create_server(("127.0.0.1", 0)) as broker:
        threading.Thread(target=hang_up_on_each_call, args=(broker, calls), daemon=True).start()
        current_app.conf.broker_url = f"redis://127.0.0.1:{broker.getsockname()[1]}/0"
        offer_listener(Lease("queue:ops", "slot#0"))
        current_app.conf.broker_url = before
        wait_for(lambda: calls)
        # Ends the thread that takes the calls.
        broker.shutdown(socket.SHUT_RDWR)
    assert 1 <= len(calls) <= 3


def hang_up_on_each_call(broker: socket.socket, calls: list[object]) -> None:
    """Take calls until the socket is closed."""
    with contextlib.suppress(OSError):
        while True:
            connection, address = broker.accept()
            calls.append(address)
            connection.close()

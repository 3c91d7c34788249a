"""Offers of free leases: Celery tasks that any process may take, sent with short timeouts."""

import structlog
from celery import current_app

from workers.leases.ports import Lease

# An offer that no process takes by then expires; the supervisor makes it again.
EXPIRES_S = 3
# No work depends on the broker, so no thread may wait for it for long.
BROKER_TIMEOUT_S = 0.5
_SHORT_TIMEOUTS = {
    "max_retries": 1,
    "interval_start": 0,
    "socket_connect_timeout": BROKER_TIMEOUT_S,
    "socket_timeout": BROKER_TIMEOUT_S,
    "retry_on_timeout": False,
}

log = structlog.get_logger()


def offer_shard(lease: Lease) -> None:
    """Offer a shard to all processes of the role `shards`."""
    _send("workers.tasks.run_shard_consumer", lease)


def offer_listener(lease: Lease) -> None:
    """Offer a queue's slot to all processes of the role `queues`."""
    _send("workers.tasks.run_listener", lease)


def _send(task: str, lease: Lease) -> None:
    arguments = (lease.group, lease.entry, lease.epoch, lease.heartbeat)
    try:
        with current_app.connection_for_write(
            connect_timeout=BROKER_TIMEOUT_S, transport_options=_SHORT_TIMEOUTS
        ) as connection:
            current_app.send_task(task, arguments, connection=connection, expires=EXPIRES_S, retry=False)
    except Exception as error:  # noqa: BLE001 - lease renewers start work without the broker
        log.warning("lease", outcome="not offered", entry=lease.entry, error=str(error))

"""What Celery runs: stints and listeners by lease, and the short tasks beat sends; pointers only."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from notifications.services import tell
from tracking.ports import ports as tracking_ports
from tracking.services import incidents, readmodel
from workers.keeper import Keeper
from workers.leases import HeldLease, LeaseWatch, name_owner
from workers.listener import TakeChange
from workers.listener import run_listener as listen
from workers.pipeline import publish
from workers.ports import Lease
from workers.ports import ports as worker_ports
from workers.stint import Stint

# A crash leaves a change pending; a living worker has published within this time.
SWEEP_AFTER = timedelta(seconds=5)
# An offer nobody has taken by then is made again by the next look.
OFFER_EXPIRES_S = 3

LISTENERS: dict[str, TakeChange] = {
    "readmodel": readmodel.take_change,
    "ops": incidents.take_change,
    "notify": tell,
}

drain = threading.Event()
keeper = Keeper()
watch = LeaseWatch()
owner_id = name_owner()


@worker_shutting_down.connect
def begin_drain(**_: Any) -> None:
    """Stop reading at the first sign of a shutdown: what is in hand is finished, leases are released."""
    drain.set()


@shared_task
def run_stint(group: str, entry: str, epoch: int, heartbeat: int) -> None:
    """Take the shard's lease as it was seen and work on it; returns at once if somebody was quicker."""
    workers = worker_ports()
    lease = workers.leases.take(Lease(group, entry, epoch=epoch, heartbeat=heartbeat), owner_id)
    if lease is not None:
        with keeper.keeping(HeldLease(workers.leases, lease)) as held:
            Stint(held, tracking_ports(), workers, drain).run()


@shared_task
def run_listener(group: str, entry: str, epoch: int, heartbeat: int) -> None:
    """Take the queue's slot as it was seen and drain the queue; returns at once if somebody was quicker."""
    workers = worker_ports()
    lease = workers.leases.take(Lease(group, entry, epoch=epoch, heartbeat=heartbeat), owner_id)
    if lease is not None:
        queue = group.removeprefix("queue:")
        with keeper.keeping(HeldLease(workers.leases, lease)) as held:
            listen(held, workers.queues, queue, LISTENERS[queue], drain)


@shared_task
def supervise() -> None:
    """Offer every shard and every listener's slot that nobody works on."""
    workers = worker_ports()
    stream = workers.stream.incarnation()
    shards = [f"shard#{shard.shard_id}" for shard in workers.stream.list_shards()]
    _offer(run_stint, stream, shards)
    for queue in LISTENERS:
        _offer(run_listener, f"queue:{queue}", ["slot#0"])


@shared_task
def sweep_pending() -> None:
    """Publish what has been waiting for longer than a living worker takes."""
    tracking = tracking_ports()
    waiting = tracking.store.read_pending(datetime.now(UTC) - SWEEP_AFTER)
    publish(waiting, tracking.store, worker_ports().bus)


def _offer(task: Any, group: str, entries: list[str]) -> None:
    leases = worker_ports().leases
    known = leases.read_leases(group)
    missing = sorted(set(entries) - {lease.entry for lease in known})
    if missing:
        leases.add_missing(group, missing)
        known = leases.read_leases(group)
    for lease in watch.find_takeable(known):
        if lease.entry in entries:
            task.apply_async(
                (lease.group, lease.entry, lease.epoch, lease.heartbeat), expires=OFFER_EXPIRES_S
            )

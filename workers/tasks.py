"""What Celery runs: offers of leases, answered at once or for as long as a stint lasts, and short tasks."""

from datetime import UTC, datetime, timedelta
from functools import cache

from celery import shared_task

from tracking import metrics
from tracking.ports import ports as tracking_ports
from tracking.services.operations import device_clocks, retention
from tracking.services.partners import manifests
from tracking.services.prediction import promise_checks
from tracking.services.recording import snapshots
from tracking.services.requests import usage
from workers.lease_offers import offer_listener, offer_shard
from workers.leases.ports import Lease
from workers.leases.supervisor import Supervisor
from workers.line.publish import publish
from workers.ports import ports as worker_ports
from workers.runtime import drain, listener_runtime, make_queue_duty, make_shard_duty, shard_runtime

# A crash leaves a change pending; a living worker has published within this time.
SWEEP_AFTER = timedelta(seconds=5)


@shared_task(max_retries=0)
def run_shard_consumer(group: str, entry: str, epoch: int, heartbeat: int) -> None:
    """Take the shard's lease as it was seen and work under it; returns at once if somebody was quicker."""
    seen = Lease(group, entry, epoch=epoch, heartbeat=heartbeat)
    if drain.is_set():
        # A process that leaves may still be handed its own offers: they are for the others.
        offer_shard(seen)
    else:
        shard_runtime().roster.work(seen)


@shared_task(max_retries=0)
def run_listener(group: str, entry: str, epoch: int, heartbeat: int) -> None:
    """Take the queue's slot as it was seen and drain the queue; returns at once if somebody was quicker."""
    seen = Lease(group, entry, epoch=epoch, heartbeat=heartbeat)
    if drain.is_set():
        offer_listener(seen)
    else:
        listener_runtime().roster.work(seen)


@shared_task
def supervise() -> None:
    """Offer every shard and every listener's slot that nobody works on."""
    for supervisor in _supervisors():
        supervisor.look()


@shared_task
def follow_manifests() -> None:
    """Begin the vehicles' runs that have become due, and end those that are over."""
    manifests.start_and_end_manifests(tracking_ports(), datetime.now(UTC))


@shared_task
def snapshot_shipments() -> None:
    """Keep what the oldest events of long journeys add up to, before their rows expire."""
    snapshots.snapshot_shipments(tracking_ports().store, datetime.now(UTC))


@shared_task
def sweep_pending() -> None:
    """Publish what has been waiting for longer than a living worker takes."""
    tracking, now = tracking_ports(), datetime.now(UTC)
    waiting = tracking.store.read_pending(now - SWEEP_AFTER)
    if waiting:
        oldest_s = (now - min(change.recorded_at for change in waiting)).total_seconds()
        metrics.emit(metrics.PUBLISH_PENDING_S, oldest_s)
    publish(waiting, tracking.store, worker_ports().bus)


@shared_task
def watch_promises() -> None:
    """Tell on the stream what time alone has made true of open shipments."""
    promise_checks.check_promises(tracking_ports(), datetime.now(UTC))


@shared_task
def expire_silent() -> None:
    """Tell on the stream which open shipments nobody has reported for thirty days."""
    promise_checks.expire_silent_shipments(tracking_ports(), datetime.now(UTC))


@shared_task
def watch_clocks() -> None:
    """Tell operators which vehicles' devices have their clocks wrong."""
    device_clocks.check_device_clocks(tracking_ports(), datetime.now(UTC))


@shared_task
def keep_tallies() -> None:
    """Move what was counted of partners' requests into the database."""
    usage.store_request_counts(tracking_ports().counter)


@shared_task
def forget_expired() -> None:
    """Delete what has been kept as long as it may be: feeds, answers, recipients of ended shipments."""
    retention.delete_expired(datetime.now(UTC))


@cache
def _supervisors() -> tuple[Supervisor, Supervisor]:
    table = worker_ports().leases
    return Supervisor(make_shard_duty(), table), Supervisor(make_queue_duty(), table)

"""Celery tasks: work under offered leases, and short periodic tasks."""

from datetime import UTC, datetime, timedelta
from functools import cache

import structlog
from celery import shared_task

from notifications.accounts import forget_erased
from notifications.ports import ports as notification_ports
from notifications.services import release_due
from notifications.webhooks.claims import forget_old
from notifications.webhooks.disabling import report_disabled
from notifications.webpush.subscriptions import forget_old_subscriptions
from tracking import metrics
from tracking.lookup_ports import StreamProgress
from tracking.ports import ports as tracking_ports
from tracking.services.operations import (
    agreed_days,
    attempt_checks,
    canary,
    day_figures,
    device_clocks,
    retention,
    silence,
)
from tracking.services.operations.figure_trends import sample_figures
from tracking.services.operations.foreign_vehicles import CODE, ForeignReport, report_foreign_vehicles
from tracking.services.operations.quarantine_growth import check_quarantine
from tracking.services.partners import manifests
from tracking.services.partners.recipients import keep_missing_hashes
from tracking.services.prediction import promise_checks
from tracking.services.recording import archive, snapshots
from tracking.services.requests import usage
from workers import stream_retention
from workers.lease_offers import offer_listener, offer_shard
from workers.leases.ports import Lease
from workers.leases.supervisor import Supervisor
from workers.line.publish import publish
from workers.ports import RecordStream
from workers.ports import ports as worker_ports
from workers.runtime import (
    drain,
    listener_runtime,
    make_queue_workload,
    make_shard_workload,
    shard_runtime,
    webhook_loop,
)
from workers.unrouted import report_unrouted

log = structlog.get_logger(__name__)

# Number of the newest quarantined records that are looked at for foreign vehicles and for growth.
QUARANTINED_READ = 200
# Recipients that were stored before phone numbers were hashed, in one run.
HASHED_AT_ONCE = 5000
# A worker that is alive has published a change within this time; older ones are left over from a crash.
SWEEP_AFTER = timedelta(seconds=5)


@shared_task(max_retries=0)
def run_shard_consumer(group: str, entry: str, epoch: int, heartbeat: int) -> None:
    """Take the lease of a shard, if it is unchanged, and work under it; return at once if it is not."""
    seen = Lease(group, entry, epoch=epoch, heartbeat=heartbeat)
    if drain.is_set():
        # A process that drains may still receive its own offers; they are meant for other processes.
        offer_shard(seen)
    else:
        shard_runtime().running_leases.work(seen)


@shared_task(max_retries=0)
def run_listener(group: str, entry: str, epoch: int, heartbeat: int) -> None:
    """Take the lease of a queue slot, if it is unchanged, and listen; return at once if it is not."""
    seen = Lease(group, entry, epoch=epoch, heartbeat=heartbeat)
    if drain.is_set():
        offer_listener(seen)
    else:
        listener_runtime().running_leases.work(seen)


@shared_task
def supervise() -> None:
    """Offer the free and expired leases of all shards and queue slots."""
    for supervisor in _supervisors():
        supervisor.offer_free_leases()


@shared_task
def follow_manifests() -> None:
    """Begin the vehicle runs that are due, and end those that are over."""
    manifests.start_and_end_manifests(tracking_ports(), datetime.now(UTC))


@shared_task
def snapshot_shipments() -> None:
    """Store snapshots of the oldest events of long journeys, before their rows expire."""
    snapshots.snapshot_shipments(tracking_ports().store, datetime.now(UTC))


@shared_task
def archive_ended() -> None:
    """Write shipments that have ended to the archive, before their rows expire."""
    archived = archive.archive_ended(tracking_ports().store, datetime.now(UTC))
    if archived.damaged:
        log.error("archive is damaged", shipments=archived.damaged)


@shared_task
def sweep_pending() -> None:
    """Publish changes that have been pending for longer than `SWEEP_AFTER`."""
    tracking, now = tracking_ports(), datetime.now(UTC)
    waiting = tracking.store.read_pending(now - SWEEP_AFTER)
    if waiting:
        oldest_s = (now - min(change.recorded_at for change in waiting)).total_seconds()
        metrics.emit(metrics.PUBLISH_PENDING_S, oldest_s)
    publish(waiting, tracking.store, worker_ports().bus)


@shared_task
def start_webhooks() -> None:
    """Start the attempts of webhooks that are due, without waiting for them."""
    webhook_loop().start_due()


@shared_task
def report_disabled_webhooks() -> None:
    """Notify operators and partners of webhook endpoints that were disabled."""
    report_disabled(tracking_ports().live, datetime.now(UTC))


@shared_task
def release_notifications() -> None:
    """Send the deferred notifications that are due, if they are still true."""
    release_due(notification_ports(), tracking_ports().store.read_state, datetime.now(UTC))


@shared_task
def move_agreed_deliveries() -> None:
    """Move the deliveries whose new day was agreed with the recipient."""
    agreed_days.move_agreed_deliveries(tracking_ports(), datetime.now(UTC))


@shared_task
def watch_promises() -> None:
    """Put events on the stream for open shipments whose promise is missed by the passing of time alone."""
    promise_checks.check_promises(tracking_ports(), datetime.now(UTC))


@shared_task
def expire_silent() -> None:
    """Put an event on the stream for each open shipment without a report for thirty days."""
    promise_checks.expire_silent_shipments(tracking_ports(), datetime.now(UTC))


@shared_task
def check_attempts() -> None:
    """Compute the evidence of attempts and deliveries that is due."""
    attempt_checks.check_attempts(tracking_ports(), datetime.now(UTC))


@shared_task
def watch_clocks() -> None:
    """Report vehicles whose device clocks are wrong to operators."""
    device_clocks.check_device_clocks(tracking_ports(), datetime.now(UTC))


@shared_task
def watch_silence() -> None:
    """Report a stream that nobody reads, and vehicles and partners that report nothing, to operators."""
    silence.check_silence(tracking_ports(), datetime.now(UTC))


@shared_task
def raise_stream_retention() -> None:
    """Let the stream keep records for a week if some have waited for two hours."""
    stream_retention.raise_retention(*_read_stream(), datetime.now(UTC))


@shared_task
def lower_stream_retention() -> None:
    """Let the stream keep records for a day again if all are read."""
    stream_retention.lower_retention(*_read_stream(), datetime.now(UTC))


@shared_task
def watch_quarantine() -> None:
    """Report a growing quarantine to operators."""
    newest = worker_ports().quarantine.read_newest(QUARANTINED_READ)
    arrivals = [record.arrived_at for record in newest]
    check_quarantine(tracking_ports().live, arrivals, datetime.now(UTC))


@shared_task
def watch_unrouted() -> None:
    """Report changes that no rule of the bus took to operators."""
    report_unrouted(tracking_ports().live, worker_ports().queues, datetime.now(UTC))


@shared_task
def send_canary() -> None:
    """Put the canary of this minute on the stream; each listener counts its changes."""
    canary.put_canary(tracking_ports().stream, datetime.now(UTC))


@shared_task
def watch_foreign_vehicles() -> None:
    """Report partners that have reported vehicles of others to operators."""
    found = worker_ports().quarantine.read_newest(QUARANTINED_READ)
    reports = [
        ForeignReport(record.vehicle_id, record.arrived_at, record.detail)
        for record in found
        if record.reason == CODE and record.vehicle_id is not None
    ]
    report_foreign_vehicles(tracking_ports().live, reports)


@shared_task
def hash_phones() -> None:
    """Hash the phone numbers of recipients that were stored without a hash."""
    keep_missing_hashes(HASHED_AT_ONCE)


@shared_task
def count_days() -> None:
    """Count the shipments that ended today, and on the earlier day that was counted longest ago."""
    day_figures.count_due_days(datetime.now(UTC))


@shared_task
def sample_key_figures() -> None:
    """Keep a sample of the key figures of the whole fleet, for their trends in the console."""
    sample_figures(tracking_ports(), datetime.now(UTC))


@shared_task
def keep_tallies() -> None:
    """Move the counts of partners' requests into the database."""
    usage.store_request_counts(tracking_ports().counter)


@shared_task
def forget_expired() -> None:
    """Delete feeds, answers, webhooks and recipients of ended shipments whose retention is over."""
    now = datetime.now(UTC)
    retention.delete_expired(now)
    forget_erased()
    forget_old(now)
    forget_old_subscriptions(now)


def _read_stream() -> tuple[RecordStream, StreamProgress | None]:
    return worker_ports().stream, tracking_ports().stream_progress.read_progress()


@cache
def _supervisors() -> tuple[Supervisor, Supervisor]:
    table = worker_ports().leases
    return Supervisor(make_shard_workload(), table), Supervisor(make_queue_workload(), table)

"""Runtime of a worker process beside its Celery tasks: running leases, lease renewer, publisher."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

from django.conf import settings

from notifications.mail_feedback import take_feedback
from notifications.ports import ports as notification_ports
from notifications.services import notify
from notifications.webhooks.delivery import Deliverer
from notifications.webhooks.opening import has_endpoints, open_webhooks
from notifications.webhooks.rules.payloads import name_message
from notifications.webhooks.sender import make_sender
from tracking import metrics
from tracking.domain.calendars import REGIONS, DeliveryCalendar, count_minutes, day_of, find_holiday_name
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Change
from tracking.ports import ports as tracking_ports
from tracking.receipt_reporter import ReceiptReporter
from tracking.receipts import RECEIPTS
from tracking.services.operations import attempt_checks, incidents
from tracking.services.prediction import learning
from tracking.services.recording import read_model
from tracking.tracing import find_sink
from workers.consumers.queue_listener import InBatches, OfBodies, Service
from workers.consumers.queue_workload import QueueWorkload
from workers.consumers.shard_workload import ShardWorkload
from workers.lease_offers import offer_listener, offer_shard
from workers.leases.liveness import touch_liveness_file
from workers.leases.policies import DRAIN_S
from workers.leases.renewer import LeaseRenewer
from workers.leases.running_leases import RunningLeases
from workers.leases.workload import Workload
from workers.line.process import process
from workers.line.publish import publish
from workers.line.publisher import Publisher
from workers.ports import StreamRecord
from workers.ports import ports as worker_ports
from workers.steps.batches import BatchFigures
from workers.steps.meter import METER, Step
from workers.steps.reporter import StepReporter
from workers.webhook_loop import WebhookLoop


def _take_for_operators(change: Change) -> None:
    """Open and close incidents, and schedule the evidence of an attempt."""
    incidents.update_incidents(tracking_ports(), change)
    attempt_checks.note_attempt(change)


def _take_for_webhooks(change: Change) -> None:
    """Store the webhooks of a change, and start their first attempts."""
    if not has_endpoints(change):
        return
    state = tracking_ports().store.read_state(change.shipment_id)
    if state is not None and open_webhooks(change, state, datetime.now(UTC)):
        webhook_loop().start_due([name_message(change.change_id)])


# Service that takes the messages of each queue: changes, or feedback on e-mails.
LISTENERS: dict[str, Service] = {
    "readmodel": lambda change: read_model.update_read_model(tracking_ports().store, change),
    "ops": _take_for_operators,
    "notify": lambda change: notify(notification_ports(), change),
    "learning": InBatches(lambda changes: learning.learn_from_changes(tracking_ports().lanes, changes)),
    "webhooks": _take_for_webhooks,
    "mailfeedback": OfBodies(lambda body: take_feedback(body, datetime.now(UTC))),
}
# Long enough for a listener to finish a long poll and the messages it received.
LISTENERS_DRAIN_S = 20.0

# Steps that a process of each role works on.
SHARD_STEPS: tuple[Step, ...] = ("read", "decode", "enrich", "record", "publish", "push")
LISTENER_STEPS: tuple[Step, ...] = ("deliver",)

# (lat, lon) in degrees, to warm up the places index; any point in India works.
CENTRE_OF_INDIA = (22.0, 79.0)

# Set at the start of a shutdown: all runs under leases of this process then end.
drain = threading.Event()


@dataclass(frozen=True)
class RoleRuntime:
    """Objects that work on one workload in this process."""

    running_leases: RunningLeases
    renewer: LeaseRenewer
    sender: Publisher | WebhookLoop
    reporter: StepReporter
    receipts: ReceiptReporter
    drain_s: float
    warm_up: Callable[[], None]

    def start(self) -> None:
        """Warm up, then start the threads that send and report, and the lease renewer."""
        self.warm_up()
        metrics.start_buffering()
        self.sender.start()
        metrics.observe(metrics.PUSH_FAILED, partial(METER.add_errors, "push"))
        self.reporter.start()
        self.receipts.start()
        self.renewer.start()

    def wait_until_drained(self) -> None:
        """Wait, for a limited time, until no lease is held and the work in progress is finished."""
        ends_at = time.monotonic() + self.drain_s
        self.renewer.join(self.drain_s)
        while self.running_leases.read_runs() and time.monotonic() < ends_at:
            time.sleep(0.02)
        self.sender.close(max(0.1, ends_at - time.monotonic()))
        self.reporter.close()
        self.receipts.close()
        metrics.stop_buffering()
        if sink := find_sink():
            sink.flush()


@cache
def make_shard_workload() -> ShardWorkload:
    """Return the workload of the stream of this process."""
    workers = worker_ports()
    return ShardWorkload(workers.stream, workers.leases, workers.quarantine, _process, offer_shard)


@cache
def make_queue_workload() -> QueueWorkload:
    """Return the workload of the queues of this process."""
    workers = worker_ports()
    return QueueWorkload(workers.queues, workers.leases, LISTENERS, offer_listener)


@cache
def shard_runtime() -> RoleRuntime:
    """Return the runtime of a process of the role `shards`."""
    running_leases = _run_leases(make_shard_workload(), settings.SHARD_SLOTS)
    return _make_runtime(running_leases, _publisher(), SHARD_STEPS, 2 * DRAIN_S, _warm_up)


@cache
def listener_runtime() -> RoleRuntime:
    """Return the runtime of a process of the role `queues`."""
    running_leases = _run_leases(make_queue_workload(), settings.LISTENER_SLOTS)
    return _make_runtime(running_leases, webhook_loop(), LISTENER_STEPS, LISTENERS_DRAIN_S)


def _run_leases(workload: Workload, slots: int) -> RunningLeases:
    return RunningLeases(workload, worker_ports().leases, slots, drain)


def _make_runtime(
    running: RunningLeases,
    sender: Publisher | WebhookLoop,
    steps: tuple[Step, ...],
    drain_s: float,
    warm_up: Callable[[], None] = lambda: None,
) -> RoleRuntime:
    table = worker_ports().leases
    renewer = LeaseRenewer(running.workload, running, table, settings.VERSION, show_life=_show_life)
    reporter = StepReporter(METER, lambda: worker_ports().steps, running.owner_id, steps)
    receipts = ReceiptReporter(RECEIPTS, lambda: tracking_ports().receipts, running.owner_id)
    return RoleRuntime(running, renewer, sender, reporter, receipts, drain_s, warm_up)


def _show_life() -> None:
    if settings.LIVENESS_FILE is not None:
        touch_liveness_file(settings.LIVENESS_FILE)


def _warm_up() -> None:
    """Load places and holidays, and connect to the store, so that the first read does not wait for them."""
    worker_ports().places.locate([CENTRE_OF_INDIA])
    find_holiday_name(DeliveryCalendar(region=REGIONS[0]), day_of(count_minutes(datetime.now(UTC))))
    with suppress(SwiftLogixError):
        tracking_ports().store.read_states(["-"])


@cache
def webhook_loop() -> WebhookLoop:
    """Return the loop on which this process sends webhooks."""
    return WebhookLoop(lambda: Deliverer(make_sender()))


@cache
def _publisher() -> Publisher:
    return Publisher(_publish)


def _publish(changes: Sequence[Change]) -> None:
    started = time.monotonic()
    taken = publish(changes, tracking_ports().store, worker_ports().bus)
    METER.add("publish", time.monotonic() - started, taken)
    METER.add_errors("publish", len(changes) - taken)


def _measure(figures: BatchFigures) -> None:
    METER.add_batch(figures.waits, figures.spans, figures.refused)
    RECEIPTS.add(figures.make_receipt())


def _process(records: Sequence[StreamRecord]) -> None:
    process(records, tracking_ports(), worker_ports(), _publisher().enqueue, _measure)

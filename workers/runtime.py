"""What a process of a role runs beside its Celery tasks: its roster, its keeper, its publisher."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from notifications.ports import ports as notification_ports
from notifications.services import notify
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Change
from tracking.ports import ports as tracking_ports
from tracking.services.operations import incidents
from tracking.services.prediction import learning
from tracking.services.recording import read_model
from workers.consumers.queue_duty import QueueDuty
from workers.consumers.queue_listener import InBatches, TakeChange
from workers.consumers.shard_duty import ShardDuty
from workers.lease_offers import offer_listener, offer_shard
from workers.leases.duty import Duty
from workers.leases.liveness import show_life
from workers.leases.policies import DRAIN_S
from workers.leases.renewer import LeaseRenewer
from workers.leases.roster import Roster
from workers.line.process import process
from workers.line.publish import publish
from workers.line.publisher import Publisher
from workers.ports import StreamRecord
from workers.ports import ports as worker_ports

# The service that takes the changes of each queue. Ports are fetched for every call, never at import.
LISTENERS: dict[str, TakeChange | InBatches] = {
    "readmodel": lambda change: read_model.update_read_model(tracking_ports().store, change),
    "ops": lambda change: incidents.update_incidents(tracking_ports(), change),
    "notify": lambda change: notify(notification_ports(), change),
    "learning": InBatches(lambda changes: learning.learn_from_changes(tracking_ports().lanes, changes)),
}
# A listener finishes the message in its hands, a long poll included.
LISTENERS_LEAVE_WITHIN_S = 20.0

# Degrees; any place would do.
CENTRE_OF_INDIA = (22.0, 79.0)

# Set at the first sign of a shutdown; whatever is leased in this process then comes to its end.
drain = threading.Event()


@dataclass(frozen=True)
class RoleRuntime:
    """One duty of this process with all that works on it."""

    roster: Roster
    keeper: LeaseRenewer
    publisher: Publisher | None
    leave_within_s: float
    warm_up: Callable[[], None]

    def start(self) -> None:
        """Begin: leases are kept, and looked for, from now on."""
        self.warm_up()
        if self.publisher is not None:
            self.publisher.start()
        self.keeper.start()

    def leave(self) -> None:
        """Wait until nothing is held any more and what was in hand is finished, for a limited time."""
        ends_at = time.monotonic() + self.leave_within_s
        self.keeper.join(self.leave_within_s)
        while self.roster.read_runs() and time.monotonic() < ends_at:
            time.sleep(0.02)
        if self.publisher is not None:
            self.publisher.close(max(0.1, ends_at - time.monotonic()))


@cache
def make_shard_duty() -> ShardDuty:
    """Reading the stream, as this process does it."""
    workers = worker_ports()
    return ShardDuty(workers.stream, workers.leases, workers.quarantine, _process, offer_shard)


@cache
def make_queue_duty() -> QueueDuty:
    """Listening to the queues, as this process does it."""
    workers = worker_ports()
    return QueueDuty(workers.queues, workers.leases, LISTENERS, offer_listener)


@cache
def shard_runtime() -> RoleRuntime:
    """The crew of a process of the role `shards`."""
    return _make_runtime(make_shard_duty(), settings.SHARD_SLOTS, _publisher(), 2 * DRAIN_S, _warm_up)


@cache
def listener_runtime() -> RoleRuntime:
    """The crew of a process of the role `queues`."""
    return _make_runtime(make_queue_duty(), settings.LISTENER_SLOTS, None, LISTENERS_LEAVE_WITHIN_S)


def _make_runtime(
    duty: Duty,
    slots: int,
    publisher: Publisher | None,
    leave_within_s: float,
    warm_up: Callable[[], None] = lambda: None,
) -> RoleRuntime:
    table = worker_ports().leases
    roster = Roster(duty, table, slots, drain)
    keeper = LeaseRenewer(duty, roster, table, settings.VERSION, show_life=_show_life)
    return RoleRuntime(roster, keeper, publisher, leave_within_s, warm_up)


def _show_life() -> None:
    if settings.LIVENESS_FILE is not None:
        show_life(settings.LIVENESS_FILE)


def _warm_up() -> None:
    """Load what the first read of a stint would have to wait for: whoever takes over must not begin cold."""
    worker_ports().places.locate([CENTRE_OF_INDIA])
    with suppress(SwiftLogixError):
        tracking_ports().store.read_states(["-"])


@cache
def _publisher() -> Publisher:
    return Publisher(_publish)


def _publish(changes: Sequence[Change]) -> None:
    publish(changes, tracking_ports().store, worker_ports().bus)


def _process(records: Sequence[StreamRecord]) -> None:
    process(records, tracking_ports(), worker_ports(), _publisher().take)

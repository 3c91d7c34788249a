"""Queue listener: passes the messages of an SQS queue to a service, under a lease on one of its slots."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import Enum
from typing import NamedTuple

import msgspec
import structlog
from django.db import close_old_connections, connections

from tracking import metrics
from tracking.domain.canary import is_canary
from tracking.domain.compatibility import complete_change
from tracking.domain.errors import TransientError
from tracking.domain.events import Change
from tracking.outages import is_outage
from workers.consumers.deliver_traces import tracing_delivery
from workers.leases.held import HeldLease, Hold
from workers.leases.policies import LISTENER_MAX_S
from workers.leases.workload import StopSignal
from workers.ports import MessageQueues, QueueMessage
from workers.steps.meter import METER

# Short, so that a drain does not wait long for a poll in progress.
LONG_POLL_S = 3.0
# After a poll of which nothing could be done since a server is down; doubled each time.
PAUSE_S, LONGEST_PAUSE_S = 1.0, 16.0
# For how long a message is hidden then, by how often it was received; and one that has failed for itself.
HIDDEN_S = (30, 30, 60, 60, 120, 120, 300, 300, 300)
# The tenth try of a message that fails comes after 90 s, so that its alarm is on within five minutes.
FAILED_S = 10
# The tenth and last try of the others comes at the end of this time.
OUTLASTED_S = sum(HIDDEN_S)

TakeChange = Callable[[Change], None]


class InBatches(NamedTuple):
    """Service that takes all changes of one poll at once; they succeed or are received again together."""

    take: Callable[[Sequence[Change]], None]


class OfBodies(NamedTuple):
    """Service that takes the body of each message as text; its queue holds something else than changes."""

    take: Callable[[str], None]


class Outcome(NamedTuple):
    """Messages of a poll: those that are done, that wait since a server is down, and that have failed."""

    done: list[QueueMessage]
    waiting: list[QueueMessage]
    failed: list[QueueMessage]


class Drained(Enum):
    """Result of a poll: no message, at least one that is done or failed, or nothing works."""

    EMPTY = "empty"
    SOME = "some"
    NOTHING_WORKS = "nothing works"


Service = TakeChange | InBatches | OfBodies
log = structlog.get_logger()


class Envelope(msgspec.Struct):
    """Envelope that EventBridge puts around a change; its other fields are ignored."""

    detail: Change


_read_envelope = msgspec.json.Decoder(Envelope).decode


def run_listener(
    held: HeldLease,
    queues: MessageQueues,
    queue: str,
    take: Service,
    stop: StopSignal,
    rest_s: float = 0.0,
) -> None:
    """Pass each message of a queue to `take` for `LISTENER_MAX_S`, or until a stop or the loss of the lease.

    A message is deleted once `take` has returned. If `take` raises, the message is received again, up to ten
    times, and then moves to the dead-letter queue. If it raises since a server is down, the message is hidden
    for longer each time, so that ten tries outlast an outage of `OUTLASTED_S`. `take` must accept repeated
    messages in any order. After a poll that found nothing the listener rests for `rest_s` seconds, and after
    one of which nothing could be done since a server is down, for longer each time.
    """
    ends_at = time.monotonic() + LISTENER_MAX_S
    outages = 0
    try:
        while not stop.is_requested() and held.hold is not Hold.GONE and time.monotonic() < ends_at:
            held.tick()
            # Django does this at the end of a request; this thread has none.
            close_old_connections()
            drained = _drain_once(held, queues, queue, take)
            outages = outages + 1 if drained is Drained.NOTHING_WORKS else 0
            if outages:
                stop.wait(min(PAUSE_S * 2 ** (outages - 1), LONGEST_PAUSE_S))
            elif drained is Drained.EMPTY and rest_s:
                stop.wait(rest_s)
    finally:
        connections.close_all()


def _drain_once(held: HeldLease, queues: MessageQueues, queue: str, take: Service) -> Drained:
    """Poll once, process what was found, and return what has become of it."""
    try:
        messages = queues.receive(queue, LONG_POLL_S)
        if isinstance(take, InBatches):
            outcome = _take_batch(queue, messages, take)
        else:
            outcome = Outcome([], [], [])
            for message in messages:
                held.tick()
                _deliver(queue, message, take, outcome)
        queues.delete(queue, outcome.done)
        waiting = [(message, _find_hidden_s(message)) for message in outcome.waiting]
        queues.hide(queue, [*waiting, *((message, FAILED_S) for message in outcome.failed)])
    except TransientError as error:
        log.warning("deliver", outcome="tried again", queue=queue, error=str(error))
        return Drained.NOTHING_WORKS
    if outcome.done:
        metrics.emit(metrics.DELIVER_RECEIVED, len(outcome.done), queue=queue)
        return Drained.SOME
    if outcome.waiting:
        return Drained.NOTHING_WORKS
    return Drained.SOME if messages else Drained.EMPTY


def _find_hidden_s(message: QueueMessage) -> int:
    """Return for how many seconds a message is hidden while a server is down."""
    return HIDDEN_S[min(message.received, len(HIDDEN_S)) - 1]


def _take_batch(queue: str, messages: Sequence[QueueMessage], service: InBatches) -> Outcome:
    """Pass all changes of these messages to the service, and return what has become of them.

    A message that holds no change has failed.
    """
    changes: list[Change] = []

    def keep(message: QueueMessage) -> None:
        _take_change(queue, _read_change(message.body), changes.append)

    readable: list[QueueMessage] = []
    failed: list[QueueMessage] = []
    for message in messages:
        (failed if _try(queue, message, keep) else readable).append(message)
    METER.add_errors("deliver", len(failed))
    # A batch of canaries alone is done already.
    if not changes:
        return Outcome(readable, [], failed)
    try:
        with METER.timing("deliver", len(changes)), ExitStack() as traces:
            for change in changes:
                traces.enter_context(tracing_delivery(queue, change, received=1))
            service.take(changes)
    except Exception as error:  # noqa: BLE001 - they are received again; other queues go on
        log.warning("deliver", outcome="not processed", queue=queue, messages=len(changes), error=str(error))
        return Outcome([], readable, failed) if is_outage(error) else Outcome([], [], [*readable, *failed])
    return Outcome(readable, [], failed)


def _deliver(queue: str, message: QueueMessage, take: TakeChange | OfBodies, outcome: Outcome) -> None:
    """Pass one message to the service, measure it, and add it to what it has become."""
    started = time.monotonic()
    error = _try(queue, message, lambda message: _take_message(queue, message, take))
    if error is None:
        outcome.done.append(message)
        METER.add("deliver", time.monotonic() - started)
        return
    METER.add_errors("deliver")
    (outcome.waiting if is_outage(error) else outcome.failed).append(message)


def _read_change(body: str) -> Change:
    """Return the change in the envelope of the bus. Raises `msgspec.DecodeError` for anything else."""
    return complete_change(_read_envelope(body).detail)


def _take_message(queue: str, message: QueueMessage, take: TakeChange | OfBodies) -> None:
    if isinstance(take, OfBodies):
        take.take(message.body)
        return
    change = _read_change(message.body)
    with tracing_delivery(queue, change, message.received):
        _take_change(queue, change, take)


def _try(queue: str, message: QueueMessage, take: Callable[[QueueMessage], None]) -> Exception | None:
    """Pass the message on; return the error if that failed, which is logged."""
    try:
        take(message)
    except Exception as error:  # noqa: BLE001 - it is received again; the others go on
        log.warning(
            "deliver", outcome="not processed", queue=queue, received=message.received, error=str(error)
        )
        return error
    return None


def _take_change(queue: str, change: Change, take: TakeChange) -> None:
    """Pass a change to the service; that of a canary has arrived with this, and is only counted."""
    if is_canary(change.shipment_id):
        metrics.emit(metrics.DELIVER_CANARY, 1, queue=queue)
    else:
        take(change)

"""Queue listener: passes the messages of an SQS queue to a service, under a lease on one of its slots."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import msgspec
import structlog
from django.db import close_old_connections, connections

from tracking import metrics
from tracking.domain.canary import is_canary
from tracking.domain.compatibility import complete_change
from tracking.domain.errors import TransientError
from tracking.domain.events import Change
from workers.consumers.deliver_traces import tracing_delivery
from workers.leases.held import HeldLease, Hold
from workers.leases.policies import LISTENER_MAX_S
from workers.leases.workload import StopSignal
from workers.ports import MessageQueues, QueueMessage
from workers.steps.meter import METER

# Short, so that a drain does not wait long for a poll in progress.
LONG_POLL_S = 2.0
PAUSE_S = 1.0

TakeChange = Callable[[Change], None]


class InBatches(NamedTuple):
    """Service that takes all changes of one poll at once; they succeed or are received again together."""

    take: Callable[[Sequence[Change]], None]


class OfBodies(NamedTuple):
    """Service that takes the body of each message as text; its queue holds something else than changes."""

    take: Callable[[str], None]


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

    A message is deleted once `take` has returned. If `take` raises, the message is received again, up to five
    times, and then moves to the dead-letter queue. `take` must accept repeated messages in any order. After a
    poll that found nothing the listener rests for `rest_s` seconds.
    """
    ends_at = time.monotonic() + LISTENER_MAX_S
    try:
        while not stop.is_requested() and held.hold is not Hold.GONE and time.monotonic() < ends_at:
            held.tick()
            # Django does this at the end of a request; this thread has none.
            close_old_connections()
            if not _drain_once(held, queues, queue, take, stop) and rest_s:
                stop.wait(rest_s)
    finally:
        connections.close_all()


def _drain_once(held: HeldLease, queues: MessageQueues, queue: str, take: Service, stop: StopSignal) -> bool:
    """Poll once, and process what was found; return whether there was anything, or the poll failed."""
    try:
        messages = queues.receive(queue, LONG_POLL_S)
        if isinstance(take, InBatches):
            done = _take_batch(queue, messages, take)
        else:
            done = []
            for message in messages:
                held.tick()
                if _deliver(queue, message, take):
                    done.append(message)
        queues.delete(queue, done)
    except TransientError as error:
        log.warning("deliver", outcome="tried again", queue=queue, error=str(error))
        stop.wait(PAUSE_S)
        return True
    if done:
        metrics.emit(metrics.DELIVER_RECEIVED, len(done), queue=queue)
    return bool(messages)


def _take_batch(queue: str, messages: Sequence[QueueMessage], service: InBatches) -> list[QueueMessage]:
    """Pass all changes of these messages to the service; return the messages that are done.

    A message that holds no change is not done.
    """
    changes: list[Change] = []

    def keep(message: QueueMessage) -> None:
        _take_change(queue, _read_change(message.body), changes.append)

    readable = [message for message in messages if _is_done(queue, message, keep)]
    METER.add_errors("deliver", len(messages) - len(readable))
    # A batch of canaries alone is done already.
    if not changes:
        return readable
    try:
        with METER.timing("deliver", len(changes)), ExitStack() as traces:
            for change in changes:
                traces.enter_context(tracing_delivery(queue, change, received=1))
            service.take(changes)
    except Exception as error:  # noqa: BLE001 - they are received again; other queues go on
        log.warning("deliver", outcome="not processed", queue=queue, messages=len(changes), error=str(error))
        return []
    return readable


def _deliver(queue: str, message: QueueMessage, take: TakeChange | OfBodies) -> bool:
    """Pass one message to the service and measure it; return whether it is done."""
    started = time.monotonic()
    is_done = _is_done(queue, message, lambda message: _take_message(queue, message, take))
    if is_done:
        METER.add("deliver", time.monotonic() - started)
    else:
        METER.add_errors("deliver")
    return is_done


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


def _is_done(queue: str, message: QueueMessage, take: Callable[[QueueMessage], None]) -> bool:
    """Pass the message on and return whether that succeeded; a failure is logged."""
    try:
        take(message)
    except Exception as error:  # noqa: BLE001 - it is received again; the others go on
        log.warning(
            "deliver", outcome="not processed", queue=queue, received=message.received, error=str(error)
        )
        return False
    return True


def _take_change(queue: str, change: Change, take: TakeChange) -> None:
    """Pass a change to the service; that of a canary has arrived with this, and is only counted."""
    if is_canary(change.shipment_id):
        metrics.emit(metrics.DELIVER_CANARY, 1, queue=queue)
    else:
        take(change)

"""A listener: one leased run that drains an SQS queue of changes into a service."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import structlog
from django.db import close_old_connections, connections

from tracking import metrics
from tracking.domain.compatibility import complete_change
from tracking.domain.errors import TransientError
from tracking.domain.events import Change
from workers.leases.duty import Stop
from workers.leases.held import HeldLease, Hold
from workers.leases.policies import LISTENER_MAX_S
from workers.ports import MessageQueues, QueueMessage

# Short, so that a drain never waits long for a poll in flight.
LONG_POLL_S = 2.0
PAUSE_S = 1.0

TakeChange = Callable[[Change], None]


class InBatches(NamedTuple):
    """A service that takes all changes of a poll at once: they are done together, or come again together."""

    take: Callable[[Sequence[Change]], None]


log = structlog.get_logger()


class Envelope(msgspec.Struct):
    """What EventBridge wraps a change in; the other fields of the envelope are not ours."""

    detail: Change


_read_envelope = msgspec.json.Decoder(Envelope).decode


def run_listener(
    held: HeldLease, queues: MessageQueues, queue: str, take: TakeChange | InBatches, stop: Stop
) -> None:
    """Hand each change of a queue to `take` until the time-box ends, a drain begins or the slot is lost.

    A message is deleted once `take` has returned; otherwise it comes again, five times, then it goes to the
    dead-letter queue. `take` must bear repeats and any order.
    """
    ends_at = time.monotonic() + LISTENER_MAX_S
    try:
        while not stop.is_asked() and held.hold is not Hold.GONE and time.monotonic() < ends_at:
            held.tick()
            # A thread of our own has no request whose end would do this.
            close_old_connections()
            _drain_once(held, queues, queue, take, stop)
    finally:
        connections.close_all()


def _drain_once(
    held: HeldLease, queues: MessageQueues, queue: str, take: TakeChange | InBatches, stop: Stop
) -> None:
    try:
        messages = queues.receive(queue, LONG_POLL_S)
        if isinstance(take, InBatches):
            done = _take_batch(queue, messages, take)
        else:
            done = []
            for message in messages:
                held.tick()
                if _take_message(queue, message, take):
                    done.append(message)
        queues.delete(queue, done)
    except TransientError as error:
        log.warning("deliver", outcome="tried again", queue=queue, error=str(error))
        stop.wait(PAUSE_S)
        return
    if done:
        metrics.emit(metrics.DELIVER_RECEIVED, len(done), queue=queue)


def _take_batch(queue: str, messages: Sequence[QueueMessage], service: InBatches) -> list[QueueMessage]:
    """Hand over all changes of these messages; which ones are done. What is no change stays."""
    changes: list[Change] = []
    known = [message for message in messages if _take_message(queue, message, changes.append)]
    try:
        service.take(changes)
    except Exception as error:  # noqa: BLE001 - they come again, and the other queues go on
        log.warning("deliver", outcome="left", queue=queue, messages=len(changes), error=str(error))
        return []
    return known


def _take_message(queue: str, message: QueueMessage, take: TakeChange) -> bool:
    try:
        take(complete_change(_read_envelope(message.body).detail))
    except Exception as error:  # noqa: BLE001 - one message that fails must not hold up the others; it comes again
        log.warning("deliver", outcome="left", queue=queue, received=message.received, error=str(error))
        return False
    return True

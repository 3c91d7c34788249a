"""A listener: one leased run that drains an SQS queue of changes into a service."""

import threading
import time
from collections.abc import Callable

import msgspec
import structlog

from tracking import metrics
from tracking.domain.errors import TransientError
from tracking.domain.events import Change
from workers.leases import HeldLease
from workers.ports import MessageQueues, QueueMessage

RUN_MAX_S = 60.0
# Short, so that a drain never waits long for a poll in flight.
LONG_POLL_S = 2.0
PAUSE_S = 1.0

TakeChange = Callable[[Change], None]
log = structlog.get_logger()


class Envelope(msgspec.Struct):
    """What EventBridge wraps a change in; the other fields of the envelope are not ours."""

    detail: Change


_read_envelope = msgspec.json.Decoder(Envelope).decode


def run_listener(
    held: HeldLease, queues: MessageQueues, queue: str, take: TakeChange, drain: threading.Event
) -> None:
    """Hand each change of a queue to `take` until the time-box ends, a drain begins or the lease is lost.

    A message is deleted once `take` has returned; otherwise it comes again, five times, then it goes to the
    dead-letter queue. `take` must bear repeats and any order.
    """
    ends_at = time.monotonic() + RUN_MAX_S
    while not drain.is_set() and held.is_held() and time.monotonic() < ends_at:
        held.tick()
        try:
            messages = queues.receive(queue, LONG_POLL_S)
            done = [message for message in messages if _take_message(queue, message, take)]
            queues.delete(queue, done)
        except TransientError as error:
            log.warning("deliver", outcome="tried again", queue=queue, error=str(error))
            drain.wait(PAUSE_S)
            continue
        if done:
            metrics.emit(metrics.DELIVER_RECEIVED, len(done), queue=queue)


def _take_message(queue: str, message: QueueMessage, take: TakeChange) -> bool:
    try:
        take(_read_envelope(message.body).detail)
    except Exception as error:  # noqa: BLE001 - one message that fails must not hold up the others; it comes again
        log.warning("deliver", outcome="left", queue=queue, received=message.received, error=str(error))
        return False
    return True

"""Incident about changes that no rule of the bus took, open for as long as they lie in their queue."""

from datetime import datetime

from tracking.ports import LivePush
from tracking.services.operations.incidents import close_incident, open_incident
from workers.health import UNROUTED
from workers.ports import MessageQueues

CODE = "unrouted"
SUBJECT = "bus"


def report_unrouted(live: LivePush, queues: MessageQueues, now: datetime) -> int:
    """Open the incident if changes lie in the queue of matched no rule, close it if none does.

    Returns their number. Safe to repeat.
    """
    depths = [depth for depth in queues.read_depths() if depth.name == UNROUTED]
    found = sum(depth.waiting + depth.in_flight for depth in depths)
    if found:
        open_incident(live, CODE, SUBJECT, f"Changes that match no rule of the bus: {found}", now)
    else:
        close_incident(live, CODE, SUBJECT, now)
    return found

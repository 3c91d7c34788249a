"""Publish: changes go on the bus, and lose their pending mark once the bus has taken them."""

import time
from collections.abc import Sequence

import structlog

from tracking import metrics
from tracking.domain.bus_rules import count_routed
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Change
from tracking.ports import ShipmentStore
from tracking.receipts import RECEIPTS
from tracking.tracing import find_sink
from workers.line.traces import carry_trace, trace_publishing
from workers.ports import ChangeBus

log = structlog.get_logger()


def publish(changes: Sequence[Change], store: ShipmentStore, bus: ChangeBus) -> int:
    """Put changes on the bus and clear the pending mark of those it took; return their number.

    Never raises for a bus or a store that cannot be reached: the changes stay pending, and
    `workers.tasks.sweep_pending()` publishes them.
    """
    if not changes:
        return 0
    started_ns, is_traced = time.time_ns(), find_sink() is not None
    try:
        taken = bus.publish([carry_trace(change) for change in changes] if is_traced else changes)
        store.clear_pending(taken)
    except SwiftLogixError as error:
        trace_publishing(changes, started_ns, time.time_ns(), type(error).__name__)
        log.warning("publish", outcome="left pending", changes=len(changes), error=str(error))
        return 0
    trace_publishing(changes, started_ns, time.time_ns())
    RECEIPTS.add_since("publish", [change.recorded_at for change in taken])
    routed = count_routed(taken)
    metrics.emit(metrics.PUBLISH_CHANGES, len(taken))
    for queue, count in routed.items():
        metrics.emit(metrics.PUBLISH_ROUTED, count, queue=queue)
    return len(taken)

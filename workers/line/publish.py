"""Publish: changes go on the bus, and lose their pending mark once the bus has taken them."""

from collections.abc import Sequence

import structlog

from tracking import metrics
from tracking.domain.bus_rules import count_routed
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Change
from tracking.ports import ShipmentStore
from tracking.receipts import RECEIPTS
from workers.ports import ChangeBus

log = structlog.get_logger()


def publish(changes: Sequence[Change], store: ShipmentStore, bus: ChangeBus) -> int:
    """Put changes on the bus and clear the pending mark of those it took; return their number.

    Never raises for a bus or a store that cannot be reached: the changes stay pending, and
    `workers.tasks.sweep_pending()` publishes them.
    """
    if not changes:
        return 0
    try:
        taken = bus.publish(changes)
        store.clear_pending(taken)
    except SwiftLogixError as error:
        log.warning("publish", outcome="left pending", changes=len(changes), error=str(error))
        return 0
    RECEIPTS.add_since("publish", [change.recorded_at for change in taken])
    routed = count_routed(taken)
    metrics.emit(metrics.PUBLISH_CHANGES, len(taken))
    for queue, count in routed.items():
        metrics.emit(metrics.PUBLISH_ROUTED, count, queue=queue)
    return len(taken)

"""Publish: changes go on the bus, and lose their pending mark once the bus has taken them."""

from collections import Counter
from collections.abc import Sequence

import structlog

from tracking import metrics
from tracking.domain.bus_rules import find_takers
from tracking.domain.changes import split_change
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Change
from tracking.ports import ShipmentStore
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
    metrics.emit(metrics.PUBLISH_CHANGES, len(taken))
    for queue, count in count_routed(taken).items():
        metrics.emit(metrics.PUBLISH_ROUTED, count, queue=queue)
    return len(taken)


def count_routed(changes: Sequence[Change]) -> Counter[str]:
    """Return how many of the changes the rule of each queue has to take, without queues that get none.

    The rules are those of the code: a queue that gets fewer has another rule on the bus.
    """
    return Counter(
        rule.name
        for change in changes
        for single in split_change(change)
        for rule in find_takers(single)
        if rule.target.startswith("queue ")
    )

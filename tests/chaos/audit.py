"""The audit at the end: the ledger beside what the product holds; nobody's own count is believed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
from django.conf import settings

from notifications.domain import read_trigger
from notifications.models import Delivery, OutboxMessage
from notifications.transports.email import EMAIL
from tests.chaos.ledger import Entry, Ledger
from tests.chaos.patience import insist
from tracking.adapters.aws import build_client
from tracking.adapters.items import STATE_KEY, read_event, read_state
from tracking.domain.events import Change, TrackingEvent
from tracking.domain.fold import fold
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from workers.line.decode import decode
from workers.ports import StreamRecord
from workers.stream_positions import make_position

# What the fold of the ledger must agree on with the state; place and ETA are worked out on the way.
COMPARED = ("status", "substatus", "direction", "attempts", "reached", "last_order")
# These tell of one event and not of where the shipment stands.
ASIDE = ("event_rejected",)


class Kept(NamedTuple):
    """What table `tracking` holds: rows by shipment, states, and the rows still pending."""

    rows: dict[str, dict[str, TrackingEvent]]
    states: dict[str, ShipmentState]
    pending: int


class Findings(NamedTuple):
    """What is not as it should be, in words, by the report's keys."""

    lost: list[str]
    duplicate_effects: list[str]
    order_violations: list[str]


def audit(ledger: Ledger, published: Counter[str]) -> Findings:
    """Compare; `published` counts what came out of the bus, by change."""
    kept = read_kept()
    changes = {
        row.change.change_id: row.change for rows in kept.rows.values() for row in rows.values() if row.change
    }
    return Findings(
        [
            *_find_lost(ledger, kept),
            *(f"I2: {one} never came out of the bus" for one in changes if not published[one]),
            *_find_untold(ledger, changes.values()),
        ],
        list(_find_told_twice(kept)),
        [*_find_broken_chains(kept), *_find_wrong_folds(ledger, kept)],
    )


def read_kept() -> Kept:
    """The whole table, page by page."""
    rows: dict[str, dict[str, TrackingEvent]] = defaultdict(dict)
    states: dict[str, ShipmentState] = {}
    pending = 0
    for item in _scan(settings.AWS_NAMES["tracking_table"]):
        shipment_id = item["shipment_id"]["S"]
        if "#" in shipment_id:
            # Vehicles and lanes, which are no shipments.
            continue
        if item["timestamp"]["S"] == STATE_KEY:
            states[shipment_id] = read_state(item)
        elif "occurred_at" in item:
            event = read_event(item)
            rows[shipment_id][event.sort_key] = event
            pending += "pending" in item
    return Kept(dict(rows), states, pending)


def read_quarantined() -> set[bytes]:
    """The bytes of all that was set aside."""
    return {item["raw"]["B"] for item in _scan(settings.AWS_NAMES["leases_table"]) if "raw" in item}


def _find_lost(ledger: Ledger, kept: Kept) -> Iterator[str]:
    """I1: accepted, and neither recorded nor set aside."""
    quarantined = read_quarantined()
    for entry in ledger.read():
        if entry.shipment_id is None:
            if entry.raw not in quarantined:
                yield f"I1: poison {entry.raw!r} is not in quarantine"
            continue
        for event in read_events(entry):
            if event.sort_key not in kept.rows.get(entry.shipment_id, {}):
                yield f"I1: {entry.shipment_id} {event.sort_key} of {entry.shard_id} {entry.sequence}"
    if kept.pending:
        yield f"I2: {kept.pending} changes are still pending"


def _find_untold(ledger: Ledger, changes: Iterable[Change]) -> Iterator[str]:
    """I2: a booked shipment's recipient was not told, or the lists do not know its status."""
    of_booked = [change for change in changes if change.shipment_id in ledger.booked]
    told = set(Delivery.objects.filter(transport=EMAIL.name).values_list("shipment_id", "trigger"))
    for change in of_booked:
        trigger = read_trigger(change)
        if trigger and EMAIL.offers(trigger) and (change.shipment_id, str(trigger)) not in told:
            yield f"I2: nobody was told that {change.shipment_id} is {trigger}"
    unfinished = Delivery.objects.filter(outcome=Delivery.Outcome.CLAIMED).count()
    if unfinished:
        yield f"I2: {unfinished} deliveries are claimed and not finished"
    listed = dict(Shipment.objects.filter(shipment_id__in=ledger.booked).values_list("shipment_id", "status"))
    of_booked.sort(key=lambda change: (change.state_version, change.sort_key))
    newest = {change.shipment_id: change.after.status for change in of_booked if change.type not in ASIDE}
    for shipment_id, status in newest.items():
        if listed.get(shipment_id) != status:
            yield f"I2: the list says {listed.get(shipment_id)} of {shipment_id}, it is {status}"


def _find_told_twice(kept: Kept) -> Iterator[str]:
    """I2: one effect, twice: a message sent again, or one event with the change of another."""
    sent = OutboxMessage.objects.values_list("shipment_id", "trigger", "transport", "change_id")
    for effect, count in Counter(sent).items():
        if count > 1:
            yield f"I2: {effect} was sent {count} times"
    owners = Counter(row.change_id for rows in kept.rows.values() for row in rows.values() if row.change_id)
    for change_id, count in owners.items():
        if count > 1:
            yield f"I2: {change_id} belongs to {count} events"


def _find_broken_chains(kept: Kept) -> Iterator[str]:
    """I3: what a change says of before is what the one before it said of after."""
    for shipment_id, rows in kept.rows.items():
        told = [row.change for row in rows.values() if row.change and row.change.type not in ASIDE]
        told.sort(key=lambda change: (change.state_version, change.sort_key))
        for earlier, later in pairwise(told):
            if earlier.after.status != later.before.status:
                yield (
                    f"I3: {shipment_id} goes to {earlier.after.status} in version {earlier.state_version}"
                    f" and on from {later.before.status} in {later.state_version}"
                )


def _find_wrong_folds(ledger: Ledger, kept: Kept) -> Iterator[str]:
    """I3: the state is the pure fold of what the ledger has of the shipment."""
    for shipment_id, entries in ledger.of_shipments().items():
        events = [event for entry in entries for event in read_events(entry)]
        folded = fold(ShipmentState(shipment_id=shipment_id), events).state
        state = kept.states.get(shipment_id)
        if state is None:
            yield f"I3: {shipment_id} has no state"
            continue
        for name in COMPARED:
            if getattr(folded, name) != getattr(state, name):
                yield f"I3: {shipment_id} {name} is {getattr(state, name)}, folded {getattr(folded, name)}"


def read_events(entry: Entry) -> list[TrackingEvent]:
    """The events in an accepted record, as the product's own decode understands them."""
    position = make_position(entry.sequence)
    record = StreamRecord(entry.raw, entry.accepted_at, f"0/{entry.shard_id}", position, entry.sequence)
    return [
        msgspec.convert(msgspec.to_builtins(scan), TrackingEvent, strict=False)
        for scan in decode([record]).scans
    ]


def _scan(table: str) -> Iterator[dict[str, Any]]:
    client, start = build_client("dynamodb"), {}
    while True:
        page = insist(partial(client.scan, TableName=table, **start))
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

"""Audit at the end of a chaos run: compares the ledger with what the product has stored."""

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
from tests.chaos.retrying import retry_aws
from tracking.adapters.aws import build_client
from tracking.adapters.items import STATE_KEY, read_event, read_state
from tracking.domain.events import Change, TrackingEvent
from tracking.domain.fold import fold
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from workers.line.decode import decode
from workers.ports import StreamRecord
from workers.stream_positions import make_stream_position

# Fields in which the stored state must equal the fold of the ledger; place and ETA are not in the ledger.
COMPARED = ("status", "substatus", "direction", "attempts", "reached", "last_order")
# Types of changes that concern a single event and not the shipment's status.
EVENT_ONLY_TYPES = ("event_rejected",)


class StoredTables(NamedTuple):
    """Content of the tracking table: events by shipment, states, and the number of pending changes."""

    rows: dict[str, dict[str, TrackingEvent]]
    states: dict[str, ShipmentState]
    pending: int


class Findings(NamedTuple):
    """Violated invariants, in words, by the report's keys."""

    lost: list[str]
    duplicate_effects: list[str]
    order_violations: list[str]


def audit(ledger: Ledger, published: Counter[str]) -> Findings:
    """Check all invariants; `published` counts the deliveries of the bus by change id."""
    stored = read_stored()
    changes = {
        row.change.change_id: row.change
        for rows in stored.rows.values()
        for row in rows.values()
        if row.change
    }
    return Findings(
        [
            *_find_lost(ledger, stored),
            *(f"I2: {one} was never delivered by the bus" for one in changes if not published[one]),
            *_find_unnotified(ledger, changes.values()),
        ],
        list(_find_double_effects(stored)),
        [*_find_broken_chains(stored), *_find_wrong_folds(ledger, stored)],
    )


def read_stored() -> StoredTables:
    """Read the whole tracking table."""
    rows: dict[str, dict[str, TrackingEvent]] = defaultdict(dict)
    states: dict[str, ShipmentState] = {}
    pending = 0
    for item in _scan(settings.AWS_NAMES["tracking_table"]):
        shipment_id = item["shipment_id"]["S"]
        if "#" in shipment_id:
            # Rows of vehicles and lanes.
            continue
        if item["timestamp"]["S"] == STATE_KEY:
            states[shipment_id] = read_state(item)
        elif "occurred_at" in item:
            event = read_event(item)
            rows[shipment_id][event.sort_key] = event
            pending += "pending" in item
    return StoredTables(dict(rows), states, pending)


def read_quarantined() -> set[bytes]:
    """Read the bytes of all quarantined records."""
    return {item["raw"]["B"] for item in _scan(settings.AWS_NAMES["leases_table"]) if "raw" in item}


def _find_lost(ledger: Ledger, stored: StoredTables) -> Iterator[str]:
    """Yield violations of I1: accepted records that are neither recorded nor quarantined."""
    quarantined = read_quarantined()
    for entry in ledger.read():
        if entry.shipment_id is None:
            if entry.raw not in quarantined:
                yield f"I1: poison {entry.raw!r} is not in quarantine"
            continue
        for event in read_events(entry):
            if event.sort_key not in stored.rows.get(entry.shipment_id, {}):
                yield f"I1: {entry.shipment_id} {event.sort_key} of {entry.shard_id} {entry.sequence}"
    if stored.pending:
        yield f"I2: {stored.pending} changes are still pending"


def _find_unnotified(ledger: Ledger, changes: Iterable[Change]) -> Iterator[str]:
    """Yield violations of I2: recipients not notified, unfinished claims, wrong status in the read model."""
    booked_changes = [change for change in changes if change.shipment_id in ledger.booked]
    notified = set(Delivery.objects.filter(transport=EMAIL.name).values_list("shipment_id", "trigger"))
    for change in booked_changes:
        trigger = read_trigger(change)
        if trigger and EMAIL.offers(trigger) and (change.shipment_id, str(trigger)) not in notified:
            yield f"I2: the recipient of {change.shipment_id} was not notified of {trigger}"
    unfinished = Delivery.objects.filter(outcome=Delivery.Outcome.CLAIMED).count()
    if unfinished:
        yield f"I2: {unfinished} deliveries are claimed and not finished"
    listed = dict(Shipment.objects.filter(shipment_id__in=ledger.booked).values_list("shipment_id", "status"))
    booked_changes.sort(key=lambda change: (change.state_version, change.sort_key))
    newest = {
        change.shipment_id: change.after.status
        for change in booked_changes
        if change.type not in EVENT_ONLY_TYPES
    }
    for shipment_id, status in newest.items():
        if listed.get(shipment_id) != status:
            yield f"I2: the read model has {listed.get(shipment_id)} for {shipment_id}, expected {status}"


def _find_double_effects(stored: StoredTables) -> Iterator[str]:
    """Yield violations of I2: messages sent more than once, or changes that belong to several events."""
    sent = OutboxMessage.objects.values_list("shipment_id", "trigger", "transport", "change_id")
    for effect, count in Counter(sent).items():
        if count > 1:
            yield f"I2: {effect} was sent {count} times"
    owners = Counter(row.change_id for rows in stored.rows.values() for row in rows.values() if row.change_id)
    for change_id, count in owners.items():
        if count > 1:
            yield f"I2: {change_id} belongs to {count} events"


def _find_broken_chains(stored: StoredTables) -> Iterator[str]:
    """Yield violations of I3: changes that do not continue from the change before."""
    for shipment_id, rows in stored.rows.items():
        changes = [
            row.change for row in rows.values() if row.change and row.change.type not in EVENT_ONLY_TYPES
        ]
        changes.sort(key=lambda change: (change.state_version, change.sort_key))
        for earlier, later in pairwise(changes):
            if earlier.after.status != later.before.status:
                yield (
                    f"I3: {shipment_id} goes to {earlier.after.status} in version {earlier.state_version}"
                    f" and on from {later.before.status} in {later.state_version}"
                )


def _find_wrong_folds(ledger: Ledger, stored: StoredTables) -> Iterator[str]:
    """Yield violations of I3: states that differ from the fold of the ledger's records.

    Events that the product concludes itself, as evidence of an attempt, are in no ledger: they are folded as
    they are stored.
    """
    for shipment_id, entries in ledger.group_by_shipment().items():
        events = [event for entry in entries for event in read_events(entry)]
        concluded = [row for row in stored.rows.get(shipment_id, {}).values() if row.source == "system"]
        folded = fold(ShipmentState(shipment_id=shipment_id), [*events, *concluded]).state
        state = stored.states.get(shipment_id)
        if state is None:
            yield f"I3: {shipment_id} has no state"
            continue
        for name in COMPARED:
            if getattr(folded, name) != getattr(state, name):
                yield f"I3: {shipment_id} {name} is {getattr(state, name)}, folded {getattr(folded, name)}"


def read_events(entry: Entry) -> list[TrackingEvent]:
    """Decode an accepted record into events, by the product's own decoder."""
    stream_position = make_stream_position(entry.sequence)
    record = StreamRecord(
        entry.raw, entry.accepted_at, f"0/{entry.shard_id}", stream_position, entry.sequence
    )
    return [
        msgspec.convert(msgspec.to_builtins(scan), TrackingEvent, strict=False)
        for scan in decode([record]).scans
    ]


def _scan(table: str) -> Iterator[dict[str, Any]]:
    client, start = build_client("dynamodb"), {}
    while True:
        page = retry_aws(partial(client.scan, TableName=table, **start))
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

"""Simulation of a day under changed rules: what would have been sent, and why the rest would not."""

import heapq
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from notifications.circumstances import ADDRESS_SPAN, find_address_hash, find_window_end
from notifications.decisions import REMINDER_AFTER, Action, Circumstances, Decision, Rules, decide
from notifications.domain import PlannedNotification, Trigger, read_trigger
from notifications.ports import NotificationPorts
from notifications.services import REMINDER_SUFFIX, Notified, find_booking, read_notified
from tracking.domain.changes import split_change
from tracking.domain.delay import Delay
from tracking.domain.errors import TransientError
from tracking.domain.events import Change
from tracking.domain.indian_time import INDIA
from tracking.domain.shipment import ShipmentState
from tracking.models import FeedEntry
from tracking.ports import ShipmentStore

# Shipments of a page that may fail to be read before the rest is not tried.
MOST_UNREAD = 5
QUIET = "quiet_hours"


class Outcome(NamedTuple):
    """Kind of outcome, by which a simulation counts.

    `reason` is empty for a message that would be sent at once, `quiet_hours` for one that would be sent after
    them.
    """

    transport: str
    trigger: str
    action: str
    reason: str


class Waiting(NamedTuple):
    """Deferred notification in the order of its time; `number` keeps the order of equal times."""

    until: datetime
    number: int
    planned: PlannedNotification
    reason: str


class DayRead(NamedTuple):
    """Changes of a day, and the numbers of shipments that were read, and that did not answer.

    Reading has stopped early if the two are fewer than were asked for.
    """

    changes: list[Change]
    read: int
    unread: int


def list_shipments(day: date) -> list[str]:
    """Return the shipments that changed on a day in India, as the feeds of partners have kept them."""
    start = datetime(day.year, day.month, day.day, tzinfo=INDIA)
    entries = FeedEntry.objects.filter(created_at__gte=start, created_at__lt=start + timedelta(days=1))
    return sorted(set(entries.values_list("shipment_id", flat=True)))


def read_changes(store: ShipmentStore, shipment_ids: Iterable[str], day: date) -> list[Change]:
    """Read the changes of these shipments that were recorded on a day in India, in the order of recording."""
    found = [
        change
        for shipment_id in shipment_ids
        for event in store.read_timeline(shipment_id)
        if event.change is not None
        for change in split_change(event.change)
        if change.recorded_at.astimezone(INDIA).date() == day
    ]
    return sorted(found, key=lambda change: (change.recorded_at, change.change_id))


def read_day_changes(store: ShipmentStore, shipment_ids: Sequence[str], day: date) -> DayRead:
    """Read the changes like `read_changes()`, though some shipments cannot be read.

    A shipment is tried again once; after `MOST_UNREAD` that failed twice the others are not read.
    """
    changes: list[Change] = []
    read = unread = 0
    for shipment_id in shipment_ids:
        try:
            changes += _read_again(store, shipment_id, day)
            read += 1
        except TransientError:
            unread += 1
            if unread > MOST_UNREAD:
                break
    changes.sort(key=lambda change: (change.recorded_at, change.change_id))
    return DayRead(changes, read, unread)


def _read_again(store: ShipmentStore, shipment_id: str, day: date) -> list[Change]:
    """Read the changes of one shipment, a second time if the first one fails. Raises `TransientError`."""
    try:
        return read_changes(store, [shipment_id], day)
    except TransientError:
        return read_changes(store, [shipment_id], day)


def simulate(ports: NotificationPorts, changes: Sequence[Change], rules: Rules) -> Counter[Outcome]:
    """Decide about every change under the rules, as if nothing had been sent before; count the outcomes.

    Nothing is sent or stored. Choices and consents are those of today. What would have been deferred is
    decided again at its time, in the state after the changes before that time. Budgets of partners and of the
    month are left out, since they depend on all other shipments.
    """
    return _Simulation(ports, rules).run(changes)


class _Simulation:
    """State of one run: what it has sent, what waits, and the newest state of each shipment."""

    def __init__(self, ports: NotificationPorts, rules: Rules) -> None:
        self._ports = ports
        self._rules = rules
        self._numbers = itertools.count()
        self._waiting: list[Waiting] = []
        self._notified: dict[str, Notified | None] = {}
        self._states: dict[str, ShipmentState] = {}
        self._facts: set[str] = set()
        self._sent: list[tuple[str, str, str, datetime]] = []
        self._outcomes: Counter[Outcome] = Counter()

    def run(self, changes: Sequence[Change]) -> Counter[Outcome]:
        for change in changes:
            self._release(change.recorded_at)
            self._states[change.shipment_id] = _advance(self._states.get(change.shipment_id), change)
            trigger = read_trigger(change)
            notified = self._find(change.shipment_id) if trigger else None
            if trigger is not None and notified is not None:
                self._take(change, trigger, notified)
        self._release(None)
        return self._outcomes

    def _find(self, shipment_id: str) -> Notified | None:
        if shipment_id not in self._notified:
            booking = find_booking(shipment_id)
            self._notified[shipment_id] = (
                read_notified(self._ports, booking, stores=False) if booking else None
            )
        return self._notified[shipment_id]

    def _take(self, change: Change, trigger: Trigger, notified: Notified) -> None:
        for transport in self._ports.transports.values():
            declared = transport.declaration
            if declared.offers(trigger) or trigger in self._rules.triggers.get(declared.name, ()):
                planned = PlannedNotification(change, trigger, notified.recipient, declared)
                self._settle(planned, self._decide(planned, change.recorded_at, None), change.recorded_at)
            if trigger is Trigger.AVAILABLE_FOR_PICKUP and declared.offers(Trigger.PICKUP_REMINDER):
                later = msgspec.structs.replace(change, change_id=change.change_id + REMINDER_SUFFIX)
                reminder = PlannedNotification(later, Trigger.PICKUP_REMINDER, notified.recipient, declared)
                self._defer(reminder, change.occurred_at + REMINDER_AFTER, "reminder")

    def _decide(self, planned: PlannedNotification, now: datetime, due_at: datetime | None) -> Decision:
        notified = self._notified[planned.change.shipment_id]
        assert notified is not None
        person = notified.person
        midnight = now.astimezone(person.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        address_hash = find_address_hash(planned, person)
        name, shipment_id = planned.transport.name, planned.change.shipment_id
        by_transport = [sent for sent in self._sent if sent[0] == name]
        seen = Circumstances(
            choices=person.choices,
            quiet_hours=person.quiet_hours,
            zone=person.zone,
            was_sent=planned.fact in self._facts,
            sent_about_shipment=sum(sent[1] == shipment_id and sent[3] >= midnight for sent in by_transport),
            sent_to_address=sum(
                sent[2] == address_hash and sent[3] > now - ADDRESS_SPAN for sent in by_transport
            ),
            deferred_until=due_at,
            state=self._states[shipment_id] if due_at else None,
            window_end=find_window_end(planned) if due_at else None,
        )
        return decide(planned, seen, now, self._rules)

    def _settle(
        self, planned: PlannedNotification, decision: Decision, now: datetime, waited: str = ""
    ) -> None:
        """Count the decision; `waited` is why it was deferred before."""
        if decision.until is not None:
            self._defer(planned, decision.until, decision.reason)
            return
        name, reason = planned.transport.name, decision.reason
        if decision.action is Action.SEND:
            notified = self._notified[planned.change.shipment_id]
            assert notified is not None
            reason = QUIET if waited == QUIET else ""
            self._facts.add(planned.fact)
            self._sent.append(
                (name, planned.change.shipment_id, find_address_hash(planned, notified.person), now)
            )
        self._outcomes[Outcome(name, planned.trigger.value, decision.action.value, reason)] += 1

    def _defer(self, planned: PlannedNotification, until: datetime, reason: str) -> None:
        heapq.heappush(self._waiting, Waiting(until, next(self._numbers), planned, reason))

    def _release(self, now: datetime | None) -> None:
        """Decide again about what is due at `now`; about everything that waits, if it is None."""
        while self._waiting and (now is None or self._waiting[0].until <= now):
            until, _, planned, reason = heapq.heappop(self._waiting)
            self._settle(planned, self._decide(planned, until, until), until, reason)


def _advance(state: ShipmentState | None, change: Change) -> ShipmentState:
    """Return the state that the facts of a change describe, as far as decisions look at it."""
    after = change.after
    episode = change.episode if change.type == "delayed" else (state.delay.episode if state else 0)
    return ShipmentState(
        shipment_id=change.shipment_id,
        status=after.status or (state.status if state else ShipmentState(change.shipment_id).status),
        substatus=after.substatus,
        direction=after.direction,
        delay=Delay(is_reported=after.is_delayed or change.type == "delayed", episode=episode),
    )


def compare(before: Mapping[Outcome, int], after: Mapping[Outcome, int]) -> list[tuple[Outcome, int, int]]:
    """Return each outcome with its numbers under both rules, in a fixed order."""
    return [(each, before.get(each, 0), after.get(each, 0)) for each in sorted({*before, *after})]


def count_sent(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    """Return the number of messages that would have been sent, by transport."""
    sent: Counter[str] = Counter()
    for outcome, count in outcomes.items():
        if outcome.action == Action.SEND:
            sent[outcome.transport] += count
    return dict(sent)

"""Quarantine, bus and queues in memory, for tests and simulation, with the same guarantees."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tracking.domain.changes import split_change
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.events import Change
from workers.ports import QuarantinedRecord, QueueDepth, QueueMessage, Refusal, RefusalReason
from workers.quarantine import days_shown, name_record, show_refusal, split_id

MESSAGES_PER_CALL = 10
VISIBILITY_S = 60.0
MAX_RECEIVES = 10


def _read_clock() -> datetime:
    return datetime.now(UTC)


class MemoryQuarantine:
    """`Quarantine` in a dictionary."""

    def __init__(self, now: Callable[[], datetime] = _read_clock) -> None:
        """`now` determines today and yesterday."""
        self._now = now
        self._refusals: dict[str, Refusal] = {}
        self._attempts: Counter[str] = Counter()

    def put(self, refusals: Sequence[Refusal]) -> None:
        """Store these records; an existing record stays as it is."""
        for refusal in refusals:
            self._refusals.setdefault(name_record(refusal.record), refusal)

    def read_newest(self, limit: int) -> list[QuarantinedRecord]:
        """Return the newest records of today and yesterday (UTC), newest first."""
        return sorted(self._read_shown(), key=lambda record: record.arrived_at, reverse=True)[:limit]

    def count(self) -> int:
        """Return the number of records of today and yesterday (UTC)."""
        return len(self._read_shown())

    def read_day(self, day: date) -> Iterator[QuarantinedRecord]:
        """Yield all records of one UTC day, by shard and then in order of arrival."""
        for name in sorted(self._refusals):
            record = self._show(name)
            if record.quarantine_id.startswith(f"{day.isoformat()}/"):
                yield record

    def read(self, quarantine_id: str) -> Refusal | None:
        """Return the record with its reason, or None if there is none."""
        return self._refusals.get(split_id(quarantine_id)[1])

    def remove(self, quarantine_id: str) -> None:
        """Delete the record, if it exists."""
        self._refusals.pop(split_id(quarantine_id)[1], None)

    def note_attempt(self, quarantine_id: str, reason: RefusalReason, detail: str) -> None:
        """Record a failed replay and its reason."""
        name = split_id(quarantine_id)[1]
        self._refusals[name] = self._refusals[name]._replace(reason=reason, detail=detail)
        self._attempts[name] += 1

    def _show(self, name: str) -> QuarantinedRecord:
        return show_refusal(self._refusals[name])._replace(attempts=1 + self._attempts[name])

    def _read_shown(self) -> list[QuarantinedRecord]:
        days = days_shown(self._now())
        shown = map(self._show, list(self._refusals))
        return [record for record in shown if record.quarantine_id.startswith(days)]


class MemoryBus:
    """`ChangeBus` that records the single changes that it takes, as its rules would see them."""

    def __init__(self, takes: Callable[[Change], bool] = lambda _change: True) -> None:
        """`takes` returns whether the bus takes a change; by default it takes all."""
        self._takes = takes
        self.published: list[Change] = []

    def publish(self, changes: Sequence[Change]) -> list[Change]:
        """Take changes and return those taken. Raises `TransientError` if none were."""
        taken = [change for change in changes if self._takes(change)]
        if changes and not taken:
            raise TransientError("the bus takes nothing")
        self.published += [single for change in taken for single in split_change(change)]
        return taken


@dataclass
class _Message:
    """Message in a queue, invisible until `visible_at` (seconds of the queue's clock)."""

    message_id: int
    body: str
    visible_at: float
    received: int = 0


class MemoryQueues:
    """`MessageQueues` in lists, with `put`. A message is received ten times at most."""

    def __init__(self, names: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        """Create these queues. `<queue>-dlq`, if among them, gets messages that were received too often."""
        self._clock = clock
        self._arrived = threading.Condition()
        self._ids = itertools.count(1)
        self._queues: dict[str, list[_Message]] = {name: [] for name in names}

    def put(self, queue: str, body: str) -> None:
        """Put a message that is visible at once."""
        with self._arrived:
            self._find(queue).append(_Message(next(self._ids), body, self._clock()))
            self._arrived.notify_all()

    def show_again(self, queue: str, messages: Sequence[QueueMessage]) -> None:
        """Make these messages visible again."""
        handles = {message.handle for message in messages}
        with self._arrived:
            for message in self._find(queue):
                if str(message.message_id) in handles:
                    message.visible_at = self._clock()
            self._arrived.notify_all()

    def receive(self, queue: str, wait_s: float) -> list[QueueMessage]:
        """Return up to ten messages; wait at most `wait_s` seconds for the first."""
        with self._arrived:
            self._arrived.wait_for(lambda: self._find_visible(queue), timeout=wait_s)
            return [self._receive(message) for message in self._find_visible(queue)[:MESSAGES_PER_CALL]]

    def delete(self, queue: str, messages: Sequence[QueueMessage]) -> None:
        """Delete messages; those already deleted are ignored."""
        handles = {message.handle for message in messages}
        with self._arrived:
            kept = [message for message in self._find(queue) if str(message.message_id) not in handles]
            self._queues[queue] = kept

    def hide(self, queue: str, messages: Sequence[tuple[QueueMessage, int]]) -> None:
        """Make each of these messages visible again after its number of seconds."""
        seconds = {(message.handle, message.received): after for message, after in messages}
        with self._arrived:
            for message in self._find(queue):
                key = (str(message.message_id), message.received)
                if key in seconds:
                    message.visible_at = self._clock() + seconds[key]
            self._arrived.notify_all()

    def read_depths(self) -> list[QueueDepth]:
        """Return the depth of every queue, in the order of creation."""
        with self._arrived:
            return [self._read_depth(queue) for queue in self._queues]

    def _find(self, queue: str) -> list[_Message]:
        if queue not in self._queues:
            raise PermanentError(f"unknown queue: {queue!r}")
        return self._queues[queue]

    def _find_visible(self, queue: str) -> list[_Message]:
        """Return visible messages, after moving those received too often to the dead-letter queue."""
        visible = [message for message in self._find(queue) if message.visible_at <= self._clock()]
        dead_letters = self._queues.get(f"{queue}-dlq")
        if dead_letters is None:
            return visible
        for message in [message for message in visible if message.received >= MAX_RECEIVES]:
            visible.remove(message)
            self._queues[queue].remove(message)
            dead_letters.append(message)
        return visible

    def _receive(self, message: _Message) -> QueueMessage:
        message.received += 1
        message.visible_at = self._clock() + VISIBILITY_S
        return QueueMessage(message.body, str(message.message_id), message.received)

    def _read_depth(self, queue: str) -> QueueDepth:
        messages = self._queues[queue]
        in_flight = sum(1 for message in messages if message.visible_at > self._clock())
        return QueueDepth(queue, len(messages) - in_flight, in_flight)

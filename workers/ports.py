"""Ports for moving records; `swiftlogix/wiring.py` puts an adapter behind each."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tracking.domain.calendars import DeliveryCalendar
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.events import Change, Place
from tracking.domain.geofence import Geofence
from tracking.domain.report_rules import FaultReason
from tracking.eta.lanes import LaneStatistics
from workers.alarm_states import AlarmStates, NoAlarmStates
from workers.leases.ports import LeaseTable
from workers.skewed_clocks import SkewedClocks
from workers.steps.ports import MemoryStepReports, StepReports
from workers.vehicle_checks import VehicleChecks


class CursorExpiredError(TransientError):
    """Raised if the cursor is too old: open the shard again behind the last record read."""


class ShardGoneError(PermanentError):
    """Raised if the stream has no such shard, or does not exist."""


class StreamRecord(NamedTuple):
    """One record as Kinesis gives it; `stream_position` orders it within its shard, `source` names the shard.

    `source` is `<stream creation epoch>/<shard_id>`; `stream_position` is the sequence number padded so that
    string order is stream order; `sequence` is the number as received, for reopening.
    """

    raw: bytes
    arrived_at: datetime
    source: str
    stream_position: str
    sequence: str


class Shard(NamedTuple):
    """A shard as the stream lists it; closed once it was split or merged, and takes nothing more.

    It takes the hash keys from `hash_from` to `hash_to`, both included, in decimal; `""` when not known.
    """

    shard_id: str
    parent_ids: tuple[str, ...] = ()
    hash_from: str = ""
    hash_to: str = ""
    closed: bool = False


class Read(NamedTuple):
    """Result of one read: records in order, where to go on (None: the shard has ended), the lag.

    At the end of a shard `children` are those that take its place, if the stream says so.
    """

    records: list[StreamRecord]
    next_cursor: str | None
    behind_ms: int
    children: tuple[Shard, ...] = ()


class RecordStream(Protocol):
    """Reads shards in order. A read repeats nothing and skips nothing after the cursor it was given.

    Raises `TransientError` on throttling or a lost connection, `CursorExpiredError` for an old cursor,
    `ShardGoneError` for a shard (or a whole stream) that is not there, `PermanentError` for a number that
    is not one of the shard's.
    """

    def incarnation(self) -> str:
        """`<stream name>@<creation epoch>`: a re-created stream is another one."""
        ...

    def read_retention(self) -> timedelta:
        """For how long the stream keeps a record."""
        ...

    def set_retention(self, retention: timedelta) -> None:
        """Let the stream keep records for so many whole hours, those that it holds already included.

        From 24 hours to a year. Records older than a shorter retention are lost.
        """
        ...

    def list_shards(self) -> list[Shard]:
        """All shards that hold records within retention, closed ones included."""
        ...

    def open_shard(self, shard_id: str, at: str) -> str:
        """A cursor at the record with sequence number `at`, which comes again; `""`: at the oldest record.

        What is read from it carries in its `source` the incarnation that the stream had when it was opened.
        """
        ...

    def read(self, shard_id: str, cursor: str, limit: int) -> Read:
        """Up to `limit` records from the cursor on."""
        ...


# Why a record is in quarantine: a broken rule, its form, its vehicle's owner, or a fault of our own code.
RefusalReason = FaultReason | Literal["too_large", "undecodable", "foreign_vehicle", "failed"]


class Refusal(NamedTuple):
    """A record that could not be read, with the reason; the raw bytes are kept for replay."""

    record: StreamRecord
    reason: RefusalReason
    detail: str = ""
    shipment_id: str | None = None
    vehicle_id: str | None = None


class QuarantinedRecord(NamedTuple):
    """A record in quarantine, as ops sees it."""

    quarantine_id: str
    reason: RefusalReason
    detail: str
    arrived_at: datetime
    size: int
    preview: str
    shipment_id: str | None = None
    attempts: int = 1
    vehicle_id: str | None = None


class Quarantine(Protocol):
    """Keeps what could not be read, raw bytes and all, for 30 days, by UTC day of arrival.

    Putting the same record again changes nothing. Raises `TransientError` when it cannot be reached.
    """

    def put(self, refusals: Sequence[Refusal]) -> None:
        """Keep these records durably; only then may the checkpoint pass them."""
        ...

    def read_newest(self, limit: int) -> list[QuarantinedRecord]:
        """Return the newest records of today and yesterday (UTC), newest first."""
        ...

    def count(self) -> int:
        """Count the records that were set aside today and yesterday (UTC)."""
        ...

    def read_day(self, day: date) -> Iterator[QuarantinedRecord]:
        """All records of one UTC day, by shard and then in order of arrival."""
        ...

    def read(self, quarantine_id: str) -> Refusal | None:
        """Return the record as it was set aside, with all its bytes; None when there is no such."""
        ...

    def remove(self, quarantine_id: str) -> None:
        """Take the record out, now that it is recorded; nothing when it is not there."""
        ...

    def note_attempt(self, quarantine_id: str, reason: RefusalReason, detail: str) -> None:
        """Note that the record was tried again in vain, and why."""
        ...


class ChangeBus(Protocol):
    """Takes changes for routing; at least once, any order."""

    def publish(self, changes: Sequence[Change]) -> list[Change]:
        """Put changes on the bus; returns those it has taken. Raises `TransientError` if it took none."""
        ...


class QueueMessage(NamedTuple):
    """A message as SQS hands it over; `handle` deletes it."""

    body: str
    handle: str
    received: int


class QueueDepth(NamedTuple):
    """Number of messages that wait in one queue."""

    name: str
    waiting: int
    in_flight: int


class MessageQueues(Protocol):
    """Queues the bus feeds; a message not deleted within its visibility comes again, ten times at most."""

    def receive(self, queue: str, wait_s: float) -> list[QueueMessage]:
        """Up to ten messages, waiting at most `wait_s` for the first."""
        ...

    def delete(self, queue: str, messages: Sequence[QueueMessage]) -> None:
        """Take done messages off the queue."""
        ...

    def hide(self, queue: str, messages: Sequence[tuple[QueueMessage, int]]) -> None:
        """Let each of these messages come again after its number of seconds, instead of its visibility.

        One that is deleted, or was received by another reader since, is left alone.
        """
        ...

    def read_depths(self) -> list[QueueDepth]:
        """Return the depth of every queue of ours, including the dead-letter queues."""
        ...


class Places(Protocol):
    """Names positions, in order; never raises, never waits for a network."""

    def locate(self, points: Sequence[tuple[float, float]] | NDArray[np.float64]) -> list[Place]:
        """Return the place of each (lat, lon) in degrees; of quality `none` where there is nothing to say."""
        ...

    def locate_pincode(self, pincode: str) -> tuple[float, float] | None:
        """A point (lat, lon) inside the area of a PIN code, for destinations without a hub, or None."""
        ...


class Geofences(Protocol):
    """Knows the geofences of the network; may be a minute old. Never raises, a few microseconds a call."""

    def find_near(self, lat: float, lon: float) -> Sequence[Geofence]:
        """Return the fences that a point (degrees) may be inside of, or just outside."""
        ...

    def find(self, fence_id: str) -> Geofence | None:
        """Return the fence of that id, or None."""
        ...

    def find_calendar(self, hub_id: str) -> DeliveryCalendar | None:
        """Return the delivery hours of a hub, None for one that is unknown."""
        ...


class NoGeofences:
    """A network without hubs: what is left are the ends of each parcel's lane."""

    def find_near(self, _lat: float, _lon: float) -> Sequence[Geofence]:
        """None."""
        return ()

    def find(self, _fence_id: str) -> Geofence | None:
        """None."""
        return None

    def find_calendar(self, _hub_id: str) -> DeliveryCalendar | None:
        """None."""
        return None


class LaneCache(Protocol):
    """Keeps lane statistics in memory: answers at once, never fails, may be a minute old."""

    def read(self, keys: Iterable[Collection[str]]) -> LaneStatistics:
        """Return a mapping that holds the statistics of these sets of keys.

        Keys that nobody has asked for before are fetched, for at most 50 ms; until then they are absent.
        """
        ...


class NoLanes:
    """A cache without statistics: every window rests on its prior."""

    def read(self, keys: Iterable[Collection[str]]) -> LaneStatistics:
        """Return an empty mapping."""
        del keys
        return {}


@dataclass(frozen=True)
class WorkerPorts:
    """Adapters that workers run with."""

    stream: RecordStream
    leases: LeaseTable
    quarantine: Quarantine
    bus: ChangeBus
    queues: MessageQueues
    places: Places
    fences: Geofences = field(default_factory=NoGeofences)
    lanes: LaneCache = field(default_factory=NoLanes)
    vehicle_checks: VehicleChecks = field(default_factory=VehicleChecks)
    clocks: SkewedClocks = field(default_factory=SkewedClocks)
    steps: StepReports = field(default_factory=MemoryStepReports)
    alarms: AlarmStates = field(default_factory=NoAlarmStates)


_wired: list[WorkerPorts] = []


def wire(adapters: WorkerPorts) -> None:
    """Take the adapters to run with; called by the assembly at start, and by tests."""
    _wired[:] = [adapters]


def ports() -> WorkerPorts:
    """Return the adapters wired at start."""
    return _wired[0]

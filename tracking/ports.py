"""Ports of tracking: interfaces to stores, stream and live push; `swiftlogix/wiring.py` sets the adapters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from tracking.counter_ports import RequestCounter
from tracking.domain.commits import Commit as Commit  # noqa: PLC0414 - stores take it from here
from tracking.domain.events import Change, Scan, TrackingEvent, VehicleFix
from tracking.domain.legs import FinishedLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import Owner, Registration, VehicleManifest, VehicleState
from tracking.eta.lanes import Statistic
from tracking.figure_sample_ports import FigureSamples, MemoryFigureSamples
from tracking.kept_state_ports import KeptStates, NoKeptStates
from tracking.lookup_ports import (
    ActiveAlarms,
    EmptyQuarantine,
    NoAlarms,
    NoPinCodes,
    NoSms,
    NoStreamProgress,
    PinCodeLocator,
    QuarantineCounter,
    SmsUsage,
    StreamProgressReader,
)
from tracking.map_ports import MapData
from tracking.receipt_ports import MemoryReceipts, ReceiptStore


class Outcome(NamedTuple):
    """Result of a commit: done, or refused because the state had changed to `current`."""

    committed: bool
    current: ShipmentState | None = None


class ShipmentStore(Protocol):
    """Store of shipment events and states, and of changes until they are published.

    A commit with a change is atomic. Events without a change may be stored a moment before the state made
    from them, never after it. The same commit again changes nothing. After `commit` has returned, a crash
    loses nothing. States have versions: of concurrent writers one wins, and the others get the current state.
    Every method raises `TransientError` when the store cannot be reached.
    """

    def read_states(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """Return the state of each shipment that has one, as the base of a commit.

        States may be cached: a commit on an old state is refused and returns the current one. Use
        `read_current` or `read_state` for current states.
        """
        ...

    def read_current(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """Return the current state of each of these shipments that has one (strongly consistent)."""
        ...

    def read_shipment_ids(self) -> Iterator[str]:
        """Yield the ids of all shipments with a status, in any order; very recent ones may be missing."""
        ...

    def read_timeline(self, shipment_id: str) -> list[TrackingEvent]:
        """Return all events of the shipment that have not expired, oldest first (strongly consistent)."""
        ...

    def read_state(self, shipment_id: str) -> ShipmentState | None:
        """Return the current state of one shipment, or None (strongly consistent)."""
        ...

    def commit(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Store each commit on condition that the state is still `before`; return one outcome per commit."""
        ...

    def read_waiting(self, events: Sequence[TrackingEvent]) -> list[Change]:
        """Return the changes of these events that are recorded and not published yet."""
        ...

    def read_pending(self, older_than: datetime) -> list[Change]:
        """Return changes that have been pending since before `older_than`, oldest first."""
        ...

    def clear_pending(self, changes: Sequence[Change]) -> None:
        """Mark these changes as published. Safe to repeat."""
        ...

    def keep_first_arrivals(self, scans: Sequence[Scan]) -> dict[tuple[str, str], datetime]:
        """Return when each of these reports first arrived, by (shipment_id, event_id), and store new ones.

        For reports with an id and no time. The first arrival is kept for 7 days at least.
        """
        ...


class VehicleStore(Protocol):
    """Store of vehicle positions, the newest position of each vehicle, and its manifest.

    Writes may be repeated and come in any order: data older than the stored data changes nothing. Every
    method raises `TransientError` when the store cannot be reached.
    """

    def record_fixes(self, fixes: Sequence[VehicleFix]) -> dict[str, VehicleState]:
        """Store positions; return the vehicles whose newest position changed, as they are now.

        Makes one write per position and one per vehicle. A position that cleaning dropped is stored, and does
        not become the newest one.
        """
        ...

    def read_vehicles(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleState]:
        """Return the state of each vehicle that has one.

        `fix` is None if its position has expired or was reported under another owner.
        """
        ...

    def read_registrations(
        self, vehicle_ids: Sequence[str], *, fresh: bool = False
    ) -> dict[str, Registration]:
        """Return owner and class of each of these vehicles that has an owner.

        May be a minute old unless `fresh`.
        """
        ...

    def read_fixes(
        self, vehicle_id: str, owner: Owner | None, after: str, until: str, limit: int
    ) -> list[VehicleFix]:
        """Return positions that the vehicle had under this owner (None: without one), oldest first.

        `after` and `until` are sort keys, both exclusive.
        """
        ...

    def keep_registration(self, vehicle_id: str, registration: Registration | None) -> None:
        """Set owner and class of the vehicle; None removes both.

        Positions under an earlier owner are not shown any more.
        """
        ...

    def keep_manifest(self, manifest: VehicleManifest) -> None:
        """Store the manifest unless a newer one of the vehicle is stored."""
        ...

    def drop_manifest(self, vehicle_id: str, manifest_id: str) -> None:
        """Delete the manifest of the vehicle if it is this one."""
        ...

    def read_manifests(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleManifest]:
        """Return the manifest of each vehicle that has one (strongly consistent)."""
        ...


class Known(NamedTuple):
    """Stored statistic with its version, which the next write is conditional on."""

    statistic: Statistic
    version: int


class Lesson(NamedTuple):
    """Finished legs and the statistics changed by them, with the versions they were read at (0: none)."""

    legs: Sequence[FinishedLeg]
    changed: Mapping[str, Statistic]
    seen: Mapping[str, int]


class Learned(NamedTuple):
    """Result of a lesson, which is stored or refused as a whole.

    `known` are the keys of its legs that were stored before. A refusal without any means that a statistic
    has changed since it was read.
    """

    kept: bool
    known: frozenset[tuple[str, str]] = frozenset()


class LaneStatisticsStore(Protocol):
    """Store of finished legs and of the lane statistics made from them.

    A lesson is atomic, so each leg counts exactly once, with any crash and any number of writers. Every
    method raises `TransientError` when the store cannot be reached.
    """

    def read(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return the statistics of those keys that have one (strongly consistent)."""
        ...

    def keep(self, lesson: Lesson) -> Learned:
        """Store at most 100 legs and statistics, if no leg was stored before and no statistic has changed."""
        ...

    def put(self, statistics: Mapping[str, Statistic]) -> None:
        """Set these statistics, replacing those stored: plans, and history learned elsewhere."""
        ...


class ForgetfulLanes:
    """`LaneStatisticsStore` that stores nothing, so that every prediction uses its prior."""

    def read(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return no statistics."""
        del keys
        return {}

    def keep(self, lesson: Lesson) -> Learned:
        """Discard."""
        del lesson
        return Learned(kept=True)

    def put(self, statistics: Mapping[str, Statistic]) -> None:
        """Discard."""


class EventStream(Protocol):
    """Stream that records are put on; an accepted record is durable, in order per partition key."""

    def put(self, records: Sequence[tuple[str, bytes]]) -> list[str | None]:
        """Put (partition key, bytes) records; return per record None if accepted, else the reason."""
        ...


class LivePush(Protocol):
    """Push of updates to open pages: immediate, at most once. Never raises.

    A page that misses a frame notices by the version and reads the state again.
    """

    def find_watched(self, shipment_ids: Sequence[str]) -> set[str]:
        """Return those of these shipments that a page watches or that were read in the last minute.

        Returns more if that is unknown, never fewer. A page reads the state after it has joined its group, so
        a state that was durable before this call reaches every page.
        """
        ...

    def push_shipment(self, state: ShipmentState, frame: dict[str, Any]) -> None:
        """Send a `state` frame to everyone who watches the shipment, and keep the state for readers.

        They follow the vehicle of the state's manifest from then on. `state` is as it is stored.
        """
        ...

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Send a `position` frame to everyone who watches a shipment aboard the vehicle."""
        ...

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """Send `{"vehicles": [...], "changes": [...]}` to the ops consoles, and store newest positions."""
        ...

    def read_fleet(self) -> list[dict[str, Any]]:
        """Return the newest position of every vehicle of the last day; of equal times the last one."""
        ...


class Member(Protocol):
    """Open socket, as a member of groups."""

    def take(self, message: Any) -> None:
        """Take a message of a group, in the event loop of the socket. Returns at once."""
        ...

    def catch_up(self) -> None:
        """Read the state again soon: messages may have been lost."""
        ...


class LiveGroups(Protocol):
    """Groups of open sockets in this process; what `LivePush` sends to a group reaches every member.

    Raises one of `OUTAGES` when the server behind it cannot be reached.
    """

    async def join(self, group: str, member: Member) -> None:
        """Add a member; messages sent to the group after this call reach it."""
        ...

    async def leave(self, group: str, member: Member) -> None:
        """Remove a member; nothing happens if it is none."""
        ...


@dataclass(frozen=True)
class TrackingPorts:
    """Adapters that tracking runs with."""

    store: ShipmentStore
    stream: EventStream
    live: LivePush
    vehicles: VehicleStore
    # None where nobody counts: requests then pass uncounted.
    counter: RequestCounter | None = None
    # None where sockets join the groups of Channels' own layer.
    groups: LiveGroups | None = None
    lanes: LaneStatisticsStore = field(default_factory=ForgetfulLanes)
    quarantine: QuarantineCounter = field(default_factory=EmptyQuarantine)
    stream_progress: StreamProgressReader = field(default_factory=NoStreamProgress)
    sms_usage: SmsUsage = field(default_factory=NoSms)
    pin_codes: PinCodeLocator = field(default_factory=NoPinCodes)
    maps: MapData = field(default_factory=MapData)
    kept_states: KeptStates = field(default_factory=NoKeptStates)
    receipts: ReceiptStore = field(default_factory=MemoryReceipts)
    figure_samples: FigureSamples = field(default_factory=MemoryFigureSamples)
    alarms: ActiveAlarms = field(default_factory=NoAlarms)


_wired: list[TrackingPorts] = []


def wire(adapters: TrackingPorts) -> None:
    """Take the adapters to run with; called by the assembly at start, and by tests."""
    _wired[:] = [adapters]


def ports() -> TrackingPorts:
    """Return the adapters wired at start."""
    return _wired[0]

"""What tracking needs from outside, as promises; `swiftlogix/wiring.py` puts an adapter behind each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from tracking.domain.commits import Commit as Commit  # noqa: PLC0414 - stores take it from here
from tracking.domain.events import Change, Scan, TrackingEvent, VehicleFix
from tracking.domain.legs import FinishedLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.vehicles import VehicleManifest, VehicleState
from tracking.eta.lanes import Statistic
from tracking.lookup_ports import (
    EmptyQuarantine,
    NoPinCodes,
    NoSms,
    PinCodeLocator,
    QuarantineCounter,
    SmsUsage,
)


class Outcome(NamedTuple):
    """What became of a commit: done, or refused because the state had moved on to `current`."""

    committed: bool
    current: ShipmentState | None = None


class ShipmentStore(Protocol):
    """Keeps each event and each state once, and every change until it is published.

    A commit is all or nothing for its transitions; pings may be kept a moment before the state that has
    read them, never after. Committing the same thing again changes nothing. A crash loses nothing that
    `commit` has answered for. Order: states move by version, one writer wins, the others are told.
    Every method raises `TransientError` when the store cannot be reached.
    """

    def read_states(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """The state of each shipment that has one, to make a commit on.

        It may be what this process has seen last: a commit on a state that has moved on is refused and told
        the current one. `read_state` asks for the current one at once.
        """
        ...

    def read_current(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState]:
        """The current state of each of these shipments that has one, to be shown (strongly consistent)."""
        ...

    def read_shipment_ids(self) -> Iterator[str]:
        """The ids of all shipments with a status, in no order; those of the last second may be missing."""
        ...

    def read_timeline(self, shipment_id: str) -> list[TrackingEvent]:
        """All events of the shipment that have not expired, oldest first (strongly consistent)."""
        ...

    def read_state(self, shipment_id: str) -> ShipmentState | None:
        """The current state of one shipment, or None (strongly consistent)."""
        ...

    def commit(self, commits: Sequence[Commit]) -> list[Outcome]:
        """Keep each shipment's step on condition that its state is still `before`; one outcome per commit."""
        ...

    def read_waiting(self, events: Sequence[TrackingEvent]) -> list[Change]:
        """The changes of those of these events that are recorded and not yet published."""
        ...

    def read_pending(self, older_than: datetime) -> list[Change]:
        """Changes that have been waiting to be published since before `older_than`, oldest first."""
        ...

    def clear_pending(self, changes: Sequence[Change]) -> None:
        """Mark these changes as published; safe to repeat."""
        ...

    def keep_first_receipts(self, scans: Sequence[Scan]) -> dict[tuple[str, str], datetime]:
        """When each of these reports of a shipment first arrived, by (shipment_id, event_id).

        For reports with an id and no time: the first copy is remembered for 7 days at least.
        """
        ...


class VehicleStore(Protocol):
    """Keeps each position of a vehicle once, the newest one of each, and the manifest it drives by.

    Everything may be repeated and come in any order: what is older than what is kept changes nothing.
    Every method raises `TransientError` when the store cannot be reached.
    """

    def record_fixes(self, fixes: Sequence[VehicleFix]) -> dict[str, VehicleState]:
        """Keep positions of vehicles; the vehicles that moved by it, as they are now.

        One write a fix, and one a vehicle. A position that cleaning set aside is kept and moves nothing.
        """
        ...

    def read_vehicles(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleState]:
        """Each vehicle that is known; `fix` is None without a position of the last 30 days."""
        ...

    def read_owners(self, vehicle_ids: Sequence[str]) -> dict[str, str]:
        """The partner of each of these vehicles that belongs to one; may be a minute old."""
        ...

    def read_fixes(self, vehicle_id: str, after: str, until: str, limit: int) -> list[VehicleFix]:
        """Positions of the vehicle whose sort keys lie between these (both exclusive), oldest first."""
        ...

    def keep_owner(self, vehicle_id: str, partner_id: str | None) -> None:
        """Say whose vehicle it is; None takes that back."""
        ...

    def keep_manifest(self, manifest: VehicleManifest) -> None:
        """Keep the manifest unless a newer one of the vehicle is kept."""
        ...

    def drop_manifest(self, vehicle_id: str, manifest_id: str) -> None:
        """Forget the vehicle's manifest if it is this one."""
        ...

    def read_manifests(self, vehicle_ids: Sequence[str]) -> dict[str, VehicleManifest]:
        """The manifest of each vehicle that has one (strongly consistent)."""
        ...


class Known(NamedTuple):
    """A statistic as it is kept, with the version that a writer must have seen."""

    statistic: Statistic
    version: int


class Lesson(NamedTuple):
    """Legs and what they make of the statistics, on top of the versions seen (0: not there yet)."""

    legs: Sequence[FinishedLeg]
    changed: Mapping[str, Statistic]
    seen: Mapping[str, int]


class Learned(NamedTuple):
    """What became of a lesson: kept whole, or refused whole.

    `known` are the sort keys of its legs that were kept before; a refusal without any means that a statistic
    has moved since it was read.
    """

    kept: bool
    known: frozenset[tuple[str, str]] = frozenset()


class LaneStatisticsStore(Protocol):
    """Keeps what lanes have taught: each finished leg once, and the statistics made from them.

    A lesson is all or nothing, so a leg that is kept has taught exactly once, through any crash and with any
    number of writers. Every method raises `TransientError` when the store cannot be reached.
    """

    def read(self, keys: Sequence[str]) -> dict[str, Known]:
        """The statistics of those keys that have one (strongly consistent)."""
        ...

    def keep(self, lesson: Lesson) -> Learned:
        """Keep legs and statistics if no leg was kept before and no statistic has moved; 100 rows at most."""
        ...

    def put(self, statistics: Mapping[str, Statistic]) -> None:
        """Set these statistics, whatever was there: plans, and history taught beforehand."""
        ...


class ForgetfulLanes:
    """Lanes that teach nothing, where nobody keeps them: every prediction rests on its prior."""

    def read(self, keys: Sequence[str]) -> dict[str, Known]:
        """Nothing is known."""
        del keys
        return {}

    def keep(self, lesson: Lesson) -> Learned:
        """Taken, and forgotten."""
        del lesson
        return Learned(kept=True)

    def put(self, statistics: Mapping[str, Statistic]) -> None:
        """Taken, and forgotten."""


class EventStream(Protocol):
    """Puts records on the stream; accepted means durably kept, in order per partition key."""

    def put(self, records: Sequence[tuple[str, bytes]]) -> list[str | None]:
        """Put (partition key, bytes) records; per record None when accepted, else why not."""
        ...


class LivePush(Protocol):
    """Tells open pages what is new, at most once and at once; a lost message heals by version.

    Never raises: a page that missed a frame asks again by version.
    """

    def find_watched(self, shipment_ids: Sequence[str]) -> set[str]:
        """Those of these shipments that somebody watches; more when that is not known, never fewer.

        Whoever begins to watch reads the state after joining, so what was durable before this was asked
        reaches everybody.
        """
        ...

    def push_shipment(self, shipment_id: str, frame: dict[str, Any], vehicle_id: str | None = None) -> None:
        """Send a `state` frame to everyone watching the shipment; from now on they follow the vehicle too."""
        ...

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Send a `position` frame to everyone watching a shipment that the vehicle carries."""
        ...

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """Send `{"vehicles": [...], "changes": [...]}` to the ops consoles; keeps each vehicle's newest."""
        ...

    def read_fleet(self) -> list[dict[str, Any]]:
        """The newest known position of every vehicle heard of within a day."""
        ...


class Counted(NamedTuple):
    """The number of a request in its window, and in how many whole seconds the window ends (at least 1)."""

    number: int
    left_s: int


class RequestCounter(Protocol):
    """Counts requests, the same for all processes; each call is atomic.

    Counts and tallies are bookkeeping: they may be lost with the server that keeps them. Every method raises
    `TransientError` when it cannot be reached, and does so at once while it stays away.
    """

    def count(self, name: str, window_s: int, tallies: Mapping[str, int] | None = None) -> Counted:
        """Count one more under this name; its window begins with its first. Adds `tallies` too."""
        ...

    def tally(self, tallies: Mapping[str, int]) -> None:
        """Add to running numbers, by name."""
        ...

    def take_tallies(self) -> dict[str, int]:
        """The running numbers since they were last taken; each is handed out once."""
        ...


@dataclass(frozen=True)
class TrackingPorts:
    """The adapters tracking runs with."""

    store: ShipmentStore
    stream: EventStream
    live: LivePush
    vehicles: VehicleStore
    # None where nobody counts: requests then pass uncounted.
    counter: RequestCounter | None = None
    lanes: LaneStatisticsStore = field(default_factory=ForgetfulLanes)
    quarantine: QuarantineCounter = field(default_factory=EmptyQuarantine)
    sms_usage: SmsUsage = field(default_factory=NoSms)
    pin_codes: PinCodeLocator = field(default_factory=NoPinCodes)


_wired: list[TrackingPorts] = []


def wire(adapters: TrackingPorts) -> None:
    """Take the adapters to run with; called by the assembly at start, and by tests."""
    _wired[:] = [adapters]


def ports() -> TrackingPorts:
    """The adapters wired at start."""
    return _wired[0]

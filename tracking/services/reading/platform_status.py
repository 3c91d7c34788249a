"""Status of the platform: latency and availability of the last hour and day, and incidents of the day."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import structlog

from tracking.domain.errors import SwiftLogixError
from tracking.histograms import Buckets, add_up, find_percentile
from tracking.lookup_ports import ActiveAlarms
from tracking.receipt_ports import ReceiptStore
from tracking.receipts import DAY, HOUR, SPANS, STAGES, Slot, SlotFigures, Stage, find_slots

# An hour is slow if one event in a hundred took longer than this from its arrival to the push.
SLOW_MS = 2000.0
# Share of public reads that is to be answered, of an hour and of a day.
AVAILABILITY_GOAL = 0.9999
# In an hour with fewer events, one slow event would be more than one in a hundred.
LEAST_EVENTS = 100
# Pages share what was read for this long: each of them would otherwise read all processes' figures.
KEPT_FOR_S = 10.0

IncidentKind = Literal["slow", "failed", "silent"]


log = structlog.get_logger()


class StageFigures(NamedTuple):
    """Number of items of a stage, and percentiles of their durations in ms; None without items."""

    stage: Stage
    items: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class PeriodStatus(NamedTuple):
    """Figures of a period that ends now: every stage, public reads that were answered, and all of them.

    `since` is the begin of the first slot in which anything was counted; None if nothing was.
    """

    stages: Mapping[Stage, StageFigures]
    answered: int
    reads: int
    since: datetime | None

    @property
    def availability(self) -> float | None:
        """Share of public reads that were answered, 0 to 1; None without reads."""
        return self.answered / self.reads if self.reads else None


class StatusIncident(NamedTuple):
    """Hours, one after the other, in which a promise was not kept.

    `slow`: `worst` is the largest P99 in ms. `failed`: `worst` is the number of failed reads. `silent`: no
    event arrived, between hours in which events did.
    """

    kind: IncidentKind
    begins_at: datetime
    ends_at: datetime
    worst: float


class PlatformStatus(NamedTuple):
    """Status of the platform at one moment, with the alarms that are on; incidents have the newest first."""

    read_at: datetime
    hour: PeriodStatus
    day: PeriodStatus
    incidents: Sequence[StatusIncident]
    alarms: Collection[str] = ()


def read_platform_status(store: ReceiptStore, now: datetime) -> PlatformStatus:
    """Read the figures of all processes. Raises `TransientError` if the store cannot be reached."""
    slots = {span: find_slots(span, now.timestamp()) for span in (HOUR, DAY)}
    found = store.read([slot for each in slots.values() for slot in each])
    hour, day = found[: HOUR.slots], found[HOUR.slots :]
    return PlatformStatus(
        read_at=now,
        hour=_add_up_period(slots[HOUR], hour),
        day=_add_up_period(slots[DAY], day),
        incidents=find_incidents(slots[DAY], day),
    )


def find_incidents(slots: Sequence[Slot], figures: Sequence[Sequence[SlotFigures]]) -> list[StatusIncident]:
    """Return what went wrong in these hours, newest first; hours one after the other make one incident."""
    hours = [_judge_hour(each) for each in figures]
    busy = [number for number, each in enumerate(hours) if each.events]
    found: list[StatusIncident] = []
    for number, (slot, each) in enumerate(zip(slots, hours, strict=True)):
        begins_at = datetime.fromtimestamp(slot.begins_at, UTC)
        span = (begins_at, begins_at + timedelta(seconds=SPANS[slot.span].slot_s))
        if each.p99_ms is not None and each.p99_ms > SLOW_MS and each.events >= LEAST_EVENTS:
            found.append(StatusIncident("slow", *span, each.p99_ms))
        if each.failed and 1 - each.failed / each.reads < AVAILABILITY_GOAL:
            found.append(StatusIncident("failed", *span, each.failed))
        if not each.events and busy and busy[0] < number < busy[-1]:
            found.append(StatusIncident("silent", *span, 0.0))
    return _join(found)


class _HourVerdict(NamedTuple):
    events: int
    p99_ms: float | None
    failed: int
    reads: int


def _judge_hour(figures: Iterable[SlotFigures]) -> _HourVerdict:
    each = list(figures)
    screen = add_up(one.stages.get("screen", {}) for one in each)
    failed = sum(one.failed for one in each)
    reads = failed + sum(one.answered for one in each)
    return _HourVerdict(sum(screen.values()), find_percentile(screen, 0.99), failed, reads)


def _join(found: Sequence[StatusIncident]) -> list[StatusIncident]:
    """Return the incidents, newest first; those of one kind in hours one after the other are joined."""
    joined: list[StatusIncident] = []
    for each in sorted(found, key=lambda incident: (incident.kind, incident.begins_at)):
        last = joined[-1] if joined else None
        if last is None or (last.kind, last.ends_at) != (each.kind, each.begins_at):
            joined.append(each)
            continue
        worst = last.worst + each.worst if each.kind == "failed" else max(last.worst, each.worst)
        joined[-1] = last._replace(ends_at=each.ends_at, worst=worst)
    return sorted(joined, key=lambda incident: incident.begins_at, reverse=True)


def _add_up_period(slots: Sequence[Slot], found: Sequence[Sequence[SlotFigures]]) -> PeriodStatus:
    figures = [each for of_slot in found for each in of_slot]
    first = next((slot for slot, of_slot in zip(slots, found, strict=True) if of_slot), None)
    failed, answered = sum(each.failed for each in figures), sum(each.answered for each in figures)
    return PeriodStatus(
        stages={
            stage: _measure(stage, add_up(each.stages.get(stage, {}) for each in figures)) for stage in STAGES
        },
        answered=answered,
        reads=answered + failed,
        since=datetime.fromtimestamp(first.begins_at, UTC) if first else None,
    )


def _measure(stage: Stage, buckets: Buckets) -> StageFigures:
    p50, p95, p99 = (find_percentile(buckets, share) for share in (0.5, 0.95, 0.99))
    return StageFigures(stage, sum(buckets.values()), p50, p95, p99)


class SharedStatus:
    """Status that the pages of this process share for `KEPT_FOR_S`; so is that it cannot be read."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._store: ReceiptStore | None = None
        self._status: PlatformStatus | None = None
        self._ends_at = 0.0

    def read(self, store: ReceiptStore, alarms: ActiveAlarms, now: datetime) -> PlatformStatus | None:
        """Return a status at most `KEPT_FOR_S` old, None while the store cannot be reached.

        One thread reads it, and the others wait for that one, at most as long as the store's timeout.
        """
        with self._lock:
            if self._store is not store or self._clock() >= self._ends_at:
                self._store, self._status = store, _try(store, alarms, now)
                self._ends_at = self._clock() + KEPT_FOR_S
            return self._status


def _try(store: ReceiptStore, alarms: ActiveAlarms, now: datetime) -> PlatformStatus | None:
    try:
        status = read_platform_status(store, now)
    except SwiftLogixError as error:
        log.warning("status", outcome="no figures", error=str(error))
        return None
    try:
        return status._replace(alarms=alarms.list_on())
    except SwiftLogixError as error:
        log.warning("status", outcome="no alarms", error=str(error))
        return status


# Status of this process.
SHARED_STATUS = SharedStatus()

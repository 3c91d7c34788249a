"""Pilot: what the old system reports, compared with what was recorded, and who may be promoted. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from tracking.domain.events import TrackingEvent
from tracking.domain.status import Status


class Cohort(StrEnum):
    """Group of vehicles: recorded beside the old system, in the pilot, or with everybody else."""

    SHADOW = "shadow"
    PILOT = "pilot"
    FLEET = "fleet"


# What a cohort is promoted to, and how long the feed must have been compared before.
NEXT = {Cohort.SHADOW: Cohort.PILOT, Cohort.PILOT: Cohort.FLEET}
PERIODS = {Cohort.SHADOW: timedelta(days=14), Cohort.PILOT: timedelta(days=7)}
# Two systems note the same scan at slightly different times.
TOLERANCE = timedelta(minutes=15)
MAX_LATENCY_P99_MS = 1_000.0
MAX_MISMATCH_SHARE = 0.001


class Reported(NamedTuple):
    """Status of a shipment as the old system reported it."""

    shipment_id: str
    status: Status
    at: datetime


class Mismatch(NamedTuple):
    """Report of the old system that differs: `missing`, `time` (minutes apart) or `status` (its last one)."""

    kind: str
    shipment_id: str
    expected: str
    found: str


class Comparison(NamedTuple):
    """Comparison of a cohort: the old system's reports, those matched, mismatches, our latencies in ms."""

    reports: int
    matched: int
    mismatches: tuple[Mismatch, ...]
    latencies_ms: tuple[float, ...]
    first_at: datetime | None
    last_at: datetime | None

    @property
    def period(self) -> timedelta:
        """Time from the first to the last report."""
        return self.last_at - self.first_at if self.first_at and self.last_at else timedelta()

    @property
    def missing(self) -> int:
        """Number of reports that were never recorded."""
        return sum(one.kind == "missing" for one in self.mismatches)

    @property
    def mismatch_share(self) -> float:
        """Share of reports that differ."""
        return len(self.mismatches) / self.reports if self.reports else 0.0

    def percentile(self, share: float) -> float | None:
        """Return a latency by nearest rank; None without events."""
        if not self.latencies_ms:
            return None
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def compare(reports: Sequence[Reported], timelines: Mapping[str, Sequence[TrackingEvent]]) -> Comparison:
    """Compare the reports of the old system with the events that were recorded, by shipment."""
    matched, mismatches = 0, list[Mismatch]()
    for report in reports:
        mismatch = _find_mismatch(report, timelines.get(report.shipment_id, ()))
        if mismatch is None:
            matched += 1
        else:
            mismatches.append(mismatch)
    times = [report.at for report in reports]
    latencies = tuple(
        (event.recorded_at - event.received_at).total_seconds() * 1000
        for events in timelines.values()
        for event in events
        if event.recorded_at is not None
    )
    return Comparison(
        len(reports),
        matched,
        tuple(mismatches),
        latencies,
        min(times, default=None),
        max(times, default=None),
    )


def find_obstacles(
    cohort: Cohort, compared: Comparison, *, dead_letters: int, open_alarms: int, cost_share: float | None
) -> list[str]:
    """Return why a cohort may not be promoted, in words; [] if it may.

    `dead_letters` are messages that wait, `open_alarms` pages that nobody has explained, `cost_share` the
    cost divided by the forecast (None: unknown).
    """
    latency = compared.percentile(0.99)
    checks = {
        f"compared for {compared.period.days} days, {PERIODS[cohort].days} are needed": (
            compared.period >= PERIODS[cohort]
        ),
        "no event of ours has a latency": latency is not None,
        f"p99 from arrival to record is {latency or 0:.0f} ms, at most {MAX_LATENCY_P99_MS:.0f} is allowed": (
            latency is None or latency <= MAX_LATENCY_P99_MS
        ),
        f"{compared.missing} reports were never recorded": compared.missing == 0,
        f"{compared.mismatch_share:.2%} of reports differ, less than {MAX_MISMATCH_SHARE:.1%} is allowed": (
            compared.mismatch_share < MAX_MISMATCH_SHARE
        ),
        f"{dead_letters} dead letters are open": dead_letters == 0,
        f"{open_alarms} pages are not explained": open_alarms == 0,
        "the cost is not known: say it with --cost-share": cost_share is not None,
        f"the cost is {(cost_share or 0):.0%} of the forecast, 80 to 120 % is allowed": (
            cost_share is None or 0.8 <= cost_share <= 1.2
        ),
    }
    return [words for words, holds in checks.items() if not holds]


def _find_mismatch(report: Reported, events: Sequence[TrackingEvent]) -> Mismatch | None:
    same = [event for event in events if event.applied and event.status == report.status]
    if not same:
        found = str(events[-1].status or "no status") if events else "no event"
        return Mismatch(
            "missing", report.shipment_id, f"{report.status} at {report.at:%Y-%m-%d %H:%M}", found
        )
    apart = min(abs(event.occurred_at - report.at) for event in same)
    if apart > TOLERANCE:
        minutes = f"{apart.total_seconds() / 60:.0f} min apart"
        return Mismatch("time", report.shipment_id, f"{report.status} at {report.at:%Y-%m-%d %H:%M}", minutes)
    return None

"""The report of a run: what was put and what became of it, what was told, and how long things took."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from laboratory.local.meter.audit import EventCounts
from laboratory.local.meter.tables import ChangeCounts


class Told(NamedTuple):
    """Changes told to somebody, and messages somebody got a second time."""

    delivered: int
    delivered_twice: int


class Report(NamedTuple):
    """A run's figures; delays in milliseconds, one per event or frame."""

    events: EventCounts
    changes: ChangeCounts
    told: Told
    to_recorded_ms: Sequence[float]
    to_screen_ms: Sequence[float]
    seconds: float
    vehicles: int
    shards: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, nothing told twice and nothing left unpublished."""
        return (
            self.events.lost == 0
            and self.told.delivered_twice == 0
            and self.changes.published == self.changes.recorded
        )

    def as_json(self) -> dict[str, Any]:
        """The report as `--report` writes it."""
        return {
            "events": self.events._asdict(),
            "changes": self.changes._asdict() | self.told._asdict(),
            "latency_ms": {
                "stream_to_recorded": summarise(self.to_recorded_ms),
                "stream_to_screen": summarise(self.to_screen_ms),
            },
            "seconds": round(self.seconds, 1),
            "vehicles": self.vehicles,
            "shards": self.shards,
        }


def summarise(values: Sequence[float]) -> dict[str, float | None]:
    """p50, p95, p99 and the maximum, by nearest rank; all None without a value."""
    ordered = sorted(values)
    ranks = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    if not ordered:
        return dict.fromkeys(ranks)
    return {name: round(ordered[math.ceil(share * len(ordered)) - 1], 1) for name, share in ranks.items()}


def describe_report(report: dict[str, Any]) -> str:
    """The report in lines for people."""
    events = ", ".join(f"{name} {count}" for name, count in report["events"].items())
    changes = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in report["changes"].items())
    delays = "\n".join(
        f"{name.replace('_', ' ')}: " + ", ".join(f"{rank} {ms} ms" for rank, ms in delay.items())
        for name, delay in report["latency_ms"].items()
    )
    return f"events: {events}\nchanges: {changes}\n{delays}"

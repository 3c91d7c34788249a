"""Final report of a run: records and their outcomes, changes, notifications, and delays."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from laboratory.local.meter.audit import EventCounts
from laboratory.local.meter.tables import ChangeCounts


class MessageCounts(NamedTuple):
    """Numbers of changes that were notified, and of messages sent more than once."""

    delivered: int
    delivered_twice: int


class Report(NamedTuple):
    """Figures of a run; delays in milliseconds, one per event or frame."""

    events: EventCounts
    changes: ChangeCounts
    messages: MessageCounts
    to_recorded_ms: Sequence[float]
    to_screen_ms: Sequence[float]
    seconds: float
    vehicles: int
    shards: int

    @property
    def is_clean(self) -> bool:
        """Return whether no record was lost, no change notified twice and none left unpublished."""
        return (
            self.events.lost == 0
            and self.messages.delivered_twice == 0
            and self.changes.published == self.changes.recorded
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as `--report` writes it."""
        return {
            "events": self.events._asdict(),
            "changes": self.changes._asdict() | self.messages._asdict(),
            "latency_ms": {
                "stream_to_recorded": compute_percentiles(self.to_recorded_ms),
                "stream_to_screen": compute_percentiles(self.to_screen_ms),
            },
            "seconds": round(self.seconds, 1),
            "vehicles": self.vehicles,
            "shards": self.shards,
        }


def compute_percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """Return p50, p95, p99 and the maximum by nearest rank; all None without values."""
    ordered = sorted(values)
    ranks = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    if not ordered:
        return dict.fromkeys(ranks)
    return {name: round(ordered[math.ceil(share * len(ordered)) - 1], 1) for name, share in ranks.items()}


def describe_report(report: dict[str, Any]) -> str:
    """Format the report as lines of text for the console."""
    events = ", ".join(f"{name} {count}" for name, count in report["events"].items())
    changes = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in report["changes"].items())
    delays = "\n".join(
        f"{name.replace('_', ' ')}: " + ", ".join(f"{rank} {ms} ms" for rank, ms in delay.items())
        for name, delay in report["latency_ms"].items()
    )
    return f"events: {events}\nchanges: {changes}\n{delays}"

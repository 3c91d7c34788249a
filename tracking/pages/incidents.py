"""Incident list of the console: ordered by urgency, with the time left to respond."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tracking.status_style import STATUS_STYLES, Tone

WEIGHTS = {"critical": 8, "high": 4, "medium": 2, "low": 1}
# Shares of the response time from which an incident is yellow and red.
WARN_AT, BAD_AT = 0.75, 1.0


class IncidentRow(NamedTuple):
    """Row of the incident list; `left` is the time until it is due, negative when overdue."""

    incident: dict[str, Any]
    opened_at: datetime
    age: timedelta
    left: timedelta
    tone: Tone
    pressure: float

    @property
    def title(self) -> str:
        """Heading made from the incident's code."""
        code: str = self.incident["code"].replace("_", " ")
        return code.capitalize()

    @property
    def icon(self) -> str:
        """Icon of the status that is the incident's code, else the exception icon."""
        code = self.incident["code"]
        return code if code in STATUS_STYLES else "octagon"

    @property
    def overdue(self) -> bool:
        """True if the response time is over."""
        return self.left < timedelta(0)


def list_incidents(incidents: Iterable[dict[str, Any]], now: datetime) -> list[IncidentRow]:
    """List open incidents by `weight x (1 + age / response time)`, highest first, older first on a tie."""
    rows = [_make_row(incident, now) for incident in incidents if incident["resolved_at"] is None]
    return sorted(rows, key=lambda row: (-row.pressure, row.opened_at))


def _make_row(incident: dict[str, Any], now: datetime) -> IncidentRow:
    opened_at, due_at = (datetime.fromisoformat(incident[name]) for name in ("opened_at", "due_at"))
    age, response = now - opened_at, max(due_at - opened_at, timedelta(seconds=1))
    share = age / response
    tone: Tone = "bad" if share >= BAD_AT else "warn" if share >= WARN_AT else "idle"
    pressure = WEIGHTS[incident["severity"]] * (1 + share)
    return IncidentRow(incident, opened_at, age, due_at - now, tone, pressure)

"""ETA history of a shipment: each arrival window that was predicted, for a chart and for its table."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from tracking.code_texts import say_reason
from tracking.domain.changes import split_change
from tracking.domain.events import Eta, TrackingEvent
from tracking.domain.explain import Explained
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES
from tracking.pages.shipment_timeline import find_mark, name_event

# Changes that are about the window itself.
ABOUT_WINDOW = ("eta_changed", "delayed", "delay_cleared")


class Revision(NamedTuple):
    """Arrival window that replaced the one before: when it was predicted, after which event, and why.

    `reason` is empty where no change was published.
    """

    at: datetime
    eta: Eta
    event: str
    reason: str


def list_revisions(explained: Iterable[Explained]) -> list[Revision]:
    """Return the windows of the events that count, oldest first; the same window again is left out."""
    revisions: list[Revision] = []
    for each in explained:
        event, eta = each.event, each.event.eta
        if eta is None or not find_mark(each).counts:
            continue
        before = revisions[-1].eta if revisions else None
        if before is None or _read_window(before) != _read_window(eta):
            revisions.append(Revision(event.occurred_at, eta, name_event(event).title, _find_reason(event)))
    return revisions


def describe_eta(explained: Iterable[Explained], state: ShipmentState, now: datetime) -> dict[str, Any]:
    """Return the revisions, newest first, and the data of their chart, None without revisions."""
    revisions = list_revisions(explained)
    chart = _make_chart(revisions, state, now) if revisions else None
    return {"revisions": revisions[::-1], "eta_chart": chart}


def _make_chart(revisions: list[Revision], state: ShipmentState, now: datetime) -> dict[str, Any]:
    """Return the data of the chart in epoch seconds.

    The last window holds until now, or until the journey ended; `ended` is None while it goes on.
    """
    ended = state.status_at if state.status in END_STATUSES else None
    end = max(ended or now, revisions[-1].at)
    steps = [*revisions, revisions[-1]._replace(at=end)]
    promised = state.promised
    return {
        "at": [_to_seconds(step.at) for step in steps],
        "from": [_to_seconds(step.eta.from_) for step in steps],
        "middle": [_to_seconds(step.eta.at) for step in steps],
        "to": [_to_seconds(step.eta.to) for step in steps],
        "promised": [_to_seconds(promised.from_), _to_seconds(promised.to)] if promised else None,
        "ended": _to_seconds(ended) if ended else None,
    }


def _read_window(eta: Eta) -> tuple[datetime, datetime, datetime]:
    return eta.from_, eta.at, eta.to


def _find_reason(event: TrackingEvent) -> str:
    changes = split_change(event.change) if event.change else ()
    return next((say_reason(change.why) for change in changes if change.type in ABOUT_WINDOW), "")


def _to_seconds(moment: datetime) -> int:
    return int(moment.timestamp())

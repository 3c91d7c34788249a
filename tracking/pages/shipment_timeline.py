"""Timeline of a shipment on its console page: each event with name, verdict and the reason in words."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

import msgspec

from tracking.code_texts import (
    REJECTIONS,
    say_code,
    say_illegal,
    say_status_code,
)
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.events import TrackingEvent
from tracking.domain.explain import IN_SNAPSHOT, Explained, VerdictWord
from tracking.domain.fold import may_use_position
from tracking.domain.status import Direction, Status, read_in_direction
from tracking.services.requests.staff_accounts import name_accounts
from tracking.status_style import Tone, style_of

FLAG_TEXTS = {
    "null_island": "at 0° north, 0° east",
    "jump": "too far from the one before",
    "frozen": "the device repeats it",
}


class Mark(NamedTuple):
    """Label of an event's verdict, with the reason if it did not count.

    `correction` is the id of the event that took it back.
    """

    word: str
    tone: Tone
    reason: str = ""
    correction: str = ""

    @property
    def counts(self) -> bool:
        """True unless the event was refused, retracted or replaced."""
        return self.word not in ("refused", "retracted", "replaced")


class EventName(NamedTuple):
    """Name of an event with icon and tone; `detail` is its substatus or reason, `note` what was written."""

    icon: str
    tone: Tone
    title: str
    detail: str = ""
    note: str = ""


class TimelineRow(NamedTuple):
    """Event of the timeline: its name, its verdict, its delay from occurrence to receipt, and its JSON.

    `author` is the account or the key that reported it.
    """

    event: TrackingEvent
    name: EventName
    mark: Mark
    took: timedelta
    source: str
    author: str
    raw: str


def make_rows(explained: Iterable[Explained]) -> list[TimelineRow]:
    """Build the rows of the timeline, in the order of the events."""
    found = list(explained)
    names = name_accounts(each.event.actor or "" for each in found)
    return [_make_row(each, names[each.event.actor or ""]) for each in found]


def _make_row(explained: Explained, author: str) -> TimelineRow:
    event = explained.event
    return TimelineRow(
        event=event,
        name=name_event(event),
        mark=find_mark(explained),
        took=event.received_at - event.occurred_at,
        source=say_code("source", event.source),
        author=author,
        raw=json.dumps(msgspec.to_builtins(event), indent=2, ensure_ascii=False),
    )


def name_event(event: TrackingEvent) -> EventName:
    """Return the name of what the event reports."""
    status = event.status or event.reported_status
    if status is not None:
        style = style_of(status)
        tone: Tone = style.tone if event.status is not None else "warn"
        detail = _say_detail(event)
        return EventName(style.icon, tone, say_status_code(status), detail, event.note or "")
    if event.booking is not None:
        return EventName("ring", "idle", "Booking")
    if event.corrects:
        return EventName("bent", "info", "Correction", "", event.note or "")
    if event.clock_kind is not None:
        return EventName("dotted", "idle", say_code("clock", event.clock_kind))
    if event.source == "manifest":
        return EventName("dotted", "idle", "Joined a vehicle" if event.vehicle_id else "Left its vehicle")
    return EventName("dotted", "idle", "Position" if event.has_position else "Report", "", event.note or "")


def find_mark(explained: Explained) -> Mark:
    """Return the label of the event's verdict, with the reason in words unless it was simply applied."""
    event, verdict = explained.event, explained.verdict
    if verdict in _REFUSED:
        correction = _find_correction(event) if verdict in ("retracted", "superseded") else ""
        return _REFUSED[verdict]._replace(reason=_say_rejection(explained), correction=correction)
    if verdict == "late":
        return Mark("late", "info", "Received after an event that happened later")
    if event.corrects:
        return Mark("correction", "info", "Takes an event back" if event.retracts else "Replaces an event")
    if event.evidence is not None:
        tone: Tone = "bad" if event.evidence.verdict == "contradicted" else "info"
        return Mark("evidence", tone, say_evidence(event.evidence))
    if event.status is None and event.reported_status is None and event.has_position:
        return Mark("position", "idle", _say_unused_position(event))
    return Mark("applied", "good", _say_on_the_way_back(explained))


_REFUSED: dict[VerdictWord, Mark] = {
    "rejected": Mark("refused", "warn"),
    "retracted": Mark("retracted", "idle"),
    "superseded": Mark("replaced", "idle"),
}


def say_evidence(evidence: AttemptEvidence) -> str:
    """Return what the positions of the vehicle say about an attempt, as a sentence."""
    nearest = "" if evidence.nearest_m is None else f", {evidence.nearest_m} m away at the nearest"
    match evidence.verdict:
        case "supported":
            return f"The vehicle was at the door{nearest}"
        case "contradicted":
            return f"The vehicle was elsewhere{nearest}"
    return f"Too few positions to decide{nearest}"


def _say_rejection(explained: Explained) -> str:
    event, before = explained.event, explained.before
    if explained.rule == IN_SNAPSHOT:
        return "Settled before, with this verdict"
    if explained.rule == "unmapped_status":
        return f"The status “{event.reported_status}” is not known"
    if explained.rule == "illegal" and before is not None and event.status is not None:
        status, _ = read_in_direction(event.status, event.substatus, before.direction)
        return say_illegal(before.status or Status.UNKNOWN, status, before.direction)
    return REJECTIONS.get(explained.rule, "It did not count")


def _find_correction(event: TrackingEvent) -> str:
    """Return the id of the correction in a stored verdict such as `retracted:c8`."""
    return (event.reject_reason or "").partition(":")[2]


def _say_detail(event: TrackingEvent) -> str:
    """Return substatus and reason of the event as text; empty for one that has neither."""
    codes = dict.fromkeys(filter(None, (event.substatus, event.reason_code)))
    names = [say_status_code(f"{event.status}", code) for code in codes]
    return " · ".join(name for name in names if name != say_status_code(f"{event.status}"))


def _say_unused_position(event: TrackingEvent) -> str:
    if event.is_fix_dropped:
        said = [FLAG_TEXTS[flag] for flag in event.fix_flags if flag in FLAG_TEXTS]
        return f"Position set aside: {', '.join(said)}"
    if not may_use_position(event):
        return f"Position too vague: within {event.accuracy_m or 0:.0f} m"
    return ""


def _say_on_the_way_back(explained: Explained) -> str:
    event, before = explained.event, explained.before
    if event.status is None or before is None or before.direction is Direction.FORWARD:
        return ""
    status, _ = read_in_direction(event.status, event.substatus, before.direction)
    return "" if status is event.status else f"On the way back this is “{say_status_code(status)}”"

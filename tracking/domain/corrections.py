"""Corrections: events that say of other events that they did not happen, or were wrong."""

from collections.abc import Iterable, Mapping
from typing import Literal

from tracking.domain.events import Source, TrackingEvent

# A device cannot take back what it reported, and no clock of ours corrects a fact.
CORRECTORS: frozenset[Source] = frozenset({"manual", "api"})
# What a correction says of the event it names: it did not happen, or it was wrong.
Withdrawal = Literal["retracted", "superseded"]


def find_withdrawn(
    known: Mapping[str, str], events: Iterable[TrackingEvent], owner: str | None
) -> dict[str, str]:
    """By id of the named event, what a correction says of it: `retracted:<id>` or `superseded:<id>`.

    `known` is what earlier corrections have said. `events` come in their order on the timeline; where two
    name the same event, the first one is told. A correction is final: it stands even if it is corrected.
    """
    withdrawn = dict(known)
    for event in events:
        if may_correct(event, owner):
            for name, verdict in names_of(event):
                withdrawn.setdefault(name, f"{verdict}:{event.event_id}")
    return withdrawn


def names_of(event: TrackingEvent) -> list[tuple[str, Withdrawal]]:
    """The events this one corrects, each with what it says of it; an event cannot correct itself."""
    names: tuple[tuple[str | None, Withdrawal], ...] = (
        (event.retracts, "retracted"),
        (event.supersedes, "superseded"),
    )
    return [(name, verdict) for name, verdict in names if name is not None and name != event.event_id]


def may_correct(event: TrackingEvent, owner: str | None) -> bool:
    """Whether the event's source may correct events of a shipment that belongs to `owner`."""
    return event.source in CORRECTORS and not is_foreign(event, owner)


def is_foreign(event: TrackingEvent, owner: str | None) -> bool:
    """Whether the event was reported by a partner to whom the shipment does not belong."""
    return owner is not None and event.partner_id not in (None, owner)

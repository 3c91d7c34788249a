"""Corrections: events that retract or supersede other events."""

from collections.abc import Iterable, Mapping
from typing import Literal

from tracking.domain.events import Source, TrackingEvent

# Devices cannot take back what they reported, and events derived by our own processes correct nothing.
CORRECTORS: frozenset[Source] = frozenset({"manual", "api"})
# What a correction says of the event it names: it did not happen, or it was wrong.
Withdrawal = Literal["retracted", "superseded"]


def find_withdrawn(
    withdrawn_before: Mapping[str, str], events: Iterable[TrackingEvent], owner: str | None
) -> dict[str, str]:
    """Return the withdrawn events by id, each as `retracted:<id>` or `superseded:<id>` of its correction.

    `withdrawn_before` holds those of earlier corrections. `events` are in their order on the timeline; of two
    corrections of the same event the first one counts. A correction is final: it stands even if it is itself
    corrected.
    """
    withdrawn = dict(withdrawn_before)
    for event in events:
        if may_correct(event, owner):
            for event_id, withdrawal in list_corrected(event):
                withdrawn.setdefault(event_id, f"{withdrawal}:{event.event_id}")
    return withdrawn


def list_corrected(event: TrackingEvent) -> list[tuple[str, Withdrawal]]:
    """Return the ids of the events this one corrects, each with how; an event cannot correct itself."""
    named: tuple[tuple[str | None, Withdrawal], ...] = (
        (event.retracts, "retracted"),
        (event.supersedes, "superseded"),
    )
    return [(event_id, how) for event_id, how in named if event_id is not None and event_id != event.event_id]


def may_correct(event: TrackingEvent, owner: str | None) -> bool:
    """Return whether the event may correct events of a shipment that belongs to partner `owner`."""
    return event.source in CORRECTORS and not is_foreign(event, owner)


def is_foreign(event: TrackingEvent, owner: str | None) -> bool:
    """Return whether the event was reported by a partner other than the owner of the shipment."""
    return owner is not None and event.partner_id not in (None, owner)

"""Timelines of a partner's own shipments, in the mode of its key. All others are unknown to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from tracking.domain.attempt_evidence import AttemptEvidence, find_newest_evidence
from tracking.domain.events import TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.ports import TrackingPorts
from tracking.services.reading.archives import read_archive
from tracking.services.reading.history import fold_as_of, read_as_of, read_events
from tracking.services.reading.shipments import build_listed_state, join_vehicles
from tracking.services.requests.callers import Caller
from tracking.services.requests.queries import EventQuery
from tracking.services.requests.refusals import UnknownError


class EventsRead(NamedTuple):
    """Page of events, whether more follow, and the evidence of attempts by the id of their event."""

    events: list[TrackingEvent]
    has_more: bool
    evidence: Mapping[str, AttemptEvidence]


def read_own_state(ports: TrackingPorts, caller: Caller, shipment_id: str) -> ShipmentState:
    """Return the state of the caller's own shipment. Raises `UnknownError`, also for another partner's."""
    found = read_own_states(ports, caller, [shipment_id])
    if shipment_id not in found:
        raise UnknownError
    return found[shipment_id]


def read_own_states(
    ports: TrackingPorts, caller: Caller, shipment_ids: Sequence[str]
) -> dict[str, ShipmentState]:
    """Return the states of those shipments that the caller has booked, by id.

    The owner is read from the timeline. A booking that is not on its timeline has the state of its row:
    `created` until its first record is read.
    """
    current = ports.store.read_current(list(shipment_ids))
    joined = join_vehicles(ports.vehicles, list(current.values()))
    states = {tracked.state.shipment_id: tracked.state for tracked in joined}
    without_owner = [key for key in shipment_ids if key not in states or states[key].partner_id is None]
    own = _list_own(caller, without_owner)
    booked = {row.shipment_id: states.get(row.shipment_id) or build_listed_state(row) for row in own}
    return booked | {key: state for key, state in states.items() if _is_own(state, caller)}


def read_own_state_as_of(
    ports: TrackingPorts, caller: Caller, shipment_id: str, as_of: datetime, now: datetime
) -> ShipmentState:
    """Return the state of the caller's own shipment at `as_of`; from the archive if its rows have expired.

    Raises `TooOldError`, `UnknownError`.
    """
    current = read_own_state(ports, caller, shipment_id)
    state = _read_archived_as_of(shipment_id, as_of) if current.state_version == 0 else None
    state = state or read_as_of(ports.store, shipment_id, as_of, now)
    if state is None:
        raise UnknownError
    return state


def _read_archived_as_of(shipment_id: str, as_of: datetime) -> ShipmentState | None:
    """Return the state at `as_of` from the archive, None if the shipment is not there."""
    row = Shipment.objects.filter(shipment_id=shipment_id, archived_at__isnull=False).first()
    if row is None or row.status_at is None:
        return None
    archived = read_archive(shipment_id, row.status_at.year)
    return None if archived is None else fold_as_of(archived.state, archived.events, as_of)


def list_own_events(
    ports: TrackingPorts, caller: Caller, shipment_id: str, query: EventQuery, after: str | None
) -> EventsRead:
    """Return a page of events after this sort key, in the order asked for."""
    read_own_state(ports, caller, shipment_id)
    events = read_events(ports.store, shipment_id, include_rejected=query.include == "rejected")
    evidence = find_newest_evidence(event.evidence for event in events)
    if query.order == "desc":
        events = [event for event in reversed(events) if after is None or event.sort_key < after]
    else:
        events = [event for event in events if after is None or event.sort_key > after]
    return EventsRead(events[: query.limit], len(events) > query.limit, evidence)


def _is_own(state: ShipmentState, caller: Caller) -> bool:
    return (state.partner_id, state.livemode) == (caller.partner.partner_id, caller.livemode)


def _list_own(caller: Caller, shipment_ids: Sequence[str]) -> list[Shipment]:
    if not shipment_ids:
        return []
    rows = Shipment.objects.select_related("partner")
    return list(rows.filter(shipment_id__in=shipment_ids, partner=caller.partner, livemode=caller.livemode))

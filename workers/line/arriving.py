"""Arriving: a parcel whose own report shows it near its stop gets an event that says so."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from tracking.domain.arriving import ARRIVING, is_near, may_arrive
from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import TrackingEvent, format_time
from tracking.domain.fold import may_use_position
from tracking.domain.identity import name_clock_event
from tracking.domain.payload import ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.eta.aboard import RIDE_ACTOR
from tracking.ports import TrackingPorts
from tracking.services.recording.stream_records import make_record
from workers.line.record import Recorded

log = structlog.get_logger()
# On the timeline the event comes after the report that it was derived from.
AFTER_REPORT = timedelta(milliseconds=1)


def put_arriving(recorded: Recorded, tracking: TrackingPorts) -> int:
    """Put an event on the stream for each parcel whose newest report shows it near; return the number.

    Reads nothing. Never raises for a stream that cannot be reached: the parcel's next report is checked too.
    """
    payloads = list(_list_near(recorded))
    if not payloads:
        return 0
    try:
        errors = tracking.stream.put([make_record(payload) for payload in payloads])
    except SwiftLogixError as error:
        log.warning("arriving", outcome="left unreported", shipments=len(payloads), error=str(error))
        return 0
    return sum(error is None for error in errors)


def make_arriving(state: ShipmentState, source: TrackingEvent) -> ScanPayload:
    """Return the event of a parcel that is near by the report `source`, at the same position."""
    return ScanPayload(
        shipment_id=state.shipment_id,
        vehicle_id=source.vehicle_id,
        lat=source.lat,
        lon=source.lon,
        timestamp=format_time(source.occurred_at + AFTER_REPORT),
        event_id=name_arriving(state, source.occurred_at),
        clock_kind=ARRIVING,
        source="system",
        actor=RIDE_ACTOR,
        tour=source.tour,
    )


def name_arriving(state: ShipmentState, at: datetime) -> str:
    """Return the id of the event by which a parcel is near at `at`, in the present attempt."""
    return name_clock_event(ARRIVING, state.attempts, f"{at:%Y%m%dT%H%M%S}")


def _list_near(recorded: Recorded) -> Iterator[ScanPayload]:
    for event in recorded.events:
        state = recorded.states.get(event.shipment_id)
        # Few parcels may arrive, so that is asked first.
        if (
            state is None
            or not may_arrive(state, event.occurred_at)
            or event.eta is None
            or event.order != state.last_order
        ):
            continue
        # Without a position the window rests on the time that has passed; at a hub no tour has begun.
        is_on_tour = may_use_position(event) and not (event.place and event.place.hub_id)
        if is_on_tour and is_near(event.eta, event.tour, event.occurred_at):
            yield make_arriving(state, event)

"""Journey of a shipment: the steps shown to its recipient, newest last."""

from tracking.domain.events import TrackingEvent
from tracking.domain.shipment import JourneyStep
from tracking.domain.status import Status

JOURNEY_LENGTH = 20
# Statuses whose steps say why a parcel arrives later than promised.
HINDRANCES = frozenset({Status.ATTEMPT_FAILED, Status.ON_HOLD, Status.EXCEPTION})


def append_step(
    journey: tuple[JourneyStep, ...], event: TrackingEvent, status: Status, substatus: str | None
) -> tuple[JourneyStep, ...]:
    """Return the journey with the event as its newest step, unless the step would repeat the last one."""
    step = JourneyStep(
        occurred_at=event.occurred_at,
        event_id=event.event_id,
        status=status,
        substatus=substatus,
        place=event.place.label if event.place else None,
        late=event.late,
        corrected=event.supersedes is not None,
    )
    if journey and _repeats(journey[-1], step):
        return journey
    return (*journey, step)[-JOURNEY_LENGTH:]


def _repeats(last: JourneyStep, step: JourneyStep) -> bool:
    return (
        not step.corrected
        and last.status is step.status
        and step.substatus in (None, last.substatus)
        and step.place in (None, last.place)
    )


def find_hindrance(journey: tuple[JourneyStep, ...]) -> JourneyStep | None:
    """Return the newest step that says why a parcel is late; None if no step does."""
    return next((step for step in reversed(journey) if step.status in HINDRANCES), None)

"""The journey: the steps a customer would name, newest last."""

from tracking.domain.events import TrackingEvent
from tracking.domain.shipment import JourneyStep
from tracking.domain.status import Status

JOURNEY_LENGTH = 20


def lengthen(
    journey: tuple[JourneyStep, ...], event: TrackingEvent, status: Status, substatus: str | None
) -> tuple[JourneyStep, ...]:
    """The journey with the event as its newest step, unless that would say the same again."""
    step = JourneyStep(
        occurred_at=event.occurred_at,
        event_id=event.event_id,
        status=status,
        substatus=substatus,
        place=event.place.label if event.place else None,
        late=event.late,
        corrected=event.supersedes is not None,
    )
    if journey and _reads_the_same(journey[-1], step):
        return journey
    return (*journey, step)[-JOURNEY_LENGTH:]


def _reads_the_same(last: JourneyStep, step: JourneyStep) -> bool:
    return (
        not step.corrected
        and last.status is step.status
        and step.substatus in (None, last.substatus)
        and step.place in (None, last.place)
    )

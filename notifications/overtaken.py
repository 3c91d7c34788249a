"""Facts of a journey about which nothing was decided, because they were overtaken before they were recorded.

A fact that is recorded late, together with what came after it, makes no change of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from notifications.domain import Trigger, is_action_of_recipient
from notifications.models import Delivery
from tracking.domain.journey import JOURNEY_LENGTH
from tracking.domain.shipment import JourneyStep
from tracking.domain.status import Status

# Time after which a fact is decided about, if it ever is.
DECIDED_WITHIN = timedelta(minutes=5)


class Fact(NamedTuple):
    """Fact that has a trigger, and when it happened."""

    trigger: Trigger
    at: datetime


def list_overtaken(
    shipment_id: str, journey: Sequence[JourneyStep], offered: Collection[Trigger], now: datetime
) -> list[Fact]:
    """List the facts of the offered triggers about which nothing was decided for anybody.

    What has happened just now is left out, since its decision may follow.
    """
    happened, decided = defaultdict(list), _read_decided(shipment_id)
    for fact in _list_facts(journey):
        if fact.trigger in offered and now - fact.at > DECIDED_WITHIN:
            happened[fact.trigger].append(fact)
    return [fact for facts in happened.values() for fact in _leave_out(facts, decided[facts[0].trigger])]


def _leave_out(facts: list[Fact], decided: set[datetime]) -> list[Fact]:
    """Return the facts without a decision; one about another moment is that of the newest fact."""
    open_facts = [fact for fact in facts if fact.at not in decided]
    others = len(decided - {fact.at for fact in facts})
    return open_facts[: max(0, len(open_facts) - others)]


def _read_decided(shipment_id: str) -> defaultdict[str, set[datetime]]:
    decided: defaultdict[str, set[datetime]] = defaultdict(set)
    rows = Delivery.objects.filter(shipment_id=shipment_id)
    for trigger, at in rows.values_list("trigger", "occurred_at").distinct():
        if at is not None:
            decided[trigger].add(at)
    return decided


def _list_facts(journey: Sequence[JourneyStep]) -> Iterator[Fact]:
    """Yield the facts of the steps, oldest first, as `read_trigger` reads those of changes."""
    before, is_return = None, False
    # What came before the oldest step of a long journey is unknown.
    for number, step in enumerate(journey):
        is_return = is_return or step.status is Status.RETURNING
        trigger = _read_trigger(step, before)
        is_known = number > 0 or len(journey) < JOURNEY_LENGTH
        if is_known and trigger and (not is_return or trigger in (Trigger.RETURNING, Trigger.RETURNED)):
            yield Fact(trigger, step.occurred_at)
        before = step.status


def _read_trigger(step: JourneyStep, before: Status | None) -> Trigger | None:
    if step.status is Status.OUT_FOR_DELIVERY and step.substatus == Trigger.ARRIVING:
        return Trigger.ARRIVING
    if step.status is before or step.status.value not in list(Trigger):
        return None
    needs_action = step.status in (Status.ON_HOLD, Status.EXCEPTION)
    if needs_action and not is_action_of_recipient(step.status, step.substatus):
        return None
    return Trigger(step.status.value)

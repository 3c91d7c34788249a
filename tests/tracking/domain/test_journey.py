"""Journey: the steps a customer would name, each once, and the newest twenty of them."""

import msgspec
import pytest

from tests.events import at, make_event
from tracking.domain.events import Place
from tracking.domain.journey import append_step
from tracking.domain.shipment import JourneyStep
from tracking.domain.status import Status

HUB = Place(hub_id="VLR", hub_name="Vellore hub", town="Vellore", state="Tamil Nadu")
LAST = JourneyStep(
    occurred_at=at(0),
    event_id="e0",
    status=Status.IN_TRANSIT,
    substatus="arrived_hub",
    place="Vellore hub",
)
SAME = {"status": Status.IN_TRANSIT, "substatus": "arrived_hub"}


def steps_after(event, status=Status.IN_TRANSIT, substatus="arrived_hub"):
    return append_step((LAST,), event, status, substatus)


@pytest.mark.parametrize(
    ("place", "status", "substatus"),
    [
        (HUB, Status.IN_TRANSIT, "arrived_hub"),
        (None, Status.IN_TRANSIT, "arrived_hub"),
        (HUB, Status.IN_TRANSIT, None),
        (None, Status.IN_TRANSIT, None),
    ],
)
def test_a_step_that_says_the_same_or_less_is_not_added(place, status, substatus):
    assert steps_after(make_event(1, place=place), status, substatus) == (LAST,)


@pytest.mark.parametrize(
    ("place", "status", "substatus", "label"),
    [
        (HUB, Status.ON_HOLD, "arrived_hub", "Vellore hub"),
        (HUB, Status.IN_TRANSIT, "departed_hub", "Vellore hub"),
        (Place(town="Chennai", state="Tamil Nadu"), Status.IN_TRANSIT, "arrived_hub", "Chennai, Tamil Nadu"),
    ],
)
def test_another_status_substatus_or_place_is_a_step_of_its_own(place, status, substatus, label):
    event = make_event(1, "e1", place=place, late=True)
    step = JourneyStep(
        occurred_at=at(1), event_id="e1", status=status, substatus=substatus, place=label, late=True
    )
    assert steps_after(event, status, substatus) == (LAST, step)


def test_a_correction_is_a_step_even_if_it_says_the_same():
    event = make_event(1, "c1", source="manual", supersedes="x", place=HUB)
    corrected = msgspec.structs.replace(LAST, occurred_at=at(1), event_id="c1", corrected=True)
    assert steps_after(event) == (LAST, corrected)


def test_the_first_step_begins_the_journey():
    assert append_step((), make_event(0, "e0", place=HUB), Status.IN_TRANSIT, "arrived_hub") == (LAST,)


def test_of_a_long_journey_the_newest_twenty_steps_are_kept():
    journey = ()
    for number in range(25):
        status = (Status.IN_TRANSIT, Status.ON_HOLD)[number % 2]
        journey = append_step(journey, make_event(number, f"e{number}"), status, None)
    assert [step.event_id for step in journey] == [f"e{number}" for number in range(5, 25)]

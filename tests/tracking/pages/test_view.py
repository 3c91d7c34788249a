"""Every status has texts on the customer's page, on each leg, late or not."""

import itertools
from typing import get_args

import pytest

from tests.tracking.pages.examples import ETA, NOW, PROMISED, make_state
from tracking.answer import public_answer
from tracking.domain.delay import Delay, DelayCause
from tracking.domain.status import SUBSTATUSES, Direction, Status
from tracking.pages.view import describe

CODES = [(status, substatus) for status in Status for substatus in (None, *sorted(SUBSTATUSES[status]))]
DELAYS = [Delay(), *(Delay(phase="late_certain", minutes=54, cause=cause) for cause in get_args(DelayCause))]


@pytest.mark.parametrize(("status", "substatus"), CODES, ids=str)
def test_every_code_has_a_heading_on_each_leg_late_or_not_with_and_without_a_window(status, substatus):
    for direction, delay, eta, promised in itertools.product(
        Direction, DELAYS, (None, ETA), (None, PROMISED)
    ):
        state = make_state(
            str(status), substatus, direction=direction, delay=delay, eta=eta, promised=promised
        )
        assert describe(public_answer(state), NOW).card.h1

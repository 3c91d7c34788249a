"""The customer's page has words for whatever a shipment may be in, on the server and in the browser alike."""

import itertools
import json
from pathlib import Path
from typing import get_args

import pytest
from django.conf import settings

from tests.tracking.pages.examples import ETA, NOW, PROMISED, make_state
from tracking.answer import public_answer
from tracking.domain.delay import Delay, DelayCause
from tracking.domain.status import SUBSTATUSES, Direction, Status
from tracking.pages.catalogue import SHARED
from tracking.pages.view import BAR_OF, MAY_BE_DELAYED, STATES, describe

BROWSER_WORDS = Path(settings.BASE_DIR) / "tracking/static/tracking/words.en.json"
CODES = [(status, substatus) for status in Status for substatus in (None, *sorted(SUBSTATUSES[status]))]
DELAYS = [Delay(), *(Delay(phase="late_certain", minutes=54, cause=cause) for cause in get_args(DelayCause))]


@pytest.mark.parametrize(("status", "substatus"), CODES, ids=str)
def test_every_code_has_a_heading_on_each_leg_late_or_not_with_a_window_or_without(status, substatus):
    for direction, delay, eta, promised in itertools.product(
        Direction, DELAYS, (None, ETA), (None, PROMISED)
    ):
        state = make_state(
            str(status), substatus, direction=direction, delay=delay, eta=eta, promised=promised
        )
        assert describe(public_answer(state), NOW).h1


def test_the_browser_has_the_words_and_the_tables_of_the_server():
    known = json.loads(BROWSER_WORDS.read_text(encoding="utf-8"))
    assert known["words"] == dict(SHARED)
    assert (known["states"], known["barOf"], set(known["mayBeDelayed"])) == (
        STATES,
        BAR_OF,
        set(MAY_BE_DELAYED),
    )

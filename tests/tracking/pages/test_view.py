"""Every status has texts on the customer's page, on each leg, late or not."""

import itertools
from typing import get_args

import msgspec
import pytest
from django.utils import translation

from tests.tracking.pages.examples import ETA, NOW, PROMISED, make_state
from tracking.answer import public_answer
from tracking.domain.attempt_evidence import Doubt
from tracking.domain.delay import Delay, DelayCause
from tracking.domain.status import SUBSTATUSES, Direction, Status
from tracking.pages.view import describe
from tracking.translation import LANGUAGES

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


@pytest.mark.parametrize(("status", "substatus"), [("attempt_failed", "not_home"), ("delivered", "signed")])
def test_a_report_in_doubt_is_not_repeated_but_said_to_be_checked(status, substatus):
    state = make_state(status, substatus)
    reported = describe(public_answer(state), NOW).card
    doubt = Doubt(
        event_id="e", status=state.status, attempted_at=state.status_at, computed_at=state.status_at
    )
    checked = {}
    for language in LANGUAGES:
        with translation.override(language):
            checked[language] = describe(
                public_answer(msgspec.structs.replace(state, doubts=(doubt,))), NOW
            ).card
    assert reported.window != "We are checking this."
    assert checked["en"] == reported._replace(window="We are checking this.")
    assert {language: card.window for language, card in checked.items()} == {
        "en": "We are checking this.",
        "hi": "हम इसकी जाँच कर रहे हैं।",
        "ta": "இதை நாங்கள் சரிபார்த்து வருகிறோம்.",
    }

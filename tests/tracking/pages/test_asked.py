"""Requests on the unlocked page: what the recipient reads once one is answered, or the journey has ended."""

import re
from datetime import date, timedelta

import pytest
from django.utils import translation

from tests.events import at, make_event
from tests.tracking.pages.request_page import (
    answer,
    list_offered,
    list_sent,
    read_page,
    send_request,
    unlock_page,
)
from tests.tracking.stories import record_timeline
from tracking.pages.asked import render_answer
from tracking.services.operations.customer_requests import SentRequest
from tracking.services.operations.request_words import CUSTOMER_REQUESTS
from tracking.services.requests.bodies import RESOLUTION_CODES

pytestmark = pytest.mark.usefixtures("plain_static")


@pytest.fixture
def page(client, api, world, hubs, time_machine):
    """A client with the unlocked page of parcel 123, out for delivery; the clock is at minute 10."""
    return unlock_page(client, api, world, time_machine)


@pytest.mark.parametrize(
    ("status", "language", "words"),
    [
        (
            "delivered",
            "en",
            "You asked: Another day: Mon 23 Nov. Your parcel was delivered before we could answer.",
        ),
        (
            "delivered",
            "hi",
            "आपने माँगा: किसी और दिन: सोमवार, 23 नवंबर। हमारा जवाब आने से पहले ही आपका पार्सल डिलीवर हो गया।",
        ),
        (
            "delivered",
            "ta",
            "நீங்கள் கேட்டது: வேறு நாள்: திங்கள், நவம்பர் 23. நாங்கள் பதிலளிக்கும் முன்பே உங்கள் பார்சல் டெலிவரி செய்யப்பட்டுவிட்டது.",
        ),
        (
            "returning",
            "en",
            "You asked: Another day: Mon 23 Nov. Your delivery was stopped before we could answer.",
        ),
    ],
)
def test_a_request_that_the_end_of_the_journey_has_overtaken_is_said_for_a_day(
    page, world, time_machine, status, language, words
):
    send_request(page, kind="other_day", day="2026-11-23")
    record_timeline(world.store, make_event(5, "e5", status=status))
    # The page stays unlocked for a day from minute 10 on.
    time_machine.move_to(at(5 + 24 * 60) - timedelta(seconds=1), tick=False)
    page.cookies["lang"] = language
    text = read_page(page)
    assert (list_sent(text), 'name="withdraw"' in text) == ([words], False)
    time_machine.shift(1)
    assert list_sent(read_page(page)) == []


def test_an_overtaken_request_keeps_its_answer_and_one_after_the_delivery_waits(page, world, time_machine):
    send_request(page, kind="neighbour", words="Meera, flat 12")
    answer("sender_refused")
    record_timeline(world.store, make_event(12, "e12", status="delivered"))
    time_machine.move_to(at(20), tick=False)
    send_request(page, kind="note", words="Thanks")
    text = read_page(page)
    assert (list_sent(text), re.findall(r'name="withdraw" value="(\w+)"', text)) == (
        [
            "Request sent, awaiting a reply: Your note (“Thanks”).",
            (
                "You asked: Leave it with a neighbour (“Meera, flat 12”). "
                "Not possible: the sender does not allow this change."
            ),
        ],
        ["note"],
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "You asked: Another day: Mon 23 Nov. Agreed: the new day is Mon 23 Nov."),
        ("hi", "आपने माँगा: किसी और दिन: सोमवार, 23 नवंबर। स्वीकार किया गया: नया दिन सोमवार, 23 नवंबर है।"),
        ("ta", "நீங்கள் கேட்டது: வேறு நாள்: திங்கள், நவம்பர் 23. ஏற்கப்பட்டது: புதிய நாள் திங்கள், நவம்பர் 23."),
    ],
)
def test_the_answer_is_said_where_the_request_was_once_it_cannot_be_undone(
    page, time_machine, language, words
):
    send_request(page, kind="other_day", day="2026-11-23")
    answer("agreed", "Meera is rude, told her twice")
    page.cookies["lang"] = language
    assert ('name="withdraw"' in read_page(page), words in list_sent(read_page(page))) == (True, False)
    time_machine.shift(10)
    text = read_page(page)
    assert list_sent(text) == [words]
    # It may be asked for again, and the note of the operator is nowhere.
    assert ('name="withdraw"' in text, "Meera" in text, "other_day" in list_offered(text)) == (
        False,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("language", "agreed", "early"),
    [
        (
            "en",
            "That day is not possible. The new day is Wed 25 Nov.",
            "We had agreed on Wed 25 Nov, but it came earlier. We are sorry.",
        ),
        (
            "hi",
            "वह दिन संभव नहीं है। नया दिन बुधवार, 25 नवंबर है।",
            "बुधवार, 25 नवंबर की तारीख तय हुई थी, पर पार्सल पहले पहुँच गया। हमें खेद है।",
        ),
        (
            "ta",
            "அந்த நாள் சாத்தியமில்லை. புதிய நாள் புதன், நவம்பர் 25.",
            "புதன், நவம்பர் 25 அன்று என முடிவாகியிருந்தது, ஆனால் அதற்கு முன்பே வந்துவிட்டது. வருந்துகிறோம்.",
        ),
    ],
)
def test_a_day_that_was_not_asked_for_and_one_that_was_not_kept_are_said_as_such(
    page, world, time_machine, language, agreed, early
):
    send_request(page, kind="other_day", day="2026-11-23")
    answer("agreed", day=date(2026, 11, 25))
    page.cookies["lang"] = language
    time_machine.shift(10)
    (said,) = list_sent(read_page(page))
    record_timeline(world.store, make_event(12, "e12", status="delivered"))
    time_machine.move_to(at(13), tick=False)
    (then,) = list_sent(read_page(page))
    assert (said.endswith(agreed), then.endswith(early)) == (True, True)


def test_a_note_for_the_driver_is_void_once_the_parcel_was_delivered(page, world, time_machine):
    send_request(page, kind="note", words="Ring twice")
    record_timeline(world.store, make_event(12, "e12", status="delivered"))
    time_machine.move_to(at(13), tick=False)
    assert list_sent(read_page(page)) == [
        "You asked: Your note (“Ring twice”). Your parcel was delivered before we could answer."
    ]


@pytest.mark.parametrize("language", ["en", "hi", "ta"])
@pytest.mark.parametrize("kind", CUSTOMER_REQUESTS)
def test_each_result_of_each_request_has_an_answer_of_its_own(language, kind):
    with translation.override(language):
        answers = {
            result: render_answer(kind, SentRequest("Mon 23 Nov", at(0), result))
            for result in (*RESOLUTION_CODES, "code_of_an_older_version")
        }
    assert answers.pop("code_of_an_older_version") == answers["other"]
    assert (len(set(answers.values())), "" in answers.values()) == (len(RESOLUTION_CODES), False)


def test_what_was_refused_says_why_and_a_request_sent_again_waits(page, time_machine):
    send_request(page, kind="neighbour", words="Meera, flat 12")
    answer("too_late")
    time_machine.shift(10)
    text = read_page(page)
    (said,) = list_sent(text)
    assert said == (
        "You asked: Leave it with a neighbour (“Meera, flat 12”). "
        "Not possible: it is too late to change this delivery."
    )
    assert '<div class="asked refused">' in text
    time_machine.shift(1)
    send_request(page, kind="neighbour", words="Ravi, flat 14")
    assert list_sent(read_page(page)) == [
        "Request sent, awaiting a reply: Leave it with a neighbour (“Ravi, flat 14”)."
    ]

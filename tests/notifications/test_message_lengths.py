"""Every message fits its transport in every language with the longest values; nothing in it is personal."""

import re
from datetime import datetime, timedelta
from itertools import product

import polib
import pytest

from notifications.domain import Trigger
from notifications.message_times import format_moment
from notifications.ports import ports
from notifications.texts.catalog import TEXTS
from notifications.texts.messages import PAST
from notifications.transports.sms import SMS
from notifications.transports.webpush import (
    BODY_LENGTH,
    MAX_PAYLOAD,
    TITLE_LENGTH,
    WEB_PUSH,
    make_payload,
)
from notifications.wording import MAX_PUBLIC_URL, render_message
from tests.house.sources import ROOT
from tests.notifications.stories import MAIL, PHONE, make_message, plan_notification
from tracking.domain.events import Eta
from tracking.domain.indian_time import INDIA
from tracking.translation import LANGUAGES, translate

WIRED = [transport.declaration for transport in ports().transports.values()]
# The longest possible link: the longest address of the site, and a token of 22 characters.
LONGEST_LINK = "https://".ljust(MAX_PUBLIC_URL, "w") + "/t/" + "_" * 22
LONGEST_ID = "W" * 64
CODE = "K7M2Q9XB"
# Hours and minutes of the ends of windows, and of the time of a fact, with the most digits.
LONGEST_WINDOWS = [((10, 20), (11, 10)), ((11, 20), (12, 10)), ((10, 50), (13, 10)), ((9, 0), (18, 0))]
LATE_EVENING = 22, 59
# A word of any of the languages that asks for money or for a secret, or that is a form of address.
FORBIDDEN = re.compile(
    r"\b(pay|paid|payment|money|fee|amount|rupees?|otp|pin|password|code|click|urgent|dear|mr|mrs)\b|₹|\brs\b"
    r"|भुगतान|पैसे|रुपये|शुल्क|कोड|ओटीपी|पासवर्ड|क्लिक|पिन"
    r"|பணம்|ரூபாய்|கட்டணம்|செலுத்த|குறியீடு|ஓடிபி|கடவுச்சொல்|கிளிக்|பின்\b",
    re.IGNORECASE,
)


def longest_day(language) -> datetime:
    """Return the midnight of the day whose text is the longest in the language, in India."""
    year = [datetime(2027, 1, 1, tzinfo=INDIA) + timedelta(days=day) for day in range(365)]
    return max(year, key=lambda day: len(format_moment(day, language, "short")))


def at(day: datetime, clock: tuple[int, int]) -> datetime:
    hour, minute = clock
    return day.replace(hour=hour, minute=minute)


def render_longest(transport, language):
    """Yield trigger and message, for each trigger and each form of its time, on the longest day."""
    day = longest_day(language)
    # A window lies ahead in the first hour of the day; without one the time of the fact is in the text.
    moments = [(at(day, LATE_EVENING), None)]
    for start, end in LONGEST_WINDOWS:
        from_, to = at(day, start), at(day, end)
        moments.append((at(day, (0, 5)), Eta(from_=from_, at=from_ + (to - from_) / 2, to=to)))
    for trigger, (occurred_at, eta) in product(Trigger, moments):
        planned = plan_notification(
            trigger, transport, occurred_at=occurred_at, eta=eta, shipment_id=LONGEST_ID
        )
        yield trigger, render_message(planned, LONGEST_LINK, language, CODE, occurred_at)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("transport", WIRED, ids=lambda transport: transport.name)
def test_every_message_keeps_to_the_limit_of_its_transport_with_the_longest_values(transport, language):
    if transport.limit is None:
        return
    lengths = [
        (trigger, message.body, transport.limit.measure(message.body))
        for trigger, message in render_longest(transport, language)
        if transport.offers(trigger)
    ]
    assert [found for found in lengths if found[2].segments > transport.limit.max_segments] == []


def test_every_english_sms_is_one_segment_in_the_alphabet_with_the_most_characters():
    lengths = {SMS.limit.measure(message.body)[0::3] for _, message in render_longest(SMS, "en")}
    assert lengths == {("GSM-7", 1)}


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_an_sms_in_another_language_has_two_parts_at_most(language):
    units = [
        SMS.limit.measure(message.body).units
        for trigger, message in render_longest(SMS, language)
        if SMS.offers(trigger)
    ]
    assert max(units) <= 134


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notification_of_a_browser_shows_its_whole_title_and_text(language):
    longest = render_longest(WEB_PUSH, language)
    rendered = [message for trigger, message in longest if WEB_PUSH.offers(trigger)]
    parts = [(message.subject, message.body.rpartition("\n")[0]) for message in rendered]
    assert [title for title, _ in parts if not 0 < len(title) <= TITLE_LENGTH] == []
    assert [body for _, body in parts if not 0 < len(body) <= BODY_LENGTH] == []
    sent = [make_message(subject=one.subject, body=one.body, language=language) for one in rendered]
    assert max(len(make_payload(message)) for message in sent) <= MAX_PAYLOAD


def test_the_longest_values_are_the_longest():
    day = longest_day("en")
    bodies = [message.body for trigger, message in render_longest(SMS, "en") if trigger is Trigger.DELAYED]
    assert (
        f"Your parcel is delayed. Now expected {day:%a} {day.day} {day:%b}, 10:15 am to 11:15 am."
        in bodies[1]
    )
    assert f"{day:%a} {day.day} {day:%b}, 11:15 am to 12:15 pm." in bodies[2]
    assert day.day > 9
    assert len(LONGEST_LINK) == 57


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("transport", WIRED, ids=lambda transport: transport.name)
def test_no_message_asks_for_money_or_a_secret_or_contains_anything_personal(transport, language):
    for trigger, message in render_longest(transport, language):
        text = message.subject + message.body.replace(LONGEST_LINK, "")
        assert FORBIDDEN.findall(re.sub(r"https?://\S+", "", text)) == [], (trigger, text)
        assert [value for value in (PHONE, MAIL, "Asha", "Church") if value in text] == []


def test_words_that_ask_for_money_or_a_secret_are_found():
    assert [bool(FORBIDDEN.search(text)) for text in ("Pay ₹5", "OTP बताएँ", "भुगतान करें", "பணம் செலுத்த")] == [
        True
    ] * 4
    assert FORBIDDEN.search("Your parcel was picked up") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trigger_has_a_text_and_a_headline_in_every_language(language):
    for transport in WIRED:
        assert {trigger for trigger, _ in render_longest(transport, language)} == set(Trigger)


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_every_text_of_a_message_is_translated(language):
    catalog = polib.pofile(ROOT / f"notifications/locale/{language}/LC_MESSAGES/django.po")
    assert [entry.msgctxt for entry in catalog if not entry.msgstr or entry.fuzzy] == []
    names = [f"status.{trigger}" for trigger in Trigger if f"message.headline.{trigger}" not in TEXTS]
    tracking = {
        entry.msgctxt: entry
        for entry in polib.pofile(ROOT / f"tracking/locale/{language}/LC_MESSAGES/django.po")
    }
    assert [name for name in names if not tracking[name].msgstr or tracking[name].fuzzy] == []


@pytest.mark.parametrize(("language", "script"), [("hi", r"[\u0900-\u097f]"), ("ta", r"[\u0b80-\u0bff]")])
def test_a_translated_fact_is_in_the_script_of_its_language(language, script):
    facts = {code: text for code, text in TEXTS.items() if code.rpartition(".")[2] in PAST}
    latin = [
        code
        for code, text in facts.items()
        if not re.search(script, (translated := translate(code, text, language)))
        or re.search("[A-Za-z]", re.sub(r"\{\w+\}", "", translated))
    ]
    assert latin == []

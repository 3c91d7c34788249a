"""The wording: fact, time, link; short enough in every case, and nothing personal."""

from datetime import timedelta
from itertools import product

import pytest

from notifications.domain import EMAIL, SMS, Trigger
from notifications.wording import AHEAD, MAX_PUBLIC_URL, PAST, SmsLength, measure_sms, word
from tests.notifications.stories import NOON, make_eta, make_telling

LINK = "https://track.example/t/AbCdEfGhIjKlMnOpQrStUv"
# As long as it may get, all in characters of a token; the site's part is as long as it may be.
LONGEST_LINK = "https://".ljust(MAX_PUBLIC_URL, "w") + "/t/" + "_" * 22
# Wednesday 25 November 2026, 10:59 pm in India: day, hour and minutes in two digits.
LATE_EVENING = NOON + timedelta(days=1, hours=11, minutes=35)
# A window over midnight, which needs both days.
LONGEST_ETA = make_eta(36 * 60 + 1, 36 * 60 + 45)


@pytest.mark.parametrize(("trigger", "eta"), [*product(Trigger, [None, LONGEST_ETA])])
def test_every_sms_is_one_gsm_segment_with_the_longest_values(trigger, eta):
    telling = make_telling(trigger, SMS, occurred_at=LATE_EVENING, eta=eta)
    length = measure_sms(word(telling, LONGEST_LINK).body)
    assert (length.alphabet, length.segments) == ("GSM-7", 1)
    assert length.units <= 160


def test_the_longest_values_are_the_longest():
    body = word(make_telling(Trigger.DELAYED, SMS, eta=LONGEST_ETA), LONGEST_LINK).body
    assert body == (
        "Your parcel is delayed. Now expected Wed 25 Nov, 11:15 pm to Thu 26 Nov, 12:15 am. " + LONGEST_LINK
    )
    late = word(make_telling(Trigger.ON_HOLD, SMS, occurred_at=LATE_EVENING), LINK).body
    assert "Wed 25 Nov, 10:59 pm" in late


def test_every_trigger_has_its_words():
    assert set(PAST) == set(Trigger)
    assert set(AHEAD) <= set(Trigger)


@pytest.mark.parametrize(("trigger", "transport"), [*product(Trigger, (SMS, EMAIL))])
def test_a_message_tells_the_fact_then_the_time_with_its_weekday_then_the_link(trigger, transport):
    body = word(make_telling(trigger, transport), LINK).body
    fact = PAST[trigger].split("{at}")[0]
    assert body.startswith(fact)
    assert 0 < body.index("Tue 24 Nov, 11:24 am") < body.index(LINK)
    assert body.count("http") == 1


def test_an_sms_reads_as_a_person_would_say_it():
    assert word(make_telling(Trigger.DELIVERED, SMS), LINK).body == (
        f"Your parcel was delivered on Tue 24 Nov, 11:24 am. {LINK}"
    )


def test_an_email_has_a_subject_with_the_shipment_and_plain_text():
    words = word(make_telling(Trigger.OUT_FOR_DELIVERY, EMAIL, eta=make_eta(36, 127)), LINK)
    assert words.subject == "Out for delivery: 123"
    assert words.body == (
        "Your parcel is out for delivery. Expected Tue 24 Nov, 12 pm to 1:45 pm.\n\n"
        f"Follow it here: {LINK}\n\n"
        "Shipment 123. Times are Indian time (IST).\n"
    )


@pytest.mark.parametrize("trigger", Trigger)
def test_the_longest_subject_is_one_sns_takes(trigger):
    subject = word(make_telling(trigger, EMAIL, shipment_id="x" * 64), LINK).subject
    assert len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()


def test_a_window_that_has_passed_is_not_promised_again():
    body = word(make_telling(Trigger.DELAYED, SMS, eta=make_eta(-90, -30)), LINK).body
    assert body == f"Your parcel is delayed, as of Tue 24 Nov, 11:24 am. {LINK}"


def test_a_window_is_widened_to_quarters_of_an_hour_and_never_narrowed():
    body = word(make_telling(Trigger.DELAYED, SMS, eta=make_eta(6, 96)), LINK).body
    assert body == f"Your parcel is delayed. Now expected Tue 24 Nov, 11:30 am to 1 pm. {LINK}"


@pytest.mark.parametrize(
    ("body", "length"),
    [
        ("a" * 160, SmsLength("GSM-7", 160, 1)),
        ("a" * 161, SmsLength("GSM-7", 161, 2)),
        ("a" * 158 + "€", SmsLength("GSM-7", 160, 1)),
        ("^{}[]~|\\€", SmsLength("GSM-7", 18, 1)),
        ("a" * 307, SmsLength("GSM-7", 307, 3)),
        ("क" * 70, SmsLength("UCS-2", 70, 1)),
        ("क" * 134, SmsLength("UCS-2", 134, 2)),
        ("😀", SmsLength("UCS-2", 2, 1)),
    ],
)
def test_segments_are_counted_as_the_networks_bill_them(body, length):
    assert measure_sms(body) == length

"""What belongs to each code: texts in three languages, whom it waits for, how others spell it."""

import pytest

from tracking.domain.actions import find_action_required
from tracking.domain.status import SUBSTATUSES, Status
from tracking.domain.texts import LANGUAGES, STATUS_TEXTS, SUBSTATUS_TEXTS, Text, say_status
from tracking.domain.vocabularies import OUTBOUND, VOCABULARIES, parse_foreign_status, translate

CODES = {f"{status}.{code}" for status, codes in SUBSTATUSES.items() for code in codes}
# The blocks of Unicode a language is written in.
SCRIPTS = {"hi": range(0x0900, 0x0980), "ta": range(0x0B80, 0x0C00)}


def test_every_code_is_named_in_every_language_and_nothing_else_is():
    assert set(STATUS_TEXTS) == set(Status)
    assert set(SUBSTATUS_TEXTS) == CODES


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_every_text_is_written_in_the_script_of_its_language(language):
    texts: list[Text] = [*STATUS_TEXTS.values(), *SUBSTATUS_TEXTS.values()]
    foreign = [
        text
        for text in texts
        if not any(ord(letter) in SCRIPTS[language] for letter in getattr(text, language))
    ]
    assert foreign == []


def test_a_status_is_named_as_exactly_as_its_substatus_allows():
    said = [say_status(Status.ATTEMPT_FAILED, "not_home", language) for language in LANGUAGES]
    assert said == ["Nobody at home", "घर पर कोई नहीं था", "வீட்டில் யாரும் இல்லை"]
    assert say_status(Status.ATTEMPT_FAILED, "unheard_of") == "Delivery attempt failed"


@pytest.mark.parametrize(
    ("status", "substatus", "actor"),
    [
        ("in_transit", None, "none"),
        ("in_transit", "misrouted", "ops"),
        ("on_hold", "weather", "none"),
        ("on_hold", "payment_due", "recipient"),
        ("exception", None, "ops"),
        ("exception", "accident", "ops"),
        ("attempt_failed", "not_home", "recipient"),
        ("attempt_failed", "refused", "shipper"),
        ("attempt_failed", "future_date_requested", "none"),
        ("attempt_failed", "no_time", "ops"),
        ("available_for_pickup", "at_locker", "recipient"),
        ("lost", "confirmed", "shipper"),
        ("delivered", None, "none"),
        ("created", "pickup_failed", "shipper"),
    ],
)
def test_each_code_says_who_has_to_act(status, substatus, actor):
    assert find_action_required(Status(status), substatus) == actor


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_status_has_a_word_in_every_vocabulary(vocabulary):
    assert set(OUTBOUND[vocabulary]) == set(Status)


@pytest.mark.parametrize(
    ("vocabulary", "word"),
    [
        ("aftership", "OutForDelivery"),
        ("easypost", "out_for_delivery"),
        ("shippo", "TRANSIT"),
        ("shipengine", "IT"),
        ("17track", "1"),
        ("dhl", "transit"),
        ("karrio", "in_transit"),
        ("epcis", "departing/in_transit"),
    ],
)
def test_out_for_delivery_is_spelled_as_each_of_them_does(vocabulary, word):
    assert translate(Status.OUT_FOR_DELIVERY, vocabulary) == word


@pytest.mark.parametrize(
    ("vocabulary", "word", "status"),
    [
        ("aftership", "attemptfail", "attempt_failed"),
        ("aftership", "Exception", None),
        ("easypost", "pre_transit", "created"),
        ("17track", "3", "available_for_pickup"),
        ("shippo", "DELIVERED", "delivered"),
        ("dhl", "pre-transit", "created"),
        ("epcis", "receiving/returned", "returned"),
        ("karrio", "teleported", None),
    ],
)
def test_their_words_are_read_where_they_mean_one_status_alone(vocabulary, word, status):
    assert parse_foreign_status(word, vocabulary) == status

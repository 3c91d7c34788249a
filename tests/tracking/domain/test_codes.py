"""Attributes of each code: its name, who must act next, and how other systems spell it."""

import pytest

from tracking.domain.actions import find_action_required
from tracking.domain.status import SUBSTATUSES, Status
from tracking.domain.texts import STATUS_TEXTS, SUBSTATUS_TEXTS, say_status
from tracking.domain.vocabularies import OUTBOUND, VOCABULARIES, parse_status, translate

CODES = {f"{status}.{code}" for status, codes in SUBSTATUSES.items() for code in codes}


def test_every_code_has_a_name_and_nothing_else_has():
    assert set(STATUS_TEXTS) == set(Status)
    assert set(SUBSTATUS_TEXTS) == CODES


def test_a_status_is_named_as_exactly_as_its_substatus_allows():
    assert say_status(Status.ATTEMPT_FAILED, "not_home") == "Nobody at home"
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
    ("word", "status"),
    [
        ("Out For-Delivery", "out_for_delivery"),
        ("OutForDelivery", "out_for_delivery"),
        ("pickedUp", "picked_up"),
        ("IN_TRANSIT", "in_transit"),
        (" delivered\0", "delivered"),
        ("pending", "created"),
        ("shipped", "in_transit"),
        ("transit", "in_transit"),
        ("OFD", "out_for_delivery"),
        ("delivery_failed", "attempt_failed"),
        ("undelivered", "attempt_failed"),
        ("ready_for_pickup", "available_for_pickup"),
        ("rto", "returning"),
        ("rto_init", "returning"),
        ("RTO Initiated", "returning"),
        ("RTO In Transit", "returning"),
        ("RTO Delivered", "returned"),
        ("return_to_sender", "returning"),
        ("delayed", None),
        ("teleported", None),
        ("", None),
    ],
)
def test_a_word_of_ours_is_read_whatever_its_case_and_separators(word, status):
    assert parse_status(word) == status


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("InfoReceived", "created"),
        ("attemptfail", "attempt_failed"),
        ("AvailableForPickup", "available_for_pickup"),
        ("Exception", "exception"),
        ("pre_transit", "created"),
        ("PRE_TRANSIT", "created"),
        ("error", "exception"),
        ("receiving/returned", "returned"),
        # Several statuses have the same word.
        ("failure", None),
        # Another list may give these codes other meanings.
        ("DE", None),
        ("5", None),
    ],
)
def test_words_of_other_vocabularies_are_read_where_they_mean_one_status_alone(word, status):
    assert parse_status(word) == status

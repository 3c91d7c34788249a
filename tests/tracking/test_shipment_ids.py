"""Ids that we give out: long enough not to be guessed, easy to read aloud, with a check character."""

import math

import pytest
from stdnum import luhn

from tracking.shipment_ids import ID_LETTERS, RANDOM_LETTERS, make_shipment_id


@pytest.mark.parametrize(("livemode", "prefix"), [(True, "SLX"), (False, "SLT")])
def test_an_id_has_its_prefix_and_a_valid_check_character(livemode, prefix):
    made = [make_shipment_id(livemode=livemode) for _ in range(200)]
    valid = [luhn.is_valid(name[3:], alphabet=ID_LETTERS) for name in made]
    assert ({name[:3] for name in made}, set(valid), len(set(made))) == ({prefix}, {True}, 200)


def test_an_id_has_at_least_60_random_bits_of_letters_that_are_not_mistaken_for_others():
    assert math.log2(len(set(ID_LETTERS))) * RANDOM_LETTERS >= 60
    assert set(ID_LETTERS) & set("0O1IAEU") == set()


def test_every_single_wrong_letter_is_found():
    letters = make_shipment_id(livemode=True)[3:]
    wrong = [
        letters[:at] + other + letters[at + 1 :]
        for at in range(len(letters))
        for other in ID_LETTERS
        if other != letters[at]
    ]
    assert [text for text in wrong if luhn.is_valid(text, alphabet=ID_LETTERS)] == []

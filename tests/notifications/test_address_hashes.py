"""Hashes of addresses: one person has one, and it does not depend on the keys that are rotated."""

import pytest

from notifications.address_hashes import (
    AddressHashes,
    hash_address,
    hash_addresses,
    hash_booking,
    hash_recipient,
)
from tests.notifications.stories import MAIL, PHONE
from tracking.services.partners.recipients import Contact

pytestmark = pytest.mark.django_db


def test_an_address_has_the_same_hash_however_it_is_spelt():
    assert len({hash_address(spelt) for spelt in (MAIL, MAIL.upper(), f" {MAIL} ")}) == 1
    assert len({hash_address(address) for address in (MAIL, PHONE, f"a{MAIL}")}) == 3


def test_a_domain_in_other_letters_has_the_hash_of_the_form_in_which_bounces_report_it():
    assert hash_address("asha@Bücher.example") == hash_address("asha@xn--bcher-kva.example")
    assert len({hash_address(name) for name in ("a@ü..example", "ü@b.example", "u@b.example")}) == 3


def test_a_hash_does_not_contain_the_address_and_an_empty_address_has_none():
    assert (len(hash_address(PHONE)), PHONE[1:] in hash_address(PHONE), hash_address(" ")) == (64, False, "")


def test_the_hashes_of_a_person_are_those_of_the_addresses():
    hashes = hash_addresses({"phone": PHONE, "email": "", "street": "14 Church Street"})
    assert (hashes, hashes.known) == (AddressHashes(hash_address(PHONE), ""), [hash_address(PHONE)])


def test_a_recipient_without_an_address_is_known_by_the_booking():
    nobody, asha = hash_recipient("123", Contact()), hash_recipient("123", Contact(phone=PHONE))
    assert (nobody.known, nobody.holding) == ([hash_booking("123")], [hash_booking("123")])
    assert (asha.known, asha.holding) == ([hash_address(PHONE)], [hash_address(PHONE), hash_booking("123")])
    assert len({hash_booking(name) for name in ("abc", "ABC", "123")}) == 3


def test_hashes_survive_a_change_of_the_keys_of_the_product(settings):
    before = hash_address(PHONE)
    settings.TRACKING_TOKEN_KEY = settings.SECRET_KEY = "another key"
    assert hash_address(PHONE) == before

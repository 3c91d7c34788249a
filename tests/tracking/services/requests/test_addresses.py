"""Addresses are read into one form, checked before a provider is given them, and masked for staff."""

import pytest

from tracking.services.requests.addresses import EMAIL, PHONE
from tracking.services.requests.phones import BadAddressError


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        (PHONE, "98450 12345", "+919845012345"),
        (EMAIL, "asha@example.com", "asha@example.com"),
    ],
    ids=lambda value: getattr(value, "field", value),
)
def test_an_address_is_read_into_the_form_of_its_kind(kind, sent, read):
    assert kind.read(sent) == read


@pytest.mark.parametrize(
    ("kind", "sent"), [(PHONE, "12"), (PHONE, "call me"), (EMAIL, " asha@example.com"), (EMAIL, "asha")]
)
def test_an_invalid_address_is_refused(kind, sent):
    with pytest.raises(BadAddressError):
        kind.read(sent)


@pytest.mark.parametrize(("kind", "address"), [(PHONE, "98450 12345"), (EMAIL, "asha@example.com")])
def test_an_address_that_was_read_is_usable(kind, address):
    assert kind.find_obstacle(kind.read(address)) == ""


def test_an_address_of_an_older_release_that_is_no_mail_address_is_not_usable():
    assert EMAIL.find_obstacle("asha") == "invalid_address"


@pytest.mark.parametrize(
    ("kind", "address", "masked"),
    [(PHONE, "+919845012345", "+91 ••• ••• 45"), (EMAIL, "asha@example.com", "a•••@example.com")],
)
def test_a_masked_address_shows_only_its_ends(kind, address, masked):
    assert kind.mask(address) == masked

"""Addresses are read into one form, checked before a provider is given them, and masked for staff."""

import pytest

from tracking.services.requests.addresses import EMAIL, PHONE


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        (PHONE, "98450 12345", "+919845012345"),
        (PHONE, "+44 20 7946 0018", "+442079460018"),
        (PHONE, "12", None),
        (PHONE, "call me", None),
        (EMAIL, "asha@example.com", "asha@example.com"),
        (EMAIL, " asha@example.com", None),
        (EMAIL, "asha", None),
    ],
    ids=lambda value: getattr(value, "field", value),
)
def test_an_address_is_read_into_the_form_of_its_kind(kind, sent, read):
    assert kind.read(sent) == read


@pytest.mark.parametrize(("kind", "address"), [(PHONE, "+919845012345"), (EMAIL, "asha@example.com")])
def test_an_address_that_was_read_is_usable(kind, address):
    assert kind.usable.fullmatch(kind.read(address)) is not None


@pytest.mark.parametrize(
    ("kind", "address", "masked"),
    [(PHONE, "+919845012345", "+91 ••• ••• 45"), (EMAIL, "asha@example.com", "a•••@example.com")],
)
def test_a_masked_address_shows_only_its_ends(kind, address, masked):
    assert kind.mask(address) == masked

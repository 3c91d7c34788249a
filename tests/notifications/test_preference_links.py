"""Links to preferences: bound to the recipient of a booking, and valid for as long as messages are kept."""

import pytest

from notifications.address_hashes import AddressHashes
from notifications.consent_models import PreferenceLink
from notifications.preference_links import find_link, open_link, preferences_link, stop_link, why_link

pytestmark = pytest.mark.django_db
ASHA = AddressHashes("hash of a phone", "hash of a mail")


def find(token):
    link = find_link(token)
    return link and (link.shipment_id, link.phone_hash, link.email_hash)


def test_a_token_leads_to_the_addresses_that_the_booking_had_when_it_was_made():
    token = open_link("123", ASHA)
    other = open_link("123", ASHA._replace(phone="hash of another phone"))
    assert find(token) == ("123", ASHA.phone, ASHA.email)
    assert find(other) == ("123", "hash of another phone", ASHA.email)


def test_a_link_is_stored_once_and_only_as_the_hash_of_its_token():
    tokens = {open_link("123", ASHA) for _ in range(3)}
    (row,) = PreferenceLink.objects.all()
    assert (len(tokens), tokens.pop() in str(vars(row))) == (1, False)


def test_links_that_were_sent_before_a_new_token_key_still_lead_to_their_recipient(settings):
    token = open_link("123", ASHA)
    settings.TRACKING_TOKEN_KEY = "another key"
    assert find(token) == ("123", ASHA.phone, ASHA.email)
    assert open_link("123", ASHA) != token


@pytest.mark.parametrize("token", ["", "123", "a" * 22, "a" * 23, "%00" * 8])
def test_a_token_that_was_never_given_out_leads_nowhere(token):
    open_link("123", ASHA)
    assert find_link(token) is None


def test_the_links_begin_with_the_public_address(settings):
    settings.PUBLIC_URL = "https://track.example"
    assert [preferences_link("t"), stop_link("t", transport="sms"), why_link("t", delivery_id=7)] == [
        "https://track.example/preferences/t",
        "https://track.example/preferences/t/stop/sms",
        "https://track.example/preferences/t/why/7",
    ]

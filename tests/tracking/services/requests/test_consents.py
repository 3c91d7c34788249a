"""Consents: a booking states them by API field, and a shipment keeps them by transport."""

from tracking.services.requests.bodies import Consent
from tracking.services.requests.consents import (
    TERMS,
    ConsentTerms,
    consents_by_field,
    consents_by_transport,
)

SMS = ConsentTerms("sms", field="sms", default=False)
EMAIL = ConsentTerms("email", field="email", default=False)
# A transport that bookings are not asked about.
POST = ConsentTerms("post", field=None, default=True)


def test_bookings_are_asked_about_sms_and_email_and_the_default_is_no():
    assert [*TERMS] == [SMS, EMAIL]
    assert (Consent().sms, Consent().email) == (False, False)


def test_a_stated_consent_is_kept_by_transport_and_shown_by_field():
    kept = consents_by_transport({"sms": True, "email": False})
    assert kept == {"sms": True, "email": False}
    assert consents_by_field(kept) == {"sms": True, "email": False}


def test_a_field_may_have_another_name_than_its_transport():
    terms = [SMS._replace(field="text_message")]
    kept = consents_by_transport({"text_message": True}, terms)
    assert (kept, consents_by_field(kept, terms)) == ({"sms": True}, {"text_message": True})


def test_a_transport_without_a_kept_consent_has_none():
    assert consents_by_field({"email": True}) == {"sms": False, "email": True}


def test_a_transport_that_bookings_are_not_asked_about_keeps_its_default():
    kept = consents_by_transport({"sms": False, "email": True}, [SMS, EMAIL, POST])
    assert kept == {"sms": False, "email": True, "post": True}
    assert consents_by_field(kept, [SMS, EMAIL, POST]) == {"sms": False, "email": True}

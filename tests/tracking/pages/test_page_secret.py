"""Secret of a booking: which one it is, and which texts hold it."""

import pytest

from tracking.models import Shipment
from tracking.pages.page_secret import Secret, find_secret, identify_recipient, is_right_secret
from tracking.services.partners.recipients import Contact, keep_contact

pytestmark = pytest.mark.django_db
PHONE, PIN = Secret("phone", "919845012345"), Secret("pin", "560034", "a")


def make_booking(pin_code="560034", **contact):
    booking = Shipment(shipment_id="1", pin_code=pin_code)
    keep_contact(booking, Contact(**contact))
    return booking


@pytest.mark.parametrize(
    ("contact", "secret"),
    [
        ({"name": "Asha Raghavan", "phone": "+919845012345"}, PHONE),
        ({"name": "Asha Raghavan"}, PIN),
        ({"name": "'Ásha"}, PIN),
        ({"name": "आशा"}, Secret("pin", "560034", "आ")),
        ({"name": "12"}, None),
        ({}, None),
    ],
)
def test_the_secret_is_the_phone_number_else_pin_code_and_letter(contact, secret):
    assert find_secret(make_booking(**contact)) == secret


def test_an_unbooked_shipment_and_one_without_pin_code_have_no_secret():
    assert find_secret(None) is None
    assert find_secret(Shipment(shipment_id="2")) is None
    assert find_secret(make_booking("", name="Asha")) is None


@pytest.mark.parametrize(
    ("secret", "given", "is_right"),
    [
        (PHONE, "2345", True),
        (PHONE, "2 3 4 5", True),
        (PHONE, "२३४५", True),
        (PHONE, "௨௩௪௫", True),
        (PHONE, "\uff12\uff13\uff14\uff15", True),
        (PHONE, "98450 12345", True),
        (PHONE, "+91 98450 12345", True),
        (PHONE, "098450 12345", True),
        (PHONE, "98450 22345", False),
        (PHONE, "0000002345", False),
        (PHONE, "12345", False),
        (PHONE, "345", False),
        (PHONE, "", False),
        (PIN, "560034 A", True),
        (PIN, "a560034", True),
        (PIN, "५६००३४ Asha", True),
        (PIN, "560034 Á", True),
        (PIN, "560034", False),
        (PIN, "560034 B", False),
        (PIN, "56003 A", False),
        (PIN, "A", False),
        (Secret("pin", "560034", "आ"), "560034 आशा", True),
        (None, "", False),
        (None, "2345", False),
        (PHONE, "\udc80" * 4, False),
    ],
)
def test_a_text_holds_the_secret_whatever_its_script_and_order(secret, given, is_right):
    assert is_right_secret(secret, given) is is_right


def test_a_recipient_is_another_one_if_name_phone_or_pin_code_differ():
    people = [
        make_booking(name="Asha", phone="+919845012345"),
        make_booking(name="Asha", phone="+919845012346"),
        make_booking(name="Ravi", phone="+919845012345"),
        make_booking("560001", name="Asha", phone="+919845012345"),
    ]
    assert len({identify_recipient(booking) for booking in people}) == 4
    same = make_booking(name="Asha", phone="+919845012345", address="Elsewhere", email="a@example.com")
    assert identify_recipient(same) == identify_recipient(people[0])

"""Recipients are sealed under a key each and unreadable without it."""

import pytest
from django.db import connection

from tests.tracking.stories import find_secrets
from tracking.models import RecipientKey, Shipment
from tracking.sealing import SealedError
from tracking.services.partners.key_rotation import reseal_recipients
from tracking.services.partners.phone_hashes import hash_phone
from tracking.services.partners.recipients import (
    NO_CONTACT,
    Contact,
    erase_contact,
    keep_contact,
    keep_missing_hashes,
    read_contact,
    read_contacts,
)

ASHA = Contact(
    name="Asha Raghavan", phone="+919845012345", email="asha@example.com", address="12 Sampige Road"
)


@pytest.fixture
def booked(db):
    consents = {"sms": True, "email": False}
    shipment = Shipment(
        shipment_id="123", pin_code="560034", metadata={"door": "gate-4711"}, consents=consents
    )
    keep_contact(shipment, ASHA)
    shipment.save()
    return Shipment.objects.get()


def test_a_stored_contact_is_read_and_no_table_holds_it_in_clear(booked):
    assert read_contact(booked) == ASHA
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tracking_shipment")
        rows = cursor.fetchall()
        cursor.execute("SELECT * FROM tracking_recipientkey")
        assert set(find_secrets(rows, cursor.fetchall())) == {"gate-4711"}


def test_a_changed_contact_stays_under_the_key_it_has(booked):
    before = RecipientKey.objects.get().sealed_key
    keep_contact(booked, Contact(name="B"))
    assert (read_contact(booked), RecipientKey.objects.get().sealed_key) == (Contact(name="B"), before)


def test_without_the_key_an_older_copy_of_the_row_reveals_nothing(booked):
    erase_contact(Shipment.objects.get())
    assert read_contact(booked) == NO_CONTACT
    erased = Shipment.objects.get()
    kept = (read_contact(erased), erased.pin_code, erased.metadata, erased.consents)
    assert kept == (NO_CONTACT, "", {}, {})
    assert RecipientKey.objects.count() == 0


def test_a_new_product_key_opens_what_an_older_one_sealed_while_both_are_set(booked, settings):
    older = settings.RECIPIENT_KEYS
    settings.RECIPIENT_KEYS = ["newer", *older]
    assert read_contact(booked) == ASHA
    settings.RECIPIENT_KEYS = ["newer"]
    with pytest.raises(SealedError):
        read_contact(booked)


def test_contacts_of_a_list_cost_one_query(booked, django_assert_num_queries):
    scanned = Shipment.objects.create(shipment_id="124")
    with django_assert_num_queries(1):
        assert read_contacts([booked, scanned]) == {"123": ASHA, "124": NO_CONTACT}


def read_hashes() -> dict[str, str | None]:
    return dict(RecipientKey.objects.values_list("shipment_id", "phone_hash"))


def test_a_recipient_is_found_by_the_hash_of_the_phone_number_until_it_is_erased(booked):
    assert read_hashes() == {"123": hash_phone(ASHA.phone)}
    assert hash_phone(ASHA.phone) != hash_phone("+919845012346")
    keep_contact(booked, Contact(name="B"))
    assert read_hashes() == {"123": ""}
    keep_contact(booked, Contact(phone="+919845012346"))
    assert read_hashes() == {"123": hash_phone("+919845012346")}
    erase_contact(booked)
    assert read_hashes() == {}


def test_recipients_that_were_stored_without_a_hash_get_one(booked):
    for shipment_id in ("124", "125"):
        shipment = Shipment(shipment_id=shipment_id)
        keep_contact(shipment, Contact(name="Asha") if shipment_id == "125" else ASHA)
        shipment.save()
    RecipientKey.objects.create(shipment_id="deleted", sealed_key=b"x")
    RecipientKey.objects.update(phone_hash=None)
    assert [keep_missing_hashes(3), keep_missing_hashes(3), keep_missing_hashes(3)] == [3, 1, 0]
    asha = hash_phone(ASHA.phone)
    assert read_hashes() == {"123": asha, "124": asha, "125": "", "deleted": ""}


def test_hashes_outlive_a_change_of_the_products_keys(booked, settings):
    before = hash_phone(ASHA.phone)
    settings.RECIPIENT_KEYS = ["newer", *settings.RECIPIENT_KEYS]
    # The key of the recipient, and that of the hashes.
    assert reseal_recipients() == 2
    settings.RECIPIENT_KEYS = ["newer"]
    assert hash_phone(ASHA.phone) == before

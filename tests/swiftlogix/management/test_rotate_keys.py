"""Rotation of the product's keys in stored rows."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from notifications.address_hashes import hash_address
from tracking.models import KeptAnswer, Partner, RecipientKey, Shipment
from tracking.sealing import SealedError, seal_for_us, unseal_for_us
from tracking.services.partners.recipients import Contact, keep_contact, read_contact
from tracking.services.reading.shipments import find_by_token
from tracking.tokens import hash_token, make_token

pytestmark = pytest.mark.django_db
ASHA = Contact("Asha Raghavan", "+919845012345")


def rotate(kind):
    output = StringIO()
    call_command("rotate_keys", kind, "--json", stdout=output)
    return json.loads(output.getvalue())


def book(shipment_id):
    booking = Shipment(shipment_id=shipment_id, token_sha256=hash_token(make_token(shipment_id, 0)))
    keep_contact(booking, ASHA)
    booking.save()
    return booking


def keep_answer(sealed):
    partner = Partner.objects.create(partner_id="prt_a", name="A")
    common = {"livemode": True, "path": "/", "body_sha256": "", "claimed_at": "2026-11-22T10:00:00Z"}
    return KeptAnswer.objects.create(partner=partner, idempotency_key="k", sealed=sealed, **common)


def test_after_resealing_recipients_and_kept_answers_open_without_the_older_key(settings):
    settings.RECIPIENT_KEYS = ["older"]
    bookings, answer = [book("1"), book("2")], keep_answer(seal_for_us(b"answer"))
    settings.RECIPIENT_KEYS = ["newer", "older"]
    bookings.append(book("3"))
    # The key of the phone hashes is resealed too.
    assert rotate("recipients") == {"kind": "recipients", "changed": len(bookings) + 1}
    assert rotate("recipients") == {"kind": "recipients", "changed": 0}
    settings.RECIPIENT_KEYS = ["newer"]
    assert [read_contact(booking) for booking in bookings] == [ASHA] * 3
    answer.refresh_from_db()
    assert unseal_for_us(bytes(answer.sealed)) == b"answer"


def test_after_resealing_the_hashes_of_addresses_are_the_same_as_before(settings):
    settings.RECIPIENT_KEYS = ["older"]
    before = hash_address("+919845012345")
    settings.RECIPIENT_KEYS = ["newer", "older"]
    assert [rotate("recipients")["changed"] for _ in range(2)] == [1, 0]
    settings.RECIPIENT_KEYS = ["newer"]
    assert hash_address("+919845012345") == before


def test_a_request_in_progress_has_no_answer_to_reseal():
    answer = keep_answer(b"")
    assert rotate("recipients") == {"kind": "recipients", "changed": 0}
    answer.refresh_from_db()
    assert bytes(answer.sealed) == b""


def test_a_recipient_that_no_key_opens_stops_the_rotation(settings):
    settings.RECIPIENT_KEYS = ["older"]
    book("1")
    settings.RECIPIENT_KEYS = ["newer"]
    before = bytes(RecipientKey.objects.get().sealed_key)
    with pytest.raises(SealedError):
        rotate("recipients")
    assert bytes(RecipientKey.objects.get().sealed_key) == before


def test_after_a_new_token_key_renewed_links_lead_to_their_pages_and_older_ones_end(settings):
    booking, older = book("1"), make_token("1", 0)
    Shipment.objects.create(shipment_id="unbooked")
    settings.TRACKING_TOKEN_KEY = "another"
    assert find_by_token(make_token("1", 0)) is None
    assert rotate("links") == {"kind": "links", "changed": 1}
    assert rotate("links") == {"kind": "links", "changed": 0}
    assert (find_by_token(make_token("1", 0)), find_by_token(older)) == (booking, None)
    assert Shipment.objects.get(shipment_id="unbooked").token_sha256 is None

"""Only the secret of a booking unlocks its page and the proof of delivery."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from tests.events import at
from tests.tracking.photos import draw_form
from tests.tracking.stories import BOOKING, find_secrets
from tracking.models import Partner, Proof, Shipment
from tracking.tokens import make_token

pytestmark = pytest.mark.usefixtures("plain_static")
PIN, SECRET = "560034", "2345"
TOKEN = make_token("123", 0)
PAGE = f"/t/{TOKEN}"


@pytest.fixture
def proof(client, api, world, hubs, files, time_machine):
    """Id of a proof picture of parcel 123; the clock is at minute 10."""
    time_machine.move_to(at(10), tick=False)
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    client.cookies["lang"] = "en"
    headers = {"Authorization": f"Bearer {api.key}"}
    assert (
        client.post("/api/v1/shipments/123/proofs", draw_form(kind="photo"), headers=headers).status_code
        == 201
    )
    return Proof.objects.get()


def picture_of(proof):
    return f"{PAGE}/proofs/{proof.proof_id}/"


def unlock(client, secret, token=TOKEN):
    return client.post(reverse("unlock", args=[token]), {"secret": secret})


def read_field(answer):
    """Read the error at the field of the secret, its description by ids, and what it contains."""
    text = answer.content.decode()
    error = re.search(r'<p class="wrong" id="secret-error" role="alert">([^<]+)</p>', text)[1]
    field = re.search(r'<input id="secret"[^>]+ autofocus[^>]+>', text)[0]
    value = re.search(r' value="([^"]*)"', field)
    return error, re.search(r'aria-describedby="([^"]+)"', field)[1], value[1] if value else ""


def test_a_locked_page_mentions_its_pictures_and_shows_none(client, proof):
    page = client.get(PAGE)
    text = page.content.decode()
    assert ("<details open><summary>Show details" in text, "<img" in text) == (True, False)
    assert (page["Cache-Control"], client.get(picture_of(proof)).status_code) == ("private, no-cache", 404)


@pytest.mark.parametrize("secret", [SECRET, "२३४५", " 23-45 "])
def test_the_last_digits_of_the_phone_number_unlock_the_page_and_its_pictures(client, proof, secret):
    answer = unlock(client, secret)
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}#private")
    page, picture = client.get(PAGE), client.get(picture_of(proof))
    assert f'<img src="{picture_of(proof)}" alt="Photo, Today, 12:40\u00a0pm">' in page.content.decode()
    assert (page["Cache-Control"], picture["Cache-Control"]) == ("private, no-store", "private, no-store")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")


def test_a_locked_page_speaks_of_an_amount_only_if_one_is_to_be_paid(client, proof):
    free = client.get(PAGE).content.decode()
    Shipment.objects.update(cod_amount="1499.50")
    to_pay = client.get(PAGE).content.decode()
    lead = "Unlock this page to see the amount to pay"
    assert ("amount to pay" in free, lead in to_pay) == (False, True)
    unlock(client, SECRET)
    assert "<p>To pay on delivery: <strong>₹1,499.50</strong></p>" in client.get(PAGE).content.decode()


def test_an_unlocked_page_shows_its_recipient_and_a_locked_one_does_not(client, proof):
    Shipment.objects.update(cod_amount="1499.50")
    private = ("A. R.", "+91 ••• ••• 45", "₹1,499.50")
    locked = client.get(PAGE).content.decode()
    unlock(client, SECRET)
    unlocked = client.get(PAGE).content.decode()
    assert [text in locked for text in private] == [False] * 3
    assert [text in unlocked for text in private] == [True] * 3
    assert find_secrets(unlocked) == []


def test_after_the_recipient_is_erased_the_page_cannot_be_unlocked(client, proof):
    call_command("erase_recipient", "123", "--json")
    assert "For the recipient" not in client.get(PAGE).content.decode()


def test_the_cookie_is_not_readable_by_scripts_and_lasts_one_day(client, proof, time_machine):
    (cookie,) = unlock(client, SECRET).cookies.values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
        True,
        "Lax",
        "/",
        86400,
    )
    time_machine.move_to(at(10) + timedelta(hours=25), tick=False)
    assert client.get(picture_of(proof)).status_code == 404


def test_a_wrong_secret_is_reported_at_its_field_and_unlocks_nothing(client, proof):
    for wrong in (PIN, "", "9999", f"{PIN} A"):
        answer = unlock(client, wrong)
        assert (answer.status_code, answer["Cache-Control"]) == (422, "private, no-store")
        assert read_field(answer) == (
            "This does not match the parcel. Please check it and try again.",
            "secret-error secret-hint",
            wrong,
        )
    assert client.get(picture_of(proof)).status_code == 404


def test_more_than_five_tries_are_limited(client, proof):
    assert [unlock(client, "9999").status_code for _ in range(5)] == [422] * 5
    limited = unlock(client, SECRET)
    assert (limited.status_code, limited["Retry-After"]) == (429, "900")
    assert read_field(limited)[0] == (
        "To keep this parcel private, we stop after 5 wrong attempts. Please try again in 15 minutes."
    )


def test_tries_by_link_and_by_number_are_counted_together(client, proof):
    for _ in range(3):
        unlock(client, "9999")
    answers = [client.post(reverse("find"), {"number": "123", "secret": "9999"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]


def test_tries_from_one_network_are_limited_over_all_pages(client, proof):
    tries = [
        client.post(
            reverse("find"), {"number": f"SLX-{number}", "secret": "9999"}, REMOTE_ADDR=f"203.0.113.{number}"
        ).status_code
        for number in range(11)
    ]
    assert tries == [404] * 10 + [429]
    elsewhere = client.post(reverse("unlock", args=[TOKEN]), {"secret": SECRET}, REMOTE_ADDR="203.0.114.1")
    assert elsewhere.status_code == 302


@pytest.mark.parametrize(
    "change", [{"name": "Ravi Kumar"}, {"phone": "98450 54321"}, {"phone": ""}, {"pin_code": "560001"}]
)
def test_a_changed_recipient_or_secret_locks_the_page_again(client, api, proof, change):
    unlock(client, SECRET)
    assert client.get(picture_of(proof)).status_code == 200
    assert api.patch("/api/v1/shipments/123", {"recipient": change}).status_code == 200
    assert client.get(picture_of(proof)).status_code == 404
    assert (client.get(PAGE)["Cache-Control"], "A. R." in client.get(PAGE).content.decode()) == (
        "private, no-cache",
        False,
    )


def test_a_corrected_street_address_leaves_the_page_unlocked(client, api, proof):
    unlock(client, SECRET)
    assert (
        api.patch("/api/v1/shipments/123", {"recipient": {"address": "14 Sampige Road"}}).status_code == 200
    )
    assert client.get(picture_of(proof)).status_code == 200


def test_without_a_phone_number_the_page_asks_for_the_pin_code_and_the_first_letter_of_the_name(
    client, api, proof
):
    assert api.patch("/api/v1/shipments/123", {"recipient": {"phone": ""}}).status_code == 200
    assert "PIN code and first letter of the name" in client.get(PAGE).content.decode()
    assert [unlock(client, wrong).status_code for wrong in (PIN, "560034 B", "560001 A")] == [422] * 3
    assert unlock(client, "560034 a").status_code == 302
    assert client.get(picture_of(proof)).status_code == 200


def test_the_cookie_of_one_page_unlocks_no_other(client, api, proof):
    assert api.post("/api/v1/shipments", BOOKING | {"shipment_id": "124"}).status_code == 201
    unlock(client, SECRET, make_token("124", 0))
    assert client.get(picture_of(proof)).status_code == 404
    unlock(client, SECRET)
    assert client.get(f"/t/{make_token('124', 0)}/proofs/{proof.proof_id}/").status_code == 404


def test_an_invalid_link_unlocks_nothing(client, world, db):
    assert unlock(client, SECRET, "A" * 22).status_code == 404


def test_a_page_names_its_sender_and_how_to_reach_it_locked_and_unlocked(client, proof):
    Partner.objects.update(support_phone="+918012345678", support_email="care@acme.example")
    locked = client.get(PAGE).content.decode()
    unlock(client, SECRET)
    for text in (locked, client.get(PAGE).content.decode()):
        shown = ("Acme sent this parcel.", 'href="tel:+918012345678"', 'href="mailto:care@acme.example"')
        assert [each in text for each in shown] == [True] * 3


def test_finding_a_parcel_by_its_secret_unlocks_its_page(client, proof):
    found = client.post(reverse("find"), {"number": "123", "secret": SECRET})
    assert (found.status_code, found["Location"]) == (302, PAGE)
    assert client.get(picture_of(proof)).status_code == 200
    missed = client.post(reverse("find"), {"number": "123", "secret": "9999"})
    assert missed.status_code == 404

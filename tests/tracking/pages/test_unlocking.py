"""Only the PIN code or the last digits of the phone number unlock the proof of delivery."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from tests.events import at
from tests.tracking.photos import draw_form
from tests.tracking.stories import BOOKING, find_secrets
from tracking.models import Proof, Shipment
from tracking.tokens import make_token

pytestmark = pytest.mark.usefixtures("plain_static")
PIN, PHONE_END = "560034", "2345"
TOKEN = make_token("123", 0)
PAGE = f"/t/{TOKEN}"


@pytest.fixture
def proof(client, api, world, hubs, files, time_machine):
    """Id of a proof picture of parcel 123; the clock is at minute 10."""
    time_machine.move_to(at(10), tick=False)
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
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


def test_a_locked_page_mentions_its_pictures_and_shows_none(client, proof):
    page = client.get(PAGE)
    text = page.content.decode()
    assert ("There are pictures of how it was handed over." in text, "<img" in text) == (True, False)
    assert (page["Cache-Control"], client.get(picture_of(proof)).status_code) == ("private, no-cache", 404)


@pytest.mark.parametrize("secret", [PIN, PHONE_END])
def test_the_right_secret_unlocks_the_page_and_its_pictures(client, proof, secret):
    answer = unlock(client, secret)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    page, picture = client.get(PAGE), client.get(picture_of(proof))
    assert f'<img src="{picture_of(proof)}" alt="Photo, Today, 12:40\u00a0pm">' in page.content.decode()
    assert (page["Cache-Control"], picture["Cache-Control"]) == ("private, no-store", "private, no-store")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")


def test_an_unlocked_page_shows_its_recipient_and_a_locked_one_does_not(client, proof):
    Shipment.objects.update(cod_amount="1499.50")
    private = ("A. R.", "•••• 2345", "Acme", "₹1,499.50")
    locked = client.get(PAGE).content.decode()
    unlock(client, PIN)
    unlocked = client.get(PAGE).content.decode()
    assert [text in locked for text in private] == [False] * 4
    assert [text in unlocked for text in private] == [True] * 4
    assert find_secrets(unlocked) == []


def test_after_the_recipient_is_erased_the_page_cannot_be_unlocked(client, proof):
    call_command("erase_recipient", "123", "--json")
    assert "For the recipient" not in client.get(PAGE).content.decode()


def test_the_cookie_is_not_readable_by_scripts_and_lasts_one_day(client, proof, time_machine):
    (cookie,) = unlock(client, PIN).cookies.values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
        True,
        "Lax",
        "/",
        86400,
    )
    time_machine.move_to(at(10) + timedelta(hours=25), tick=False)
    assert client.get(picture_of(proof)).status_code == 404


def test_a_wrong_secret_is_reported_and_unlocks_nothing(client, proof):
    for wrong in ("560001", "", "9999"):
        answer = unlock(client, wrong)
        assert (answer.status_code, "does not belong to this parcel" in answer.content.decode()) == (
            422,
            True,
        )
    assert client.get(picture_of(proof)).status_code == 404


def test_more_than_five_tries_are_limited(client, proof):
    assert [unlock(client, "9999").status_code for _ in range(6)] == [422] * 5 + [429]
    assert unlock(client, PIN).status_code == 429


def test_the_cookie_of_one_page_unlocks_no_other(client, api, proof):
    assert api.post("/api/v1/shipments", BOOKING | {"shipment_id": "124"}).status_code == 201
    unlock(client, PIN, make_token("124", 0))
    assert client.get(picture_of(proof)).status_code == 404
    unlock(client, PIN)
    assert client.get(f"/t/{make_token('124', 0)}/proofs/{proof.proof_id}/").status_code == 404


def test_an_invalid_link_unlocks_nothing(client, world, db):
    assert unlock(client, PIN, "A" * 22).status_code == 404


def test_finding_a_parcel_by_its_secret_unlocks_its_page(client, proof):
    found = client.post(reverse("find"), {"number": "123", "secret": PHONE_END})
    assert (found.status_code, found["Location"]) == (302, PAGE)
    assert client.get(picture_of(proof)).status_code == 200
    missed = client.post(reverse("find"), {"number": "123", "secret": "9999"})
    assert missed.status_code == 404

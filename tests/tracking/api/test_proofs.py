"""Proofs of delivery over the API: uploaded by the partner, re-encoded, shown by an expiring link."""

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from PIL import Image

from tests.environment import NOWHERE
from tests.events import at
from tests.tracking.api.document import check_answer
from tests.tracking.photos import DEVICE, draw_form, draw_photo
from tests.tracking.stories import BOOKING, Api
from tracking.api.keys import issue_key
from tracking.domain.errors import TransientError
from tracking.models import Proof, Shipment

PATH = "/api/v1/shipments/123/proofs"


@pytest.fixture
def booked(api, world, hubs, files, time_machine):
    """A partner's client whose shipment 123 is booked; it is minute 10."""
    time_machine.move_to(at(10), tick=False)
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    return api


@pytest.fixture
def send(client, booked):
    def send(content=None, key=booked.key, idempotency_key=None, **fields):
        headers = {"Authorization": f"Bearer {key}"}
        headers |= {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return client.post(PATH, draw_form(content, **({"kind": "photo"} | fields)), headers=headers)

    return send


def path_of(url):
    return url.removeprefix("http://127.0.0.1:8000")


def test_a_picture_is_stored_without_metadata_and_shown_by_its_link(client, booked, send):
    response = send(event_id="e1", captured_at="2026-11-22T07:01:00Z")
    proof = check_answer(response)
    assert (response.status_code, booked.get(PATH).json()) == (201, {"results": [proof]})
    shown = client.get(path_of(proof["url"]))
    assert proof == {
        "proof_id": proof["proof_id"],
        "kind": "photo",
        "event_id": "e1",
        "sha256": hashlib.sha256(shown.content).hexdigest(),
        "captured_at": "2026-11-22T07:01:00.000Z",
        "url": proof["url"],
    }
    assert (Image.open(BytesIO(shown.content)).size, DEVICE.encode() in shown.content) == ((48, 64), False)
    expected = {
        "Content-Type": "image/jpeg",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="{proof["proof_id"]}.jpg"',
        "Referrer-Policy": "no-referrer",
    }
    assert {name: shown[name] for name in expected} == expected


def test_a_signature_without_a_time_was_taken_now(send):
    proof = send(draw_photo("PNG"), kind="signature").json()
    assert (proof["kind"], proof["event_id"], proof["captured_at"]) == (
        "signature",
        None,
        "2026-11-22T07:10:00.000Z",
    )


def test_a_link_ends_after_five_minutes(client, send, time_machine):
    link = path_of(send().json()["url"])
    time_machine.move_to(at(10) + timedelta(minutes=5, seconds=-1), tick=False)
    assert client.get(link).status_code == 200
    time_machine.move_to(at(10) + timedelta(minutes=5, seconds=2), tick=False)
    ended = client.get(link)
    assert (ended.status_code, ended.json()["code"]) == (410, "link_expired")


def test_a_link_with_a_wrong_signature_is_not_found(client, send):
    link = path_of(send().json()["url"])
    mine, other = Proof.objects.get().proof_id, send().json()["proof_id"]
    for wrong in (link[:-1] + "~", link.replace(mine, other), "/api/proofs/x"):
        answer = client.get(wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("content", "fields", "status", "code", "pointer"),
    [
        (b"no picture", {}, 415, "unsupported_media_type", None),
        (b"\xff\xd8" + bytes(8_000_000), {}, 413, "too_large", None),
        (b"\xff\xd8" + bytes(9_000_000), {}, 413, "too_large", None),
        (None, {"kind": "video"}, 422, "validation_failed", "/kind"),
        (None, {"size": "1"}, 422, "validation_failed", "/size"),
        (None, {"captured_at": "yesterday"}, 422, "validation_failed", "/captured_at"),
        (None, {"captured_at": "1999-01-01T00:00:00Z"}, 422, "validation_failed", "/captured_at"),
        (None, {"captured_at": "2026-11-22T07:16:00Z"}, 409, "contradiction", "/captured_at"),
    ],
)
def test_an_invalid_proof_is_refused_with_its_mistake(send, content, fields, status, code, pointer):
    response = send(content, **fields)
    body = check_answer(response)
    assert (response.status_code, body["code"]) == (status, code)
    assert [mistake["pointer"] for mistake in body["errors"]] == ([pointer] if pointer else [])
    assert Proof.objects.count() == 0


def test_a_form_without_a_picture_and_a_body_that_is_no_form_are_refused(client, booked):
    headers = {"Authorization": f"Bearer {booked.key}"}
    without = client.post(PATH, {"kind": "photo"}, headers=headers)
    assert (without.status_code, check_answer(without)["errors"][0]["pointer"]) == (422, "/file")
    no_form = booked.post(PATH, {"kind": "photo"})
    assert (no_form.status_code, check_answer(no_form)["code"]) == (415, "unsupported_media_type")
    broken = booked.post(PATH, b"--x", content_type="multipart/form-data")
    assert (broken.status_code, check_answer(broken)["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "x" * 3_000_000},
        {f"f{n}": "1" for n in range(1200)},
        {"files": [SimpleUploadedFile("a.jpg", b"1") for _ in range(120)]},
    ],
    ids=["a long field", "many fields", "many files"],
)
def test_an_oversized_form_is_refused(send, fields):
    response = send(**fields)
    assert (response.status_code, check_answer(response)["code"]) == (400, "malformed")


@pytest.mark.slow
def test_a_shipment_has_at_most_twenty(send):
    assert [send().status_code for _ in range(21)] == [201] * 20 + [409]


def test_a_repeated_request_stores_one_picture_and_another_body_is_refused(send):
    first, again = (send(idempotency_key="k") for _ in range(2))
    other = send(draw_photo(size=(80, 60)), idempotency_key="k")
    assert (first.json(), again["Idempotency-Replayed"]) == (again.json(), "true")
    assert (other.status_code, other.json()["code"], Proof.objects.count()) == (
        409,
        "idempotency_mismatch",
        1,
    )


def test_another_partner_sees_nothing(client, send, other_partner):
    assert send().status_code == 201
    rival = Api(client, issue_key(other_partner))
    assert (rival.get(PATH).status_code, send(key=rival.key).status_code) == (404, 404)


def test_erasing_the_recipient_deletes_the_pictures(client, send, files, capsys):
    link = path_of(send().json()["url"])
    assert len(files.listdir("proofs")[1]) == 1
    call_command("erase_recipient", "123", "--json")
    assert (files.listdir("proofs")[1], Proof.objects.count(), client.get(link).status_code) == ([], 0, 404)


@pytest.mark.slow
def test_without_the_bucket_erasing_fails_as_a_whole_and_can_be_repeated(client, send, files, settings):
    link = path_of(send().json()["url"])
    options = {"bucket_name": "files", "region_name": "ap-south-1", "endpoint_url": f"http://{NOWHERE}"}
    away = {"BACKEND": "tracking.adapters.files.BucketStorage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": away}
    with pytest.raises(TransientError):
        call_command("erase_recipient", "123")
    assert (client.get(link).status_code, send().status_code) == (503, 503)
    assert (Proof.objects.count(), Shipment.objects.get().pin_code) == (1, "560034")

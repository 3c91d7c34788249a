"""`Idempotency-Key`: a repeated request has one effect and one answer, also at the same moment."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from tests.tracking.api.document import check_answer
from tests.tracking.stories import BOOKING, Api, find_secrets
from tracking.api.keys import issue_key
from tracking.models import KeptAnswer, Shipment

PATH = "/api/v1/shipments"
WITHOUT_ID = {name: value for name, value in BOOKING.items() if name != "shipment_id"}


def test_a_repeated_request_is_processed_once_and_answered_the_same(api, world, hubs):
    first, again = (api.post(PATH, WITHOUT_ID, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert (again["Idempotency-Replayed"], again["Location"]) == ("true", first["Location"])
    assert (again["Content-Type"], "Idempotency-Replayed" in first.headers) == ("application/json", False)
    assert (Shipment.objects.count(), len(world.stream.records)) == (1, 1)


def test_a_refusal_is_repeated_too(api, world, hubs):
    first, again = (api.post(PATH, BOOKING | {"colour": "red"}, Idempotency_Key="k1") for _ in range(2))
    assert (again.status_code, again.content) == (422, first.content)
    assert again["Content-Type"] == "application/problem+json"


def test_the_key_with_another_body_is_refused(api, world, hubs):
    api.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
    response = api.post(PATH, WITHOUT_ID | {"reference": "other"}, Idempotency_Key="k1")
    assert (response.status_code, check_answer(response)["code"]) == (409, "idempotency_mismatch")


def test_a_repeat_of_a_running_request_is_refused_with_retry_after(api, world, hubs):
    api.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
    KeptAnswer.objects.update(status=None)
    response = api.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
    assert (response.status_code, check_answer(response)["code"]) == (409, "still_running")
    assert response["Retry-After"] == "2"


def test_a_request_of_a_dead_process_is_processed_by_its_repeat(api, world, hubs):
    api.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
    KeptAnswer.objects.update(status=None, claimed_at=timezone.now() - timedelta(seconds=61))
    assert api.post(PATH, WITHOUT_ID, Idempotency_Key="k1").status_code == 201
    assert KeptAnswer.objects.get().status == 201


def test_after_a_day_the_key_is_free(api, world, hubs):
    api.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
    KeptAnswer.objects.update(claimed_at=timezone.now() - timedelta(hours=24))
    response = api.post(PATH, WITHOUT_ID | {"reference": "other"}, Idempotency_Key="k1")
    assert (response.status_code, Shipment.objects.count()) == (201, 2)


def test_a_server_failure_may_be_retried_with_the_same_key(api, world, hubs):
    world.stream.refusing = "InternalFailure"
    assert api.post(PATH, WITHOUT_ID, Idempotency_Key="k1").status_code == 503
    world.stream.refusing = None
    assert api.post(PATH, WITHOUT_ID, Idempotency_Key="k1").status_code == 201


def test_the_same_key_of_another_partner_mode_or_path_is_another_request(
    api, world, hubs, client, partner, other_partner
):
    api.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
    test_api = Api(client, issue_key(partner, livemode=False))
    for caller in (test_api, Api(client, issue_key(other_partner))):
        assert "Idempotency-Replayed" not in caller.post(PATH, WITHOUT_ID, Idempotency_Key="k1").headers
    assert api.post("/api/v1/events", WITHOUT_ID, Idempotency_Key="k1").status_code == 422
    assert KeptAnswer.objects.count() == 4


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "k" * 256])
def test_an_invalid_key_is_refused_with_422(api, world, key):
    response = api.post(PATH, BOOKING, Idempotency_Key=key)
    (mistake,) = check_answer(response)["errors"]
    assert (response.status_code, mistake["pointer"]) == (422, "Idempotency-Key")


def test_stored_answers_are_sealed(api, world, hubs):
    api.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
    assert find_secrets(*(str(vars(kept)) for kept in KeptAnswer.objects.all())) == []


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_have_one_effect_and_one_answer(world, hubs, partner):
    key, answers = issue_key(partner), []

    def send():
        caller = Api(Client(), key)
        response = caller.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
        while response.status_code == 409:
            response = caller.post(PATH, WITHOUT_ID, Idempotency_Key="k1")
        answers.append((response.status_code, response.content))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers)), answers[0][0]) == (4, 1, 201)
    assert (Shipment.objects.count(), len(world.stream.records)) == (1, 1)

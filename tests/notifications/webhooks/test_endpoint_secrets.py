"""Secrets of endpoints: sealed at rest, and valid for a day after a rotation."""

import base64
from datetime import timedelta

import pytest
from django.core.management import call_command

from notifications.webhooks.endpoint_secrets import (
    OVERLAP,
    list_secrets,
    make_secret,
    reseal_secrets,
    rotate_secret,
)
from tests.notifications.webhooks.partners import NOON, make_endpoint

pytestmark = pytest.mark.django_db


def test_a_secret_is_the_prefix_and_thirty_two_random_bytes():
    secrets = {make_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in secrets} == {32}


def test_no_secret_is_stored_in_clear():
    endpoint = make_endpoint()
    rotate_secret(endpoint, NOON)
    endpoint.refresh_from_db()
    stored = bytes(endpoint.sealed_secret) + bytes(endpoint.sealed_old_secret)
    assert [secret for secret in list_secrets(endpoint, NOON) if secret[6:].encode() in stored] == []


def test_after_a_rotation_the_older_secret_is_valid_for_a_day():
    endpoint = make_endpoint()
    (older,) = list_secrets(endpoint, NOON)
    newer = rotate_secret(endpoint, NOON)
    endpoint.refresh_from_db()
    assert list_secrets(endpoint, NOON + OVERLAP - timedelta(seconds=1)) == [newer, older]
    assert list_secrets(endpoint, NOON + OVERLAP) == [newer]


def test_a_second_rotation_ends_the_oldest_secret():
    endpoint = make_endpoint()
    second = rotate_secret(endpoint, NOON)
    third = rotate_secret(endpoint, NOON + timedelta(hours=1))
    assert list_secrets(endpoint, NOON + timedelta(hours=2)) == [third, second]


def test_the_rotation_of_keys_reseals_secrets_so_that_the_older_key_can_be_dropped(settings):
    settings.RECIPIENT_KEYS = ["older"]
    endpoint = make_endpoint()
    rotate_secret(endpoint, NOON)
    secrets = list_secrets(endpoint, NOON)
    settings.RECIPIENT_KEYS = ["newer", "older"]
    call_command("rotate_keys", "recipients", "--json")
    assert reseal_secrets() == 0
    settings.RECIPIENT_KEYS = ["newer"]
    endpoint.refresh_from_db()
    assert list_secrets(endpoint, NOON) == secrets

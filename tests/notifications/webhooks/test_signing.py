"""Signatures: the public verifier accepts ours, and refuses forged, replayed and late ones."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from notifications.webhooks.endpoint_secrets import OVERLAP, list_secrets, make_secret, rotate_secret
from notifications.webhooks.signing import sign
from tests.notifications.webhooks.partners import NOON, make_endpoint

BODY = '{"type":"shipment.delayed","why":"देरी"}'.encode()
SECRET = make_secret()


def verify(secret, headers, body=BODY, at=NOON):
    with time_machine.travel(at, tick=False):
        return Webhook(secret).verify(body, headers)


def test_the_public_verifier_accepts_a_signed_body():
    headers = sign("msg_1", BODY, [SECRET], NOON)
    assert verify(SECRET, headers) == {"type": "shipment.delayed", "why": "देरी"}
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", str(int(NOON.timestamp())))


@pytest.mark.django_db
def test_during_a_rotation_receivers_with_either_secret_accept_it_and_afterwards_only_the_new_one():
    endpoint = make_endpoint()
    (older,) = list_secrets(endpoint, NOON)
    newer = rotate_secret(endpoint, NOON)
    headers = sign("msg_1", BODY, list_secrets(endpoint, NOON), NOON)
    assert verify(older, headers) == verify(newer, headers)
    later = NOON + OVERLAP
    headers = sign("msg_1", BODY, list_secrets(endpoint, later), later)
    assert verify(newer, headers, at=later)["type"] == "shipment.delayed"
    with pytest.raises(WebhookVerificationError):
        verify(older, headers, at=later)


@pytest.mark.parametrize(
    "changed",
    [
        {"body": BODY.replace(b"delayed", b"created")},
        {"secret": make_secret()},
        {"header": ("webhook-id", "msg_2")},
        {"header": ("webhook-timestamp", str(int(NOON.timestamp()) + 1))},
        {"header": ("webhook-signature", "v1,AAAA")},
        {"at": NOON + timedelta(minutes=5, seconds=1)},
        {"at": NOON - timedelta(minutes=5, seconds=1)},
    ],
    ids=["body", "secret", "id", "time", "signature", "late", "early"],
)
def test_a_forged_replayed_or_late_webhook_is_refused(changed):
    headers = sign("msg_1", BODY, [SECRET], NOON) | dict([changed["header"]] if "header" in changed else [])
    with pytest.raises(WebhookVerificationError):
        verify(changed.get("secret", SECRET), headers, changed.get("body", BODY), changed.get("at", NOON))


def test_a_time_of_another_zone_and_with_fractions_is_signed_as_the_second_in_utc():
    exact = datetime(2026, 11, 29, 12, 0, 0, 999_999, tzinfo=UTC)
    assert sign("msg_1", BODY, [SECRET], exact) == sign("msg_1", BODY, [SECRET], NOON)

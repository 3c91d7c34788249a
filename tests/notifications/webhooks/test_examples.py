"""Receivers of the documents take real deliveries, and refuse forged and late ones."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from notifications.webhooks.account_webhooks import open_test
from notifications.webhooks.delivery import Deliverer
from notifications.webhooks.endpoint_secrets import list_secrets, make_secret, rotate_secret
from notifications.webhooks.models import WebhookAttempt
from notifications.webhooks.sender import Post, Sender
from notifications.webhooks.signing import sign
from tests.house.sources import ROOT
from tests.notifications.webhooks.partners import make_endpoint
from tests.opt_in import only_where_installed

EXAMPLES = ROOT / "docs" / "examples"
RECEIVERS = [
    pytest.param([sys.executable, "receive_webhooks.py"], id="python"),
    pytest.param(["node", "receive_webhooks.mjs"], id="node", marks=only_where_installed("node")),
]
BODY = b'{"type":"webhook.test"}'
pytestmark = pytest.mark.django_db(transaction=True)


async def resolve(host, port):
    return ["127.0.0.1"]


@pytest.fixture(params=RECEIVERS)
def receiver(request):
    """Start a receiver with the secret of a stored endpoint; yield endpoint and process."""
    endpoint = make_endpoint(types=["webhook.test"])
    secret = list_secrets(endpoint, timezone.now())[0]
    process = subprocess.Popen(
        request.param,
        cwd=EXAMPLES,
        env=os.environ | {"WEBHOOK_SECRET": secret, "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    endpoint.url = process.stdout.readline().split()[-1]
    endpoint.save()
    yield endpoint, process
    process.kill()
    process.communicate()


def deliver():
    """Deliver what is due by a real sender."""

    async def inside():
        deliverer = Deliverer(Sender(resolve, allow_loopback=True))
        await deliverer.start_due()
        await deliverer.drain()

    async_to_sync(inside)()


def send(url, headers):
    return asyncio.run(Sender(resolve, allow_loopback=True).send(Post(url, headers, BODY))).status


def test_a_delivery_is_taken_also_while_the_older_secret_is_known_alone(receiver):
    endpoint, process = receiver
    sent = [open_test(endpoint, timezone.now())]
    deliver()
    rotate_secret(endpoint, timezone.now())
    sent.append(open_test(endpoint, timezone.now()))
    deliver()
    assert list(WebhookAttempt.objects.values_list("status", "fault")) == [(204, "")] * 2
    assert [process.stdout.readline().split() for _ in sent] == [
        [each.message_id, "webhook.test"] for each in sent
    ]


@pytest.mark.parametrize("command", RECEIVERS)
def test_a_receiver_without_a_secret_asks_for_one(command):
    environment = os.environ | {"WEBHOOK_SECRET": " ", "PORT": "0"}
    done = subprocess.run(
        command, cwd=EXAMPLES, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    asked = "Set WEBHOOK_SECRET to the secret of your endpoint: create the endpoint first.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", asked)


def test_forged_late_and_unsigned_ones_are_refused_and_a_repeat_is_taken_once(receiver):
    endpoint, process = receiver
    now = timezone.now()
    secrets = list_secrets(endpoint, now)
    good, other = (sign(name, BODY, secrets, now) for name in ("msg_1", "msg_2"))
    signature = {"webhook-signature": good["webhook-signature"]}
    late, early = (
        sign("msg_3", BODY, secrets, now + minutes * timedelta(minutes=1)) for minutes in (-10, 10)
    )
    refused = [sign("msg_3", BODY, [make_secret()], now), other | signature, late, early, {}]
    assert [send(endpoint.url, headers) for headers in refused] == [401] * 5
    assert [send(endpoint.url, headers) for headers in (good, good, other)] == [204] * 3
    assert [process.stdout.readline().split()[0] for _ in range(2)] == ["msg_1", "msg_2"]

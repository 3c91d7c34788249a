"""Outbox that keeps a copy of each message that was sent, and of no other."""

import pytest

from notifications.adapters.memory import MemoryTransport
from notifications.adapters.outbox import OutboxTransport
from notifications.models import OutboxMessage
from notifications.transports.sms import SMS
from tests.notifications.stories import make_message
from tracking.domain.errors import PermanentError, TransientError

pytestmark = pytest.mark.django_db


@pytest.fixture
def inner():
    return MemoryTransport(SMS)


def test_a_message_goes_through_the_inner_transport_and_leaves_a_copy(inner):
    outbox, message = OutboxTransport(inner), make_message(html="<p>Delivered</p>")
    assert outbox.declaration is SMS
    assert outbox.send(message) == "sms-1"
    assert inner.sent == [message]
    copies = OutboxMessage.objects.values(
        "change_id",
        "recipient_id",
        "transport",
        "shipment_id",
        "trigger",
        "address",
        "subject",
        "body",
        "html",
    )
    assert list(copies) == [
        {
            "change_id": message.change_id,
            "recipient_id": message.recipient_id,
            "transport": "sms",
            "shipment_id": message.shipment_id,
            "trigger": message.trigger,
            "address": message.address,
            "subject": "",
            "body": message.body,
            "html": "<p>Delivered</p>",
        }
    ]


def test_a_message_that_is_sent_twice_has_two_copies(inner):
    outbox = OutboxTransport(inner)
    for _ in range(2):
        outbox.send(make_message())
    assert OutboxMessage.objects.count() == 2


@pytest.mark.parametrize("failure", [PermanentError("refused"), TransientError("sns: Throttled")])
def test_a_message_that_was_not_sent_leaves_no_copy(inner, failure):
    inner.failure = failure
    with pytest.raises(type(failure)):
        OutboxTransport(inner).send(make_message())
    assert OutboxMessage.objects.count() == 0

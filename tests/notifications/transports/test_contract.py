"""The promises of `Transport`, kept by memory and by SNS on the emulator alike."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.test import override_settings

from notifications.adapters.memory import MemoryTransport
from notifications.ports import Message, Transport
from notifications.transports.email import MailTopicTransport
from notifications.transports.sms import SmsTransport
from notifications.transports.sns import find_topic
from tests.environment import NOWHERE
from tests.notifications.stories import MAIL, PHONE, make_message
from tracking.adapters.aws import build_client
from tracking.domain.errors import TransientError

MAIL_FILTER = {"recipient_id": ["rcp_one"]}


@dataclass
class World:
    """A transport, what its recipient has read so far, and a way to cut the line."""

    transport: Transport
    message: Message
    read: Callable[[], list[str]]
    cut: Callable[[], None]


def memory_world(name: str, message: Message) -> World:
    transport = MemoryTransport(name)

    def cut() -> None:
        transport.failure = TransientError("gone")

    return World(transport, message, lambda: [sent.body for sent in transport.sent], cut)


@pytest.fixture(params=["sms in memory", "sms by SNS", "e-mail in memory", "e-mail by SNS"])
def world(request):
    sms = make_message(address=PHONE)
    email = make_message(address=MAIL, subject="Delivered: 123")
    if "memory" in request.param:
        message = sms if "sms" in request.param else email
        yield memory_world(request.param.split()[0], message)
        return
    endpoint = request.getfixturevalue("local_aws")
    line = request.getfixturevalue("line")
    if "sms" in request.param:
        yield World(SmsTransport("SWFTLX"), sms, lambda: read_phone(endpoint, PHONE), line)
    else:
        transport = MailTopicTransport(settings.AWS_NAMES["topics"]["mail"])
        yield World(transport, email, request.getfixturevalue("mailbox"), line)


@pytest.fixture
def line():
    """Cuts the line to AWS when called; whole again afterwards."""
    nowhere = override_settings(AWS_ENDPOINT_URL=f"http://{NOWHERE}")
    cut: list[bool] = []

    def cut_it() -> None:
        nowhere.enable()
        build_client.cache_clear()
        cut.append(True)

    yield cut_it
    if cut:
        nowhere.disable()
        build_client.cache_clear()


@pytest.fixture
def mailbox(local_aws):
    """A queue in the place of an e-mail address: subscribed to the topic with a filter, as an address is."""
    sqs, sns = build_client("sqs"), build_client("sns")
    url = sqs.create_queue(QueueName="mailbox")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = find_topic(settings.AWS_NAMES["topics"]["mail"])
    subscribed = sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue,
        Attributes={"FilterPolicy": json.dumps(MAIL_FILTER)},
        ReturnSubscriptionArn=True,
    )
    received: list[str] = []

    def read() -> list[str]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        received.extend(json.loads(message["Body"])["Message"] for message in answer.get("Messages", []))
        return received

    yield read
    sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)


def read_phone(endpoint: str, number: str) -> list[str]:
    with urlopen(f"{endpoint}/_ministack/sns/sms-messages") as answer:
        kept = json.load(answer)["sms_messages"]
    return [message["Message"] for message in kept.get(number, [])]


def test_a_message_reaches_its_recipient_word_for_word(world):
    before = len(world.read())
    world.transport.send(world.message)
    assert world.read()[before:] == [world.message.body]


def test_each_message_gets_an_id_of_its_own(world):
    ids = [world.transport.send(world.message) for _ in range(3)]
    assert all(ids)
    assert len(set(ids)) == 3


def test_a_provider_out_of_reach_is_an_error_that_may_heal(world):
    world.cut()
    with pytest.raises(TransientError) as failed:
        world.transport.send(world.message)
    assert world.message.address not in str(failed.value)


def test_the_topic_hands_a_mail_only_to_whom_it_is_for(local_aws, mailbox):
    transport = MailTopicTransport(settings.AWS_NAMES["topics"]["mail"])
    transport.send(make_message(recipient_id="rcp_other", subject="Delivered: 9", body="not for you"))
    transport.send(make_message(subject="Delivered: 123", body="for you"))
    assert mailbox() == ["for you"]

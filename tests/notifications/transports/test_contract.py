"""Contract of `Transport`, for the memory transport and for SNS on the emulator."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.test import override_settings

from notifications.adapters.memory import MemoryTransport
from notifications.domain import TransportDeclaration
from notifications.ports import Message, Transport
from notifications.transports.email import EMAIL, MailTopicTransport
from notifications.transports.sms import SMS, SmsTransport
from notifications.transports.smtp import SmtpTransport
from notifications.transports.sns import find_topic
from tests.environment import NOWHERE
from tests.notifications.stories import MAIL, PHONE, make_message
from tests.notifications.transports.mail_server import SENDER, MailServer
from tracking.adapters.aws import build_client
from tracking.domain.errors import TransientError

MAIL_FILTER = {"recipient_id": ["rcp_one"]}


@dataclass
class World:
    """A transport, what its recipient has received so far, and a way to disconnect the provider."""

    transport: Transport
    message: Message
    read: Callable[[], list[str]]
    disconnect: Callable[[], None]


def memory_world(declared: TransportDeclaration, message: Message) -> World:
    transport = MemoryTransport(declared)

    def disconnect() -> None:
        transport.failure = TransientError("gone")

    return World(transport, message, lambda: [sent.body for sent in transport.sent], disconnect)


@pytest.fixture(params=["sms in memory", "sms by SNS", "e-mail in memory", "e-mail by SNS", "e-mail by SMTP"])
def world(request):
    sms = make_message(address=PHONE)
    email = make_message(address=MAIL, subject="Delivered: 123")
    if "memory" in request.param:
        yield memory_world(SMS, sms) if "sms" in request.param else memory_world(EMAIL, email)
        return
    if "SMTP" in request.param:
        server = request.getfixturevalue("mail_server")
        yield World(SmtpTransport(server.settings, SENDER), email, server.read_texts, server.stop)
        return
    endpoint = request.getfixturevalue("local_aws")
    disconnect = request.getfixturevalue("disconnect")
    if "sms" in request.param:
        yield World(SmsTransport("SWFTLX"), sms, lambda: read_phone(endpoint, PHONE), disconnect)
    else:
        transport = MailTopicTransport(settings.AWS_NAMES["topics"]["mail"])
        yield World(transport, email, request.getfixturevalue("mailbox"), disconnect)


@pytest.fixture
def mail_server():
    with MailServer() as server:
        yield server


@pytest.fixture
def disconnect():
    """Makes AWS unreachable when called, until the test ends."""
    unreachable = override_settings(AWS_ENDPOINT_URL=f"http://{NOWHERE}")
    calls: list[bool] = []

    def disconnect_aws() -> None:
        unreachable.enable()
        build_client.cache_clear()
        calls.append(True)

    yield disconnect_aws
    if calls:
        unreachable.disable()
        build_client.cache_clear()


@pytest.fixture
def mailbox(local_aws):
    """A queue that stands for an e-mail address: subscribed to the topic with the filter of an address."""
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
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20261129/ap-south-1/sns/aws4_request"}
    with urlopen(Request(f"{endpoint}/_ministack/sns/sms-messages", headers=headers)) as answer:
        received = json.load(answer)["sms_messages"]
    return [message["Message"] for message in received.get(number, [])]


def test_a_message_reaches_its_recipient_unchanged(world):
    before = len(world.read())
    world.transport.send(world.message)
    assert world.read()[before:] == [world.message.body]


def test_each_message_gets_an_id_of_its_own(world):
    messages = [world.message._replace(change_id=f"chg_{number}") for number in range(3)]
    ids = [world.transport.send(message) for message in messages]
    assert all(ids)
    assert len(set(ids)) == 3


def test_an_unreachable_provider_is_a_transient_error(world):
    world.disconnect()
    with pytest.raises(TransientError) as failed:
        world.transport.send(world.message)
    assert world.message.address not in str(failed.value)


def test_the_topic_delivers_an_email_only_to_its_recipient(local_aws, mailbox):
    transport = MailTopicTransport(settings.AWS_NAMES["topics"]["mail"])
    transport.send(make_message(recipient_id="rcp_other", subject="Delivered: 9", body="not for you"))
    transport.send(make_message(subject="Delivered: 123", body="for you"))
    assert mailbox() == ["for you"]

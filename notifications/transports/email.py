"""E-mail: published to the topic `mail`, whose subscribers choose by attribute what they get."""

from dataclasses import dataclass

from notifications.domain import EMAIL
from notifications.ports import Message
from notifications.transports.sns import find_topic, publish


@dataclass(frozen=True)
class MailTopicTransport:
    """Publishes to the topic of this name; a subscription there names the address and its filter."""

    topic_name: str
    name: str = EMAIL

    def send(self, message: Message) -> str:
        """Hand subject and plain text to SNS; returns its id of the message."""
        attributes = {
            "partner_id": message.partner_id,
            "type": message.trigger,
            "status": message.status,
            "livemode": "true" if message.livemode else "false",
            "recipient_id": message.recipient_id,
        }
        topic_arn = find_topic(self.topic_name)
        return publish(attributes, TopicArn=topic_arn, Subject=message.subject, Message=message.body)

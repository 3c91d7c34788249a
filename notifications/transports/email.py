"""E-mail transport: publishes to an SNS topic whose subscriptions filter by message attributes."""

from dataclasses import dataclass

from notifications.domain import MessageTemplate, TransportDeclaration, Trigger
from notifications.ports import Message
from notifications.transports.sns import find_topic, publish
from tracking.services.requests import addresses

EMAIL = TransportDeclaration(
    name="email",
    label="E-mail",
    plural="E-mails",
    address=addresses.EMAIL,
    triggers=frozenset(Trigger),
    is_loud=False,
    template=MessageTemplate(
        subject="{headline}: {shipment_id}",
        body=(
            "{fact}\n\nFollow it here: {link}\n\n"
            "Shipment {shipment_id}. Message number {code}. Times are Indian time (IST).\n"
        ),
    ),
)


@dataclass(frozen=True)
class MailTopicTransport:
    """Transport that publishes to one topic; each subscription there has an address and a filter."""

    topic_name: str
    declaration: TransportDeclaration = EMAIL

    def send(self, message: Message) -> str:
        """Publish subject and plain text to SNS; return its id of the message."""
        attributes = {
            "partner_id": message.partner_id,
            "type": message.trigger,
            "status": message.status,
            "livemode": "true" if message.livemode else "false",
            "recipient_id": message.recipient_id,
        }
        topic_arn = find_topic(self.topic_name)
        # SNS takes subjects in ASCII only.
        subject = message.subject if message.subject.isascii() else f"SwiftLogix: {message.shipment_id}"
        return publish(attributes, TopicArn=topic_arn, Subject=subject, Message=message.body)

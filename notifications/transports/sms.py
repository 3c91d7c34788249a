"""SMS: SNS publishes to the recipient's number."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from notifications.domain import SMS
from notifications.ports import Message
from notifications.transports.sns import publish


@dataclass(frozen=True)
class SmsTransport:
    """Sends from `sender_id`; the DLT ids (entity, template by trigger) are what India's carriers ask for."""

    sender_id: str
    entity_id: str = ""
    template_ids: Mapping[str, str] = field(default_factory=dict)
    name: str = SMS

    def send(self, message: Message) -> str:
        """Hand the text to SNS, which charges by the segment; returns its id of the message."""
        attributes = {
            "AWS.SNS.SMS.SMSType": "Transactional",
            "AWS.SNS.SMS.SenderID": self.sender_id,
            "AWS.MM.SMS.EntityId": self.entity_id,
            "AWS.MM.SMS.TemplateId": self.template_ids.get(message.trigger, ""),
        }
        # SNS takes no empty value.
        given = {name: value for name, value in attributes.items() if value}
        return publish(given, PhoneNumber=message.address, Message=message.body)

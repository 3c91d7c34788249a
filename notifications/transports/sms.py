"""SMS transport: publishes through SNS to the recipient's phone number."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from notifications.domain import LengthLimit, MessageTemplate, TransportDeclaration, Trigger
from notifications.ports import Message
from notifications.transports.sms_length import measure_sms
from notifications.transports.sns import publish
from tracking.services.requests.addresses import PHONE

SMS = TransportDeclaration(
    name="sms",
    label="SMS",
    plural="SMS",
    address=PHONE,
    triggers=frozenset(
        {
            Trigger.OUT_FOR_DELIVERY,
            Trigger.DELAYED,
            Trigger.ATTEMPT_FAILED,
            Trigger.AVAILABLE_FOR_PICKUP,
            Trigger.PICKUP_REMINDER,
            Trigger.ON_HOLD,
            Trigger.EXCEPTION,
        }
    ),
    optional_triggers=frozenset({Trigger.DELIVERED}),
    template=MessageTemplate(subject="", body="{short_fact} {link} #{code}"),
    # One segment in English, two in languages that need UCS-2.
    limit=LengthLimit(measure_sms, max_segments=2),
    shipment_limit=5,
)


@dataclass(frozen=True)
class SmsTransport:
    """Transport that sends from `sender_id`; Indian carriers require the DLT ids (entity, templates)."""

    sender_id: str
    entity_id: str = ""
    template_ids: Mapping[str, str] = field(default_factory=dict)
    declaration: TransportDeclaration = SMS

    def has_template(self, trigger: str, language: str, address: str) -> bool:
        """Return whether the text is registered (DLT), or needs no registration at this address."""
        needs_registration = bool(self.entity_id) and address.startswith("+91")
        return not needs_registration or f"{trigger}.{language}" in self.template_ids

    def send(self, message: Message) -> str:
        """Publish the text to SNS, which charges by the segment; return its id of the message."""
        attributes = {
            "AWS.SNS.SMS.SMSType": "Transactional",
            "AWS.SNS.SMS.SenderID": self.sender_id,
            "AWS.MM.SMS.EntityId": self.entity_id,
            "AWS.MM.SMS.TemplateId": self.template_ids.get(message.trigger, ""),
        }
        # SNS refuses empty attribute values.
        given = {name: value for name, value in attributes.items() if value}
        return publish(given, PhoneNumber=message.address, Message=message.body)

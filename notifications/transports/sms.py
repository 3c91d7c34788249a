"""SMS transport: publishes through SNS to the recipient's phone number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from django.core.exceptions import ImproperlyConfigured

from notifications.domain import LengthLimit, MessageTemplate, TransportDeclaration, Trigger
from notifications.ports import Message
from notifications.transports.sms_length import measure_sms
from notifications.transports.sns import publish
from notifications.wording import list_texts
from tracking.domain.errors import PermanentError
from tracking.services.requests.addresses import PHONE
from tracking.translation import Language

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


INDIA = "+91"


@dataclass(frozen=True)
class SmsTransport:
    """Transport that sends from `sender_id`; carriers in India refuse an SMS without the ids of DLT.

    `entity_id` is the sender's number in the DLT register; `template_ids` has the number of each registered
    text by `<text>.<language>`, with the names of `list_texts()`. Without an entity, as outside India, no SMS
    has such ids.
    """

    sender_id: str
    entity_id: str = ""
    template_ids: Mapping[str, str] = field(default_factory=dict)
    declaration: TransportDeclaration = SMS

    def __post_init__(self) -> None:
        """Raise `ImproperlyConfigured` for ids that no message would have."""
        texts = {f"{text}.{language}" for text in list_texts() for language in get_args(Language)}
        if unknown := sorted(set(self.template_ids) - texts):
            raise ImproperlyConfigured(f"SMS_DLT_TEMPLATE_IDS has no text named {', '.join(unknown)}")
        if self.template_ids and not self.entity_id:
            raise ImproperlyConfigured("SMS_DLT_TEMPLATE_IDS needs SMS_DLT_ENTITY_ID")

    def has_template(self, text: str, language: str, address: str) -> bool:
        """Return whether the text is registered (DLT), or needs no registration at this address."""
        return not self._needs_ids(address) or f"{text}.{language}" in self.template_ids

    def send(self, message: Message) -> str:
        """Publish the text to SNS, which charges by the segment; return its id of the message."""
        attributes = {
            "AWS.SNS.SMS.SMSType": "Transactional",
            "AWS.SNS.SMS.SenderID": self.sender_id,
        }
        if self._needs_ids(message.address):
            if not self.has_template(message.text, message.language, message.address):
                raise PermanentError("no_dlt_template")
            attributes["AWS.MM.SMS.EntityId"] = self.entity_id
            attributes["AWS.MM.SMS.TemplateId"] = self.template_ids[f"{message.text}.{message.language}"]
        # SNS refuses empty attribute values.
        given = {name: value for name, value in attributes.items() if value}
        return publish(given, PhoneNumber=message.address, Message=message.body)

    def _needs_ids(self, address: str) -> bool:
        return bool(self.entity_id) and address.startswith(INDIA)

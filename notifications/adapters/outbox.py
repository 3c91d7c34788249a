"""Transport that wraps another one and stores a copy of each message, for `/ops/outbox/`."""

from dataclasses import dataclass

from notifications.domain import TransportDeclaration
from notifications.models import OutboxMessage
from notifications.ports import Message, RegisteredTexts, Transport


@dataclass(frozen=True)
class OutboxTransport:
    """Transport that sends by the inner one, then stores a copy; a message sent twice has two copies."""

    inner: Transport

    @property
    def declaration(self) -> TransportDeclaration:
        """Declaration of the inner transport."""
        return self.inner.declaration

    def has_template(self, text: str, language: str, address: str) -> bool:
        """Ask the inner transport; one whose texts need no registration has every text."""
        inner = self.inner
        return not isinstance(inner, RegisteredTexts) or inner.has_template(text, language, address)

    def send(self, message: Message) -> str:
        """Send by the inner transport and store a copy; a failed send stores nothing."""
        provider_id = self.inner.send(message)
        OutboxMessage.objects.create(
            change_id=message.change_id,
            recipient_id=message.recipient_id,
            transport=self.declaration.name,
            shipment_id=message.shipment_id,
            trigger=message.trigger,
            address=message.address,
            subject=message.subject,
            body=message.body,
            html=message.html,
            language=message.language,
        )
        return provider_id

"""A transport around another one that keeps a copy of each message, for `/ops/outbox/`."""

from dataclasses import dataclass

from notifications.domain import TransportDeclaration
from notifications.models import OutboxMessage
from notifications.ports import Message, Transport


@dataclass(frozen=True)
class OutboxTransport:
    """Sends by the inner transport, then keeps a copy; a message that is sent twice has two copies."""

    inner: Transport

    @property
    def declaration(self) -> TransportDeclaration:
        """That of the inner transport."""
        return self.inner.declaration

    def send(self, message: Message) -> str:
        """Send by the inner transport; a message that it does not take leaves no copy."""
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
            language=message.language,
        )
        return provider_id

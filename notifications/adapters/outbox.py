"""Keeps a copy of what is sent, for `/ops/outbox/`."""

from dataclasses import dataclass

from notifications.models import OutboxMessage
from notifications.ports import Message, Transport


@dataclass(frozen=True)
class OutboxTransport:
    """Sends by the inner transport, then keeps one copy per send: a message sent twice shows twice."""

    inner: Transport

    @property
    def name(self) -> str:
        """The inner transport's."""
        return self.inner.name

    def send(self, message: Message) -> str:
        """Hand the message to the inner transport; only what that has taken is copied."""
        provider_id = self.inner.send(message)
        OutboxMessage.objects.create(
            change_id=message.change_id,
            recipient_id=message.recipient_id,
            transport=self.name,
            shipment_id=message.shipment_id,
            trigger=message.trigger,
            address=message.address,
            subject=message.subject,
            body=message.body,
            language=message.language,
        )
        return provider_id

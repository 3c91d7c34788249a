"""A transport that keeps its messages in memory; for tests and for a stage without a provider."""

from typing import TYPE_CHECKING

from notifications.domain import TransportDeclaration
from notifications.ports import Message

if TYPE_CHECKING:
    from tracking.domain.errors import SwiftLogixError


class MemoryTransport:
    """Keeps every message, unless `failure` is set: then it raises that and keeps nothing."""

    def __init__(self, declaration: TransportDeclaration) -> None:
        self.declaration = declaration
        self.sent: list[Message] = []
        self.failure: SwiftLogixError | None = None

    def send(self, message: Message) -> str:
        """Keep the message; returns an id that no other message of this transport has."""
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)
        return f"{self.declaration.name}-{len(self.sent)}"

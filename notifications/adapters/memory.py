"""Transport that keeps its messages in memory, for tests and for a stage without a provider."""

from typing import TYPE_CHECKING

from notifications.domain import TransportDeclaration
from notifications.ports import Message

if TYPE_CHECKING:
    from tracking.domain.errors import SwiftLogixError


class MemoryTransport:
    """Transport that stores every message in `sent`; if `failure` is set, it raises that instead."""

    def __init__(self, declaration: TransportDeclaration) -> None:
        self.declaration = declaration
        self.sent: list[Message] = []
        self.failure: SwiftLogixError | None = None

    def send(self, message: Message) -> str:
        """Store the message; return an id that is unique within this transport."""
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)
        return f"{self.declaration.name}-{len(self.sent)}"

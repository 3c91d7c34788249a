"""What notifications needs from outside: its transports; `swiftlogix/wiring.py` makes them."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from notifications.domain import TransportDeclaration


class Message(NamedTuple):
    """A rendered message for one recipient; `subject` is empty for a transport without subjects."""

    change_id: str
    shipment_id: str
    partner_id: str
    trigger: str
    status: str
    livemode: bool
    recipient_id: str
    address: str
    subject: str
    body: str
    language: str


class Transport(Protocol):
    """Sends messages in one way; the provider may deliver a message more than once.

    Raises `PermanentError` for an address that will never work, with a reason code as its whole text, and
    `TransientError` when the provider cannot be reached or asks to wait. Neither quotes the address.
    """

    @property
    def declaration(self) -> TransportDeclaration:
        """What rules, texts and pages know of the transport."""
        ...

    def send(self, message: Message) -> str:
        """Hand the message to the provider; returns the provider's id of it."""
        ...


@dataclass(frozen=True)
class NotificationPorts:
    """The adapters notifications runs with: the wired transports by name, in the order they are used."""

    transports: dict[str, Transport]


_wired: list[NotificationPorts] = []


def wire(adapters: NotificationPorts) -> None:
    """Set the adapters to run with; called by the assembly at start, and by tests."""
    _wired[:] = [adapters]


def ports() -> NotificationPorts:
    """The adapters wired at start."""
    return _wired[0]

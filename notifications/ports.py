"""What telling people needs from outside: a transport per way of telling; wired by `swiftlogix/wiring.py`."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Message(NamedTuple):
    """A worded message for one recipient; `subject` is empty where the transport has none."""

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
    """One way of telling a recipient; at least once at the very last hop, never exactly once.

    Raises `PermanentError` for an address that will never work, with a reason code as its whole text, and
    `TransientError` when the provider cannot be reached or asks to wait. Neither quotes the address.
    """

    name: str

    def send(self, message: Message) -> str:
        """Hand the message to the provider; returns the provider's id of it."""
        ...


@dataclass(frozen=True)
class NotificationPorts:
    """The adapters notifications runs with, by transport name."""

    transports: dict[str, Transport]


_wired: list[NotificationPorts] = []


def wire(adapters: NotificationPorts) -> None:
    """Take the adapters to run with; called by the assembly at start, and by tests."""
    _wired[:] = [adapters]


def ports() -> NotificationPorts:
    """The adapters wired at start."""
    return _wired[0]

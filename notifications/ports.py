"""Ports of notifications: the transports, which `swiftlogix/wiring.py` creates."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from notifications.domain import TransportDeclaration


class Message(NamedTuple):
    """Rendered message for one recipient; `subject` is empty for a transport without subjects.

    `text` is the name of its sentence, as `name_text()` in `notifications/wording.py` returns it.
    `html` is the body as HTML, empty if there is none. `code` is the short code by which a recipient checks
    that the message is ours. `stop_link` ends the messages of this transport by a POST (RFC 8058),
    `why_link` explains why this one was sent.
    """

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
    text: str = ""
    html: str = ""
    code: str = ""
    preferences_link: str = ""
    stop_link: str = ""
    why_link: str = ""


class Transport(Protocol):
    """Port for sending messages by one channel; the provider may deliver a message more than once.

    Raises `PermanentError`, whose whole text is a reason code, for an address that will never work, and
    `TransientError` if the provider cannot be reached or asks to wait. Neither quotes the address.
    """

    @property
    def declaration(self) -> TransportDeclaration:
        """Properties of the transport that rules, texts and pages depend on."""
        ...

    def send(self, message: Message) -> str:
        """Send the message to the provider; return the provider's id of it."""
        ...


@runtime_checkable
class RegisteredTexts(Protocol):
    """Transport whose texts must be registered before they may be sent."""

    def has_template(self, text: str, language: str, address: str) -> bool:
        """Return whether the text of this name is registered, or needs no registration at this address."""
        ...


@dataclass(frozen=True)
class NotificationPorts:
    """Adapters in use: the transports by name, in the order they are used."""

    transports: dict[str, Transport]


_wired: list[NotificationPorts] = []


def wire(adapters: NotificationPorts) -> None:
    """Set the adapters in use; called by `swiftlogix/wiring.py` at start, and by tests."""
    _wired[:] = [adapters]


def ports() -> NotificationPorts:
    """Return the adapters wired at start."""
    return _wired[0]

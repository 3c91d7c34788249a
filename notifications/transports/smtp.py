"""E-mail transport over SMTP, such as that of Amazon SES: HTML and text, through Django's e-mail backend."""

import smtplib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from notifications.domain import TransportDeclaration
from notifications.ports import Message
from notifications.transports.email import EMAIL
from tracking.domain.errors import PermanentError, SwiftLogixError, TransientError
from tracking.domain.identity import short_hash

# Limit of each step of a conversation with the server, in seconds.
TIMEOUT_S = 15
PERMANENT = 500


@dataclass(frozen=True)
class SmtpTransport:
    """Transport that sends from `sender` to the server that settings of Django name (`EMAIL_HOST` and so on).

    TLS is required unless the server is on this machine. Each thread keeps its connection: TLS and the login
    take several round trips, the check of an open connection takes one. `configuration_set` is the one of
    SES whose bounces and complaints come back to us.
    """

    server: Mapping[str, Any]
    sender: str
    configuration_set: str = ""
    declaration: TransportDeclaration = EMAIL
    _open: threading.local = field(default_factory=threading.local, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Raise `ImproperlyConfigured` for a sender without an address, or a server without TLS."""
        if "@" not in parseaddr(self.sender)[1]:
            raise ImproperlyConfigured("EMAIL_FROM needs an address, as in: SwiftLogix <news@example.com>")
        is_safe = self.server.get("EMAIL_USE_TLS") or self.server.get("EMAIL_USE_SSL")
        if not is_safe and not is_loopback(str(self.server["EMAIL_HOST"])):
            raise ImproperlyConfigured("SMTP_URL begins with smtp+tls:// or smtp+ssl:// outside this machine")

    def send(self, message: Message) -> str:
        """Send the message; return its Message-ID, the same whenever this message is sent."""
        message_id = self._make_message_id(message)
        mail = self._make_mail(message, message_id)
        backend = self._connect()
        try:
            backend.send_messages([mail])
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._forget(backend)
            # The error quotes the address, so it is not passed on.
            raise name_error(error) from None
        return message_id

    def _make_message_id(self, message: Message) -> str:
        domain = parseaddr(self.sender)[1].rpartition("@")[2]
        return f"{short_hash(f'{message.change_id}|{message.recipient_id}|{EMAIL.name}')}@{domain}"

    def _make_mail(self, message: Message, message_id: str) -> EmailMultiAlternatives:
        headers = {
            "Message-ID": f"<{message_id}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": message.language,
            # What complaints are grouped by: fact, partner, kind, and who sends.
            "Feedback-ID": f"{message.trigger}:{message.partner_id}:parcel:swiftlogix",
        }
        if message.stop_link:
            headers["List-Unsubscribe"] = f"<{message.stop_link}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        if self.configuration_set:
            headers["X-SES-CONFIGURATION-SET"] = self.configuration_set
        mail = EmailMultiAlternatives(
            message.subject, message.body, self.sender, [message.address], headers=headers
        )
        if message.html:
            mail.attach_alternative(message.html, "text/html")
        return mail

    def _connect(self) -> EmailBackend:
        """Return this thread's connection if it still works, else a new one. Raises `TransientError`."""
        backend: EmailBackend | None = getattr(self._open, "backend", None)
        if backend is not None and _is_alive(backend):
            return backend
        if backend is not None:
            self._forget(backend)
        backend = EmailBackend(
            host=self.server["EMAIL_HOST"],
            port=self.server["EMAIL_PORT"],
            username=self.server.get("EMAIL_HOST_USER", ""),
            password=self.server.get("EMAIL_HOST_PASSWORD", ""),
            use_tls=self.server.get("EMAIL_USE_TLS", False),
            use_ssl=self.server.get("EMAIL_USE_SSL", False),
            timeout=TIMEOUT_S,
        )
        try:
            backend.open()
        except (smtplib.SMTPException, OSError) as error:
            # Whatever is wrong before the first message, such as the login, is not the recipient's fault.
            raise TransientError(f"smtp: {type(error).__name__}") from None
        self._open.backend = backend
        return backend

    def _forget(self, backend: EmailBackend) -> None:
        """Close the socket without a word: the server may have closed it, or may be in the middle."""
        self._open.backend = None
        if backend.connection is not None:
            backend.connection.close()
            backend.connection = None


def is_loopback(host: str) -> bool:
    """Return whether a server's name or address is that of this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def name_error(error: Exception) -> SwiftLogixError:
    """Return our error for one of smtplib: permanent for answers from 500 on, and for bad addresses.

    A refused sender is a fault of ours, so the message is tried again.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((code for code, _ in error.recipients.values()), default=0)
        return PermanentError("invalid_address") if code >= PERMANENT else TransientError(f"smtp: {code}")
    if isinstance(error, smtplib.SMTPSenderRefused):
        return TransientError("smtp: the sender is refused")
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        return PermanentError("refused") if code >= PERMANENT else TransientError(f"smtp: {code}")
    if isinstance(error, ValueError | smtplib.SMTPNotSupportedError):
        # An address that cannot be written, or has letters that the server does not take.
        return PermanentError("invalid_address")
    return TransientError(f"smtp: {type(error).__name__}")


def _is_alive(backend: EmailBackend) -> bool:
    if backend.connection is None:
        return False
    try:
        return int(backend.connection.noop()[0]) == 250
    except (smtplib.SMTPException, OSError):
        return False

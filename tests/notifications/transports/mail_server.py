"""An SMTP server on the loopback address, which keeps what it gets and refuses what a test asks it to."""

import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from laboratory.local.addresses import find_free_port

SENDER = "SwiftLogix <news@swiftlogix.example>"
LOGIN = LoginPassword(b"user", b"word")


class MailServer:
    """Server whose answers to a recipient or to a whole message can be set; without, it takes everything."""

    def __init__(self, tls: ssl.SSLContext | None = None, *, needs_login: bool = False) -> None:
        self._is_running = False
        self.received: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.connections: set[Any] = set()
        self.answer_to_recipient = self.answer_to_sender = self.answer_to_data = "250 OK"
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=find_free_port(),
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=needs_login,
            authenticator=lambda *given: AuthResult(success=given[-1] == LOGIN, handled=False),
        )
        self.settings = {"EMAIL_HOST": "localhost", "EMAIL_PORT": self._controller.port}

    def __enter__(self) -> Self:
        self._controller.start()
        self._is_running = True
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the server and its connections; safe to repeat."""
        if self._is_running:
            self._is_running = False
            self._controller.stop()

    def read_texts(self) -> list[str]:
        """Return the plain text of each received message."""
        return [_read_part(message, "plain") for message in self.received]

    def read_pages(self) -> list[str]:
        """Return the HTML of each received message."""
        return [_read_part(message, "html") for message in self.received]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names it.
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answer_to_sender

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it.
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answer_to_recipient

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - as above.
        self.connections.add(session.peer)
        if self.answer_to_data.startswith("250"):
            self.received.append(message_from_bytes(envelope.content, policy=default))
            self.recipients.extend(envelope.rcpt_tos)
        return self.answer_to_data


def _read_part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content().replace("\r\n", "\n").removesuffix("\n") if part is not None else ""

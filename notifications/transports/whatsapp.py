"""WhatsApp transport: approved templates, sent through the Cloud API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpcore

from notifications.domain import MessageTemplate, TransportDeclaration, Trigger
from notifications.ports import Message
from tracking.domain.errors import PermanentError, TransientError
from tracking.services.requests.addresses import PHONE

TIMEOUT_S = 15.0
LIMITS = {"timeout": {"connect": 5.0, "read": TIMEOUT_S, "write": TIMEOUT_S, "pool": TIMEOUT_S}}

WHATSAPP = TransportDeclaration(
    name="whatsapp",
    label="WhatsApp",
    plural="WhatsApp",
    address=PHONE,
    triggers=frozenset(
        {
            Trigger.OUT_FOR_DELIVERY,
            Trigger.ARRIVING,
            Trigger.DELAYED,
            Trigger.ATTEMPT_FAILED,
            Trigger.AVAILABLE_FOR_PICKUP,
            Trigger.DELIVERED,
        }
    ),
    # A line for each variable of an approved template: the fact, the short code, and the link of its button.
    template=MessageTemplate(subject="", body="{fact}\n{code}\n{link}"),
)
# Reasons for the codes of errors that concern the recipient or the template; all others are `refused`.
REASONS = {
    131026: "invalid_address",
    131030: "invalid_address",
    131050: "opted_out",
    132001: "no_template_language",
}
# Codes of limits, outages and faults of our account: the message is tried again.
TRY_AGAIN = frozenset({1, 2, 4, 190, 368, 80007, 130429, 131000, 131016, 131031, 131048, 131056, 133004})


@dataclass(frozen=True)
class WhatsAppTransport:
    """Transport that sends from the number with the id `sender`; `api` is the address of the Cloud API.

    `templates` has the name of the approved template by `<trigger>.<language>`. A template has two variables
    in its text, the fact and the code of the message, and a button whose link ends in a variable: the token
    of the customer's page.
    """

    token: str
    sender: str
    templates: Mapping[str, str]
    api: str
    declaration: TransportDeclaration = WHATSAPP
    pool: httpcore.ConnectionPool = field(
        default_factory=lambda: httpcore.ConnectionPool(max_connections=10, keepalive_expiry=30),
        compare=False,
        repr=False,
    )

    def send(self, message: Message) -> str:
        """Send the message in its approved template; return the provider's id of it."""
        name = self.templates.get(f"{message.trigger}.{message.language}")
        if name is None:
            raise PermanentError("no_template_language")
        try:
            answer = self.pool.request(
                "POST",
                f"{self.api}/{self.sender}/messages",
                headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
                content=json.dumps(make_request(message, name)).encode(),
                extensions=LIMITS,
            )
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise TransientError(f"whatsapp: {type(error).__name__}") from None
        return read_answer(answer.status, answer.content)


def make_request(message: Message, template: str) -> dict[str, Any]:
    """Return the body of a request for a message in its approved template."""
    *texts, link = message.body.split("\n")
    button = {"type": "button", "sub_type": "url", "index": "0"}
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.address.removeprefix("+"),
        "type": "template",
        "template": {
            "name": template,
            "language": {"code": message.language},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": text} for text in texts]},
                button | {"parameters": [{"type": "text", "text": link.rpartition("/")[2]}]},
            ],
        },
    }


def read_answer(status: int, content: bytes) -> str:
    """Return the provider's id of a message that it took. Raises our error for any other answer."""
    try:
        answer = json.loads(content)
        if 200 <= status < 300:
            return str(answer["messages"][0]["id"])
        code = int(answer["error"]["code"])
    except (ValueError, KeyError, TypeError, IndexError):
        code = 0
    if code in REASONS:
        raise PermanentError(REASONS[code])
    if status >= 500 or status in (401, 429) or code in TRY_AGAIN or code == 0:
        raise TransientError(f"whatsapp: {status}, code {code}")
    raise PermanentError("refused")

"""Web push transport: encrypted messages to the browsers that subscribed on the customer's page."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import msgspec

from notifications.decisions import RULES
from notifications.domain import MessageTemplate, TransportDeclaration, Trigger
from notifications.ports import Message
from notifications.webhooks.rules.verdicts import Answer, Fault
from notifications.webhooks.sender import Post, Sender, make_sender
from notifications.webpush.encryption import encrypt, sign
from notifications.webpush.subscriptions import (
    NAME,
    Subscription,
    find_browsers,
    list_subscriptions,
    unsubscribe,
)
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.identity import short_hash
from tracking.services.requests.addresses import AddressKind

# Time in seconds for which a push service keeps a message for a browser that is not connected.
TTL_S = 4 * 3600
# A notification that is not opened shows about so many characters of its title and of its body.
TITLE_LENGTH, BODY_LENGTH = 50, 150
# Bytes that push services take of a message before it is encrypted (RFC 8291, section 4).
MAX_PAYLOAD = 3993
# The push service no longer knows the subscription.
GONE = (404, 410)
TOO_MANY_REQUESTS = 429


def mask_browsers(address: str) -> str:
    """Return the number of browsers, which names none of them."""
    count = len(address.split())
    return f"{count} browser{'' if count == 1 else 's'}"


BROWSERS = AddressKind(
    field="browsers",
    read=str.strip,
    find_obstacle=lambda address: "" if address else "invalid_address",
    mask=mask_browsers,
)
WEB_PUSH = TransportDeclaration(
    name=NAME,
    label="Web push",
    plural="Web push",
    address=BROWSERS,
    find_address=find_browsers,
    triggers=frozenset(
        {
            Trigger.OUT_FOR_DELIVERY,
            Trigger.ARRIVING,
            Trigger.DELAYED,
            Trigger.ATTEMPT_FAILED,
            Trigger.DELIVERED,
        }
    ),
    # A line each: the text, and the link that a tap opens.
    template=MessageTemplate(subject="{headline}", body="{short_fact} #{code}\n{link}"),
)


@dataclass(frozen=True)
class WebPushTransport:
    """Transport that signs with `private_key`; `contact` is where push services write if we cause trouble.

    A message goes to every browser of the shipment, and counts as sent if one push service has taken it. The
    addresses come from strangers, so they are checked as those of webhooks are.
    """

    private_key: str
    contact: str
    declaration: TransportDeclaration = WEB_PUSH
    sender: Sender = field(default_factory=make_sender, compare=False)

    def send(self, message: Message) -> str:
        """Send to each browser; return the id of the first one whose push service took the message."""
        subscriptions = list_subscriptions(message.shipment_id)
        now = datetime.now(UTC)
        answers = asyncio.run(self._send_all(message, subscriptions, now))
        for subscription, answer in answers:
            if answer.status in GONE or answer.fault is Fault.ADDRESS_REFUSED:
                unsubscribe(message.shipment_id, subscription.subscription_id)
        taken = [subscription for subscription, answer in answers if 200 <= answer.status < 300]
        if taken:
            return taken[0].subscription_id
        raise next((error for _, answer in answers if (error := _name_error(answer))), _NOBODY)

    async def _send_all(
        self, message: Message, subscriptions: list[Subscription], now: datetime
    ) -> list[tuple[Subscription, Answer]]:
        posts = [self._make_post(message, subscription, now) for subscription in subscriptions]
        answers = await asyncio.gather(*map(self.sender.send, posts))
        return list(zip(subscriptions, answers, strict=True))

    def _make_post(self, message: Message, subscription: Subscription, now: datetime) -> Post:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "User-Agent": "SwiftLogix",
            "TTL": str(TTL_S),
            "Urgency": "high" if message.trigger in RULES.urgent else "normal",
            # A newer message about the shipment replaces an older one that has not been delivered yet.
            "Topic": short_hash(message.shipment_id),
        }
        headers |= sign(self.private_key, subscription, self.contact, now)
        return Post(subscription.endpoint, headers, encrypt(make_payload(message), subscription))


def make_payload(message: Message) -> bytes:
    """Return what the service worker shows, as JSON; `tag` lets a newer message replace an older one."""
    body, _, link = message.body.rpartition("\n")
    return msgspec.json.encode(
        {
            "title": message.subject,
            "body": body,
            "link": link,
            "tag": short_hash(message.shipment_id),
            "lang": message.language,
        }
    )


_NOBODY = PermanentError("invalid_address")
_refused = partial(PermanentError, "refused")


def _name_error(answer: Answer) -> PermanentError | TransientError | None:
    """Return the error of an answer; None if its subscription is gone, which another one may outlive."""
    if answer.status in GONE or answer.fault is Fault.ADDRESS_REFUSED:
        return None
    if answer.status in (0, TOO_MANY_REQUESTS) or answer.status >= 500:
        return TransientError(f"webpush: {answer.fault or answer.status}")
    return _refused()

"""Public pages beside those of parcels: home, search, preferences, check of a message."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from notifications.adapters.memory import MemoryTransport
from notifications.address_hashes import hash_addresses
from notifications.message_codes import open_code
from notifications.models import Delivery
from notifications.ports import NotificationPorts, ports, wire
from notifications.preference_links import open_link
from notifications.services import notify
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tests.notifications.stories import MAIL, PHONE, book, make_change


@contextmanager
def open_public_world() -> Iterator[dict[str, str]]:
    """Book shipment 123 and notify its recipient in memory; yield the paths of the pages by name."""
    before = ports()
    wire(NotificationPorts({declared.name: MemoryTransport(declared) for declared in (SMS, EMAIL)}))
    book()
    notify(ports(), make_change("delivered", occurred_at=timezone.now()))
    sent = Delivery.objects.get(transport="email")
    preferences = f"/preferences/{open_link('123', hash_addresses({'phone': PHONE, 'email': MAIL}))}"
    yield {
        "home": "/",
        "find": "/track/",
        "missing": "/t/unknown",
        "preferences": preferences,
        "stop": f"{preferences}/stop/email",
        "why": f"{preferences}/why/{sent.pk}",
        "verify": "/verify/",
        "verify-known": f"/verify/{open_code(sent, 'hi', 'a•••@example.com')}",
        "verify-unknown": "/verify/ZZZZ2222",
    }
    wire(before)

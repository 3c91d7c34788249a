"""Fixtures of notifications: ports restored after each test, a frozen clock, transports in memory."""

from datetime import timedelta

import pytest
import time_machine

import tracking.ports
from notifications.adapters.memory import MemoryTransport
from notifications.address_hashes import hash_addresses
from notifications.ports import NotificationPorts, ports, wire
from notifications.preference_links import open_link
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tests.notifications.stories import MAIL, NOON, PHONE, book
from tests.tracking.pages.bookings import use_memory_store


@pytest.fixture(autouse=True)
def _ports_restored():
    before = ports()
    yield
    wire(before)


@pytest.fixture
def _store_in_memory():
    before = tracking.ports.ports()
    use_memory_store()
    yield
    tracking.ports.wire(before)


@pytest.fixture
def clock():
    """Set the clock to two seconds after noon."""
    with time_machine.travel(NOON + timedelta(seconds=2), tick=False) as traveller:
        yield traveller


@pytest.fixture
def transports():
    """A memory transport for SMS and for e-mail, wired, by name."""
    made = {declared.name: MemoryTransport(declared) for declared in (SMS, EMAIL)}
    wire(NotificationPorts(made))
    return made


@pytest.fixture
def token():
    """Return the token of the recipient of shipment 123."""
    book()
    return open_link("123", hash_addresses({"phone": PHONE, "email": MAIL}))

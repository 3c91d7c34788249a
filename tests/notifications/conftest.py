"""Fixtures of notifications: ports as they were, the clock at noon, transports in memory."""

from datetime import timedelta

import pytest
import time_machine

from notifications.adapters.memory import MemoryTransport
from notifications.domain import EMAIL, SMS
from notifications.ports import NotificationPorts, ports, wire
from tests.notifications.stories import NOON


@pytest.fixture(autouse=True)
def _ports_as_before():
    before = ports()
    yield
    wire(before)


@pytest.fixture
def clock():
    with time_machine.travel(NOON + timedelta(seconds=2), tick=False) as traveller:
        yield traveller


@pytest.fixture
def transports():
    """A memory transport by each name, wired."""
    made = {name: MemoryTransport(name) for name in (SMS, EMAIL)}
    wire(NotificationPorts(made))
    return made

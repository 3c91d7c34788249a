"""Workers start only with a public URL that leaves room for every message."""

import pytest
from django.core.checks import Error, run_checks

from notifications.adapters.memory import MemoryTransport
from notifications.ports import NotificationPorts, wire
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from notifications.wording import MAX_PUBLIC_URL
from workers.bootstep import check_settings

LONGEST = "https://".ljust(MAX_PUBLIC_URL, "w")


def wire_transports(*declared):
    wire(NotificationPorts({each.name: MemoryTransport(each) for each in declared}))


def test_the_longest_public_url_passes(settings):
    wire_transports(SMS, EMAIL)
    settings.PUBLIC_URL = LONGEST
    assert run_checks() == []


def test_a_longer_public_url_is_refused_with_its_length_and_the_limit(settings):
    wire_transports(SMS, EMAIL)
    settings.PUBLIC_URL = LONGEST + "w"
    message = "PUBLIC_URL has 33 characters: links in messages by SMS would be too long."
    hint = "Set an address of at most 32 characters, with its https://."
    assert run_checks() == [Error(message, hint=hint, id="notifications.E001")]


def test_a_longer_public_url_passes_where_no_transport_counts_characters(settings):
    wire_transports(EMAIL)
    settings.PUBLIC_URL = LONGEST + "w"
    assert run_checks() == []


def test_a_worker_does_not_start_with_a_longer_public_url(settings):
    wire_transports(SMS)
    settings.PUBLIC_URL = LONGEST + "w"
    with pytest.raises(SystemExit, match=r"notifications\.E001"):
        check_settings()

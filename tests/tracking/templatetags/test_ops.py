"""Filters of the console: the window that the recipient is shown, and amounts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tracking.domain.events import Eta
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.templatetags.ops import rupees, shown_window

# Tuesday 24 November 2026, 11:30 am in India.
NOON = datetime(2026, 11, 24, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "start", "end", "text"),
    [
        ("in_transit", 1, 2, "Tue 24 Nov, 12:30 to 13:30"),
        ("in_transit", 24, 48, "Wed 25 Nov, 11:30 to Thu 26 Nov, 21:00"),
        ("delivered", -3, -2, "Tue 24 Nov, 08:30 to 09:30"),
        ("in_transit", -3, -2, "Tue 24 Nov, 11:30 to 21:00"),
    ],
)
def test_the_console_shows_the_window_that_the_recipient_is_shown(time_machine, status, start, end, text):
    time_machine.move_to(NOON, tick=False)
    from_, to = (NOON + timedelta(hours=hours) for hours in (start, end))
    eta = Eta(from_=from_, at=from_ + (to - from_) / 2, to=to, confidence="high")
    state = ShipmentState(shipment_id="123", status=Status(status), eta=eta)
    assert shown_window(state) == text


def test_a_shipment_without_a_window_shows_none():
    assert shown_window(ShipmentState(shipment_id="123")) == ""


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, ""),
        ("0.00", "₹0.00"),
        ("999.50", "₹999.50"),
        ("12499.50", "₹12,499.50"),
        ("123456.00", "₹1,23,456.00"),
        ("1234567.05", "₹12,34,567.05"),
    ],
)
def test_an_amount_has_indian_groups(amount, text):
    assert rupees(None if amount is None else Decimal(amount)) == text

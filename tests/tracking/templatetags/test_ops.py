"""Filters of the console: the window that the recipient is shown, amounts, ages, and faults of clocks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tracking.domain.events import Eta
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.templatetags.ops import clock_fault, heard, rupees, shown_window, way_time

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


@pytest.mark.parametrize(
    ("ahead_s", "fault", "age"),
    [
        (-75, "", "75 s ago"),
        (30, "", "1 s ago"),
        (31, "clock 31 s fast", "clock 31 s fast"),
        (290, "clock 4 min fast", "clock 4 min fast"),
    ],
)
def test_a_time_ahead_of_the_clock_is_a_fault_of_the_clock(time_machine, ahead_s, fault, age):
    time_machine.move_to(NOON, tick=False)
    moment = NOON + timedelta(seconds=ahead_s)
    assert (clock_fault(moment), heard(moment)) == (fault, age)
    assert clock_fault(None) == ""


def test_a_report_that_arrives_before_its_time_shows_a_fast_clock():
    spans = [timedelta(seconds=seconds) for seconds in (12, -12, -240)]
    assert [way_time(span) for span in spans] == ["12 s", "12 s", "clock 4 min fast"]

"""Filters of the console: the window that the recipient is shown, amounts, ages, and faults of clocks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tracking.domain.events import Eta
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.templatetags.ops import clock_fault, heard, predicted_window, rupees, shown_window, way_time

# Tuesday 24 November 2026, 11:30 am in India.
NOON = datetime(2026, 11, 24, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "start", "end", "text"),
    [
        ("in_transit", 1, 2, "Tue 24 Nov, 12:30 to 13:30"),
        ("in_transit", 24, 48, "Wed 25 Nov, 11:30 to Thu 26 Nov, 21:00"),
        ("delivered", -3, -2, "Tue 24 Nov, 08:30 to 09:30"),
        ("in_transit", -1, 2, "by Tue 24 Nov, 13:30"),
        ("in_transit", -3, -2, "by Tue 24 Nov, 21:00"),
    ],
)
def test_the_console_shows_the_window_that_the_recipient_is_shown(time_machine, status, start, end, text):
    time_machine.move_to(NOON, tick=False)
    from_, to = (NOON + timedelta(hours=hours) for hours in (start, end))
    eta = Eta(from_=from_, at=from_ + (to - from_) / 2, to=to, confidence="high")
    state = ShipmentState(shipment_id="123", status=Status(status), eta=eta)
    assert shown_window(state) == text


@pytest.mark.parametrize(
    ("status", "start", "text"),
    [
        ("in_transit", 1, "predicted Tue 24 Nov, 13:30, between 12:30 and Tue 24 Nov, 14:30"),
        ("in_transit", -0.5, "predicted Tue 24 Nov, 12:00, by Tue 24 Nov, 13:00 at the latest"),
        ("in_transit", -1.5, "predicted by Tue 24 Nov, 12:00"),
        ("in_transit", -2, "predicted by Tue 24 Nov, 11:30, which has passed"),
        ("delivered", -3, "predicted Tue 24 Nov, 09:30, between 08:30 and Tue 24 Nov, 10:30"),
    ],
)
def test_the_console_says_no_time_of_a_prediction_that_is_past(time_machine, status, start, text):
    time_machine.move_to(NOON, tick=False)
    from_, at, to = (NOON + timedelta(hours=start + hours) for hours in range(3))
    eta = Eta(from_=from_, at=at, to=to, confidence="high")
    assert predicted_window(ShipmentState(shipment_id="123", status=Status(status), eta=eta)) == text


def test_a_shipment_without_a_window_shows_none():
    state = ShipmentState(shipment_id="123")
    assert (shown_window(state), predicted_window(state)) == ("", "")


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

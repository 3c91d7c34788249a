"""Quiet hours by the clock of the recipient."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from notifications.quiet_hours import NIGHT, QuietHours, find_zone
from tracking.domain.indian_time import INDIA


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("2026-11-24T20:59:59", None),
        ("2026-11-24T21:00:00", "2026-11-25T08:00:00"),
        ("2026-11-25T00:00:00", "2026-11-25T08:00:00"),
        ("2026-11-25T07:59:59", "2026-11-25T08:00:00"),
        ("2026-11-25T08:00:00", None),
        ("2026-12-31T23:00:00", "2027-01-01T08:00:00"),
    ],
)
def test_the_night_lasts_from_nine_to_eight_in_india(clock, until):
    now = datetime.fromisoformat(clock).replace(tzinfo=INDIA).astimezone(UTC)
    expected = until and datetime.fromisoformat(until).replace(tzinfo=INDIA)
    assert NIGHT.find_end(now, INDIA) == expected


def test_a_span_within_a_day_ends_on_the_same_day():
    lunch = QuietHours(time(12), time(14))
    found = [lunch.find_end(datetime(2026, 11, 24, hour, tzinfo=INDIA), INDIA) for hour in (11, 12, 13, 14)]
    assert found == [None, *[datetime(2026, 11, 24, 14, tzinfo=INDIA)] * 2, None]


def test_equal_ends_are_no_quiet_hours():
    never = QuietHours(time(8), time(8))
    found = {never.find_end(datetime(2026, 11, 24, hour, tzinfo=INDIA), INDIA) for hour in range(24)}
    assert found == {None}


@pytest.mark.parametrize(
    ("phone", "zone"),
    [
        ("+919876543210", INDIA),
        ("", INDIA),
        ("98765", INDIA),
        ("+6591234567", ZoneInfo("Asia/Singapore")),
        ("+61412345678", INDIA),
    ],
)
def test_the_zone_is_that_of_the_number_if_it_has_only_one(phone, zone):
    assert find_zone(phone) == zone

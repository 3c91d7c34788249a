"""Delivery calendars: working days, holidays by state, opening, cut-off."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tracking.domain.calendars import DeliveryCalendar, count_minutes, day_of, to_moment

IST = timezone(timedelta(hours=5, minutes=30))
KARNATAKA = DeliveryCalendar(region="KA")


def day(month, number, year=2026):
    return day_of(count_minutes(datetime(year, month, number, 12, tzinfo=IST)))


def minute(month, number, hour=0, minutes=0):
    return count_minutes(datetime(2026, month, number, hour, minutes, tzinfo=IST))


def clock(counted):
    return to_moment(counted).astimezone(IST).strftime("%a %d %b %H:%M")


def test_minutes_of_the_indian_clock_lead_back_to_the_moment():
    moment = datetime(2026, 11, 24, 1, 22, 30, tzinfo=UTC)
    assert to_moment(count_minutes(moment)) == moment
    assert count_minutes(datetime(1970, 1, 1, tzinfo=IST)) == 0


@pytest.mark.parametrize(
    ("calendar", "date", "works"),
    [
        (KARNATAKA, (11, 25), True),
        (KARNATAKA, (11, 1), False),  # Karnataka Rajyotsava
        (DeliveryCalendar(region="TN"), (11, 1), True),
        (DeliveryCalendar(region="TN"), (1, 15), False),  # Pongal
        (DeliveryCalendar(), (11, 1), True),
        (DeliveryCalendar(), (8, 15), False),
        (DeliveryCalendar(region="KA", holidays_kept="national"), (11, 1), True),
        (DeliveryCalendar(region="KA", holidays_kept="national"), (10, 2), False),
        (DeliveryCalendar(holidays_kept="none"), (1, 26), True),
        (DeliveryCalendar(days="123456"), (11, 22), False),  # a Sunday
        (DeliveryCalendar(days="123456"), (11, 23), True),
    ],
)
def test_a_working_day_is_one_of_the_hubs_days_and_no_holiday_that_it_keeps(calendar, date, works):
    assert calendar.is_working_day(day(*date)) is works


def test_a_van_that_is_out_on_a_day_off_makes_it_a_working_day():
    calendar = DeliveryCalendar(region="KA", open_day=day(11, 1))
    assert (calendar.is_working_day(day(11, 1)), calendar.is_working_day(day(8, 15))) == (True, False)


@pytest.mark.parametrize(
    ("hour", "minutes", "is_open"), [(7, 59, False), (8, 0, True), (21, 0, True), (21, 1, False)]
)
def test_people_get_parcels_from_the_opening_to_the_closing(hour, minutes, is_open):
    assert KARNATAKA.is_open(minute(11, 25, hour, minutes)) is is_open


def test_nobody_gets_parcels_on_a_holiday():
    assert not KARNATAKA.is_open(minute(11, 1, 12))


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ((11, 25, 3), "Wed 25 Nov 08:00"),
        ((11, 25, 8), "Wed 25 Nov 08:00"),
        ((11, 25, 9), "Thu 26 Nov 08:00"),
        ((10, 31, 22), "Mon 02 Nov 08:00"),  # the day between is a holiday
    ],
)
def test_the_next_opening_is_on_a_working_day(moment, opening):
    assert clock(KARNATAKA.next_opening(minute(*moment))) == opening


NIGHT = DeliveryCalendar(hub_opens_min=22 * 60, hub_closes_min=6 * 60)
HUB = DeliveryCalendar(hub_opens_min=6 * 60, hub_closes_min=20 * 60, cut_off_min=14 * 60)


@pytest.mark.parametrize(
    ("calendar", "moment", "loaded"),
    [
        (HUB, (11, 25, 4), "Wed 25 Nov 06:00"),
        (HUB, (11, 25, 14), "Wed 25 Nov 14:00"),
        (HUB, (11, 25, 14, 1), "Thu 26 Nov 06:00"),
        (DeliveryCalendar(hub_closes_min=18 * 60), (11, 25, 19), "Thu 26 Nov 00:00"),
        # Open at night: loaded before the closing for this day, after the opening for the next.
        (NIGHT, (11, 25, 1), "Wed 25 Nov 01:00"),
        (NIGHT, (11, 25, 6, 1), "Thu 26 Nov 00:00"),
        (NIGHT, (11, 25, 22, 30), "Thu 26 Nov 00:00"),
        (DeliveryCalendar(), (11, 25, 20), "Wed 25 Nov 20:00"),
        (DeliveryCalendar(), (11, 25, 22), "Thu 26 Nov 00:00"),
        (KARNATAKA, (11, 1, 9), "Mon 02 Nov 00:00"),
    ],
)
def test_a_van_is_loaded_while_the_hub_is_open_until_the_cut_off(calendar, moment, loaded):
    assert clock(calendar.next_loading(minute(*moment))) == loaded


def test_a_hub_without_a_working_day_counts_as_open_after_a_month():
    assert DeliveryCalendar(days="").next_working_day(100) == 131


def test_an_unknown_state_keeps_the_holidays_of_the_whole_country():
    calendar = DeliveryCalendar(region="XX")
    assert [calendar.is_working_day(day(*date)) for date in ((11, 1), (12, 25))] == [True, False]


def test_every_year_has_its_own_holidays():
    assert [KARNATAKA.is_working_day(day(11, 8, year)) for year in (2025, 2026, 2027)] == [True, False, True]

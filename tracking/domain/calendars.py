"""Delivery calendars: hours and working days of a hub in Indian time, with the holidays of its state.

Times are counted in minutes of the Indian clock since 1970-01-01, days likewise: windows are worked out for
every scan, and arithmetic on numbers costs a tenth of that on datetimes.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from tracking.domain.value import Struct

# Midnight in India at the beginning of 1970-01-01, a Thursday.
_EPOCH = datetime(1969, 12, 31, 18, 30, tzinfo=UTC)
_EPOCH_DATE = date(1970, 1, 1)
_MINUTE = timedelta(minutes=1)
DAY_MIN = 1440
# Last minute of a day: the latest closing that a hub can have.
LAST_MIN = DAY_MIN - 1
# Digit of the ISO weekday by the number of the day modulo 7.
_WEEKDAYS = "4567123"
# Holidays that are kept: those of the state, the three national days alone, or none.
HolidaysKept = Literal["state", "national", "none"]
NATIONAL_DAYS = frozenset({(1, 26), (8, 15), (10, 2)})
# A working day is searched for this many days; a hub closed for longer counts as open on the last of them.
SEARCHED_DAYS = 31
# Holidays are looked up for this many days at once.
_CHUNK_DAYS = 400


class DeliveryCalendar(Struct, frozen=True, cache_hash=True):
    """Hours and days of one hub; `opens_min` and the like are minutes after midnight in India.

    People get parcels from `opens_min` to `closes_min` on `days` (digits of ISO weekdays, Monday is 1) that
    are no holidays; from midnight to the last minute of the day means around the clock. Vans are loaded while
    the hub is open, until the cut-off: a later parcel goes out on the next working day. A hub that closes
    before it opens is open at night: what is loaded in the evening goes out on the next working day too. None
    means no limit besides the delivery hours. `region` is the state (ISO 3166-2 letters); None keeps the
    national days alone. `open_day` is a day off on which a van is out nevertheless.
    """

    opens_min: int = msgspec.field(default=8 * 60, name="from")
    closes_min: int = msgspec.field(default=21 * 60, name="to")
    days: str = "1234567"
    region: str | None = None
    holidays_kept: HolidaysKept = "state"
    hub_opens_min: int | None = None
    hub_closes_min: int | None = None
    cut_off_min: int | None = None
    open_day: int | None = None

    @property
    def first_loading_min(self) -> int:
        """Minute of the day at which loading begins: midnight at a hub that is open at night."""
        opens, closes = self.hub_opens_min or 0, self.hub_closes_min
        return 0 if closes is not None and closes <= opens else opens

    @property
    def last_loading_min(self) -> int:
        """Minute of the day from which on a parcel goes out on the next working day."""
        return _find_last_loading(self)

    @property
    def is_around_the_clock(self) -> bool:
        """True if deliveries of a working day go on from midnight to midnight."""
        return self.opens_min == 0 and self.closes_min == LAST_MIN

    def is_working_day(self, day: int) -> bool:
        """Return whether parcels are delivered on this day."""
        return _is_working_day(self, day)

    def opening(self, day: int) -> int:
        """Return when deliveries to people begin on a day."""
        return day * DAY_MIN + self.opens_min

    def closing(self, day: int) -> int:
        """Return when deliveries to people end on a day."""
        return day * DAY_MIN + self.closes_min

    def end_after(self, minute: float) -> int:
        """Return when the deliveries of `minute` end; those of the next day if they go on over midnight."""
        day = day_of(minute)
        return self.closing(day + (self.is_around_the_clock and self.is_working_day(day + 1)))

    def is_open(self, minute: float) -> bool:
        """Return whether parcels are delivered at this minute, both ends of the hours included."""
        hours = _find_hours(self, int(minute // DAY_MIN))
        return hours.opens <= minute <= hours.ends and hours.is_working_day

    def next_working_day(self, day: int) -> int:
        """Return the first working day from `day` on, itself included."""
        return _find_working_day(self, day)

    def next_opening(self, minute: float) -> int:
        """Return the first time from `minute` on at which deliveries begin."""
        hours = _find_hours(self, int(minute // DAY_MIN))
        return hours.opens if hours.is_working_day and minute <= hours.opens else hours.next_opens

    def next_loading(self, minute: float) -> float:
        """Return the first time from `minute` on at which a van may be loaded."""
        hours = _find_hours(self, int(minute // DAY_MIN))
        if hours.is_working_day and minute <= hours.last_loading:
            return max(minute, hours.first_loading)
        return hours.next_loading


DEFAULT_CALENDAR = DeliveryCalendar()
# Those whose holidays the package `holidays` knows. It imports all countries of the world, which would take a
# quarter of a second in every process of the product: it is imported where a holiday is first looked up.
REGIONS = tuple(
    (
        "AN AP AR AS BR CG CH DH DL GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD PB PY RJ SK TN TR TS "
        "UK UP WB"
    ).split()
)


def count_minutes(moment: datetime) -> float:
    """Return the minutes of the Indian clock from 1970-01-01 to a moment."""
    return (moment - _EPOCH) / _MINUTE


# Cached because the ends of windows are rounded, so that those of a batch share a few moments.
@lru_cache(8192)
def to_moment(minute: float) -> datetime:
    """Return the moment (UTC) of a number of minutes."""
    return _EPOCH + minute * _MINUTE


def day_of(minute: float) -> int:
    """Return the number of the Indian day of a minute."""
    return int(minute // DAY_MIN)


def is_day_of_week(day: int, days: str) -> bool:
    """Return whether a day is one of these weekdays, as digits of ISO weekdays."""
    return _WEEKDAYS[day % 7] in days


def find_holiday_name(calendar: DeliveryCalendar, day: int) -> str | None:
    """Return the name of a holiday that the calendar keeps; None on every other day."""
    if calendar.holidays_kept == "none":
        return None
    date_ = _EPOCH_DATE + timedelta(days=day)
    region = calendar.region if calendar.holidays_kept == "state" else None
    if region is None and (date_.month, date_.day) not in NATIONAL_DAYS:
        return None
    return _read_holidays(region, (date_.year,)).get(date_)


class _DayHours(NamedTuple):
    """Hours of one day of a hub, as minutes since 1970: deliveries, and the loading of vans.

    `ends` is when deliveries end: the closing, or midnight if they go on around the clock.
    `next_opens` and `next_loading` are when the first working day after it begins.
    """

    is_working_day: bool
    opens: int
    ends: int
    first_loading: int
    last_loading: int
    next_opens: int
    next_loading: int


# Cached because each window asks for the same few days of the same few hubs.
@lru_cache(8192)
def _find_hours(calendar: DeliveryCalendar, day: int) -> _DayHours:
    """Return the hours of a day."""
    midnight = day * DAY_MIN
    is_working_day = _is_working_day(calendar, day)
    # From a day off itself: the first working day after it is the same.
    next_midnight = _find_working_day(calendar, day + is_working_day) * DAY_MIN
    return _DayHours(
        is_working_day=is_working_day,
        opens=midnight + calendar.opens_min,
        ends=midnight + (DAY_MIN if calendar.is_around_the_clock else calendar.closes_min),
        first_loading=midnight + calendar.first_loading_min,
        last_loading=midnight + _find_last_loading(calendar),
        next_opens=next_midnight + calendar.opens_min,
        next_loading=next_midnight + calendar.first_loading_min,
    )


@lru_cache(1024)
def _find_last_loading(calendar: DeliveryCalendar) -> int:
    """Return the minute of the day from which on a parcel goes out on the next working day."""
    closes = calendar.closes_min
    cut_off = closes if calendar.cut_off_min is None else calendar.cut_off_min
    return min(closes, cut_off, cut_off if calendar.hub_closes_min is None else calendar.hub_closes_min)


@lru_cache(8192)
def _is_working_day(calendar: DeliveryCalendar, day: int) -> bool:
    """Return whether parcels are delivered on this day."""
    if day == calendar.open_day:
        return True
    if not is_day_of_week(day, calendar.days):
        return False
    if calendar.holidays_kept == "none":
        return True
    region = calendar.region if calendar.holidays_kept == "state" else None
    return day not in _list_holidays(region, day // _CHUNK_DAYS)


@lru_cache(8192)
def _find_working_day(calendar: DeliveryCalendar, day: int) -> int:
    """Return the first working day from `day` on."""
    last = day + SEARCHED_DAYS
    while day < last and not _is_working_day(calendar, day):
        day += 1
    return day


@lru_cache(256)
def _list_holidays(region: str | None, chunk: int) -> frozenset[int]:
    """Return the holidays of a state, or the national days, among the days of a chunk and around it."""
    first = _EPOCH_DATE + timedelta(days=chunk * _CHUNK_DAYS)
    years = range(first.year, (first + timedelta(days=_CHUNK_DAYS)).year + 1)
    days = [date(year, month, day) for year in years for month, day in NATIONAL_DAYS]
    if region is not None:
        days.extend(_read_holidays(region, years))
    return frozenset((day - _EPOCH_DATE).days for day in days)


def _read_holidays(region: str | None, years: Iterable[int]) -> dict[date, str]:
    """Return the names of the holidays of a state, or of the whole country, by their days."""
    from holidays.countries.india import India  # noqa: PLC0415 - see REGIONS

    return dict(India(subdiv=region if region in REGIONS else None, years=years))

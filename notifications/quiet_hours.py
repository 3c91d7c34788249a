"""Quiet hours: the span of the night in which a loud transport is silent, by the recipient's clock."""

from datetime import datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import NumberParseException, parse
from phonenumbers.timezone import time_zones_for_number

from tracking.domain.indian_time import INDIA

INDIAN_CODE = "+91"


class QuietHours(NamedTuple):
    """Span from `start` to `end` on the recipient's clock, past midnight if `end` is the earlier one.

    Equal ends are no span at all.
    """

    start: time
    end: time

    def find_end(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return when the quiet hours that hold at `now` end; None outside of them. Both are aware."""
        local = now.astimezone(zone)
        clock, today = local.time(), local.date()
        if self.start <= self.end:
            if not self.start <= clock < self.end:
                return None
        elif self.end <= clock < self.start:
            return None
        elif clock >= self.start:
            today += timedelta(days=1)
        return datetime.combine(today, self.end, zone).astimezone(now.tzinfo)


NIGHT = QuietHours(time(21), time(8))


def find_zone(phone: str) -> tzinfo:
    """Return the time zone of a phone number (E.164): India, unless its numbers all lie in another one."""
    if not phone or phone.startswith(INDIAN_CODE):
        return INDIA
    try:
        zones = time_zones_for_number(parse(phone, None))
        return ZoneInfo(zones[0]) if len(zones) == 1 else INDIA
    except (NumberParseException, ZoneInfoNotFoundError, ValueError):
        return INDIA

"""Days, hours and ages as people in India read them: IST, weekday first, hours as am and pm.

`static/tracking/clock.js` is its twin in the browser and a test holds both to the same texts, so every
function takes `now` and rounds by whole minutes.
"""

from datetime import UTC, date, datetime, timedelta, timezone

from tracking.pages.words import say

IST = timezone(timedelta(hours=5, minutes=30), "IST")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FINE = timedelta(minutes=5)


def day_of(moment: datetime) -> date:
    """The calendar day of a moment in India."""
    return moment.astimezone(IST).date()


def days_between(earlier: datetime, later: datetime) -> int:
    """How many midnights in India lie between two moments."""
    return (day_of(later) - day_of(earlier)).days


def round_down(moment: datetime, step: timedelta) -> datetime:
    """The last full step at or before the moment."""
    return moment - (moment - _EPOCH) % step


def round_up(moment: datetime, step: timedelta) -> datetime:
    """The first full step at or after the moment."""
    return moment + (_EPOCH - moment) % step


def round_near(moment: datetime, step: timedelta) -> datetime:
    """The full step nearest to the moment; half way goes up."""
    return round_down(moment + step / 2, step)


def say_time(moment: datetime) -> str:
    """`10 am`, `11:20 am`, `12 pm` at noon."""
    local = moment.astimezone(IST)
    hour = f"{local.hour % 12 or 12}"
    return say("am" if local.hour < 12 else "pm", time=f"{hour}:{local:%M}" if local.minute else hour)


def say_weekday(moment: datetime, *, long: bool = False) -> str:
    """`Tue`, or `Tuesday`."""
    return say("weekdays.long" if long else "weekdays").split()[day_of(moment).weekday()]


def say_date(moment: datetime) -> str:
    """`Tue 24 Nov`."""
    day = day_of(moment)
    return say("day", weekday=say_weekday(moment), day=day.day, month=say("months").split()[day.month - 1])


def say_day(moment: datetime, now: datetime) -> str:
    """`today`, `tomorrow`, else `Tue 24 Nov`."""
    ahead = days_between(now, moment)
    return say("day.today") if ahead == 0 else say("day.tomorrow") if ahead == 1 else say_date(moment)


def say_day_within_a_week(moment: datetime, now: datetime) -> str:
    """`today`, `tomorrow`, `Sunday` when it is less than a week ahead, else `Sun 6 Dec`."""
    soon = 2 <= days_between(now, moment) <= 6
    return say_weekday(moment, long=True) if soon else say_day(moment, now)


def say_moment(moment: datetime, now: datetime) -> str:
    """`Today, 6:40 am`, `Yesterday, 10:15 pm`, `Fri 20 Nov, 6:02 pm`."""
    ago = days_between(moment, now)
    code = {0: "moment.today", 1: "moment.yesterday"}.get(ago, "moment")
    return say(code, day=say_date(moment), time=say_time(moment))


def say_span(start: datetime, end: datetime) -> str:
    """`10 am - 1 pm` (with an en dash); with weekdays when the end is on another day."""
    if day_of(start) == day_of(end):
        return say("span", **{"from": say_time(start), "to": say_time(end)})
    ends = (f"{say_weekday(end_)} {say_time(end_)}" for end_ in (start, end))
    return say("span", **dict(zip(("from", "to"), ends, strict=True)))


def say_promise(start: datetime, end: datetime) -> str:
    """`Tue 24 Nov, 10 am - 1 pm`; `Tue 24 Nov - Thu 26 Nov` when it spans days; both with an en dash."""
    if day_of(start) == day_of(end):
        return say("span.day", day=say_date(start), span=say_span(start, end))
    return say("span", **{"from": say_date(start), "to": say_date(end)})


def say_age(moment: datetime, now: datetime) -> str:
    """`just now`, `40 s ago`, `14 min ago`, `3 h ago`, `5 days ago`."""
    seconds = max(0, (now - moment) // timedelta(seconds=1))
    if seconds < 10:
        return say("age.now")
    if seconds < 60:
        return say("age.s", n=seconds // 10 * 10)
    if seconds < 3600:
        return say("age.min", n=seconds // 60)
    if seconds < 86400:
        return say("age.h", n=seconds // 3600)
    days = seconds // 86400
    return say("age.day") if days == 1 else say("age.days", n=days)

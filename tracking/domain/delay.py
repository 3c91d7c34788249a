"""Whether a shipment is late, with a gap between entering and leaving so that it does not flutter."""

from datetime import datetime, timedelta

from tracking.domain.events import Eta, Struct, Window

# Until the promise has passed, nothing is certain.
P_LATE_CAP = 0.95
ENTER_AFTER = timedelta(minutes=30)


class Delay(Struct, frozen=True):
    """A lateness: expected `minutes` past the promise, since when, and how often it was entered."""

    minutes: int = 0
    cause: str = "eta"
    since: datetime | None = None
    episode: int = 0
    active: bool = False


def judge(delay: Delay, eta: Eta | None, promised: Window | None, at: datetime) -> Delay:
    """The delay after an arrival estimate made at `at`: entered 30 min past the promise, left at it."""
    if eta is None or promised is None:
        return delay
    past = eta.at - promised.to
    minutes = max(0, round(past.total_seconds() / 60))
    if not delay.active and past > ENTER_AFTER:
        return Delay(minutes=minutes, cause="eta", since=at, episode=delay.episode + 1, active=True)
    if delay.active and delay.cause == "eta" and past <= timedelta(0):
        return Delay(episode=delay.episode)
    if delay.active:
        return Delay(
            minutes=minutes, cause=delay.cause, since=delay.since, episode=delay.episode, active=True
        )
    return delay


def report(delay: Delay, at: datetime) -> Delay:
    """The delay after a device or hub said in so many words that the parcel is delayed."""
    if delay.active:
        return delay
    return Delay(cause="reported", since=at, episode=delay.episode + 1, active=True)

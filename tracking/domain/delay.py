"""Whether a shipment is late: a chance, with a gap between entering and leaving, and rules beyond doubt.

A naive "the window lies past the promise" tells people about three times per shipment; with these constants
it is about once in two shipments, and nearly as many late ones are found.
"""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from tracking.domain.events import Eta, LatenessRisk
from tracking.domain.value import Struct

Phase = Literal["on_time", "late_likely", "late_certain"]

# Until the promise has passed, nothing is certain.
P_LATE_CAP = 0.95
EVALUATE_EVERY = timedelta(minutes=5)
ENTER_AT, ENTER_AFTER = 0.70, 3
LEAVE_AT, LEAVE_AFTER = 0.30, 4
# Between two changes of phase that are told.
COOLDOWN = timedelta(minutes=30)
# Told changes per shipment; later ones show on the page alone.
MESSAGE_BUDGET = 3
# From so many legs in all on, and so many of its class, the chance may be trusted.
LEARNED_ENOUGH, LEARNED_OF_CLASS = 20, 3
# They count evaluations and say nothing about the shipment, so they are no part of its hash.
COUNTERS = ("above", "below", "evaluated_at")


# Why a shipment is late: its window lies past the promise, the promise has passed, somebody said so.
DelayCause = Literal["eta", "promise", "reported"]


class Delay(Struct, frozen=True):
    """Where a shipment stands with its promise, and how often people were told.

    `minutes` past the promise are expected since `since`; `episode` counts how often lateness was entered,
    `told` how many changes people were told, `is_told` whether they were told of the present phase.
    """

    phase: Phase = "on_time"
    minutes: int = 0
    cause: DelayCause = "eta"
    since: datetime | None = None
    p_late: float | None = None
    p_at_dispatch: float | None = None
    above: int = 0
    below: int = 0
    told: int = 0
    told_at: datetime | None = None
    is_told: bool = False
    episode: int = 0
    evaluated_at: datetime | None = None
    reported: bool = False

    @property
    def active(self) -> bool:
        """Whether the shipment is late in any way."""
        return self.phase != "on_time" or self.reported


class Evidence(NamedTuple):
    """What is known at `at`: the promise, the window's P10 and P50, the chance and whether it may be trusted.

    `attempted` is True once somebody has tried to deliver; `clock` when nobody reported and time alone has
    passed: what it says then counts as often as it must.
    """

    at: datetime
    promised_at: datetime
    p10_at: datetime | None = None
    p50_at: datetime | None = None
    p_late: float | None = None
    trusted: bool = False
    attempted: bool = False
    departs: bool = False
    clock: bool = False

    @property
    def is_certain(self) -> bool:
        """Late beyond doubt: the promise has passed without a try, or the whole window lies past it."""
        return self.at > self.promised_at or (self.p10_at is not None and self.p10_at > self.promised_at)

    @property
    def minutes(self) -> int:
        """Minutes past the promise that must be expected."""
        expected = max(self.p50_at or self.at, self.at) if self.is_certain else self.p50_at or self.at
        return max(0, round((expected - self.promised_at).total_seconds() / 60))


def gather(
    promised_at: datetime, at: datetime, eta: Eta | None, lateness_risk: LatenessRisk | None
) -> Evidence:
    """What a window and an lateness_risk say at `at`; one that rests on a guess makes nothing certain."""
    return Evidence(
        at=at,
        promised_at=promised_at,
        p10_at=eta.from_ if eta and (lateness_risk is None or lateness_risk.firm) else None,
        p50_at=eta.at if eta else None,
        p_late=lateness_risk.p_late if lateness_risk else None,
        trusted=lateness_risk is not None and lateness_risk.trusted,
    )


def count_on(delay: Delay, counted: Delay | None) -> Delay:
    """The delay with what looks since have counted, where those are newer than what it has seen itself."""
    if counted is None or counted.evaluated_at is None:
        return delay
    if delay.evaluated_at is not None and delay.evaluated_at >= counted.evaluated_at:
        return delay
    looked = {name: getattr(counted, name) for name in COUNTERS}
    return msgspec.structs.replace(delay, **looked)


def judge(delay: Delay, evidence: Evidence) -> Delay:
    """The delay after one more look; a chance is looked at once in five minutes, certainty at any time."""
    if evidence.attempted:
        return _settle(delay, evidence)
    if delay.phase != "on_time":
        delay = msgspec.structs.replace(delay, minutes=evidence.minutes)
    if evidence.is_certain:
        return _become_certain(delay, evidence)
    waited = delay.evaluated_at is None or evidence.at - delay.evaluated_at >= EVALUATE_EVERY
    if evidence.p_late is None or not (waited or evidence.clock):
        return delay
    delay = _count(delay, evidence)
    if delay.phase == "on_time" and delay.above >= ENTER_AFTER and evidence.trusted:
        return _enter(delay, "late_likely", evidence) if _has_cooled(delay, evidence.at) else delay
    if delay.phase != "on_time" and delay.below >= LEAVE_AFTER and _has_cooled(delay, evidence.at):
        return _leave(delay, evidence.at)
    return delay


def report(delay: Delay, at: datetime) -> Delay:
    """The delay after a device or hub said in so many words that the parcel is delayed."""
    if delay.reported:
        return delay
    if delay.active:
        return msgspec.structs.replace(delay, reported=True)
    entered = msgspec.structs.replace(
        delay, reported=True, cause="reported", since=at, episode=delay.episode + 1
    )
    return _tell(entered, at)


def may_notify_clearing(delay: Delay) -> bool:
    """Whether people are told that this delay is over: they were told of it, and may still be told."""
    return delay.is_told and delay.told < MESSAGE_BUDGET


def _count(delay: Delay, evidence: Evidence) -> Delay:
    p_late = evidence.p_late or 0.0
    # Whoever puts an event of the clock has looked often enough.
    enters, leaves = (ENTER_AFTER, LEAVE_AFTER) if evidence.clock else (1, 1)
    at_dispatch = delay.p_at_dispatch
    return msgspec.structs.replace(
        delay,
        above=min(delay.above + enters, ENTER_AFTER) if p_late > ENTER_AT else 0,
        below=min(delay.below + leaves, LEAVE_AFTER) if p_late < LEAVE_AT else 0,
        p_late=round(p_late, 4),
        p_at_dispatch=round(p_late, 4) if at_dispatch is None and evidence.departs else at_dispatch,
        evaluated_at=evidence.at,
    )


def _become_certain(delay: Delay, evidence: Evidence) -> Delay:
    p_late = 1.0 if evidence.at > evidence.promised_at else P_LATE_CAP
    delay = msgspec.structs.replace(delay, p_late=p_late, below=0, evaluated_at=evidence.at)
    if delay.phase == "late_certain":
        return delay
    if delay.active:
        return msgspec.structs.replace(delay, phase="late_certain", minutes=evidence.minutes)
    return _enter(delay, "late_certain", evidence)


def _enter(delay: Delay, phase: Phase, evidence: Evidence) -> Delay:
    entered = msgspec.structs.replace(
        delay,
        phase=phase,
        minutes=evidence.minutes,
        cause="promise" if evidence.at > evidence.promised_at else "eta",
        since=evidence.at,
        episode=delay.episode + 1,
        below=0,
    )
    return _tell(entered, evidence.at)


def _leave(delay: Delay, at: datetime) -> Delay:
    told = may_notify_clearing(delay)
    return msgspec.structs.replace(
        delay,
        phase="on_time",
        minutes=0,
        above=0,
        since=delay.since if delay.reported else None,
        told=delay.told + told,
        told_at=at if told else delay.told_at,
        is_told=delay.is_told and delay.reported,
    )


def _settle(delay: Delay, evidence: Evidence) -> Delay:
    """Once somebody has tried to deliver, the promise is kept or broken for good."""
    if delay.phase == "on_time" or evidence.at > evidence.promised_at:
        return delay
    return _leave(delay, evidence.at)


def _tell(delay: Delay, at: datetime) -> Delay:
    """The delay just entered, told if the budget allows."""
    if delay.told >= MESSAGE_BUDGET:
        return msgspec.structs.replace(delay, is_told=False)
    return msgspec.structs.replace(delay, told=delay.told + 1, told_at=at, is_told=True)


def _has_cooled(delay: Delay, at: datetime) -> bool:
    return delay.told_at is None or at - delay.told_at >= COOLDOWN

"""Lateness of a shipment: its phase, with hysteresis between entering and leaving, and a notification budget.

Notifying whenever the window lies past the promise sends about three messages per shipment. With these
constants it is at most one message for two shipments, and nearly as many late ones are found; docs/eta.md
holds the figures.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from tracking.domain.events import Eta, LatenessRisk
from tracking.domain.value import Struct

Phase = Literal["on_time", "late_likely", "late_certain"]

# Upper bound of a predicted chance: lateness is certain only once the promise has passed.
P_LATE_CAP = 0.95
EVALUATE_EVERY = timedelta(minutes=5)
# Chance above which lateness is entered, and how many evaluations in a row must lie above it.
ENTER_AT = 0.70
ENTER_AFTER = 3
# Chance below which lateness is left, and how many evaluations in a row must lie below it.
LEAVE_AT = 0.30
LEAVE_AFTER = 4
# Least time between two notified changes of phase.
COOLDOWN = timedelta(minutes=30)
# Notified changes per shipment; later ones show on the page alone.
MESSAGE_BUDGET = 3
# Finished legs in all, and of the leg's class, from which on a chance may be trusted (decision 0038).
LEARNED_ENOUGH = 20
LEARNED_OF_CLASS = 3
# Fields that count evaluations: they say nothing about the shipment, so the state's hash leaves them out.
COUNTERS = ("above", "below", "evaluated_at")


# Reason of a lateness: the window lies past the promise, the promise has passed, or it was reported.
DelayCause = Literal["eta", "promise", "reported"]


class Delay(Struct, frozen=True):
    """Lateness of a shipment against its promise, and how often people were notified of it.

    `minutes` past the promise are expected since `since`. `episode` counts how often lateness was entered,
    `notified_count` how many changes of phase people were notified of; `is_notified` is True if they were
    notified of the present phase. `above` and `below` count evaluations in a row beyond a threshold.
    """

    phase: Phase = "on_time"
    minutes: int = 0
    cause: DelayCause = "eta"
    since: datetime | None = None
    p_late: float | None = None
    p_at_dispatch: float | None = None
    above: int = 0
    below: int = 0
    # Stored under their first names.
    notified_count: int = msgspec.field(default=0, name="told")
    notified_at: datetime | None = msgspec.field(default=None, name="told_at")
    is_notified: bool = msgspec.field(default=False, name="is_told")
    episode: int = 0
    evaluated_at: datetime | None = None
    is_reported: bool = msgspec.field(default=False, name="reported")

    @property
    def is_active(self) -> bool:
        """True if the shipment is late, whether predicted, certain or reported."""
        return self.phase != "on_time" or self.is_reported


class Evidence(msgspec.Struct, frozen=True):
    """Facts for one evaluation at `at`: the promise, the window's P10 and P50, the chance of lateness.

    `is_trusted` is True if the chance rests on enough history, `is_attempted` once a delivery was
    attempted, `is_departure` for the scan of a departure. `is_clock_event` marks an event that one of our own
    processes derived after evaluating often enough itself, so that its chance counts as a full run of
    evaluations.
    """

    at: datetime
    promised_at: datetime
    p10_at: datetime | None = None
    p50_at: datetime | None = None
    p_late: float | None = None
    is_trusted: bool = False
    is_attempted: bool = False
    is_departure: bool = False
    is_clock_event: bool = False

    @property
    def is_certain(self) -> bool:
        """True if the promise has passed without an attempt, or the whole window lies past it."""
        return self.at > self.promised_at or (self.p10_at is not None and self.p10_at > self.promised_at)

    @property
    def minutes(self) -> int:
        """Expected minutes past the promise; 0 if the arrival is expected in time."""
        expected = max(self.p50_at or self.at, self.at) if self.is_certain else self.p50_at or self.at
        return max(0, round((expected - self.promised_at).total_seconds() / 60))


def gather_evidence(
    promised_at: datetime,
    at: datetime,
    eta: Eta | None,
    lateness_risk: LatenessRisk | None,
    *,
    is_attempted: bool = False,
    is_departure: bool = False,
    is_clock_event: bool = False,
) -> Evidence:
    """Return the evidence of a window and a lateness risk at `at`; a window that is not firm has no P10."""
    return Evidence(
        at=at,
        promised_at=promised_at,
        p10_at=eta.from_ if eta and (lateness_risk is None or lateness_risk.is_firm) else None,
        p50_at=eta.at if eta else None,
        p_late=lateness_risk.p_late if lateness_risk else None,
        is_trusted=lateness_risk is not None and lateness_risk.is_trusted,
        is_attempted=is_attempted,
        is_departure=is_departure,
        is_clock_event=is_clock_event,
    )


def merge_evaluations(delay: Delay, counted: Delay | None) -> Delay:
    """Return the delay with the counters of `counted`, if those were evaluated later."""
    if counted is None or counted.evaluated_at is None:
        return delay
    if delay.evaluated_at is not None and delay.evaluated_at >= counted.evaluated_at:
        return delay
    counters = {name: getattr(counted, name) for name in COUNTERS}
    return msgspec.structs.replace(delay, **counters)


def evaluate_delay(delay: Delay, evidence: Evidence) -> Delay:
    """Return the delay after one evaluation.

    Certain lateness counts at once; a chance counts at most once in `EVALUATE_EVERY`.
    """
    if evidence.is_attempted:
        return _close_at_attempt(delay, evidence)
    if delay.phase != "on_time":
        delay = msgspec.structs.replace(delay, minutes=evidence.minutes)
    if evidence.is_certain:
        return _become_certain(delay, evidence)
    is_due = delay.evaluated_at is None or evidence.at - delay.evaluated_at >= EVALUATE_EVERY
    if evidence.p_late is None or not (is_due or evidence.is_clock_event):
        return delay
    delay = _count(delay, evidence)
    if delay.phase == "on_time" and delay.above >= ENTER_AFTER and evidence.is_trusted:
        return _enter(delay, "late_likely", evidence) if _has_cooled(delay, evidence.at) else delay
    if delay.phase != "on_time" and delay.below >= LEAVE_AFTER and _has_cooled(delay, evidence.at):
        return _leave(delay, evidence.at)
    return delay


def report_delay(delay: Delay, at: datetime) -> Delay:
    """Return the delay after a device or hub reported the parcel as delayed."""
    if delay.is_reported:
        return delay
    if delay.is_active:
        return msgspec.structs.replace(delay, is_reported=True)
    entered = msgspec.structs.replace(
        delay, is_reported=True, cause="reported", since=at, episode=delay.episode + 1
    )
    return _count_notification(entered, at)


def accept_promise(delay: Delay, evidence: Evidence, *, is_agreed: bool) -> Delay:
    """Return the delay once another promise was made: it ends at once, unless that one is missed as well.

    The steps between entering and leaving are for predictions, which flicker; a promise does not. With the
    recipient's consent (`is_agreed`) a reported delay ends too, and no notification is counted: people are
    notified of the new day instead.
    """
    is_missed = evidence.is_certain or (evidence.p_late or 0.0) >= LEAVE_AT
    if not delay.is_active or is_missed:
        return delay
    if not is_agreed:
        return delay if delay.phase == "on_time" else _leave(delay, evidence.at)
    return msgspec.structs.replace(
        delay, phase="on_time", minutes=0, above=0, below=0, since=None, is_notified=False, is_reported=False
    )


def may_notify_clearing(delay: Delay) -> bool:
    """Return whether people may be notified that this delay is over: they know of it, and budget is left."""
    return delay.is_notified and delay.notified_count < MESSAGE_BUDGET


def _count(delay: Delay, evidence: Evidence) -> Delay:
    p_late = evidence.p_late or 0.0
    # The process that derived a clock event has evaluated often enough before.
    enter_step, leave_step = (ENTER_AFTER, LEAVE_AFTER) if evidence.is_clock_event else (1, 1)
    at_dispatch = delay.p_at_dispatch
    return msgspec.structs.replace(
        delay,
        above=min(delay.above + enter_step, ENTER_AFTER) if p_late > ENTER_AT else 0,
        below=min(delay.below + leave_step, LEAVE_AFTER) if p_late < LEAVE_AT else 0,
        p_late=round(p_late, 4),
        p_at_dispatch=round(p_late, 4) if at_dispatch is None and evidence.is_departure else at_dispatch,
        evaluated_at=evidence.at,
    )


def _become_certain(delay: Delay, evidence: Evidence) -> Delay:
    p_late = 1.0 if evidence.at > evidence.promised_at else P_LATE_CAP
    delay = msgspec.structs.replace(delay, p_late=p_late, below=0, evaluated_at=evidence.at)
    if delay.phase == "late_certain":
        return delay
    if delay.is_active:
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
    return _count_notification(entered, evidence.at)


def _leave(delay: Delay, at: datetime) -> Delay:
    notifies = may_notify_clearing(delay)
    return msgspec.structs.replace(
        delay,
        phase="on_time",
        minutes=0,
        above=0,
        since=delay.since if delay.is_reported else None,
        notified_count=delay.notified_count + notifies,
        notified_at=at if notifies else delay.notified_at,
        is_notified=delay.is_notified and delay.is_reported,
    )


def _close_at_attempt(delay: Delay, evidence: Evidence) -> Delay:
    """Return the delay once a delivery was attempted: the promise is then kept or broken for good.

    How late it is still changes: until the delivery with the window, then with the delivery.
    """
    if delay.phase == "on_time":
        return delay
    if evidence.at <= evidence.promised_at:
        return _leave(delay, evidence.at)
    return msgspec.structs.replace(delay, minutes=evidence.minutes)


def _count_notification(delay: Delay, at: datetime) -> Delay:
    """Return the delay just entered, counted as notified if the budget allows."""
    if delay.notified_count >= MESSAGE_BUDGET:
        return msgspec.structs.replace(delay, is_notified=False)
    return msgspec.structs.replace(
        delay, notified_count=delay.notified_count + 1, notified_at=at, is_notified=True
    )


def _has_cooled(delay: Delay, at: datetime) -> bool:
    return delay.notified_at is None or at - delay.notified_at >= COOLDOWN

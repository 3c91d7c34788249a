"""Decision about one planned notification: send it, defer it, or suppress it with a reason. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from notifications.domain import FREE, LATE_LIMITS, Cost, PlannedNotification, Trigger, is_action_of_recipient
from notifications.quiet_hours import NIGHT, QuietHours
from tracking.domain.indian_time import INDIA
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status

# A notification that was deferred is sent for so long after its time; its truth is checked then.
RELEASED_LIMIT = timedelta(hours=6)
# Time after which a parcel that waits for pickup is mentioned once more.
REMINDER_AFTER = timedelta(hours=24)


class Action(StrEnum):
    """Outcome of a decision."""

    SEND = "send"
    DEFER = "defer"
    SUPPRESS = "suppress"


class Decision(NamedTuple):
    """Decision about a notification; `until` is when a deferred one is decided again."""

    action: Action
    reason: str = ""
    until: datetime | None = None


SEND = Decision(Action.SEND)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Limits that decisions keep to; `simulate_rule` runs a day with other ones.

    `triggers` replaces the triggers that a transport sends, by its name. Beyond the share `cap_share` of the
    segments of a month, only `cap_triggers` are sent. One address gets at most `address_limit`
    messages of a transport within an hour.
    """

    late_limits: Mapping[Trigger, timedelta] = field(default_factory=lambda: dict(LATE_LIMITS))
    quiet_hours: QuietHours = NIGHT
    urgent: frozenset[Trigger] = frozenset(
        {Trigger.OUT_FOR_DELIVERY, Trigger.ARRIVING, Trigger.ATTEMPT_FAILED}
    )
    cap_share: float = 0.8
    cap_triggers: frozenset[Trigger] = frozenset({Trigger.OUT_FOR_DELIVERY, Trigger.ATTEMPT_FAILED})
    address_limit: int = 30
    triggers: Mapping[str, frozenset[Trigger]] = field(default_factory=dict)
    shipment_limits: Mapping[str, int] = field(default_factory=dict)

    def list_triggers(self, planned: PlannedNotification) -> frozenset[Trigger]:
        """Return the triggers that the transport of a planned notification sends."""
        return self.triggers.get(planned.transport.name, planned.transport.triggers)

    def find_shipment_limit(self, planned: PlannedNotification) -> int | None:
        """Return the messages of the transport that may be sent about one shipment on one day."""
        return self.shipment_limits.get(planned.transport.name, planned.transport.shipment_limit)


RULES = Rules()


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Knowledge that a decision needs besides the plan: what was sent, what was chosen, what is true now.

    `choices` are those of the recipient by (transport, trigger), with empty texts for all. `cost` is what the
    message costs of the month's segments. `deferred_until` is the time for which the notification
    was deferred, None for a new one; `state` is the newest state of the shipment, read for deferred ones.
    `window_end` is the end of the window that a deferred message states. `is_shadowed` holds for parcels
    aboard a vehicle of the shadow cohort.
    """

    choices: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    quiet_hours: QuietHours | None = None
    zone: tzinfo = INDIA
    is_shadowed: bool = False
    is_decided: bool = False
    was_sent: bool = False
    has_template: bool = True
    sent_about_shipment: int = 0
    sent_to_address: int = 0
    cost: Cost = FREE
    deferred_until: datetime | None = None
    state: ShipmentState | None = None
    window_end: datetime | None = None


def decide(
    planned: PlannedNotification, seen: Circumstances, now: datetime, rules: Rules = RULES
) -> Decision:
    """Decide about a planned notification under the rules; `now` is aware.

    The first reason that holds is the one that is stored. Quiet hours are looked at before the budgets, so
    that a message counts on the day on which it is sent.
    """
    for check in (_check_plan, _check_consent, _check_time, _check_address, _check_texts):
        if reason := check(planned, seen, now, rules):
            return Decision(Action.SUPPRESS, reason)
    if until := _find_quiet_end(planned, seen, now, rules):
        return Decision(Action.DEFER, "quiet_hours", until)
    if reason := _check_budgets(planned, seen, rules):
        return Decision(Action.SUPPRESS, reason)
    return SEND


def is_true(planned: PlannedNotification, state: ShipmentState) -> bool:
    """Return whether a notification still says what holds in a newer state of its shipment."""
    after = planned.change.after
    if planned.trigger is Trigger.DELAYED:
        return state.is_delayed and state.delay.episode == planned.change.episode and not _has_arrived(state)
    if (state.status, state.direction) != (after.status, after.direction):
        return False
    if planned.trigger is Trigger.ARRIVING:
        return state.substatus == after.substatus
    if planned.trigger in (Trigger.ON_HOLD, Trigger.EXCEPTION):
        return is_action_of_recipient(state.status, state.substatus)
    return True


def _check_plan(planned: PlannedNotification, seen: Circumstances, _now: datetime, _: Rules) -> str:
    if not (planned.change.livemode and planned.recipient.livemode):
        return "test_mode"
    if seen.is_shadowed:
        return "shadow"
    return "duplicate" if seen.is_decided else ""


def _check_consent(planned: PlannedNotification, seen: Circumstances, _now: datetime, rules: Rules) -> str:
    """Return what the recipient has not agreed to: first the whole transport, then the trigger."""
    name, trigger = planned.transport.name, planned.trigger
    said = [seen.choices.get(key) for key in (("", ""), (name, ""), (name, trigger.value))]
    if False in said:
        return "opted_out"
    if name not in planned.recipient.consents and not said[1]:
        return "no_consent"
    return "" if trigger in rules.list_triggers(planned) or said[2] else "transport_disabled"


def _check_time(planned: PlannedNotification, seen: Circumstances, now: datetime, rules: Rules) -> str:
    if seen.state is not None and not is_true(planned, seen.state):
        return "superseded"
    if seen.window_end is not None and now >= seen.window_end:
        return "superseded"
    if seen.deferred_until is not None:
        return "late_event" if now - seen.deferred_until > RELEASED_LIMIT else ""
    return "late_event" if now - planned.change.occurred_at > rules.late_limits[planned.trigger] else ""


def _check_address(planned: PlannedNotification, _seen: Circumstances, _now: datetime, _: Rules) -> str:
    return planned.transport.address.find_obstacle(planned.recipient.addresses[planned.transport.name])


def _check_texts(planned: PlannedNotification, seen: Circumstances, _now: datetime, _: Rules) -> str:
    if planned.recipient.language not in planned.transport.languages:
        return "no_template_language"
    if not seen.has_template:
        return "no_dlt_template"
    return "not_first" if seen.was_sent else ""


def _find_quiet_end(
    planned: PlannedNotification, seen: Circumstances, now: datetime, rules: Rules
) -> datetime | None:
    if not planned.transport.is_loud or planned.trigger in rules.urgent:
        return None
    return (seen.quiet_hours or rules.quiet_hours).find_end(now, seen.zone)


def _check_budgets(planned: PlannedNotification, seen: Circumstances, rules: Rules) -> str:
    cost, cap_share = seen.cost, 1.0 if planned.trigger in rules.cap_triggers else rules.cap_share
    if cost.limit is not None and cost.used + cost.segments > cap_share * cost.limit:
        return "spend_cap"
    limit = rules.find_shipment_limit(planned)
    if limit is not None and seen.sent_about_shipment >= limit:
        return "budget"
    return "rate_limited" if seen.sent_to_address >= rules.address_limit else ""


def _has_arrived(state: ShipmentState) -> bool:
    return state.status in (Status.DELIVERED, Status.RETURNED, Status.CANCELLED)

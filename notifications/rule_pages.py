"""`/ops/rules/`: what a changed rule of notifications would have sent on a past day. It sends nothing."""

from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from notifications.change_traces import say_rule
from notifications.decisions import RULES, Action
from notifications.domain import TransportDeclaration, Trigger
from notifications.ports import ports
from notifications.reasons import say_to_staff
from notifications.rule_changes import RuleError, apply_rule_change, convert_rule_change, read_day
from notifications.simulation import (
    MOST_UNREAD,
    QUIET,
    Outcome,
    compare,
    list_shipments,
    read_day_changes,
    simulate,
)
from notifications.wording import headline
from tracking.domain.indian_time import date_in_india
from tracking.models import FeedEntry
from tracking.pages.staff import staff_may
from tracking.ports import ports as tracking_ports
from tracking.services.reading.staff_scope import of_visible_shipment, visible_shipments
from tracking.services.requests.roles import Scope, Verb

# Timelines that one page reads; the command simulates whole days.
SHIPMENTS_READ = 500


class NoAnswerError(Exception):
    """Raised if the store of timelines does not answer for too many shipments."""

    def __init__(self, read: int, asked: int) -> None:
        super().__init__(
            f"The store of timelines does not answer: {read} of {asked} shipments were read. Nothing was"
            " simulated; what you chose is kept. Simulate again in a minute."
        )


class RuleRow(NamedTuple):
    """Rule in force for one message of one transport, in words."""

    transport: str
    trigger: str
    rule: str


@staff_may(Verb.SIMULATE_RULES)
def show_rules(request: HttpRequest) -> HttpResponse:
    """Show the form and, once a day is chosen, the outcomes under the rules in force and the changed ones."""
    context, status = _build_form(request), HTTPStatus.OK
    if "day" in request.GET:
        try:
            context |= _simulate(request, request.staff.scope)
        except RuleError as error:
            context["error"], status = str(error), HTTPStatus.UNPROCESSABLE_ENTITY
        except NoAnswerError as error:
            context["error"], status = str(error), HTTPStatus.SERVICE_UNAVAILABLE
    return render(request, "notifications/rules.html", context, status=status)


def _build_form(request: HttpRequest) -> dict[str, Any]:
    declared = _list_declared()
    return {
        "day": request.GET["day"] if "day" in request.GET else _find_newest(request.staff.scope).isoformat(),
        "typed": {name: request.GET.get(name, "") for name in _FIELDS},
        "transports": [(name, one.label) for name, one in declared.items()],
        "in_force": _list_in_force(declared),
        "quiet": f"{RULES.quiet_hours.start:%H:%M}-{RULES.quiet_hours.end:%H:%M}",
        "triggers": [{"code": trigger.value, "label": headline(trigger)} for trigger in Trigger],
    }


def _list_declared() -> dict[str, TransportDeclaration]:
    return {name: transport.declaration for name, transport in ports().transports.items()}


def _list_in_force(declared: Mapping[str, TransportDeclaration]) -> list[RuleRow]:
    """List the messages of each transport, with the rule by which each is sent."""
    return [
        RuleRow(one.label, headline(trigger), say_rule(one, trigger))
        for one in declared.values()
        for trigger in Trigger
        if one.offers(trigger)
    ]


def _find_newest(scope: Scope) -> date:
    """Return the newest day with changes in the scope; yesterday without any."""
    entries = FeedEntry.objects.order_by("-created_at")
    if scope.is_limited:
        entries = entries.filter(of_visible_shipment(scope))
    newest = entries.values_list("created_at", flat=True).first()
    return date_in_india(newest or timezone.now() - timedelta(days=1))


_FIELDS = ("transport", "trigger", "sends", "late_limit", "budget", "quiet_hours")


def _simulate(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """Simulate the day for the shipments in the scope. Raises `RuleError` and `NoAnswerError`."""
    day, declared = read_day(request.GET["day"]), _list_declared()
    rules = apply_rule_change(convert_rule_change(_read_change(request)), declared)
    found = list_shipments(day)
    if scope.is_limited:
        visible = visible_shipments(scope).filter(shipment_id__in=found)
        found = sorted(visible.values_list("shipment_id", flat=True))
    asked = found[:SHIPMENTS_READ]
    seen = read_day_changes(tracking_ports().store, asked, day)
    if seen.unread > MOST_UNREAD:
        raise NoAnswerError(seen.read, len(asked))
    before, after = (simulate(ports(), seen.changes, each) for each in (RULES, rules))
    rows = [
        {
            "transport": declared[outcome.transport].label,
            "trigger": headline(outcome.trigger),
            "outcome": _say_outcome(request, outcome),
            "in_force": one,
            "changed": other,
            "is_different": one != other,
        }
        for outcome, one, other in compare(before, after)
    ]
    return {
        "rows": rows,
        "is_different": any(row["is_different"] for row in rows),
        "changes": len(seen.changes),
        "shipments": seen.read,
        "unread": seen.unread,
        "left_out": max(0, len(found) - SHIPMENTS_READ),
        "is_done": True,
    }


def _say_outcome(request: HttpRequest, outcome: Outcome) -> str:
    if outcome.action == Action.SEND:
        return "Sent after the quiet hours" if outcome.reason == QUIET else "Sent"
    typed = [request.GET.get(name) for name in ("transport", "trigger", "sends")]
    if outcome.reason == "transport_disabled" and typed == [outcome.transport, outcome.trigger, "skips"]:
        return "Not sent, by the changed rule"
    return say_to_staff(outcome.reason)


def _read_change(request: HttpRequest) -> dict[str, Any]:
    typed = {name: request.GET.get(name, "").strip() for name in _FIELDS}
    transport, trigger = typed["transport"], typed["trigger"]
    change: dict[str, Any] = {"quiet_hours": typed["quiet_hours"]}
    if typed["sends"] in ("sends", "skips"):
        change[typed["sends"]] = {transport: [trigger]}
    if typed["late_limit"]:
        change["late_limits"] = {trigger: _read_number(typed["late_limit"])}
    if typed["budget"]:
        change["budgets"] = {transport: _read_number(typed["budget"])}
    return change


def _read_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise RuleError(f"not a number: {text!r}")
    return int(text)

"""`/ops/rules/`: what a changed rule of notifications would have sent on a past day. It sends nothing."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from notifications.decisions import RULES, Action
from notifications.domain import Trigger
from notifications.ports import ports
from notifications.reasons import say_to_staff
from notifications.rule_changes import RuleError, apply_rule_change, convert_rule_change, read_day
from notifications.simulation import compare, list_shipments, read_changes, simulate
from notifications.wording import headline
from tracking.domain.indian_time import date_in_india
from tracking.pages.staff import staff_may
from tracking.ports import ports as tracking_ports
from tracking.services.reading.staff_scope import visible_shipments
from tracking.services.requests.roles import Scope, Verb

# Timelines that one page reads; the command simulates whole days.
SHIPMENTS_READ = 500


@staff_may(Verb.SIMULATE_RULES)
def show_rules(request: HttpRequest) -> HttpResponse:
    """Show the form and, once a day is chosen, the outcomes under the rules in force and the changed ones."""
    context = _build_form(request)
    if "day" in request.GET:
        try:
            context |= _simulate(request, request.staff.scope)
        except RuleError as error:
            context["error"] = str(error)
    return render(request, "notifications/rules.html", context, status=422 if "error" in context else 200)


def _build_form(request: HttpRequest) -> dict[str, Any]:
    yesterday = date_in_india(timezone.now()) - timedelta(days=1)
    return {
        "day": request.GET.get("day", yesterday.isoformat()),
        "typed": {name: request.GET.get(name, "") for name in _FIELDS},
        "transports": list(ports().transports),
        "triggers": [{"code": trigger.value, "label": headline(trigger)} for trigger in Trigger],
    }


_FIELDS = ("transport", "trigger", "sends", "late_limit", "budget", "quiet_hours")


def _simulate(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """Simulate the day for the shipments in the scope. Raises `RuleError`."""
    day = read_day(request.GET["day"])
    declared = {name: transport.declaration for name, transport in ports().transports.items()}
    rules = apply_rule_change(convert_rule_change(_read_change(request)), declared)
    found = list_shipments(day)
    if scope.is_limited:
        visible = visible_shipments(scope).filter(shipment_id__in=found)
        found = sorted(visible.values_list("shipment_id", flat=True))
    changes = read_changes(tracking_ports().store, found[:SHIPMENTS_READ], day)
    before, after = (simulate(ports(), changes, each) for each in (RULES, rules))
    rows = [
        {
            "transport": declared[outcome.transport].label,
            "trigger": headline(outcome.trigger),
            "outcome": "Sent" if outcome.action == Action.SEND else say_to_staff(outcome.reason),
            "in_force": one,
            "changed": other,
            "is_different": one != other,
        }
        for outcome, one, other in compare(before, after)
    ]
    left_out = max(0, len(found) - SHIPMENTS_READ)
    return {"rows": rows, "changes": len(changes), "left_out": left_out, "is_done": True}


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

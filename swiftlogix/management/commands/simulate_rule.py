"""`manage.py simulate_rule`: what a changed rule of notifications would have sent on a past day."""

import json
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.decisions import RULES
from notifications.ports import ports
from notifications.rule_changes import (
    RuleChange,
    RuleError,
    apply_rule_change,
    convert_rule_change,
    read_day,
    read_rule_change,
)
from notifications.simulation import compare, count_sent, list_shipments, read_changes, simulate
from tracking.ports import ports as tracking_ports


class Command(BaseCommand):
    """Replays the changes of a day against a changed rule; sends and stores nothing."""

    help = (
        "Replay the stored changes of one day in India (at most thirty days ago) against a changed rule of"
        " notifications, and print what would have been sent, and the reasons of what would not, beside the"
        " rules in force. Sends and stores nothing."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the day, the changed rule as a file or as options, and the output format."""
        parser.add_argument("day", type=_read_day, help="the day in India, as 2026-11-28")
        parser.add_argument("--rule", type=Path, help="JSON with the fields of the options below")
        pairs = {"action": "append", "default": [], "metavar": "NAME:VALUE"}
        parser.add_argument("--send", **pairs, help="a transport also sends a trigger, as sms:delivered")
        parser.add_argument("--skip", **pairs, help="a transport does not send a trigger, as sms:delayed")
        parser.add_argument("--late-limit", **pairs, help="minutes of a trigger, as delayed:60")
        parser.add_argument("--budget", **pairs, help="messages about a shipment a day, as sms:3")
        parser.add_argument("--quiet-hours", default="", help="as 21:00-08:00")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Simulate the day under both rules and print the numbers."""
        declared = {name: transport.declaration for name, transport in ports().transports.items()}
        try:
            change = _read_change(options)
            rules = apply_rule_change(change, declared)
        except (RuleError, OSError) as error:
            raise CommandError(str(error)) from error
        day = options["day"]
        changes = read_changes(tracking_ports().store, list_shipments(day), day)
        before, after = (simulate(ports(), changes, each) for each in (RULES, rules))
        report = {
            "day": day.isoformat(),
            "changes": len(changes),
            "sent": {"in_force": count_sent(before), "changed": count_sent(after)},
            "outcomes": [
                outcome._asdict() | {"in_force": one, "changed": other}
                for outcome, one, other in compare(before, after)
            ],
        }
        self.stdout.write(json.dumps(report) if options["json"] else _format(report))


def _read_day(text: str) -> date:
    try:
        return read_day(text)
    except RuleError as error:
        raise ArgumentTypeError(str(error)) from error


def _read_change(options: dict[str, Any]) -> RuleChange:
    """Read the changed rule: the file, with the options laid over it. Raises `RuleError` or `OSError`."""
    path = options["rule"]
    given = msgspec.to_builtins(read_rule_change(path.read_bytes()) if path else RuleChange())
    late_limits = {name: _read_number(value) for name, value in _split(options["late_limit"])}
    budgets = {name: _read_number(value) for name, value in _split(options["budget"])}
    return convert_rule_change(
        {
            "sends": given["sends"] | _group(options["send"]),
            "skips": given["skips"] | _group(options["skip"]),
            "late_limits": given["late_limits"] | late_limits,
            "budgets": given["budgets"] | budgets,
            "quiet_hours": options["quiet_hours"] or given["quiet_hours"],
        }
    )


def _group(pairs: list[str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in _split(pairs):
        grouped.setdefault(name, []).append(value)
    return grouped


def _split(pairs: list[str]) -> list[tuple[str, str]]:
    parts = [pair.partition(":") for pair in pairs]
    if wrong := [pair for pair, (_, colon, value) in zip(pairs, parts, strict=True) if not (colon and value)]:
        raise RuleError(f"not of the form NAME:VALUE: {', '.join(wrong)}")
    return [(name, value) for name, _, value in parts]


def _read_number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise RuleError(f"not a number: {text!r}") from error


def _format(report: dict[str, Any]) -> str:
    lines = [f"{report['changes']} changes on {report['day']}", ""]
    lines += [f"{'transport':<10} {'trigger':<22} {'outcome':<28} {'in force':>8} {'changed':>8}"]
    for row in report["outcomes"]:
        said = f"{row['action']} {row['reason']}".strip()
        numbers = f"{row['in_force']:>8} {row['changed']:>8}"
        lines.append(f"{row['transport']:<10} {row['trigger']:<22} {said:<28} {numbers}")
    return "\n".join(lines)

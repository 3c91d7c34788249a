"""`manage.py alarms`: the states of all alarms of `deploy/templates/`, over the logs of this machine."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from laboratory.alarms.watch import EVERY, AlarmWatch
from swiftlogix.exit_codes import BAD_INPUT
from workers.alarm_states import AlarmReport, AlarmState
from workers.ports import ports

ON = 1
WORDS: Mapping[str, str] = {
    "ALARM": "ALARM",
    "OK": "ok",
    "INSUFFICIENT_DATA": "no data yet",
    "NO_SOURCE": "no local source",
}


class Command(BaseCommand):
    """Prints state, reason and runbook of each alarm. Exits with 1 if one is on, with 2 on bad input."""

    help = "Evaluate the alarms of deploy/templates/ over the logs of a demo. Exits with 1 if one is on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options; without any, the alarms of the running demo are evaluated once."""
        parser.add_argument("--watch", action="store_true", help="go on, and print each change of a state")
        parser.add_argument("--json", action="store_true", help="one JSON object a look, and nothing else")
        parser.add_argument(
            "--at",
            metavar="TIME",
            help="state at this moment, as 2026-11-29T18:30:00Z; queues only as sampled then",
        )
        parser.add_argument(
            "--log", type=Path, metavar="DIR", help="folder of the roles' logs (default: that of the demo)"
        )

    def handle(self, **options: Any) -> None:
        """Evaluate, and print."""
        folder = options["log"] or Path(settings.VAR_DIR) / "log"
        if not any(folder.glob("*.log")):
            raise CommandError(
                f"No logs in {folder}: start `make demo`, or name a folder.", returncode=BAD_INPUT
            )
        if options["watch"] and options["at"]:
            raise CommandError("--watch and --at exclude each other.", returncode=BAD_INPUT)
        at = _parse_time(options["at"]) if options["at"] else None
        watch = AlarmWatch(folder, None if at else ports().queues)
        report = watch.look(at or datetime.now(UTC))
        self._print(report, options)
        if options["watch"]:
            report = self._go_on(watch, report, options)
        if any(alarm.state == "ALARM" for alarm in report.alarms):
            sys.exit(ON)

    def _go_on(self, watch: AlarmWatch, report: AlarmReport, options: dict[str, Any]) -> AlarmReport:
        """Look again and again until Ctrl-C; return the last report."""
        try:
            while True:
                time.sleep(EVERY.total_seconds())
                before = {alarm.name: alarm.state for alarm in report.alarms}
                report = watch.look(datetime.now(UTC))
                changed = [alarm for alarm in report.alarms if alarm.state != before[alarm.name]]
                if options["json"]:
                    self._print(report, options)
                for alarm in changed if not options["json"] else ():
                    self.stdout.write(f"{report.evaluated_at:%H:%M:%S}  {_describe(alarm)}")
        except KeyboardInterrupt:
            return report

    def _print(self, report: AlarmReport, options: dict[str, Any]) -> None:
        """Print all states: those that are on come first, those without a source last."""
        if options["json"]:
            self.stdout.write(msgspec.json.encode(report).decode())
            return
        for state in ("ALARM", "INSUFFICIENT_DATA", "OK", "NO_SOURCE"):
            for alarm in report.alarms:
                if alarm.state == state:
                    self.stdout.write(_describe(alarm))
        on = sum(alarm.state == "ALARM" for alarm in report.alarms)
        self.stdout.write(
            f"{on} of {len(report.alarms)} alarms on at {report.evaluated_at:%Y-%m-%d %H:%M:%S} UTC"
        )


def _describe(alarm: AlarmState) -> str:
    runbook = f"\n{'':42}{alarm.runbook}" if alarm.state == "ALARM" else ""
    return f"{WORDS[alarm.state]:<16}{alarm.name:<26}{alarm.reason}{runbook}"


def _parse_time(text: str) -> datetime:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CommandError(
            f"--at {text}: not a time with its zone, as 2026-11-29T18:30:00Z.", returncode=BAD_INPUT
        )
    return at

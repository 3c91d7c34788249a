"""`manage.py quarantine`: list, show and replay quarantined records."""

import base64
import json
import sys
from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.input_values import Range, parse_number
from tracking.ports import ports as tracking_ports
from workers.ports import QuarantinedRecord
from workers.ports import ports as worker_ports
from workers.replay import Outcome, replay

LIMITS = Range(1, 1000)
JSON_HELP = "one JSON object and nothing else"


class Command(BaseCommand):
    """Lists, shows and replays quarantined records."""

    help = "Records that could not be processed, kept for 30 days: list, show, replay."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the actions `list`, `show` and `replay`, with their arguments."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="the newest records, or all of one UTC day")
        listing.add_argument("--day", type=date.fromisoformat, help="all of this UTC day, as 2026-11-22")
        listing.add_argument(
            "--limit", type=_read_limit, default=25, help="without --day: number of records (25)"
        )
        listing.add_argument("--json", action="store_true", help=JSON_HELP)
        showing = actions.add_parser("show", help="one record with all its bytes")
        showing.add_argument("quarantine_id")
        showing.add_argument("--json", action="store_true", help=JSON_HELP)
        again = actions.add_parser("replay", help="process records again; exit 1 if any stays")
        again.add_argument("quarantine_id", nargs="*")
        again.add_argument("--day", type=date.fromisoformat, help="all of this UTC day")
        again.add_argument("--reason", help="with --day: only records with this reason")
        again.add_argument("--json", action="store_true", help=JSON_HELP)

    def handle(self, **options: Any) -> None:
        """Run the action."""
        {"list": self._list, "show": self._show, "replay": self._replay}[options["action"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        quarantine = worker_ports().quarantine
        day = options["day"]
        records = list(quarantine.read_day(day)) if day else quarantine.read_newest(options["limit"])
        if options["json"]:
            self.stdout.write(json.dumps({"records": [_to_json(record) for record in records]}))
            return
        for record in records:
            self.stdout.write(f"{record.quarantine_id}  {record.reason}  {record.size} B  {record.detail}")
        self.stdout.write(f"{len(records)} records")

    def _show(self, options: dict[str, Any]) -> None:
        refusal = worker_ports().quarantine.read(options["quarantine_id"])
        if refusal is None:
            raise CommandError(f"There is no record {options['quarantine_id']}.")
        fields = {
            "quarantine_id": options["quarantine_id"],
            "reason": refusal.reason,
            "detail": refusal.detail,
            "shipment_id": refusal.shipment_id,
            "arrived_at": refusal.record.arrived_at.isoformat(),
            "source": refusal.record.source,
            "sequence": refusal.record.sequence,
        }
        if options["json"]:
            raw = base64.b64encode(refusal.record.raw).decode()
            self.stdout.write(json.dumps(fields | {"raw_base64": raw}))
            return
        for name, value in fields.items():
            self.stdout.write(f"{name:<14} {value if value is not None else '-'}")
        self.stdout.write(refusal.record.raw.decode("utf-8", "backslashreplace"))

    def _replay(self, options: dict[str, Any]) -> None:
        # Processing writes metrics to stdout, which here is for the result only.
        with redirect_stdout(sys.stderr):
            results = {
                quarantine_id: replay(quarantine_id, tracking_ports(), worker_ports())
                for quarantine_id in _choose(options)
            }
        if options["json"]:
            self.stdout.write(json.dumps({"records": results}))
        else:
            for quarantine_id, outcome in results.items():
                self.stdout.write(f"{quarantine_id}  {outcome}")
            counts = Counter(results.values())
            self.stdout.write(
                ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]) or "none"
            )
        if any(outcome is not Outcome.RECORDED for outcome in results.values()):
            raise SystemExit(1)


def _read_limit(text: str) -> int:
    try:
        return int(parse_number(text, LIMITS))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _choose(options: dict[str, Any]) -> Iterator[str]:
    if not options["quarantine_id"] and options["day"] is None:
        raise CommandError("Name records, or a day with --day.")
    yield from options["quarantine_id"]
    if options["day"] is not None:
        # Read the whole listing first, since replayed records are removed from it.
        for record in list(worker_ports().quarantine.read_day(options["day"])):
            if options["reason"] in (None, record.reason):
                yield record.quarantine_id


def _to_json(record: QuarantinedRecord) -> dict[str, Any]:
    return record._asdict() | {"arrived_at": record.arrived_at.isoformat()}

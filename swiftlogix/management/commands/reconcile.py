"""`manage.py reconcile`: hold the read model against the timelines; `--rebuild` makes it anew."""

import sys
from typing import Any, ClassVar

import msgspec
from django.core.management.base import BaseCommand, CommandParser

from tracking.ports import ports
from tracking.services.recording.reconciliation import reconcile

DIFFERS = 1


class Command(BaseCommand):
    """Compares every shipment's row with its state; exit code 1 when rows differ and were left so."""

    help = "Compare the read model with the timelines it was made from; --rebuild makes it anew."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to mend, and how to tell."""
        parser.add_argument("--rebuild", action="store_true", help="make rows that differ anew")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Compare, mend if asked to, and print."""
        found = reconcile(ports().store, rebuild=options["rebuild"])
        if options["json"]:
            self.stdout.write(msgspec.json.encode(found).decode())
        else:
            self.stdout.write(f"{found.shipments} shipments, {found.differing} rows differ")
            self.stdout.write(f"{found.rebuilt} rows made anew")
            for shipment_id in found.examples:
                self.stdout.write(f"  {shipment_id}")
        if found.differing > found.rebuilt:
            sys.exit(DIFFERS)

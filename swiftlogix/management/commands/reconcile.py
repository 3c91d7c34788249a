"""`manage.py reconcile`: compare the read model with the timelines; `--rebuild` repairs it."""

import sys
from typing import Any, ClassVar

import msgspec
from django.core.management.base import BaseCommand, CommandParser

from tracking.ports import ports
from tracking.services.recording.reconciliation import reconcile

EXIT_DIFFERS = 1


class Command(BaseCommand):
    """Compares the row of every shipment with its state. Exit code 1 if rows differ and were not rebuilt."""

    help = "Compare the read model with the timelines; --rebuild repairs rows that differ."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: whether to rebuild, and the output format."""
        parser.add_argument("--rebuild", action="store_true", help="rebuild rows that differ")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Compare, rebuild if requested, and print the result."""
        result = reconcile(ports().store, rebuild=options["rebuild"])
        if options["json"]:
            self.stdout.write(msgspec.json.encode(result).decode())
        else:
            self.stdout.write(f"{result.shipments} shipments, {result.differing} rows differ")
            self.stdout.write(f"{result.rebuilt} rows rebuilt")
            for shipment_id in result.examples:
                self.stdout.write(f"  {shipment_id}")
        if result.differing > result.rebuilt:
            sys.exit(EXIT_DIFFERS)

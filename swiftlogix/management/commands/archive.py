"""`manage.py archive write|verify`: keep ended shipments for years, and read what is kept."""

import json
import sys
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.domain.errors import SwiftLogixError
from tracking.ports import ports
from tracking.services.recording.archive import archive_ended, verify_archive

EXIT_DAMAGED = 1


class Command(BaseCommand):
    """Writes or verifies the archive. Exit code 1 if a file does not hold what it should."""

    help = (
        "Write shipments that have ended to the archive, or read all files of a year and list damaged ones."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do, the year to verify, and the output format."""
        parser.add_argument("what", choices=["write", "verify"], help="the role beat writes each night")
        parser.add_argument("--year", type=int, help="year in which the shipments ended (verify)")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or verify, and print the numbers."""
        if options["what"] == "verify" and not options["year"]:
            raise CommandError("verify needs --year, the year in which the shipments ended", returncode=2)
        try:
            result = (
                archive_ended(ports().store, datetime.now(UTC))
                if options["what"] == "write"
                else verify_archive(options["year"])
            )
        except SwiftLogixError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result._asdict()))
        else:
            self.stdout.write(
                f"{result.verified} verified, {result.gone} gone before, {len(result.damaged)} damaged"
            )
            for shipment_id in result.damaged:
                self.stdout.write(f"  {shipment_id}")
        if result.damaged:
            sys.exit(EXIT_DAMAGED)

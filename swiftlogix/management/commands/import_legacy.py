"""`manage.py import_legacy`: bring the statuses that an old system knows onto the timelines of a partner."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from swiftlogix.exit_codes import BAD_INPUT
from tracking.domain.errors import TransientError
from tracking.input_files import BadFileError
from tracking.models import Partner
from tracking.ports import ports
from tracking.services.recording.legacy_import import DryRun, Imported, import_legacy
from tracking.services.requests.callers import Caller

MISMATCHES = 1
# Refused rows that are named in the text; JSON has all of them.
NAMED = 20


class Command(BaseCommand):
    """Imports a CSV file; exit code 1 if rows were refused. The same file again sends only what is left."""

    help = (
        "Import a CSV file of an old system (shipment_id,status,at and perhaps lat,lon,hub_id,note) as events"
        " of a partner, at most 7 days old. An import that was stopped goes on where it was."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the file, whose it is, and what to do with it."""
        parser.add_argument("file", type=Path, help="CSV file")
        parser.add_argument("--partner", required=True, help="id of the partner")
        parser.add_argument("--test-mode", action="store_true", help="for test shipments of the partner")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be refused")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Import the file, with the progress on standard error, and print what was refused."""
        partner = Partner.objects.filter(partner_id=options["partner"]).first()
        if partner is None:
            raise CommandError(f"there is no partner {options['partner']}", returncode=BAD_INPUT)
        caller = Caller(partner, not options["test_mode"], actor="import_legacy")
        stream = DryRun() if options["dry_run"] else ports().stream
        try:
            result = import_legacy(
                stream, caller, file, datetime.now(UTC), lambda done: self.stderr.write(f"{done} rows")
            )
        except BadFileError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        except TransientError as error:
            raise CommandError(f"run it again, it goes on where it was: {error}") from error
        self.stdout.write(_to_json(result) if options["json"] else "\n".join(_format(result)))
        if result.refused:
            sys.exit(MISMATCHES)


def _to_json(result: Imported) -> str:
    refused = [one._asdict() for one in result.refused]
    return json.dumps({**result._asdict(), "refused": refused, "reasons": result.count_reasons()})


def _format(result: Imported) -> list[str]:
    counted = f"{result.taken} taken, {result.taken_before} done before, {len(result.refused)} refused"
    lines = [f"{result.rows} rows: {counted}"]
    lines += [f"  {reason}: {count}" for reason, count in result.count_reasons().items()]
    lines += [
        f"  line {one.line}: {one.shipment_id}: {one.column} {one.why}" for one in result.refused[:NAMED]
    ]
    return lines

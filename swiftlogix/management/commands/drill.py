"""`manage.py drill restore`: restore everything from backups beside what runs, and compare the answers."""

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from swiftlogix.database_copies import can_copy, digest_rows, reading_from, restored_copy
from tracking.adapters.backups import ObjectBackups, TableBackups
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.domain.errors import SwiftLogixError
from tracking.services.operations.list_digest import digest_lists
from tracking.services.reading.answer_digest import AnswerDigest, digest_answers

EXIT_DIFFERS = 1
# Of restored tables, which the drill deletes at its end.
SUFFIX = "-drill"
# A drill of a stage that takes events compares what changes meanwhile.
MOVING = (
    "Answers differ where shipments moved during the drill; stop the role `shards` for an exact comparison."
)


class Command(BaseCommand):
    """Restores tables, files and database from backups, beside what runs. Exit code 1 if one differs."""

    help = "Restore tables, files and database from backups beside what runs, and compare all answers."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to practise, and the output format."""
        parser.add_argument("what", choices=["restore"], help="what is practised")
        parser.add_argument("--keep", action="store_true", help="do not delete the restored tables")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore and compare; exits with 1 if an answer, a file or a row differs."""
        try:
            result = run_drill(datetime.now(UTC), keep=options["keep"])
        except SwiftLogixError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write("\n".join(_format(result)))
        if not result["same"]:
            sys.exit(EXIT_DIFFERS)


def run_drill(now: datetime, *, keep: bool = False) -> dict[str, Any]:
    """Restore from backups and return what was found there and what is answered now.

    Raises `TransientError` or `PermanentError` when AWS refuses.
    """
    table = settings.AWS_NAMES["tracking_table"]
    backups = TableBackups(pause_s=0.1 if settings.STAGE == "local" else 30.0)
    live = _digest_table(table, now)
    backups.restore(table, table + SUFFIX)
    try:
        restored = _digest_table(table + SUFFIX, now)
    finally:
        if not keep:
            backups.drop(table + SUFFIX)
    files = ObjectBackups(settings.AWS_NAMES["bucket"])
    parts = {
        "answers": {"live": live._asdict(), "restored": restored._asdict(), "same": live == restored},
        "files": compare_files(files, now),
    }
    if settings.STAGE == "local" and can_copy():
        parts["database"] = compare_database(now)
    return {"same": all(part["same"] for part in parts.values()), **parts}


def compare_files(files: ObjectBackups, moment: datetime) -> dict[str, Any]:
    """Read the version that each object had at a moment; count those that differ from the object of now."""
    versions = list(files.list_at(moment))
    differing = sum(files.read(version) != files.read_newest(version.key) for version in versions)
    return {"objects": len(versions), "differing": differing, "same": not differing}


def compare_database(now: datetime) -> dict[str, Any]:
    """Restore a copy of the database as from a backup; compare all its rows and lists with those in use."""
    with tempfile.TemporaryDirectory() as folder, restored_copy(Path(folder)) as copy:
        live = _digest_database(now)
        with reading_from(copy):
            restored = _digest_database(now)
    return {"live": live, "restored": restored, "same": live == restored}


def _digest_database(now: datetime) -> dict[str, Any]:
    return {"rows": digest_rows()._asdict(), "lists": digest_lists(now)._asdict()}


def _digest_table(table: str, now: datetime) -> AnswerDigest:
    return digest_answers(DynamoShipmentStore(table), DynamoVehicleStore(table), now)


def _format(result: dict[str, Any]) -> list[str]:
    answers, files = result["answers"], result["files"]
    found = f"{answers['restored']['shipments']} shipments, {answers['restored']['events']} events"
    lines = [
        f"answers: {found} from the backup: {_judge(answers)}",
        f"files: {files['objects']} objects read from their versions: {_judge(files)}",
    ]
    if database := result.get("database"):
        rows, lists = database["restored"]["rows"], database["restored"]["lists"]
        listed = f"{lists['shipments']} shipments, {lists['incidents']} incidents, {lists['entries']} entries"
        lines.append(f"database: {rows['rows']} rows, lists of {listed}: {_judge(database)}")
    else:
        lines.append("database: Aurora is restored by its own command, see deploy/restore.md")
    return lines if result["same"] else [*lines, MOVING]


def _judge(part: dict[str, Any]) -> str:
    return "the same" if part["same"] else "NOT the same"

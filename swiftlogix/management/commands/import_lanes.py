"""`manage.py import_lanes`: set the planned minutes of lanes from a file."""

import json
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from swiftlogix.exit_codes import BAD_INPUT
from tracking.eta.lanes import Plan, plan_key
from tracking.input_files import BadFileError
from tracking.ports import ports
from tracking.services.prediction.lane_files import read_plans


class Command(BaseCommand):
    """Sets the plan of each lane in the lane statistics, replacing the stored one."""

    help = "Set planned minutes of lanes from a CSV file with origin, destination, planned_minutes."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the file, and the output format."""
        parser.add_argument("file", type=Path, help="CSV with origin, destination, planned_minutes")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Read all lanes, then set them. An invalid file changes nothing and gives exit code 2."""
        try:
            plans = read_plans(file)
        except BadFileError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        ports().lanes.put(
            {
                plan_key(plan.origin, plan.destination): Plan(planned_minutes=plan.planned_minutes)
                for plan in plans
            }
        )
        count = len({(plan.origin, plan.destination) for plan in plans})
        result = {"rows": len(plans), "lanes": count}
        self.stdout.write(json.dumps(result) if options["json"] else f"{count} lanes planned")

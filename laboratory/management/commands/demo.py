"""`manage.py demo`: runs the whole product on this machine, with a simulated fleet, until Ctrl-C."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from laboratory.local.announcement import announce
from laboratory.local.demo import Demo, Fleet, run_demo
from laboratory.local.errors import AlreadyRunningError, LocalError
from laboratory.local.meter.live_table import LiveTable
from laboratory.local.meter.report import describe_report
from laboratory.local.stopping import StopRequested, stop_on_signals
from laboratory.local.var_folder import VarFolder, write_json

FAILED = 1
RUNS_ALREADY = 2
# How many vehicles each world has.
FLEETS = {"pilot": 50, "full": 500}


class Command(BaseCommand):
    """Starts everything, says where to look, ends everything."""

    help = "Run the whole product on this machine with a simulated fleet; Ctrl-C ends it."
    # The database is made by the demo itself.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Every option has a default that suits a first look."""
        parser.add_argument("--for", dest="for_s", type=float, metavar="S", help="end after S seconds")
        parser.add_argument(
            "--mode", choices=FLEETS, default="pilot", help="around Bengaluru, or all over India"
        )
        parser.add_argument(
            "--vehicles", type=int, metavar="N", help="how many vehicles (pilot 50, full 500)"
        )
        parser.add_argument("--rate", type=float, metavar="R", help="scans a second (as vehicles drive)")
        parser.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same fleet")
        parser.add_argument("--report", type=Path, metavar="F", help="write the run's figures to F (JSON)")
        parser.add_argument("--var", type=Path, metavar="DIR", help="keep all files in DIR (var)")
        parser.add_argument("--no-simulator", action="store_true", help="start the product alone")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
        parser.add_argument("--quiet", action="store_true", help="print nothing but errors")

    def handle(self, **options: Any) -> None:
        """Run until the time is over or somebody asks for the end."""
        try:
            with stop_on_signals():
                self._run(options)
        except StopRequested:
            self._tell(options, "Stopped; nothing is left running.")
        except LocalError as error:
            self.stderr.write(str(error))
            sys.exit(RUNS_ALREADY if isinstance(error, AlreadyRunningError) else FAILED)

    def _run(self, options: dict[str, Any]) -> None:
        folder = VarFolder(Path(settings.VAR_DIR))
        with run_demo(folder, _fleet(options), lambda line: self._tell(options, line)) as demo:
            if options["json"]:
                self.stdout.write(json.dumps(demo.describe()))
                self.stdout.flush()
            elif not options["quiet"]:
                announce(demo.describe(), folder, self.stdout)
            self._watch(demo, options)
            self._tell(options, "Waiting until all that was put is done and told")
            report = demo.make_snapshot()
        if report is not None:
            self._finish(report, options)

    def _watch(self, demo: Demo, options: dict[str, Any]) -> None:
        """Show how the run fares while it lasts."""
        if options["json"] or options["quiet"]:
            demo.keep(options["for_s"], lambda _: None)
            return
        table = LiveTable(self.stdout)
        try:
            demo.keep(options["for_s"], table.show)
        finally:
            table.close()

    def _finish(self, report: dict[str, Any], options: dict[str, Any]) -> None:
        """Write the report and say what came of the run; a run that lost or repeated anything has failed."""
        if options["report"]:
            write_json(options["report"], report)
        self._tell(options, describe_report(report))
        if not report["is_clean"]:
            self.stderr.write("Something was lost, told twice or left unpublished; see the report.")
            sys.exit(FAILED)

    def _tell(self, options: dict[str, Any], line: str) -> None:
        if not options["quiet"] and not options["json"]:
            self.stdout.write(line)
            self.stdout.flush()


def _fleet(options: dict[str, Any]) -> Fleet | None:
    if options["no_simulator"]:
        return None
    vehicles = options["vehicles"] or FLEETS[options["mode"]]
    return Fleet(vehicles, options["rate"], options["seed"], options["for_s"], options["mode"])

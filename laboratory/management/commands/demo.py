"""`manage.py demo`: runs the whole product on this machine, with a simulated fleet, until Ctrl-C."""

import json
import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from laboratory.local.demo import Demo, Fleet, run_demo
from laboratory.local.environment import DATABASES, SQLITE
from laboratory.local.errors import AlreadyRunningError, LocalError
from laboratory.local.meter.live_table import LiveTable
from laboratory.local.meter.report import describe_report
from laboratory.local.redis_server import ANY_BROKER, BROKERS
from laboratory.local.start_message import print_start_message
from laboratory.local.stopping import StopRequested, stop_on_signals
from laboratory.local.var_folder import VarFolder, write_json

FAILED = 1
RUNS_ALREADY = 2
# How many vehicles each world has.
FLEETS = {"pilot": 50, "full": 500}


class Command(BaseCommand):
    """Starts the product with a simulated fleet, prints its addresses, and stops everything at the end."""

    help = "Run the whole product on this machine with a simulated fleet, until Ctrl-C."
    # The demo creates the database itself.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options; all have defaults that suit a first run."""
        parser.add_argument(
            "--for",
            dest="for_s",
            type=float,
            metavar="S",
            help="stop after S seconds (default: run until Ctrl-C)",
        )
        parser.add_argument(
            "--mode",
            choices=FLEETS,
            default="pilot",
            help="pilot: around Bengaluru (default); full: all over India",
        )
        parser.add_argument(
            "--vehicles", type=int, metavar="N", help="number of vehicles (default: pilot 50, full 500)"
        )
        parser.add_argument(
            "--rate", type=float, metavar="R", help="scans a second of all vehicles together (default 20)"
        )
        parser.add_argument(
            "--seed", type=int, metavar="N", help="random seed; the same seed gives the same fleet"
        )
        parser.add_argument(
            "--report", type=Path, metavar="F", help="write the run's final figures to the file F (JSON)"
        )
        parser.add_argument(
            "--var", type=Path, metavar="DIR", help="keep all data and logs in DIR (default: var)"
        )
        _add_servers(parser)
        parser.add_argument(
            "--no-simulator", action="store_true", help="start the product without a simulated fleet"
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="print addresses and logins as one JSON object, and nothing else",
        )
        parser.add_argument("--quiet", action="store_true", help="print only errors")

    def handle(self, **options: Any) -> None:
        """Run until the time is over or the user stops it.

        Exits with 1 on a failure, 2 if already running.
        """
        try:
            with stop_on_signals():
                self._run(options)
        except StopRequested:
            self._print(options, "Stopped. Nothing is left running.")
        except LocalError as error:
            self.stderr.write(str(error))
            sys.exit(RUNS_ALREADY if isinstance(error, AlreadyRunningError) else FAILED)

    def _run(self, options: dict[str, Any]) -> None:
        folder = VarFolder(Path(settings.VAR_DIR))
        report_progress = partial(self._print, options)
        with run_demo(folder, _fleet(options), report_progress, options["broker"]) as demo:
            if options["json"]:
                self.stdout.write(json.dumps(demo.describe()))
                self.stdout.flush()
            elif not options["quiet"]:
                print_start_message(demo.describe(), folder, self.stdout)
            self._watch(demo, options)
            self._print(options, "Waiting until all records are processed and all messages are sent ...")
            report = demo.make_final_report()
        if report is not None:
            self._finish(report, options)

    def _watch(self, demo: Demo, options: dict[str, Any]) -> None:
        """Show live figures while the demo runs."""
        if options["json"] or options["quiet"]:
            demo.supervise(options["for_s"], lambda _: None)
            return
        table = LiveTable(self.stdout)
        try:
            demo.supervise(options["for_s"], table.show)
        finally:
            table.close()

    def _finish(self, report: dict[str, Any], options: dict[str, Any]) -> None:
        """Write and print the report.

        Exits with 1 if anything was lost, notified twice or left unpublished.
        """
        if options["report"]:
            write_json(options["report"], report)
        self._print(options, describe_report(report))
        if not report["is_clean"]:
            self.stderr.write("The run failed: records were lost, notified twice or left unpublished. ")
            sys.exit(FAILED)

    def _print(self, options: dict[str, Any], line: str) -> None:
        if not options["quiet"] and not options["json"]:
            self.stdout.write(line)
            self.stdout.flush()


def _add_servers(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        choices=DATABASES,
        default=SQLITE,
        help="sqlite (default), or postgres: a PostgreSQL server of this machine",
    )
    parser.add_argument(
        "--broker",
        choices=BROKERS,
        default=ANY_BROKER,
        help="any: the first Redis or Valkey found (default); valkey: the Valkey of this machine",
    )


def _fleet(options: dict[str, Any]) -> Fleet | None:
    if options["no_simulator"]:
        return None
    vehicles = options["vehicles"] or FLEETS[options["mode"]]
    return Fleet(vehicles, options["rate"], options["seed"], options["for_s"], options["mode"])

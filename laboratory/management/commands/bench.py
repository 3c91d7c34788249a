"""`manage.py bench`: measures the product against comparable consumers and checks its targets."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from laboratory.bench.chart import draw_charts
from laboratory.bench.machine import read_load
from laboratory.bench.plan import Options
from laboratory.bench.report import format_report, make_report, write_report
from laboratory.bench.rounds import measure_rounds
from laboratory.bench.suites import find_bench, list_benches
from laboratory.bench.tables import write_tables
from laboratory.local.errors import LocalError

MISSED = 1
VOID = 2
QUICK_ROUNDS = 2
# A round of recovery waits until the sessions of its peers expire; those of the others take minutes.
ROUNDS_OF = {"recovery": 3, "growth": 3, "product": 2, "calls": 3, "webhooks": 2, "units": 1}
QUICK_ROUNDS_OF = {"recovery": 1, "product": 1, "calls": 1, "webhooks": 1, "units": 1}


class Command(BaseCommand):
    """Runs one bench and prints or writes its report."""

    help = "Measure a part of the product against comparable consumers and check its targets."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options, which are the same for every bench."""
        parser.add_argument("bench", choices=list_benches())
        parser.add_argument("--json", action="store_true", help="print the report as JSON instead of text")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write the report to FILE (JSON)")
        parser.add_argument(
            "--chart", type=Path, metavar="DIR", help="draw charts of the report into DIR (SVG)"
        )
        parser.add_argument(
            "--tables", type=Path, metavar="FILE", help="update the bench's tables in a Markdown document"
        )
        parser.add_argument(
            "--rounds",
            type=int,
            metavar="N",
            help=describe_rounds(),
        )
        parser.add_argument("--seed", type=int, default=1, help="random seed (default 1)")
        parser.add_argument("--minutes", type=float, default=0, help="push: how long --hold lasts")
        parser.add_argument(
            "--quick", action="store_true", help="a short run of 2 to 4 minutes; its figures prove nothing"
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="exit with 1 if a target is missed, with 2 if the run is void",
        )
        for flag, meaning in FLAGS.items():
            parser.add_argument(f"--{flag}", action="store_true", help=meaning)

    def handle(self, **options: Any) -> None:
        """Measure, then print, write and draw the report; exits with 2 after a void run."""
        try:
            report = self._measure(options)
        except LocalError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(format_report(report)))
        save_report(report, options)
        if options["check"] or report["void_reasons"]:
            sys.exit(_choose_exit_code(report))

    def _measure(self, options: dict[str, Any]) -> dict[str, Any]:
        wanted = Options(
            folder=Path(settings.VAR_DIR) / "bench",
            rounds=options["rounds"] or _default_rounds(options["bench"], quick=options["quick"]),
            quick=options["quick"],
            seed=options["seed"],
            minutes=options["minutes"],
            wanted=frozenset(flag for flag in FLAGS if options[flag]),
        )
        started_at, load = datetime.now(UTC), read_load()
        with find_bench(options["bench"])(wanted) as plan:
            rounds = measure_rounds(plan, wanted.rounds, self._report_progress)
            return make_report(plan, wanted, rounds, started_at, (load, read_load()))

    def _report_progress(self, line: str) -> None:
        """Write a line of progress to stderr; stdout is for the report alone."""
        self.stderr.write(line, self.style.NOTICE)


# Flags that only some benches know; they are explained here so that --help shows them all.
FLAGS = {
    "hold": "push: hold 5,000 sockets, each sent a frame a second for `--minutes` (default 1)",
    "million": "growth: up to a million events; about 15 minutes per round",
    "term": "recovery: stop the reader by SIGTERM, as a deploy does, instead of killing it",
    "stop": "recovery: freeze the reader for 20 s (SIGSTOP, SIGCONT)",
    "stall": "recovery: let a pipeline step of the reader hang for 34 s",
}


def describe_rounds() -> str:
    """Return the help text of `--rounds`, with the default of each bench."""
    others = ", ".join(f"{rounds} for {bench}" for bench, rounds in ROUNDS_OF.items())
    quick = ", ".join(f"{rounds} for {bench}" for bench, rounds in QUICK_ROUNDS_OF.items())
    return f"number of good rounds (default {Options.rounds}; {others}; with --quick {QUICK_ROUNDS}; {quick})"


def _default_rounds(bench: str, *, quick: bool) -> int:
    return QUICK_ROUNDS_OF.get(bench, QUICK_ROUNDS) if quick else ROUNDS_OF.get(bench, Options.rounds)


def save_report(report: dict[str, Any], options: dict[str, Any]) -> None:
    """Write and draw the requested outputs; nothing for a void run, so that it replaces no good report."""
    if report["void_reasons"]:
        return
    if options["out"]:
        write_report(report, options["out"])
    if options["chart"]:
        draw_charts(report, options["chart"])
    if options["tables"]:
        write_tables(report, options["tables"])


def _choose_exit_code(report: dict[str, Any]) -> int:
    if report["void_reasons"]:
        return VOID
    return 0 if all(target["met"] for target in report["targets"]) else MISSED

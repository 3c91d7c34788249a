"""`manage.py bench`: measures the product beside its peers and says what was reached."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from laboratory.bench.chart import draw
from laboratory.bench.machine import read_load
from laboratory.bench.measure import measure_rounds
from laboratory.bench.plan import Options
from laboratory.bench.report import make_report, tell, write_report
from laboratory.bench.suites import find_bench, list_benches
from laboratory.bench.tables import write_tables
from laboratory.local.errors import LocalError

MISSED = 1
VOID = 2
QUICK_ROUNDS = 2
# A round of recovery waits for the sessions of its peers to run out; one of growth takes minutes.
ROUNDS_OF = {"recovery": 3, "growth": 3}
QUICK_ROUNDS_OF = {"recovery": 1}


class Command(BaseCommand):
    """Runs one bench, prints or writes its report."""

    help = "Measure a part of the product beside its peers."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The same options for every bench."""
        parser.add_argument("bench", choices=list_benches())
        parser.add_argument("--json", action="store_true", help="print the report as JSON and nothing else")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write the report to FILE")
        parser.add_argument("--chart", type=Path, metavar="DIR", help="draw the report into DIR (SVG)")
        parser.add_argument("--tables", type=Path, metavar="FILE", help="put its tables into a document")
        parser.add_argument(
            "--rounds",
            type=int,
            metavar="N",
            help="good rounds wanted, else what is usual",
        )
        parser.add_argument("--seed", type=int, default=1, help="the seed of all chance (1)")
        parser.add_argument("--quick", action="store_true", help="two minutes, recovery four; proves nothing")
        parser.add_argument("--check", action="store_true", help="exit 1 on a missed target (2: a void run)")
        for flag, meaning in FLAGS.items():
            parser.add_argument(f"--{flag}", action="store_true", help=meaning)

    def handle(self, **options: Any) -> None:
        """Measure, then tell, write and draw what was asked for; exits with 2 after a void run."""
        try:
            report = self._measure(options)
        except LocalError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(tell(report)))
        keep(report, options)
        if options["check"] or report["void_reasons"]:
            sys.exit(_judge(report))

    def _measure(self, options: dict[str, Any]) -> dict[str, Any]:
        wanted = Options(
            folder=Path(settings.VAR_DIR) / "bench",
            rounds=options["rounds"] or _usual_rounds(options["bench"], quick=options["quick"]),
            quick=options["quick"],
            seed=options["seed"],
            wanted=frozenset(flag for flag in FLAGS if options[flag]),
        )
        started_at, load = datetime.now(UTC), read_load()
        with find_bench(options["bench"])(wanted) as plan:
            rounds = measure_rounds(plan, wanted.rounds, self._say)
            return make_report(plan, wanted, rounds, started_at, (load, read_load()))

    def _say(self, line: str) -> None:
        """How far it is, on stderr: stdout belongs to the report."""
        self.stderr.write(line, self.style.NOTICE)


# Flags that only some benches know: what they mean is told here, so that --help shows them all.
FLAGS = {
    "million": "growth: up to a million events, a quarter of an hour a round",
    "term": "recovery: measure the gap of a deploy (SIGTERM)",
    "stop": "recovery: freeze the reader for 20 s, and let it wake",
    "stall": "recovery: let a step of the reader hang for 34 s",
}


def _usual_rounds(bench: str, *, quick: bool) -> int:
    return QUICK_ROUNDS_OF.get(bench, QUICK_ROUNDS) if quick else ROUNDS_OF.get(bench, Options.rounds)


def keep(report: dict[str, Any], options: dict[str, Any]) -> None:
    """Write and draw what was asked for; nothing of a void run, which would take the place of a good one."""
    if report["void_reasons"]:
        return
    if options["out"]:
        write_report(report, options["out"])
    if options["chart"]:
        draw(report, options["chart"])
    if options["tables"]:
        write_tables(report, options["tables"])


def _judge(report: dict[str, Any]) -> int:
    if report["void_reasons"]:
        return VOID
    return 0 if all(target["met"] for target in report["targets"]) else MISSED

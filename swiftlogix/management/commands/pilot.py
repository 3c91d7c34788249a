"""`manage.py pilot report|promote|rollback`: compare with the old system, and move vehicles on or back."""

import json
import sys
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.domain.errors import SwiftLogixError
from tracking.domain.pilot import NEXT, Cohort, Comparison, find_obstacles
from tracking.input_files import BadFileError
from tracking.ports import ports
from tracking.services.operations.pilot import UNASSIGNED, compare_cohorts, promote, read_feed, roll_back
from workers.ports import ports as worker_ports

EXIT_DIFFERS, EXIT_REFUSED = 1, 2
# Mismatches that are named in the text; JSON has all of them.
NAMED = 10


class Command(BaseCommand):
    """Compares cohorts with a feed of the old system; moves vehicles only if nothing speaks against it."""

    help = (
        "report: compare what the old system says (CSV: shipment_id,status,at) with what was recorded."
        " promote: the same, then move vehicles to the next cohort if all holds."
        " rollback: move the pilot's vehicles back to the shadow cohort at once."
    )
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: what to do, the feed, and what only a person knows."""
        parser.add_argument("what", choices=["report", "promote", "rollback"])
        parser.add_argument("--feed", type=Path, help="CSV file of the old system")
        parser.add_argument(
            "--cohort", choices=[cohort.value for cohort in NEXT], default="shadow", help="whom to promote"
        )
        parser.add_argument("--vehicles", type=int, help="promote so many, by id; all without it")
        parser.add_argument("--open-alarms", type=int, default=0, help="pages that nobody has explained")
        parser.add_argument("--cost-share", type=float, help="cost divided by the forecast, 1.0 as forecast")
        parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry it out. Exit code 1 if a report differs, 2 if a promotion is refused or the input is bad."""
        if options["what"] == "rollback":
            self._print({"moved": roll_back(), "to": Cohort.SHADOW.value}, options)
            return
        if options["feed"] is None:
            raise CommandError("--feed is needed: what the old system says", returncode=EXIT_REFUSED)
        try:
            compared = compare_cohorts(ports().store, read_feed(options["feed"]))
        except BadFileError as error:
            raise CommandError(str(error), returncode=EXIT_REFUSED) from error
        except SwiftLogixError as error:
            raise CommandError(str(error)) from error
        result: dict[str, Any] = {"cohorts": {name: _summarize(one) for name, one in compared.items()}}
        if options["what"] == "report":
            self._print(result, options)
            if any(one.mismatches for one in compared.values()):
                sys.exit(EXIT_DIFFERS)
            return
        self._promote(compared, result, options)

    def _promote(
        self, compared: dict[str, Comparison], result: dict[str, Any], options: dict[str, Any]
    ) -> None:
        cohort = Cohort(options["cohort"])
        nothing = Comparison(0, 0, (), (), None, None)
        result["obstacles"] = find_obstacles(
            cohort,
            compared.get(cohort, nothing),
            dead_letters=_count_dead_letters(),
            open_alarms=options["open_alarms"],
            cost_share=options["cost_share"],
        )
        if not result["obstacles"]:
            result |= {"moved": promote(cohort, options["vehicles"]), "to": NEXT[cohort].value}
        self._print(result, options)
        if result["obstacles"]:
            sys.exit(EXIT_REFUSED)

    def _print(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(result) if options["json"] else "\n".join(_format(result)))


def _count_dead_letters() -> int:
    names = settings.AWS_NAMES["dead_letter_queues"]
    depths = worker_ports().queues.read_depths()
    return sum(depth.waiting + depth.in_flight for depth in depths if depth.name in names)


def _summarize(compared: Comparison) -> dict[str, Any]:
    return {
        "reports": compared.reports,
        "matched": compared.matched,
        "missing": compared.missing,
        "mismatch_share": round(compared.mismatch_share, 6),
        "days": compared.period.days,
        "latency_ms": {"p50": compared.percentile(0.5), "p99": compared.percentile(0.99)},
        "mismatches": [one._asdict() for one in compared.mismatches],
    }


def _format(result: dict[str, Any]) -> list[str]:
    lines = []
    for name, cohort in result.get("cohorts", {}).items():
        latency = cohort["latency_ms"]
        lines.append(
            f"{name if name != UNASSIGNED else 'on no manifest'}: {cohort['reports']} reports in"
            f" {cohort['days']} days, {cohort['matched']} matched, {cohort['missing']} missing,"
            f" {cohort['mismatch_share']:.2%} differ; p50 {latency['p50']} ms, p99 {latency['p99']} ms"
        )
        lines += [
            f"  {one['kind']}: {one['shipment_id']}: {one['expected']}, ours: {one['found']}"
            for one in cohort["mismatches"][:NAMED]
        ]
    lines += [f"not promoted: {words}" for words in result.get("obstacles", [])]
    if "moved" in result:
        lines.append(f"{len(result['moved'])} vehicles moved to {result['to']}: {', '.join(result['moved'])}")
    return lines

"""`manage.py scaling`: simulates takeover and autoscaling, and updates the tables of `docs/scaling.md`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from laboratory.cost.idle import read_counted
from laboratory.cost.prices import read_prices
from laboratory.cost.report import CostModel
from laboratory.scaling.document import write_tables
from laboratory.scaling.simulations import KEPT, keep, read_kept, run_simulations
from swiftlogix.exit_codes import BAD_INPUT

LARGEST = 1_000


class Command(BaseCommand):
    """Runs the simulations, and prints their results as JSON, or keeps them."""

    help = "Simulate lease takeover and autoscaling with up to 1,000 shards, in simulated time."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the size, and where results and document go."""
        parser.add_argument(
            "--most-shards", type=int, default=LARGEST, metavar="N", help="leave out larger simulations"
        )
        parser.add_argument("--keep", action="store_true", help=f"keep the results in {KEPT.name}")
        parser.add_argument(
            "--document", type=Path, metavar="FILE", help="only write the document, from kept results"
        )
        parser.add_argument("--json", action="store_true", help="print the results as JSON (as without it)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Simulate and print, or write the document."""
        if options["most_shards"] < 1:
            raise CommandError("--most-shards must be at least 1", returncode=BAD_INPUT)
        if options["document"]:
            model = CostModel(read_prices(), read_counted())
            try:
                written = write_tables(options["document"].read_text(), model, read_kept())
            except (OSError, ValueError) as error:
                raise CommandError(str(error), returncode=BAD_INPUT) from error
            options["document"].write_text(written)
            return
        results = run_simulations(options["most_shards"])
        if options["keep"]:
            keep(results, KEPT)
        self.stdout.write(json.dumps(results, indent=1))

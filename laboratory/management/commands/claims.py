"""`manage.py claims`: measures the numbers of the case study again, and updates `docs/claims.md`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from laboratory.claims.claims import KEPT, SHORT_LOOKS, keep, list_claims, measure_edge, read_kept
from laboratory.claims.document import ANSWERS, write_tables
from laboratory.claims.http_cache import INSTALL, find_varnish
from laboratory.local.errors import LocalError

FAILED = 2


class Command(BaseCommand):
    """Prints each claim with what was measured."""

    help = "Measure the numbers of the case study again; about five minutes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what is measured, and where results and document go."""
        parser.add_argument("--kept", action="store_true", help="measure nothing: only kept results")
        parser.add_argument(
            "--short", action="store_true", help=f"replay {SHORT_LOOKS} reads; proves nothing"
        )
        parser.add_argument("--keep", action="store_true", help=f"keep what was replayed in {KEPT.name}")
        parser.add_argument("--document", type=Path, metavar="FILE", help="update the tables of FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Measure and print. Exits with 2 if a measurement fails; a missing cache only leaves its row out."""
        try:
            claims = list_claims(self._find_edge(options))
            if options["document"]:
                options["document"].write_text(write_tables(options["document"].read_text(), claims))
                return
        except (LocalError, OSError, ValueError) as error:
            raise CommandError(str(error), returncode=FAILED) from error
        if options["json"]:
            self.stdout.write(json.dumps({"claims": [claim._asdict() for claim in claims]}))
            return
        for claim in claims:
            self.stdout.write(f"{claim.name}: {claim.claimed}. {claim.measured}. {ANSWERS[claim.holds]}")

    def _find_edge(self, options: dict[str, Any]) -> dict[str, Any] | None:
        if options["kept"]:
            return read_kept()
        if find_varnish() is None:
            self.stderr.write(INSTALL)
            return None
        edge = measure_edge(SHORT_LOOKS if options["short"] else None)
        if options["keep"] and not options["short"]:
            keep(edge)
        return edge

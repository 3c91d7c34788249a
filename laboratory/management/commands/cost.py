"""`manage.py cost`: works out what a month on AWS costs, what drives it, and if it is within a budget."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError

from laboratory.cost.case import Case, InvalidCaseError, check_case
from laboratory.cost.cases import ESTIMATE, POLICY, THREE_SHARDS, make_counted_case
from laboratory.cost.idle import CountedError, read_counted
from laboratory.cost.json_report import describe_as_json
from laboratory.cost.levers import WHAT_IFS, pull
from laboratory.cost.prices import FOLDER, REGION, PriceFileError, read_prices
from laboratory.cost.refresh import refresh, write_prices
from laboratory.cost.report import BUDGET_USD, CostModel
from laboratory.cost.text import format_report, write_document
from swiftlogix.exit_codes import BAD_INPUT

OVER = 1
# Volumes that have an option of their own; `--set NAME=VALUE` varies every other one.
OPTIONS = (
    "events_per_day",
    "peak_events_per_day",
    "peak_days",
    "shards",
    "vehicles",
    "events_per_shipment",
    "sms_per_shipment",
    "emails_per_shipment",
    "trace_share",
    "retention_hours",
)


class Command(BaseCommand):
    """Prints the month's lines, drivers and verdict; exits with 1 if it is over the budget."""

    help = "Work out what a month on AWS costs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the volumes, the sources and the form of the answer."""
        for name in OPTIONS:
            parser.add_argument(f"--{name.replace('_', '-')}", type=float, metavar="N")
        parser.add_argument("--sms-route", choices=("local", "international"))
        parser.add_argument("--geocoder", choices=("offline", "location"))
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=_list_fields())
        parser.add_argument(
            "--assumptions",
            choices=("counted", "estimate"),
            default="counted",
            help="what an event takes: as counted in a run, or as estimated before",
        )
        parser.add_argument("--from-run", type=Path, metavar="FILE", help="report of `manage.py bench calls`")
        parser.add_argument("--units", type=Path, metavar="FILE", help="report of `manage.py bench units`")
        parser.add_argument(
            "--what-if", action="append", default=[], choices=sorted(WHAT_IFS), metavar="NAME"
        )
        parser.add_argument("--budget", type=float, default=BUDGET_USD, metavar="USD")
        parser.add_argument("--refresh", action="store_true", help="read the newest prices, and keep them")
        parser.add_argument("--document", type=Path, metavar="FILE", help="write the document to FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work out the month and print it. Exits with 1 over the budget, with 2 on bad input."""
        try:
            if options["refresh"]:
                self._refresh()
            counted = read_counted(options["from_run"], options["units"])
            model = CostModel(read_prices(), counted)
            case = make_case(model, options)
        except (PriceFileError, CountedError, InvalidCaseError, OSError, ValueError) as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        if options["document"]:
            options["document"].write_text(make_document(model))
            return
        report = model.report(case, options["budget"])
        as_json = options["json"]
        self.stdout.write(
            json.dumps(describe_as_json(model, report)) if as_json else format_report(model, report)
        )
        if not report.is_within:
            sys.exit(OVER)

    def _refresh(self) -> None:
        """Write the price file anew with what the price list of AWS says."""
        found = refresh(read_prices(), datetime.now(UTC).date())
        (FOLDER / f"{REGION}.json").write_text(write_prices(found.prices))
        self.stderr.write(f"changed: {', '.join(found.changed) or 'none'}")
        self.stderr.write(f"not in the list: {', '.join(found.missing) or 'none'}")


def make_case(model: CostModel, options: dict[str, Any]) -> Case:
    """Return the case that the options describe. Raises `InvalidCaseError`."""
    base = ESTIMATE if options["assumptions"] == "estimate" else make_counted_case(model.counted)
    names = (*OPTIONS, "sms_route", "geocoder")
    given = {name: options[name] for name in names if options.get(name) is not None}
    for pair in options["set"]:
        name, _, value = pair.partition("=")
        if not isinstance(getattr(base, name, None), float | int):
            raise InvalidCaseError(f"{name} is nothing that --set can vary; --help lists what is")
        try:
            given[name] = float(value)
        except ValueError:
            raise InvalidCaseError(f"{pair}: the value is not a number") from None
    return check_case(pull(msgspec.structs.replace(base, **given), *options["what_if"]))


def make_document(model: CostModel) -> str:
    """Return the document of the counted base month; its policy has ten shards as the base."""
    base = make_counted_case(model.counted)
    messages = {name: value for name, value in POLICY.items() if name not in THREE_SHARDS}
    return write_document(model, msgspec.structs.replace(base, **messages), base)


def _list_fields() -> str:
    numbers = [name for name in Case.__struct_fields__ if isinstance(getattr(Case(), name), float | int)]
    return f"vary another input: {', '.join(name for name in numbers if name not in OPTIONS)}"

"""`manage.py load_test`: reports at a fixed rate against a running product; a demo up to its knee."""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from msgspec import structs

from laboratory.load_test.knee import find_knee
from laboratory.load_test.product import LoadError, Product, reach_demo
from laboratory.load_test.report import describe, describe_kept, make_report, write_report, write_table
from laboratory.load_test.run import Load, Outcome, run_load
from laboratory.local.var_folder import VarFolder
from laboratory.simulator.stream_sink import StreamSink
from swiftlogix.exit_codes import BAD_INPUT

NOT_HELD = 1
API_KEY = "LOAD_TEST_API_KEY"
# A demo's emulator is the limit there; the others are those of the promise.
LOCAL, REMOTE = Load(rate=25, seconds=20, shipments=200, screens=100), Load(5_000, 300, 10_000, 10_000)
NAMES = {
    "rate": "reports a second",
    "seconds": "seconds of each run",
    "shipments": "shipments that the reports are about",
    "screens": "open pages",
}
# Options that ask for a load, and its fields.
FIELDS = {"rate": "rate", "for": "seconds", "shipments": "shipments", "screens": "screens"}


class Command(BaseCommand):
    """Puts a product under load. Exits with 1 if the load was not held, with 2 on bad input."""

    help = (
        "Send reports at a fixed rate, whatever the answers, and measure when open screens show them. "
        "Shipments are booked for it, nobody gets a message, and at the end all are delivered. "
        "Without --url the running demo is put under load, at rising rates unless --rate is given."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add which product, which load, and where the report goes."""
        parser.add_argument("--local", action="store_true", help="the running demo (as without --url)")
        parser.add_argument(
            "--url", help=f"public address of a product; {API_KEY} holds an API key of test mode"
        )
        parser.add_argument("--stream", help="name of its stream, for --url")
        parser.add_argument("--region", default=settings.AWS_REGION, help="region of the stream")
        parser.add_argument(
            "--hubs",
            nargs=2,
            metavar=("ORIGIN", "DESTINATION"),
            help="hubs of the shipments (default: those of the partner's newest one)",
        )
        for option, field in FIELDS.items():
            parser.add_argument(
                f"--{option}",
                type=int,
                metavar="N",
                help=f"{NAMES[field]} (demo: {getattr(LOCAL, field):,}, else {getattr(REMOTE, field):,})",
            )
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the report, as JSON")
        parser.add_argument("--table", type=Path, metavar="FILE", help="update the table of a document")
        parser.add_argument("--json", action="store_true", help="print the report as JSON and nothing else")

    def handle(self, **options: Any) -> None:
        """Put the product under load, and print and keep what was measured."""
        load = read_load(options)
        product, name = self._find_product(options)
        document = _read_document(options["table"])
        is_search = options["url"] is None and options["rate"] is None
        try:
            hubs = tuple(options["hubs"] or product.find_hubs())
            outcomes = (
                find_knee(lambda rate: self._run(product, hubs, structs.replace(load, rate=rate)), load.rate)
                if is_search
                else [self._run(product, hubs, load)]
            )
        except LoadError as error:
            raise CommandError(str(error), returncode=NOT_HELD) from error
        report = make_report(name, outcomes)
        self._keep(report, options, document)
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write("\n".join(describe(report)))
            if not is_search and (kept := describe_kept()):
                self.stdout.write(kept)
        if not report["held"]:
            sys.exit(NOT_HELD)

    def _find_product(self, options: dict[str, Any]) -> tuple[Product, str]:
        """Return the product and its name. Raises `CommandError`."""
        url = options["url"]
        if url and options["local"]:
            raise CommandError("--local and --url exclude each other.", returncode=BAD_INPUT)
        if url:
            key = os.environ.get(API_KEY, "")
            if not (key and options["stream"]):
                raise CommandError(f"--url needs --stream, and a key in {API_KEY}.", returncode=BAD_INPUT)
            return Product(url, key, StreamSink(options["stream"], options["region"])), url
        demo = VarFolder(Path(settings.VAR_DIR)).read_demo()
        if demo is None:
            raise CommandError("No demo runs here: start `make demo`, or give --url.", returncode=BAD_INPUT)
        return reach_demo(demo), "demo"

    def _run(self, product: Product, hubs: tuple[str, str], load: Load) -> Outcome:
        return run_load(product, hubs, load, lambda text: self.stderr.write(f"{load.rate:,}/s: {text}"))

    def _keep(self, report: dict[str, Any], options: dict[str, Any], document: str) -> None:
        """Write the report and the table where asked for. Raises `CommandError`."""
        try:
            if options["report"]:
                write_report(report, options["report"])
            if options["table"]:
                options["table"].write_text(write_table(document, report))
        except OSError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error


def _read_document(path: Path | None) -> str:
    """Return the document whose table is updated, empty without one. Raises `CommandError`."""
    try:
        document = path.read_text() if path else ""
        if path:
            write_table(document, make_report("", []))
    except (OSError, ValueError) as error:
        raise CommandError(str(error), returncode=BAD_INPUT) from error
    return document


def read_load(options: dict[str, Any]) -> Load:
    """Return the load that is asked for. Raises `CommandError` if it cannot be made."""
    usual = REMOTE if options["url"] else LOCAL
    chosen = {
        field: getattr(usual, field) if options[option] is None else options[option]
        for option, field in FIELDS.items()
    }
    if min(chosen["rate"], chosen["seconds"], chosen["shipments"]) < 1 or chosen["screens"] < 0:
        raise CommandError("Rate, seconds and shipments must be at least 1.", returncode=BAD_INPUT)
    if chosen["screens"] > chosen["shipments"]:
        raise CommandError(
            "Each screen needs a shipment of its own: raise --shipments.", returncode=BAD_INPUT
        )
    if chosen["rate"] * chosen["seconds"] < chosen["shipments"]:
        raise CommandError("Some shipments would get no report: raise --rate or --for.", returncode=BAD_INPUT)
    return Load(**chosen)
